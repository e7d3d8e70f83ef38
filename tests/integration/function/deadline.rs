//! Time that runs out, each behaviour once, by script: what is continued, and what fails.

use std::time::Duration;

use logferry::ports::SinkError;
use serde_json::{Value, json};

use super::fakes::{Call, Reading, Rig, Sending, failed, sqs_record};
use crate::support::gzip::gzip;
use crate::support::sample::log;

#[tokio::test(start_paused = true)]
async fn when_time_is_over_the_rest_is_handed_on_and_finished_from_there() {
    let mut rig = Rig::new();
    rig.time = Duration::from_secs(3);
    let text = log(10, 100);
    rig.source.put("a", text.clone());
    rig.source.script("a", [Reading::Stalls(40_000, Duration::from_mins(1))]);
    let answer = rig.sqs(&["a"]).await;
    assert!(failed(&answer).is_empty());
    assert_eq!(answer.continuations, 1);
    assert!(rig.rows().len() < 100);
    let body = rig.queue.sent.lock().unwrap().remove(0);
    let answer = rig.handle(&json!({"Records": [sqs_record("next", &body)]})).await;
    assert!(failed(&answer).is_empty());
    // Every line exactly once: the offset is the first line that was not delivered.
    rig.assert_exactly(&[("a", &text)]);
}

#[tokio::test(start_paused = true)]
async fn a_gzip_object_goes_on_at_its_uncompressed_offset() {
    let mut rig = Rig::new();
    rig.time = Duration::from_secs(3);
    let text = log(11, 400);
    rig.source.put("a.gz", gzip(&text));
    rig.source.script("a.gz", [Reading::Stalls(20_000, Duration::from_mins(1))]);
    let answer = rig.sqs(&["a.gz"]).await;
    assert_eq!(answer.continuations, 1);
    let body = rig.queue.sent.lock().unwrap().remove(0);
    assert!(body.contains("\"encoding\":\"gzip\""));
    let answer = rig.handle(&json!({"Records": [sqs_record("next", &body)]})).await;
    assert!(failed(&answer).is_empty());
    rig.assert_exactly(&[("a.gz", &text)]);
}

#[tokio::test(start_paused = true)]
async fn a_continuation_of_another_version_starts_from_the_beginning() {
    let rig = Rig::new();
    rig.source.put("a", log(12, 20));
    let body = json!({"logferry": "continuation", "version": 1, "bucket": "logs", "key": "a",
        "offset": 5_000, "etag": "\"v0\"", "encoding": "plain"});
    let answer = rig.handle(&json!({"Records": [sqs_record("m", &body.to_string())]})).await;
    assert!(failed(&answer).is_empty());
    rig.assert_exactly(&[("a", &log(12, 20))]);
}

#[tokio::test(start_paused = true)]
async fn out_of_time_without_a_queue_or_with_one_that_refuses_is_a_failure() {
    for with_queue in [false, true] {
        let mut rig = Rig::new();
        rig.time = Duration::from_secs(3);
        rig.with_queue = with_queue;
        rig.queue.script.lock().unwrap().push_back(Sending::Fails);
        rig.source.put("a", log(10, 100));
        rig.source.script("a", [Reading::Stalls(40_000, Duration::from_mins(1))]);
        let answer = rig.sqs(&["a"]).await;
        assert_eq!(failed(&answer), ["a"]);
        assert_eq!(answer.continuations, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn without_any_progress_what_was_not_touched_is_sent_on_with_its_counts() {
    let mut rig = Rig::new();
    rig.settings.objects_in_flight = 1;
    rig.source.put("a", log(1, 10));
    rig.source.put("b", log(2, 10));
    let down = Call::Fails(SinkError::Unavailable("down".to_owned()));
    *rig.sink.always.lock().unwrap() = Some(down);
    rig.source.put("c", log(3, 10));
    for key in ["a", "b"] {
        rig.source.script(key, [Reading::Stalls(0, Duration::from_mins(10))]);
    }
    let answer = rig.sqs(&["a", "b", "c"]).await;
    assert!(failed(&answer).is_empty(), "a receive would be charged");
    let sent = rig.queue.sent.lock().unwrap();
    let sent: Vec<Value> = sent.iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    assert_eq!((&sent[0]["stalled"], &sent[0]["hops"]), (&json!(1), &json!(1)));
    assert_eq!((&sent[2]["deferred"], &sent[2]["hops"]), (&json!(1), &Value::Null));
}

#[tokio::test(start_paused = true)]
async fn objects_not_begun_are_sent_on_when_others_were_done() {
    let mut rig = Rig::new();
    rig.settings.objects_in_flight = 1;
    for (key, seed) in [("a", 1), ("b", 2), ("c", 3), ("d", 4)] {
        rig.source.put(key, log(seed, 40));
    }
    for key in ["b", "c"] {
        rig.source.script(key, [Reading::Stalls(20_000, Duration::from_mins(10))]);
    }
    let answer = rig.sqs(&["a", "b", "c", "d"]).await;
    assert!(failed(&answer).is_empty());
    let bodies = std::mem::take(&mut *rig.queue.sent.lock().unwrap());
    assert_eq!(bodies.len(), 3);
    let records: Vec<Value> = bodies.iter().map(|body| sqs_record(body, body)).collect();
    assert!(failed(&rig.handle(&json!({ "Records": records })).await).is_empty());
    let logs = [log(1, 40), log(2, 40), log(3, 40), log(4, 40)];
    rig.assert_exactly(&[("a", &logs[0]), ("b", &logs[1]), ("c", &logs[2]), ("d", &logs[3])]);
}
