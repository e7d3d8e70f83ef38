//! What DESIGN calls the edges: each behaviour once, by script.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use logferry::event::Payload;
use logferry::pipeline::{SinkError, SourceError, Verdict};
use serde_json::{Value, json};

use crate::fakes::{Call, Reading, Rig, Stored, by_hand, failed, log, sqs_record};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test(start_paused = true)]
async fn objects_are_delivered_whole_and_packed_together() {
    let rig = Rig::new();
    let logs: Vec<(String, Vec<u8>)> = (0..20).map(|n| (format!("small-{n}"), log(n, 1))).collect();
    for (key, log) in &logs {
        rig.source.put(key, log.clone());
    }
    let keys: Vec<&str> = logs.iter().map(|(key, _)| key.as_str()).collect();
    let answer = rig.sqs(&keys).await;
    assert!(failed(&answer).is_empty());
    let objects: Vec<(&str, &[u8])> =
        logs.iter().map(|(key, log)| (key.as_str(), log.as_slice())).collect();
    rig.assert_exactly(&objects);
    // Twenty rows of about a kilobyte do not make twenty records.
    assert!(answer.totals.records_delivered <= 6, "{:?}", answer.totals);
    assert_eq!(answer.totals.rows_delivered, 20);
    assert_eq!(answer.totals.conservation_mismatches, 0);
    assert!(answer.totals.s3_lag_s.is_some());
    assert_eq!(answer.totals.own_lag_s, Some(60));
}

#[tokio::test(start_paused = true)]
async fn gzip_objects_are_told_by_their_bytes_and_may_have_members() {
    let rig = Rig::new();
    let (one, two) = (log(1, 30), log(2, 30));
    rig.source.put("members.txt", [gzip(&one), gzip(&two)].concat());
    let answer = rig.sqs(&["members.txt"]).await;
    assert!(failed(&answer).is_empty());
    rig.assert_exactly(&[("members.txt", &[one, two].concat())]);
}

