//! What Lambda does with a queue: poll it, gather batches, invoke, delete what succeeded.
//!
//! `ReportBatchItemFailures` is on. As AWS documents it: an absent, null or empty list of
//! failures is complete success; an answer that is no JSON, an entry without or with an empty
//! identifier, or an identifier that is not in the batch is complete failure. A failed message
//! is not touched: it shows itself again when its visibility ends. A direct invocation (S3, SNS,
//! `EventBridge`) is the same with [`Mode::Payload`]: the service keeps the event in a queue of
//! its own and tries three times in all.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, timeout_at};

use super::digest::md5_hex;
use super::message::Message;
use super::queue::Queue;
use crate::event::REGION;
use crate::lambda::Function;
use crate::lambda::lineage::invocations;

/// How messages become an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// An SQS event with a batch of messages.
    Batch {
        /// Up to this many messages.
        size: usize,
        /// Waiting this long for the batch to fill.
        window: Duration,
    },
    /// The message's text is the payload; one message an invocation.
    Payload,
}

/// A running mapping; dropping it ends it, and messages in flight come back by themselves.
#[derive(Debug)]
pub struct EventSource {
    polling: JoinHandle<()>,
}

impl EventSource {
    /// Starts polling a queue for a function with up to `concurrency` invocations at once.
    #[must_use]
    pub fn start(
        queue: Arc<Queue>,
        function: Arc<Function>,
        mode: Mode,
        concurrency: usize,
    ) -> Self {
        Self { polling: tokio::spawn(poll(queue, function, mode, concurrency)) }
    }
}

impl Drop for EventSource {
    fn drop(&mut self) {
        self.polling.abort();
    }
}

async fn poll(queue: Arc<Queue>, function: Arc<Function>, mode: Mode, concurrency: usize) {
    let slots = Arc::new(Semaphore::new(concurrency));
    let mut running = JoinSet::new();
    // The semaphore is never closed, so this loops until aborted.
    while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
        while running.try_join_next().is_some() {}
        let batch = gather(&queue, mode).await;
        let (queue, function) = (Arc::clone(&queue), Arc::clone(&function));
        running.spawn(async move {
            process(&queue, &function, mode, batch).await;
            drop(slot);
        });
    }
}

/// Waits for a message, then for the batch to fill or its window to end.
async fn gather(queue: &Queue, mode: Mode) -> Vec<Message> {
    let Mode::Batch { size, window } = mode else { return queue.receive_some(1).await };
    let mut batch = queue.receive_some(size).await;
    let end = Instant::now() + window;
    while batch.len() < size {
        match timeout_at(end, queue.receive_some(size - batch.len())).await {
            Ok(messages) => batch.extend(messages),
            Err(_elapsed) => break,
        }
    }
    batch
}

/// The messages that the function's guard against loops lets through.
fn guarded(queue: &Queue, function: &Function, batch: Vec<Message>) -> Vec<Message> {
    let Some(limit) = function.settings().recursion_limit else { return batch };
    let is_short = |message: &Message| invocations(message.trace.as_deref()) < limit;
    let (short, long): (Vec<_>, Vec<_>) = batch.into_iter().partition(is_short);
    for message in long {
        function.drop_recursive();
        queue.dead_letter(&message.receipt);
    }
    short
}

async fn process(queue: &Queue, function: &Function, mode: Mode, batch: Vec<Message>) {
    let batch = guarded(queue, function, batch);
    if batch.is_empty() {
        return;
    }
    let before = batch.iter().map(|message| invocations(message.trace.as_deref())).max();
    let event = match mode {
        Mode::Batch { .. } => sqs_event(queue, &batch).to_string(),
        Mode::Payload => batch.iter().map(|message| message.body.as_str()).collect(),
    };
    let outcome = function.invoke_in_chain(event.into(), before.unwrap_or(0) + 1).await;
    let Ok(answer) = outcome.result else { return };
    let failed = match mode {
        Mode::Batch { .. } => failures(&batch, &answer),
        Mode::Payload => BTreeSet::new(),
    };
    for message in batch.iter().filter(|message| !failed.contains(&message.id)) {
        // False only where the visibility ended meanwhile: then the message is delivered again.
        let _deleted: bool = queue.delete(&message.receipt);
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "batchItemFailures")]
    failures: Option<Vec<Item>>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(rename = "itemIdentifier")]
    id: String,
}

/// The identities of the messages that failed, by AWS's reading of the answer.
fn failures(batch: &[Message], answer: &Bytes) -> BTreeSet<String> {
    let all: BTreeSet<String> = batch.iter().map(|message| message.id.clone()).collect();
    if answer.is_empty() {
        return BTreeSet::new();
    }
    let Ok(answer) = serde_json::from_slice::<Option<Answer>>(answer) else { return all };
    let listed = answer.and_then(|answer| answer.failures).unwrap_or_default();
    let listed: BTreeSet<String> = listed.into_iter().map(|item| item.id).collect();
    if listed.is_subset(&all) { listed } else { all }
}

/// The event with which Lambda delivers messages.
#[must_use]
pub fn sqs_event(queue: &Queue, batch: &[Message]) -> Value {
    let records: Vec<Value> = batch.iter().map(|message| sqs_record(queue, message)).collect();
    json!({ "Records": records })
}

fn sqs_record(queue: &Queue, message: &Message) -> Value {
    let millis = |at: time::OffsetDateTime| (at.unix_timestamp_nanos() / 1_000_000).to_string();
    let mut record = json!({
        "messageId": message.id,
        "receiptHandle": message.receipt,
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": message.receives.to_string(),
            "SentTimestamp": millis(message.sent),
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": millis(message.first_received),
        },
        "messageAttributes": {},
        "md5OfBody": md5_hex(&message.body),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.arn(),
        "awsRegion": REGION,
    });
    if let (Some(trace), Some(attributes)) =
        (&message.trace, record.get_mut("attributes").and_then(Value::as_object_mut))
    {
        attributes.insert("AWSTraceHeader".to_owned(), json!(trace));
    }
    record
}
