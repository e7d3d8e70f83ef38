//! The ways other log shippers have lost lines without a word, each turned into a test.
//!
//! Those about partial failures, oversize and non-UTF-8 lines, chunk borders, truncated gzip and
//! resume offsets that the other scripts and the unit tests show are not repeated here.

use logferry::access_log::LINE_BYTES_MAX;
use logferry::ports::{SinkError, SourceError};
use logferry::row::RecordId;
use serde_json::{Value, json};

use super::fakes::{Call, Reading, Rig, Sending, by_hand, failed, rejection, sqs_record};
use crate::support::gzip::gzip;
use crate::support::sample::log;

#[tokio::test(start_paused = true)]
async fn every_record_of_an_event_is_read_not_the_first() {
    let rig = Rig::new();
    let keys = ["a", "b", "c"];
    let records: Vec<Value> = keys
        .iter()
        .map(|key| {
            json!({"eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
                "s3": {"bucket": {"name": "logs"}, "object": {"key": key}}})
        })
        .collect();
    for key in keys {
        rig.source.put(key, log(1, 3));
    }
    rig.handle(&json!({ "Records": records })).await.result.unwrap();
    rig.assert_exactly(
        &keys.map(|key| (key, log(1, 3))).each_ref().map(|(k, l)| (*k, l.as_slice())),
    );
}

