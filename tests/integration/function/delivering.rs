//! Firehose as it answers, each behaviour once, by script: partly, never, for good, too late.

use std::collections::BTreeMap;
use std::time::Duration;

use logferry::pack::{
    BATCH_BYTES_DEFAULT, BatchSize, RECORD_TARGET_BYTES_DEFAULT, RecordCompression, billed_units,
};
use logferry::ports::{SinkError, Verdict};
use serde_json::json;

use super::fakes::{Call, Rig, failed, rejection, sqs_record};
use crate::support::sample::log;

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
    let refused = Verdict::Rejected(rejection("InvalidRecord"));
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
    let missing = SinkError::Rejected(rejection("ResourceNotFoundException"));
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
        assert!(bytes <= rig.settings.calls_in_flight * rig.settings.batch.bytes(), "{bytes}");
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

/// What Firehose bills for records of so many bytes, rounded up to 5 KB each, over the bytes.
fn billed_to_payload(sizes: &[usize]) -> f64 {
    let billed: u64 = sizes.iter().map(|bytes| billed_units(*bytes) * 5_120).sum();
    let payload: usize = sizes.iter().sum();
    f64::from(u32::try_from(billed).unwrap()) / f64::from(u32::try_from(payload).unwrap())
}

#[tokio::test(start_paused = true)]
async fn little_is_billed_but_bytes_of_rows_in_both_forms() {
    let mut payloads = Vec::new();
    for compression in [RecordCompression::None, RecordCompression::Gzip] {
        let mut rig = Rig::new();
        rig.settings.record_bytes = RECORD_TARGET_BYTES_DEFAULT;
        rig.settings.batch = BatchSize::Call(BATCH_BYTES_DEFAULT);
        rig.settings.record_compression = compression;
        let keys: Vec<String> = (0..100).map(|n| format!("o{n:02}")).collect();
        let logs: Vec<Vec<u8>> = (0..100).map(|n| log(n, 10)).collect();
        for (key, log) in keys.iter().zip(&logs) {
            rig.source.put(key, log.clone());
        }
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let answer = rig.sqs(&keys).await;
        assert!(failed(&answer).is_empty());
        let objects: Vec<(&str, &[u8])> =
            keys.iter().copied().zip(logs.iter().map(Vec::as_slice)).collect();
        rig.assert_exactly(&objects);
        let sizes = rig.sink.sizes.lock().unwrap();
        let ratio = billed_to_payload(&sizes);
        assert!(ratio <= 1.05, "{compression:?}: {ratio}, records of {sizes:?}");
        println!("{compression:?}: {ratio:.3}, records of {sizes:?}");
        payloads.push(sizes.iter().sum::<usize>());
    }
    assert!(payloads[1] * 4 < payloads[0], "{payloads:?}");
}

#[tokio::test(start_paused = true)]
async fn compressed_records_that_fail_are_sent_again() {
    let mut rig = Rig::new();
    rig.settings.record_compression = RecordCompression::Gzip;
    rig.source.put("a", log(8, 2000));
    rig.source.put("b", log(9, 2000));
    let retry = Verdict::Retry;
    *rig.sink.script.lock().unwrap() = [
        Call::Partly(vec![0, 2], retry.clone()),
        Call::AnswersShort(1),
        Call::Partly(vec![1], retry),
    ]
    .into();
    let answer = rig.sqs(&["a", "b"]).await;
    assert!(failed(&answer).is_empty());
    rig.assert_at_least(&[("a", &log(8, 2000)), ("b", &log(9, 2000))]);
    assert!(answer.totals.records_retried >= 1, "{:?}", answer.totals);
}
