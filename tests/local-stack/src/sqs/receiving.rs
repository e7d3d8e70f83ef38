//! `ReceiveMessage`, `DeleteMessage` and `ChangeMessageVisibility`, alone and in batches.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::digest::md5_hex;
use super::message::Message;
use super::queue::Queue;
use super::refusal::Refusal;
use super::sending::{BATCH_ENTRIES_MAX, check_entries};
use crate::event::ACCOUNT;

const VISIBILITY_SECONDS_MAX: u64 = 43_200;
const WAIT_SECONDS_MAX: u64 = 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Receive {
    pub(super) queue_url: String,
    max_number_of_messages: Option<usize>,
    visibility_timeout: Option<u64>,
    wait_time_seconds: Option<u64>,
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OfHandle {
    pub(super) queue_url: String,
    receipt_handle: String,
    visibility_timeout: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OfHandles {
    pub(super) queue_url: String,
    entries: Vec<HandleEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HandleEntry {
    id: String,
    receipt_handle: String,
    visibility_timeout: Option<u64>,
}

pub(super) async fn receive(queue: &Queue, receive: &Receive) -> Result<Value, Refusal> {
    let most = receive.max_number_of_messages.unwrap_or(1);
    if !(1..=BATCH_ENTRIES_MAX).contains(&most) {
        return Err(Refusal::value(format!(
            "Value {most} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."
        )));
    }
    let visibility = receive.visibility_timeout.map(check_visibility).transpose()?;
    let wait = receive.wait_time_seconds.unwrap_or(0);
    if wait > WAIT_SECONDS_MAX {
        return Err(Refusal::value(format!(
            "Value {wait} for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided."
        )));
    }
    let mut taken = queue.receive_for(most, visibility);
    if taken.is_empty() && wait > 0 {
        let wait = Duration::from_secs(wait);
        let some = tokio::time::timeout(wait, queue.receive_some_for(most, visibility)).await;
        taken = some.unwrap_or_default();
    }
    let names = [&receive.attribute_names, &receive.message_system_attribute_names];
    let names: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
    let messages: Vec<Value> = taken.iter().map(|message| told(message, &names)).collect();
    Ok(json!({ "Messages": messages }))
}

/// A message with those of its attributes that were asked for.
fn told(message: &Message, names: &[&str]) -> Value {
    let milliseconds = |at: OffsetDateTime| (at.unix_timestamp_nanos() / 1_000_000).to_string();
    let known = [
        ("SenderId", Some(ACCOUNT.to_owned())),
        ("SentTimestamp", Some(milliseconds(message.sent))),
        ("ApproximateReceiveCount", Some(message.receives.to_string())),
        ("ApproximateFirstReceiveTimestamp", Some(milliseconds(message.first_received))),
        ("DeadLetterQueueSourceArn", message.dead_letter_source.clone()),
        ("AWSTraceHeader", message.trace.clone()),
    ];
    let asked =
        known.into_iter().filter(|(name, _)| names.contains(name) || names.contains(&"All"));
    let attributes: Map<String, Value> =
        asked.filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))).collect();
    let mut told = json!({
        "MessageId": message.id,
        "ReceiptHandle": message.receipt,
        "MD5OfBody": md5_hex(&message.body),
        "Body": message.body,
    });
    if !attributes.is_empty()
        && let Some(told) = told.as_object_mut()
    {
        told.insert("Attributes".to_owned(), Value::Object(attributes));
    }
    told
}

pub(super) fn delete(queue: &Queue, handle: &OfHandle) -> Value {
    // SQS answers success for a handle that is out of date.
    let _gone: bool = queue.delete(&handle.receipt_handle);
    json!({})
}

pub(super) fn delete_batch(queue: &Queue, batch: &OfHandles) -> Result<Value, Refusal> {
    let ids = batch.entries.iter().map(|entry| entry.id.as_str());
    check_entries(ids, "DeleteMessageBatchRequestEntry")?;
    let done = batch.entries.iter().map(|entry| {
        let _gone: bool = queue.delete(&entry.receipt_handle);
        json!({ "Id": entry.id })
    });
    Ok(json!({ "Successful": done.collect::<Vec<_>>(), "Failed": [] }))
}

pub(super) fn change_visibility(queue: &Queue, handle: &OfHandle) -> Result<Value, Refusal> {
    let visibility = check_visibility(handle.visibility_timeout.unwrap_or(0))?;
    if queue.change_visibility(&handle.receipt_handle, visibility) {
        return Ok(json!({}));
    }
    Err(not_in_flight())
}

pub(super) fn change_visibility_batch(queue: &Queue, batch: &OfHandles) -> Result<Value, Refusal> {
    let ids = batch.entries.iter().map(|entry| entry.id.as_str());
    check_entries(ids, "ChangeMessageVisibilityBatchRequestEntry")?;
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in &batch.entries {
        let visibility = check_visibility(entry.visibility_timeout.unwrap_or(0));
        let changed = visibility.and_then(|visibility| {
            let changed = queue.change_visibility(&entry.receipt_handle, visibility);
            changed.then_some(()).ok_or_else(not_in_flight)
        });
        match changed {
            Ok(()) => successful.push(json!({ "Id": entry.id })),
            Err(refusal) => failed.push(json!({
                "Id": entry.id, "Code": refusal.code, "Message": refusal.message, "SenderFault": true,
            })),
        }
    }
    Ok(json!({ "Successful": successful, "Failed": failed }))
}

fn not_in_flight() -> Refusal {
    let what = "Value for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.";
    Refusal::named("MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight", what)
}

fn check_visibility(seconds: u64) -> Result<Duration, Refusal> {
    if seconds > VISIBILITY_SECONDS_MAX {
        return Err(Refusal::value(format!(
            "Value {seconds} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200."
        )));
    }
    Ok(Duration::from_secs(seconds))
}