#[tokio::test(start_paused = true)]
async fn a_partial_failure_of_the_sink_is_not_acknowledged() {
    let mut rig = Rig::new();
    rig.source.put("a", log(1, 10));
    let retry = logferry::ports::Verdict::Retry;
    *rig.sink.always.lock().unwrap() = Some(Call::Partly(vec![0], retry));
    let answer = rig.sqs(&["a"]).await;
    assert!(answer.totals.rows_lost > 0);
    // Somebody else goes on with it, from its start, and knows that this came to nothing.
    let body: Value = serde_json::from_str(&rig.queue.sent.lock().unwrap()[0]).unwrap();
    assert_eq!((&body["offset"], &body["stalled"]), (&json!(0), &json!(1)));
    rig.with_queue = false;
    assert_eq!(failed(&rig.sqs(&["a"]).await), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn a_truncated_gzip_object_fails() {
    let rig = Rig::new();
    let mut stored = gzip(&log(1, 200));
    stored.truncate(stored.len() / 2);
    rig.source.put("a.gz", stored);
    assert_eq!(failed(&rig.sqs(&["a.gz"]).await), ["a.gz"]);
}

#[tokio::test(start_paused = true)]
async fn an_error_in_the_middle_of_the_stream_is_no_end_of_the_object() {
    let rig = Rig::new();
    rig.source.put("a", log(1, 20));
    let mut script = vec![Reading::Breaks(3_000)];
    script.extend(vec![Reading::Fails(SourceError::Rejected(rejection("denied"))); 9]);
    rig.source.script("a", script);
    assert_eq!(failed(&rig.sqs(&["a"]).await), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn an_oversize_line_is_quarantined_and_the_next_one_is_read() {
    let rig = Rig::new();
    let long = vec![b'x'; 3 * LINE_BYTES_MAX];
    let other = [&long[1..], b"y"].concat();
    let text = [&log(1, 2), &long[..], b"\r\n", &other, b"\n", &log(2, 2)].concat();
    rig.source.put("a", text);
    // Breaks within the first of them, which is then read from its first byte on again.
    rig.source.script("a", [Reading::Breaks(2 * LINE_BYTES_MAX)]);
    let answer = rig.sqs(&["a"]).await;
    assert!(failed(&answer).is_empty());
    assert_eq!((answer.totals.lines, answer.totals.rows_quarantined), (6, 2));
    let rows = rig.rows();
    assert_eq!(rows.len(), 6);
    for line in [long, other] {
        let id = RecordId::of(&line).to_string();
        assert_eq!(rows.keys().filter(|(_, _, found)| *found == id).count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn lines_that_are_no_utf_8_are_delivered_at_their_true_offsets() {
    let rig = Rig::new();
    let text = [log(1, 2), b"\xff\xfe\xfd \xe2\x82\n".to_vec(), log(2, 2)].concat();
    rig.source.put("a", text.clone());
    assert!(failed(&rig.sqs(&["a"]).await).is_empty());
    rig.assert_exactly(&[("a", &text)]);
}

#[tokio::test(start_paused = true)]
async fn chunk_borders_fall_anywhere() {
    let text = [log(1, 6), b"\r\n".to_vec(), log(2, 2)].concat();
    for size in [1, 2, 3, 5, 64, 701] {
        let rig = Rig::new();
        rig.source.put("a", text.clone());
        rig.source.script("a", [Reading::Well(size)]);
        assert!(failed(&rig.sqs(&["a"]).await).is_empty());
        rig.assert_exactly(&[("a", &text)]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_message_fails_alone_and_is_not_dropped() {
    let rig = Rig::new();
    rig.source.put("a", log(1, 3));
    let records = [
        sqs_record("broken", "{not json"),
        sqs_record("a", &by_hand("a")),
        json!({"messageId": "no-body", "eventSource": "aws:sqs"}),
        sqs_record("unknown", r#"{"hello": "world"}"#),
    ];
    let answer = rig.handle(&json!({ "Records": records })).await;
    assert_eq!(failed(&answer), ["broken", "no-body", "unknown"]);
    rig.assert_exactly(&[("a", &log(1, 3))]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_message_without_an_id_fails_the_batch_instead_of_naming_nobody() {
    let rig = Rig::new();
    for record in [
        json!({"eventSource": "aws:sqs", "body": "{not json"}),
        json!({"messageId": "", "eventSource": "aws:sqs", "body": "{not json"}),
    ] {
        let answer = rig.handle(&json!({"Records": [record]})).await;
        assert!(answer.result.is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_of_several_objects_fails_when_one_of_them_does() {
    let rig = Rig::new();
    rig.source.put("good", log(1, 3));
    rig.source.put("bad", "no log at all\n");
    let record = |key: &str| {
        json!({"eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": "logs"}, "object": {"key": key}}})
    };
    let body = json!({"Records": [record("good"), record("bad")]}).to_string();
    let answer = rig.handle(&json!({"Records": [sqs_record("both", &body)]})).await;
    assert_eq!(failed(&answer), ["both"]);
}

#[tokio::test(start_paused = true)]
async fn equal_lines_of_different_objects_both_arrive() {
    let rig = Rig::new();
    rig.source.put("a", log(1, 5));
    rig.source.put("b", log(1, 5));
    assert!(failed(&rig.sqs(&["a", "b"]).await).is_empty());
    rig.assert_exactly(&[("a", &log(1, 5)), ("b", &log(1, 5))]);
}

#[tokio::test(start_paused = true)]
async fn a_large_object_is_not_skipped() {
    let rig = Rig::new();
    rig.source.put("a", log(1, 20_000));
    rig.source.script("a", [Reading::Well(400_000)]);
    let answer = rig.sqs(&["a"]).await;
    assert!(failed(&answer).is_empty());
    assert_eq!(answer.totals.rows_delivered, 20_000);
}

#[tokio::test(start_paused = true)]
async fn a_continuation_the_queue_did_not_take_is_a_failure() {
    let mut rig = Rig::new();
    rig.time = std::time::Duration::from_secs(3);
    rig.queue.script.lock().unwrap().push_back(Sending::Fails);
    rig.source.put("a", log(1, 100));
    rig.source.script("a", [Reading::Stalls(30_000, std::time::Duration::from_mins(1))]);
    assert_eq!(failed(&rig.sqs(&["a"]).await), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn records_nobody_answered_for_are_sent_again() {
    let rig = Rig::new();
    rig.source.put("a", log(1, 10));
    *rig.sink.script.lock().unwrap() =
        [Call::TakenUnheard, Call::Fails(SinkError::Unavailable("reset".to_owned()))].into();
    assert!(failed(&rig.sqs(&["a"]).await).is_empty());
    rig.assert_at_least(&[("a", &log(1, 10))]);
}
