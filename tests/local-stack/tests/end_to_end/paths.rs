//! The paths on which an object travels when nothing breaks.

use std::time::Duration;

use local_stack::event::Envelope;
use local_stack::stack::Stack;
use local_stack::{event, lambda};

use crate::{Trial, gzip, log};

async fn through(envelope: Envelope) {
    let mut trial = Trial::start(Stack::builder().envelope(envelope)).await;
    trial.put("2026/03/a plain+key ü", log(1, 40)).await;
    trial.put("b.gz", gzip(&log(2, 30))).await;
    let audit = trial.clean().await;
    assert_eq!((audit.rows, audit.copies), (70, 0), "{envelope:?}");
    assert_eq!(trial.metric("RowsDelivered"), 70);
    assert_eq!(trial.dead_letters().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_arrives_through_sqs() {
    through(Envelope::Sqs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_arrives_from_s3_directly() {
    through(Envelope::S3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_arrives_through_sns() {
    through(Envelope::Sns).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_arrives_through_sns_in_sqs() {
    through(Envelope::SnsInSqs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_arrives_through_event_bridge() {
    through(Envelope::EventBridge).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_arrives_through_event_bridge_in_sqs() {
    through(Envelope::EventBridgeInSqs).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn small_objects_share_records() {
    let mut trial = Trial::start(Stack::builder().batch(10, Duration::from_mins(1))).await;
    // The tenth message fills the batch.
    for number in 0..10 {
        trial.put(&format!("small-{number}"), log(number, 3)).await;
    }
    trial.clean().await;
    let counts = trial.stream();
    assert_eq!((counts.rows, counts.records, counts.calls), (30, 1, 1));
    // 30 rows of less than 1.5 KB: billed by the record and not by the row.
    assert!(counts.billed_units < 10, "{counts:?}");
    assert_eq!(trial.metric("BilledUnits5KB"), counts.billed_units);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_of_an_event_is_read_and_a_test_event_is_no_work() {
    let mut trial = Trial::start(Stack::builder()).await;
    // Announced by nobody: this test announces three objects in one event of its own.
    let mut objects = Vec::new();
    for key in ["one", "two", "three"] {
        let body = log(objects.len() as u64, 5);
        trial.expected.add("other-logs", key, &body.clone().into()).unwrap();
        if objects.is_empty() {
            trial.stack.s3.create_bucket("other-logs").await.unwrap();
        }
        objects.push(trial.stack.s3.put("other-logs", key, body).await.unwrap());
    }
    let queue = &trial.stack.queues.events;
    queue.send(event::s3_test_event("other-logs").to_string(), Duration::ZERO);
    queue.send(event::s3_event(&objects).to_string(), Duration::ZERO);
    assert_eq!(trial.clean().await.rows, 15);
    assert_eq!(trial.dead_letters().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_invokes_by_hand() {
    let mut trial = Trial::start(Stack::builder()).await;
    let body = log(5, 12);
    trial.expected.add("other-logs", "by hand", &body.clone().into()).unwrap();
    trial.stack.s3.create_bucket("other-logs").await.unwrap();
    trial.stack.s3.put("other-logs", "by hand", body).await.unwrap();
    let call = r#"{"bucket":"other-logs","key":"by hand"}"#;
    let outcome = trial.stack.function.invoke(call.into()).await;
    assert!(outcome.result.is_ok(), "{outcome:?}");
    assert_eq!(trial.clean().await.rows, 12);

    let nothing = trial.stack.function.invoke("{}".into()).await;
    assert!(matches!(nothing.result, Err(lambda::Failure::Function { .. })), "{nothing:?}");
}
