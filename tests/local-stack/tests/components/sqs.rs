//! Queues: the wire through the real SDK, and the mapping to a function on the real runtime.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use local_stack::lambda::{Function, Settings};
use local_stack::sqs::event_source::{EventSource, Mode};
use local_stack::sqs::{self, Queue, Sqs};

const LONG: Duration = Duration::from_mins(1);

fn queue(visibility: Duration) -> Arc<Queue> {
    Queue::new("logs", sqs::Settings { visibility, redrive: None })
}

pub(crate) fn client(url: &str) -> Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("AKIDEXAMPLE", "example", None, None, "test"))
        .retry_config(aws_sdk_sqs::config::retry::RetryConfig::disabled())
        .endpoint_url(url)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}

pub(crate) fn entry(id: &str, body: &str, delay: i32) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder()
        .id(id)
        .message_body(body)
        .delay_seconds(delay)
        .build()
        .unwrap()
}

#[tokio::test]
async fn messages_arrive_over_the_wire() {
    let queue = queue(LONG);
    let sqs = Sqs::start(&[Arc::clone(&queue)]).await.unwrap();
    let client = client(&sqs.url());
    let url = sqs.queue_url(&queue);
    // The SDK checks the MD5 of what it gets back.
    let sent = client.send_message().queue_url(&url).message_body("grüße").send().await.unwrap();
    let batch = client.send_message_batch().queue_url(&url);
    let batch = batch.entries(entry("a", "now", 0)).entries(entry("b", "later", 901));
    let batch = batch.send().await.unwrap();
    assert_eq!(batch.successful().len(), 1);
    assert_eq!(
        batch.failed().first().map(aws_sdk_sqs::types::BatchResultErrorEntry::code),
        Some("InvalidParameterValue")
    );

    let got = client.receive_message().queue_url(&url).max_number_of_messages(10).send().await;
    let got = got.unwrap();
    let bodies: Vec<_> = got.messages().iter().filter_map(|message| message.body()).collect();
    assert_eq!(bodies, ["grüße", "now"]);
    assert_eq!(got.messages().first().unwrap().message_id(), sent.message_id());
    let handle = got.messages().first().unwrap().receipt_handle().unwrap();
    client.delete_message().queue_url(&url).receipt_handle(handle).send().await.unwrap();
    assert_eq!(queue.bodies(), ["now"]);
    let asked = client.get_queue_url().queue_name("logs").send().await.unwrap();
    assert_eq!(asked.queue_url(), Some(url.as_str()));
}

#[tokio::test]
async fn what_sqs_refuses_is_refused_by_its_name() {
    let queue = queue(LONG);
    let sqs = Sqs::start(&[Arc::clone(&queue)]).await.unwrap();
    let client = client(&sqs.url());
    let url = sqs.queue_url(&queue);
    let send =
        |url: &str, body: String| client.send_message().queue_url(url).message_body(body).send();
    let code = |error: &dyn ProvideErrorMetadata| error.code().unwrap_or_default().to_owned();

    let unknown = send("http://127.0.0.1/123456789012/nowhere", "x".into()).await.unwrap_err();
    assert!(unknown.as_service_error().unwrap().is_queue_does_not_exist(), "{unknown:?}");
    let large = send(&url, "x".repeat(1_048_577)).await.unwrap_err();
    assert_eq!(code(large.as_service_error().unwrap()), "InvalidParameterValue");
    send(&url, "x".repeat(1_048_576)).await.unwrap();

    let batch = || client.send_message_batch().queue_url(&url);
    let twice = batch().entries(entry("a", "x", 0)).entries(entry("a", "y", 0)).send().await;
    assert!(twice.unwrap_err().into_service_error().is_batch_entry_ids_not_distinct());
    let many = (0..11).map(|n| entry(&n.to_string(), "x", 0)).collect();
    let many = batch().set_entries(Some(many)).send().await.unwrap_err();
    assert!(many.into_service_error().is_too_many_entries_in_batch_request());
    let none = batch().set_entries(Some(Vec::new())).send().await.unwrap_err();
    assert!(none.into_service_error().is_empty_batch_request());
    assert_eq!(queue.counts().sent, 1);
}