#[tokio::test(start_paused = true)]
async fn empty_blank_and_missing_objects_and_folder_markers_are_successes() {
    let rig = Rig::new();
    rig.source.put("empty", "");
    rig.source.put("blank", "\n\r\n \n");
    let answer = rig.sqs(&["empty", "blank", "gone", "folder/"]).await;
    assert!(failed(&answer).is_empty());
    assert_eq!(rig.rows().len(), 0);
    assert_eq!((answer.totals.objects_done, answer.totals.objects_missing), (2, 1));
    assert_eq!(answer.totals.blank_lines, 3);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_access_log_is_refused_without_a_row() {
    let rig = Rig::new();
    rig.source.put("text", "some other file\n".repeat(10));
    rig.source.put("large-text", "some other file\n".repeat(100_000));
    rig.source.put("binary", (0..200_000_u32).map(|n| (n % 251) as u8).collect::<Vec<u8>>());
    rig.source.put("log", log(3, 5));
    let answer = rig.sqs(&["text", "large-text", "binary", "log"]).await;
    assert_eq!(failed(&answer), ["text", "large-text", "binary"]);
    assert_eq!(answer.totals.objects_refused, 3);
    rig.assert_exactly(&[("log", &log(3, 5))]);
}

#[tokio::test(start_paused = true)]
async fn bad_lines_of_a_log_are_quarantined_even_before_its_first_good_one() {
    let rig = Rig::new();
    let mixed =
        [b"not a log line\n\xff\xfe\x00\n".to_vec(), log(4, 3), b"no newline".to_vec()].concat();
    rig.source.put("mixed", mixed.clone());
    rig.source.script("mixed", [Reading::Well(7)]);
    let answer = rig.sqs(&["mixed"]).await;
    assert!(failed(&answer).is_empty());
    rig.assert_exactly(&[("mixed", &mixed)]);
    assert_eq!(answer.totals.rows_quarantined, 3);
}

#[tokio::test(start_paused = true)]
async fn access_denied_names_bucket_key_and_permission() {
    let rig = Rig::new();
    rig.source
        .script("secret", [Reading::Fails(SourceError::Refused("needs s3:GetObject".to_owned()))]);
    rig.source.put("secret", log(1, 1));
    let event: Value = serde_json::from_str(&by_hand("secret")).unwrap();
    let error = rig.handle(&event).await.result.unwrap_err().to_string();
    for part in ["s3://logs/secret", "s3:GetObject", "offset 0"] {
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_stream_is_resumed_where_it_broke_on_the_same_version() {
    let rig = Rig::new();
    let text = log(5, 40);
    rig.source.put("a", text.clone());
    rig.source.put("b.gz", gzip(&text));
    let fails = || Reading::Fails(SourceError::Interrupted("503".to_owned()));
    rig.source.script(
        "a",
        [Reading::Breaks(2_500), fails(), Reading::EndsEarly(700), Reading::Breaks(0)],
    );
    rig.source.script("b.gz", [Reading::Breaks(101), Reading::EndsEarly(57)]);
    let answer = rig.sqs(&["a", "b.gz"]).await;
    assert!(failed(&answer).is_empty());
    rig.assert_exactly(&[("a", &text), ("b.gz", &text)]);
    let openings = rig.source.openings.lock().unwrap();
    let of_a: Vec<(u64, Option<&str>)> = openings
        .iter()
        .filter(|(key, ..)| key == "a")
        .map(|(_, offset, etag)| (*offset, etag.as_deref()))
        .collect();
    let v1 = Some("\"v1\"");
    assert_eq!(of_a, [(0, None), (2_500, v1), (2_500, v1), (3_200, v1), (3_200, v1)]);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_never_opens_fails_alone() {
    let rig = Rig::new();
    rig.source.put("bad", log(1, 5));
    rig.source.put("good", log(2, 5));
    let fails = Reading::Fails(SourceError::Interrupted("503".to_owned()));
    rig.source.script("bad", vec![fails; 50]);
    let answer = rig.sqs(&["bad", "good"]).await;
    assert_eq!(failed(&answer), ["bad"]);
    rig.assert_exactly(&[("good", &log(2, 5))]);
}

#[tokio::test(start_paused = true)]
async fn a_changed_object_is_read_again_from_its_start() {
    let rig = Rig::new();
    let (old, new) = (log(6, 40), [log(6, 40), log(7, 10)].concat());
    rig.source.put("a", old);
    let stored = Stored { bytes: new.clone(), etag: "\"v2\"".to_owned() };
    rig.source.script("a", [Reading::Changes(9_000, stored)]);
    let answer = rig.sqs(&["a"]).await;
    assert!(failed(&answer).is_empty());
    // The lines both versions have came twice, with the same identity.
    rig.assert_at_least(&[("a", &new)]);
    assert!(rig.rows().values().any(|times| *times == 2));
    assert_eq!(answer.totals.conservation_mismatches, 0);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_changes_all_the_time_fails() {
    let rig = Rig::new();
    rig.source.put("a", log(6, 40));
    let changes = (0..9).map(|n| {
        let etag = format!("\"v{}\"", n + 2);
        Reading::Changes(3_000, Stored { bytes: log(n, 40), etag })
    });
    rig.source.script("a", changes);
    assert_eq!(failed(&rig.sqs(&["a"]).await), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn only_the_records_that_failed_are_sent_again() {
    let rig = Rig::new();
    rig.source.put("a", log(8, 16));
    let retry = Verdict::Retry;
    *rig.sink.script.lock().unwrap() =
        [Call::Partly(vec![0, 2], retry.clone()), Call::Partly(vec![1], retry)].into();
    let answer = rig.sqs(&["a"]).await;
    assert!(failed(&answer).is_empty());
    rig.assert_exactly(&[("a", &log(8, 16))]);
    assert!(answer.totals.records_retried >= 2, "{:?}", answer.totals);
    assert!(answer.totals.throttles >= 1);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_too_short_is_no_acknowledgement() {
    let rig = Rig::new();
    rig.source.put("a", log(8, 10));
    *rig.sink.script.lock().unwrap() = [Call::AnswersShort(1), Call::AnswersShort(0)].into();
    let answer = rig.sqs(&["a"]).await;
    assert!(failed(&answer).is_empty());
    rig.assert_at_least(&[("a", &log(8, 10))]);
    assert_eq!(answer.totals.rows_delivered, 10);
}

#[tokio::test(start_paused = true)]
async fn a_record_refused_for_good_fails_exactly_the_objects_in_it() {
    let mut rig = Rig::new();
    rig.settings.objects_in_flight = 1;
    for n in 0..12 {
        rig.source.put(&format!("o{n:02}"), log(n, 2));
    }
    let refused = Verdict::Refused("InvalidRecord".to_owned());
    *rig.sink.script.lock().unwrap() = [Call::Partly(vec![1], refused)].into();
    let keys: Vec<String> = (0..12).map(|n| format!("o{n:02}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let answer = rig.sqs(&keys).await;
    let failed = failed(&answer);
    let taken: std::collections::BTreeSet<String> = {
        let mut whole: BTreeMap<String, usize> = BTreeMap::new();
        for (key, ..) in rig.rows().into_keys() {
            *whole.entry(key).or_insert(0) += 1;
        }
        whole.into_iter().filter(|(_, rows)| *rows == 2).map(|(key, _)| key).collect()
    };
    assert!(!failed.is_empty() && failed.len() < 12, "{failed:?}");
    for key in keys {
        assert_eq!(failed.contains(&key.to_owned()), !taken.contains(key), "{key}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_does_not_exist_fails_everything_at_once() {
    let rig = Rig::new();
    rig.source.put("a", log(1, 200));
    let missing = SinkError::Refused("ResourceNotFoundException".to_owned());
    *rig.sink.always.lock().unwrap() = Some(Call::Fails(missing));
    let answer = rig.sqs(&["a"]).await;
    assert_eq!(failed(&answer), ["a"]);
    let calls = rig.sink.calls.lock().unwrap().len();
    assert!(calls <= 4, "{calls} calls to a stream that is not there");
}

#[tokio::test(start_paused = true)]
async fn throttling_slows_down_and_loses_nothing() {
    let rig = Rig::new();
    rig.source.put("a", log(9, 60));
    let throttled = Call::Fails(SinkError::Throttled("slow down".to_owned()));
    *rig.sink.script.lock().unwrap() = vec![throttled; 6].into();
    let start = tokio::time::Instant::now();
    let answer = rig.sqs(&["a"]).await;
    assert!(failed(&answer).is_empty());
    assert!(start.elapsed() > Duration::from_millis(200));
    rig.assert_exactly(&[("a", &log(9, 60))]);
    assert_eq!(answer.totals.throttles, 6);
}

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
        rig.queue.script.lock().unwrap().push_back(false);
        rig.source.put("a", log(10, 100));
        rig.source.script("a", [Reading::Stalls(40_000, Duration::from_mins(1))]);
        let answer = rig.sqs(&["a"]).await;
        assert_eq!(failed(&answer), ["a"]);
        assert_eq!(answer.continuations, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn without_any_progress_nothing_is_handed_on() {
    let mut rig = Rig::new();
    rig.settings.objects_in_flight = 1;
    rig.source.put("a", log(1, 10));
    rig.source.put("b", log(2, 10));
    let down = Call::Fails(SinkError::Unavailable("down".to_owned()));
    *rig.sink.always.lock().unwrap() = Some(down);
    rig.source.script("a", [Reading::Stalls(0, Duration::from_mins(10))]);
    let answer = rig.sqs(&["a", "b"]).await;
    assert_eq!(failed(&answer), ["a", "b"]);
    assert!(rig.queue.sent.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn objects_not_begun_are_handed_on_when_others_were_done() {
    let mut rig = Rig::new();
    rig.settings.objects_in_flight = 1;
    for (key, seed) in [("a", 1), ("b", 2), ("c", 3)] {
        rig.source.put(key, log(seed, 40));
    }
    rig.source.script("b", [Reading::Stalls(20_000, Duration::from_mins(10))]);
    let answer = rig.sqs(&["a", "b", "c"]).await;
    assert!(failed(&answer).is_empty());
    let bodies = std::mem::take(&mut *rig.queue.sent.lock().unwrap());
    assert_eq!(bodies.len(), 2);
    let records: Vec<Value> = bodies.iter().map(|body| sqs_record(body, body)).collect();
    assert!(failed(&rig.handle(&json!({ "Records": records })).await).is_empty());
    rig.assert_exactly(&[("a", &log(1, 40)), ("b", &log(2, 40)), ("c", &log(3, 40))]);
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_is_down_to_the_end_hands_on_what_was_not_acknowledged() {
    let mut rig = Rig::new();
    rig.settings.calls_in_flight = 1;
    let text = log(13, 200);
    rig.source.put("a", text.clone());
    let mut script = vec![Call::Well; 3];
    script.extend(vec![Call::Fails(SinkError::Unavailable("down".to_owned())); 5_000]);
    *rig.sink.script.lock().unwrap() = script.into();
    let answer = rig.sqs(&["a"]).await;
    assert!(failed(&answer).is_empty());
    assert!(answer.totals.rows_lost > 0);
    assert_eq!(answer.continuations, 1);
    rig.sink.script.lock().unwrap().clear();
    let body = rig.queue.sent.lock().unwrap().remove(0);
    assert!(failed(&rig.handle(&json!({"Records": [sqs_record("n", &body)]})).await).is_empty());
    rig.assert_exactly(&[("a", &text)]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_one_object_fails_that_object_only() {
    let rig = Rig::new();
    rig.source.put("bad", log(1, 50));
    rig.source.put("good", log(2, 50));
    rig.source.script("bad", [Reading::Panics(5_000)]);
    let answer = rig.sqs(&["bad", "good"]).await;
    assert_eq!(failed(&answer), ["bad"]);
    assert_eq!(answer.totals.conservation_mismatches, 0);
    let good: Vec<u64> =
        rig.rows().into_keys().filter(|(key, ..)| key == "good").map(|(_, at, _)| at).collect();
    assert_eq!(good.len(), 50);
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_call_fails_the_objects_of_its_records() {
    let rig = Rig::new();
    rig.source.put("a", log(1, 5));
    *rig.sink.script.lock().unwrap() = [Call::Panics].into();
    let answer = rig.sqs(&["a"]).await;
    assert_eq!(failed(&answer), ["a"]);
    assert_eq!(answer.totals.rows_lost, 5);
}

#[tokio::test(start_paused = true)]
async fn memory_in_flight_does_not_grow_with_the_object() {
    for lines in [500, 5_000] {
        let rig = Rig::new();
        rig.source.put("a", log(14, lines));
        *rig.sink.always.lock().unwrap() = Some(Call::Slow(Duration::from_millis(30)));
        assert!(failed(&rig.sqs(&["a"]).await).is_empty());
        let (calls, bytes) = *rig.sink.peak.lock().unwrap();
        assert_eq!(calls, rig.settings.calls_in_flight);
        assert!(bytes <= rig.settings.calls_in_flight * rig.settings.batch_bytes, "{bytes}");
    }
}

#[tokio::test(start_paused = true)]
async fn filtered_lines_are_counted_and_not_sent() {
    let mut rig = Rig::new();
    let rules = r#"[{"operation": "*", "action": "sample", "one_in": 3}]"#;
    rig.settings.filters =
        std::sync::Arc::new(logferry::filter::Filters::from_json(rules).unwrap());
    rig.source.put("a", log(15, 300));
    let first = rig.sqs(&["a"]).await.totals;
    assert_eq!(first.lines, 300);
    assert_eq!(first.rows + first.rows_filtered, 300);
    assert!((50..150).contains(&first.rows), "{first:?}");
    // A second time, the same lines are chosen.
    let before = rig.rows().len();
    rig.sqs(&["a"]).await;
    assert_eq!(rig.rows().len(), before);
}

#[test]
fn a_payload_of_any_json_is_read() {
    for json in ["null", "1", "[]", "{}", r#"{"Records": 5}"#, r#"{"Records": [1]}"#] {
        let payload = Payload::read(&serde_json::from_str(json).unwrap());
        assert!(payload.messages.iter().all(|message| message.contents.is_err()), "{json}");
    }
}
