//! Everything that breaks on the way, and what other shippers lose when it does.

use std::time::Duration;

use local_stack::firehose::{Fault, Storm};
use local_stack::s3::faults::Fault as S3Fault;
use local_stack::stack::Stack;

use crate::{Trial, gzip, log};

/// Small records and calls, so that a small log takes many of them.
fn many_calls() -> local_stack::stack::Builder {
    Stack::builder()
        .variable("LOGFERRY_RECORD_BYTES", "5120")
        .variable("LOGFERRY_BATCH_BYTES", "51200")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_failure_is_sent_again_and_nothing_else_is() {
    let mut trial = Trial::start(many_calls()).await;
    let faults = trial.stack.stream.faults();
    for fault in [Fault::Partial(vec![0]), Fault::PartialInternal(vec![0]), Fault::Partial(vec![0])]
    {
        faults.script(fault);
    }
    trial.put("log", log(1, 300)).await;
    let audit = trial.clean().await;
    assert_eq!(audit.copies, 0);
    assert_eq!(trial.stack.stream.faults().left(), 0);
    assert_eq!(trial.stream().records_failed, 3);
    assert_eq!(trial.metric("RecordsRetried"), 3);
    assert_eq!(trial.metric("RowsDelivered"), 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ambiguous_failure_makes_copies_that_the_view_drops() {
    let mut trial = Trial::start(Stack::builder()).await;
    trial.stack.stream.faults().script(Fault::AnswerLost);
    trial.put("log", log(2, 50)).await;
    let audit = trial.clean().await;
    assert_eq!((audit.copies, audit.distinct_rows), (50, 50));
    assert_eq!(trial.stream().answers_lost, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttling_storm_passes_over() {
    let mut trial = Trial::start(many_calls()).await;
    let storm = Storm { seed: 11, throttled_calls: 200, failed_records: 200, lost_answers: 30 };
    trial.stack.stream.faults().set_storm(Some(storm));
    for number in 0..8 {
        trial.put(&format!("log-{number}"), log(number, 100)).await;
    }
    let audit = trial.clean().await;
    assert!(audit.copies <= audit.lines, "{audit:?}");
    let counts = trial.stream();
    assert!(counts.calls_refused > 0 && counts.records_failed > 0, "{counts:?}");
    assert_eq!(trial.dead_letters().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_killed_in_the_middle_of_an_object_loses_nothing() {
    let mut trial = Trial::start(many_calls()).await;
    trial.stack.stream.faults().set_latency(Duration::from_millis(300));
    trial.put("log", log(3, 1000)).await;
    // Some of the object is delivered, most of it is not.
    let counts = trial.stack.stream.wait_until(|counts| counts.calls >= 2).await;
    trial.stack.function.kill();
    assert!(counts.bytes < 300_000, "{counts:?}");
    trial.stack.function.wait_until(|counts| counts.failures == 1).await;
    trial.stack.stream.faults().set_latency(Duration::ZERO);
    trial.stack.queues.events.expire();
    let audit = trial.clean().await;
    assert!(audit.copies > 0 && audit.copies < 1000, "{audit:?}");
    assert_eq!(audit.distinct_rows, 1000);
    assert_eq!(trial.stack.function.counts().starts, 2);
    assert!(trial.stack.queues.events.counts().redelivered >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_delivered_twice_makes_copies_and_no_more() {
    let mut trial = Trial::start(Stack::builder()).await;
    trial.put("log", log(4, 30)).await;
    trial.stack.settle().await;
    let again = trial.stack.s3.put("firehose-staging", "unrelated", "x").await.unwrap();
    assert_eq!(again.key, "unrelated");
    let event = local_stack::event::s3_event(&[local_stack::event::ObjectCreated {
        bucket: local_stack::stack::LOG_BUCKET.to_owned(),
        key: "log".to_owned(),
        ..again
    }]);
    trial.stack.queues.events.send(event.to_string(), Duration::ZERO);
    let audit = trial.clean().await;
    assert_eq!((audit.rows, audit.copies, audit.distinct_rows), (60, 30, 30));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_object_ends_in_the_dead_letters_and_takes_nothing_with_it() {
    let visibility = Duration::from_millis(500);
    let mut trial = Trial::start(Stack::builder().visibility(visibility).receives_max(3)).await;
    trial.put("good-1", log(5, 20)).await;
    trial.stack.put("poison", vec![0x89_u8; 100_000]).await.unwrap();
    trial.put("good-2", log(6, 20)).await;
    let queues = &trial.stack.queues;
    queues.events.send("no JSON at all", Duration::ZERO);
    let audit = trial.clean().await;
    assert_eq!((audit.rows, audit.copies), (40, 0));
    let mut letters = trial.dead_letters();
    letters.sort();
    assert_eq!(letters.len(), 2);
    assert_eq!(letters.first().map(String::as_str), Some("no JSON at all"));
    assert!(letters.last().is_some_and(|letter| letter.contains("poison")));
    assert_eq!(trial.metric("ObjectsRefused"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_gzip_is_no_end_of_an_object() {
    let visibility = Duration::from_millis(500);
    let mut trial = Trial::start(Stack::builder().visibility(visibility).receives_max(2)).await;
    trial.put("whole.gz", gzip(&log(7, 20))).await;
    let mut cut = gzip(&log(8, 500));
    cut.truncate(cut.len() - 20);
    trial.stack.put("cut.gz", cut).await.unwrap();
    trial.stack.settle().await;
    assert!(trial.dead_letters().iter().any(|letter| letter.contains("cut.gz")));
    trial.stack.stream.drain().await;
    let audit = trial.expected.audit(&trial.stack.warehouse).await.unwrap();
    assert_eq!(audit.missing, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_stream_is_resumed_where_it_broke() {
    let mut trial = Trial::start(Stack::builder()).await;
    for bytes in [0, 100_000, 150_001] {
        trial.stack.s3.faults().on_read("log", S3Fault::BreakAfter(bytes), 1);
    }
    trial.stack.s3.faults().on_read("log", S3Fault::SlowDown, 1);
    trial.put("log", log(9, 1000)).await;
    let audit = trial.clean().await;
    assert_eq!((audit.rows, audit.copies), (1000, 0));
    assert_eq!(trial.stack.s3.faults().left(), 0);
    let resumed: Vec<_> = trial.stack.s3.reads().into_iter().filter(|read| read.from > 0).collect();
    assert!(!resumed.is_empty() && resumed.iter().all(|read| read.conditional), "{resumed:?}");
    assert_eq!(trial.dead_letters().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_replaced_while_it_is_read_is_read_anew() {
    let mut trial = Trial::start(Stack::builder()).await;
    let faults = trial.stack.s3.faults();
    faults.on_read("log", S3Fault::BreakAfter(100_000), 1);
    faults.on_read("log", S3Fault::SlowDown, 2);
    let whole = log(10, 600);
    let half = whole.get(..whole.len() / 2).unwrap().to_vec();
    trial.stack.put("log", half).await.unwrap();
    while trial.stack.s3.reads().len() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    trial.put("log", whole).await;
    let audit = trial.clean().await;
    assert_eq!((audit.missing.len(), audit.distinct_rows), (0, 600));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_gone_is_done_and_one_that_is_denied_is_not() {
    let visibility = Duration::from_millis(500);
    let mut trial = Trial::start(Stack::builder().visibility(visibility).receives_max(2)).await;
    trial.stack.s3.faults().on_read("gone", S3Fault::NoSuchKey, 9);
    trial.stack.s3.faults().on_read("denied", S3Fault::AccessDenied, 9);
    trial.stack.put("gone", log(1, 5)).await.unwrap();
    trial.stack.put("denied", log(2, 5)).await.unwrap();
    trial.put("good", log(3, 5)).await;
    assert_eq!(trial.clean().await.rows, 5);
    let letters = trial.dead_letters();
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert!(letter.contains("denied"));
    assert_eq!(trial.metric("ObjectsMissing"), 1);
    let logs = trial.stack.function.logs().lines();
    assert!(
        logs.iter().any(|line| line.contains("denied") && line.contains("s3:GetObject")),
        "{logs:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warehouse_that_is_away_delays_rows_and_loses_none() {
    let mut trial = Trial::start(Stack::builder()).await;
    trial.stack.warehouse.set_down(true);
    trial.put("log", log(12, 50)).await;
    trial.stack.settle().await;
    let stream = std::sync::Arc::clone(&trial.stack.stream);
    let draining = tokio::spawn(async move { stream.drain().await });
    trial.stack.stream.wait_until(|counts| counts.copies_failed >= 2).await;
    trial.stack.warehouse.set_down(false);
    draining.await.unwrap();
    assert_eq!(trial.clean().await.rows, 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_lines_in_two_objects_are_two_rows_and_one_in_the_view() {
    let mut trial = Trial::start(Stack::builder()).await;
    trial.put("first", log(13, 10)).await;
    trial.put("second", log(13, 10)).await;
    let audit = trial.clean().await;
    assert_eq!((audit.rows, audit.copies, audit.distinct_rows), (20, 0, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_does_not_exist_fails_the_event_and_says_what_to_check() {
    let builder = Stack::builder()
        .variable("LOGFERRY_STREAM", "no-such-stream")
        .visibility(Duration::from_millis(500))
        .receives_max(2);
    let trial = Trial::start(builder).await;
    trial.stack.put("log", log(14, 5)).await.unwrap();
    trial.stack.settle().await;
    assert_eq!(trial.dead_letters().len(), 1);
    let logs = trial.stack.function.logs().lines();
    assert!(logs.iter().any(|line| line.contains("LOGFERRY_STREAM")), "{logs:#?}");
}