#[tokio::test(start_paused = true)]
async fn a_message_hides_while_in_flight_and_wears_out() {
    let letters = Queue::new("dead", sqs::Settings { visibility: LONG, redrive: None });
    let redrive = Some((Arc::clone(&letters), 3));
    let queue = Queue::new("logs", sqs::Settings { visibility: LONG, redrive });
    let id = queue.send("poison", Duration::from_secs(5));
    let begin = tokio::time::Instant::now();
    for time in 1..=3 {
        let got = queue.receive_some(10).await;
        let message = got.first().unwrap();
        assert_eq!((message.id.as_str(), message.receives), (id.as_str(), time));
        assert!(queue.receive(10).is_empty());
        assert_eq!(begin.elapsed().as_secs(), 5 + 60 * u64::from(time - 1));
    }
    tokio::time::sleep(LONG).await;
    assert!(queue.receive(10).is_empty());
    assert_eq!(letters.bodies(), ["poison"]);
    let counts = queue.counts();
    assert_eq!((counts.redelivered, counts.dead_lettered, counts.held), (2, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn an_old_handle_deletes_nothing() {
    let queue = queue(LONG);
    queue.send("x", Duration::ZERO);
    let old = queue.receive_some(1).await;
    let new = queue.receive_some(1).await;
    assert!(!queue.delete(&old.first().unwrap().receipt));
    assert!(queue.delete(&new.first().unwrap().receipt));
}

/// Runs messages through the mapping until some are deleted and some delivered again.
async fn mapped(bodies: &[&str], deleted: u64, redelivered: u64) -> Vec<String> {
    let queue = queue(Duration::from_millis(200));
    let function = Function::new(Settings::new("probe", env!("CARGO_BIN_EXE_probe-function")));
    for body in bodies {
        queue.send(*body, Duration::ZERO);
    }
    let mode = Mode::Batch { size: 10, window: Duration::ZERO };
    let _source = EventSource::start(Arc::clone(&queue), Arc::clone(&function), mode, 1);
    let counts = queue
        .wait_until(|counts| counts.deleted >= deleted && counts.redelivered >= redelivered)
        .await;
    assert_eq!(counts.deleted, deleted);
    queue.bodies()
}

#[tokio::test]
async fn only_what_succeeded_is_deleted() {
    assert_eq!(mapped(&["one", "fail two", "three"], 2, 1).await, ["fail two"]);
}

#[tokio::test]
async fn an_empty_answer_is_success_and_a_wrong_one_is_failure_of_all() {
    let none: [&str; 0] = [];
    assert_eq!(mapped(&["answer {}", "x"], 2, 0).await, none);
    assert_eq!(mapped(&["answer null", "x"], 2, 0).await, none);
    assert_eq!(mapped(&[r#"answer {"batchItemFailures":null}"#, "x"], 2, 0).await, none);
    let wrong = [
        r#"answer {"batchItemFailures":[{"itemIdentifier":""}]}"#,
        r#"answer {"batchItemFailures":[{"itemIdentifier":null}]}"#,
        r#"answer {"batchItemFailures":[{"messageId":"x"}]}"#,
        r#"answer {"batchItemFailures":[{"itemIdentifier":"nobody"}]}"#,
        r#"answer "text""#,
    ];
    for answer in wrong {
        assert_eq!(mapped(&[answer, "x"], 0, 2).await, [answer, "x"]);
    }
}

#[tokio::test]
async fn a_window_gathers_messages_and_a_failure_is_delivered_again() {
    let queue = queue(Duration::from_millis(200));
    let function = Function::new(Settings::new("probe", env!("CARGO_BIN_EXE_probe-function")));
    let mode = Mode::Batch { size: 3, window: LONG };
    let _source = EventSource::start(Arc::clone(&queue), Arc::clone(&function), mode, 1);
    // The third message fills the batch long before the window ends.
    for body in ["one", "two", "fail"] {
        queue.send(body, Duration::ZERO);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    queue.wait_until(|counts| counts.deleted == 2).await;
    assert_eq!(function.counts().invocations, 1);
    queue.send("three", Duration::ZERO);
    queue.send("four", Duration::ZERO);
    let counts = queue.wait_until(|counts| counts.deleted == 4).await;
    assert!(counts.redelivered >= 1);
    assert_eq!(queue.bodies(), ["fail"]);
}
