//! One file for each envelope in `tests/data/events/`: the event as it arrives, and what it asks for.
//!
//! A file holds `event`, `trigger` (`sqs` or `other`) and `messages`: the id, the objects as
//! `bucket/key` (with `@offset` for a continuation), the reasons of what is ignored, or `error`.

use std::fs;
use std::path::Path;

use aws_lambda_events::event::s3::S3Event;
use aws_lambda_events::event::sqs::SqsEvent;
use logferry::event::{Message, Payload, Trigger};
use logferry::ports::ObjectTask;
use serde_json::{Value, json};

fn fixtures() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/events");
    let mut fixtures: Vec<(String, Value)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, serde_json::from_slice(&fs::read(&path).unwrap()).unwrap())
        })
        .collect();
    fixtures.sort_by(|(one, _), (other, _)| one.cmp(other));
    fixtures
}

fn object(task: &ObjectTask) -> String {
    let offset = task.resume.as_ref().map(|resume| format!("@{}", resume.offset));
    format!("{}/{}{}", task.bucket, task.key, offset.unwrap_or_default())
}

fn message(message: &Message) -> Value {
    match &message.contents {
        Err(_) => json!({"id": message.id, "error": true}),
        Ok(contents) => json!({
            "id": message.id,
            "objects": contents.objects.iter().map(object).collect::<Vec<_>>(),
            "ignored": contents.ignored.iter().map(|reason| reason.name()).collect::<Vec<_>>(),
        }),
    }
}

#[test]
fn every_envelope_is_recognised() {
    let fixtures = fixtures();
    assert!(fixtures.len() >= 20);
    for (name, fixture) in fixtures {
        let payload = Payload::read(&fixture["event"].to_string());
        let trigger = match payload.trigger {
            Trigger::Sqs => "sqs",
            Trigger::Map => "map",
            Trigger::Other => "other",
        };
        assert_eq!(fixture["trigger"], trigger, "{name}");
        let messages: Vec<Value> = payload.messages.iter().map(message).collect();
        assert_eq!(fixture["messages"], json!(messages), "{name}");
    }
}

#[test]
fn the_fixtures_are_what_the_published_types_read() {
    for (name, fixture) in fixtures() {
        let event = fixture["event"].clone();
        if name.starts_with("sqs") {
            let event: SqsEvent = serde_json::from_value(event).unwrap();
            assert!(event.records.iter().all(|record| record.message_id.is_some()), "{name}");
        } else if name == "s3" {
            let event: S3Event = serde_json::from_value(event).unwrap();
            assert_eq!(event.records.len(), 2);
        }
    }
}

#[test]
fn envelopes_are_not_opened_without_end() {
    let mut body = json!({"bucket": "b", "key": "k"}).to_string();
    for _ in 0..10 {
        body = json!({"Type": "Notification", "Message": body}).to_string();
    }
    let payload = Payload::read(&body);
    assert!(payload.messages.iter().all(|message| message.contents.is_err()));
}

#[test]
fn a_payload_of_any_json_is_read() {
    for json in ["null", "1", "[]", "{}", r#"{"Records": 5}"#, r#"{"Records": [1]}"#] {
        let payload = Payload::read(json);
        assert!(payload.messages.iter().all(|message| message.contents.is_err()), "{json}");
    }
}
