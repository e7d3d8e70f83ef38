//! `SendMessage` and `SendMessageBatch`.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::digest::md5_hex;
use super::faults::{Fault, Faults};
use super::queue::Queue;
use super::refusal::Refusal;

/// SQS takes messages, and batches of them, up to 1 MiB.
const PAYLOAD_BYTES_MAX: usize = 1_048_576;
/// Entries in a batch of any kind.
pub(super) const BATCH_ENTRIES_MAX: usize = 10;
const DELAY_SECONDS_MAX: u64 = 900;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Send {
    pub(super) queue_url: String,
    message_body: String,
    #[serde(default)]
    delay_seconds: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendBatch {
    pub(super) queue_url: String,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    id: String,
    message_body: String,
    #[serde(default)]
    delay_seconds: u64,
}

pub(super) fn send(queue: &Queue, send: Send, trace: Option<String>) -> Result<Value, Refusal> {
    check_size(send.message_body.len())?;
    let delay = check_delay(send.delay_seconds)?;
    let digest = md5_hex(&send.message_body);
    let id = queue.send_traced(send.message_body, delay, trace);
    Ok(json!({ "MessageId": id, "MD5OfMessageBody": digest }))
}

/// Sends a batch; nothing is answered where the connection is to be lost.
pub(super) fn send_batch(
    queue: &Queue,
    batch: SendBatch,
    trace: Option<&str>,
    faults: &Faults,
) -> Result<Option<Value>, Refusal> {
    let ids = batch.entries.iter().map(|entry| entry.id.as_str());
    check_entries(ids, "SendMessageBatchRequestEntry")?;
    if batch.entries.iter().map(|entry| entry.message_body.len()).sum::<usize>() > PAYLOAD_BYTES_MAX
    {
        return Err(Refusal::named(
            "BatchRequestTooLong",
            "AWS.SimpleQueueService.BatchRequestTooLong",
            "Batch requests cannot be longer than 1048576 bytes.",
        ));
    }
    let fault = faults.next();
    let failing = match &fault {
        Some(Fault::Throttle) => return Err(Refusal::throttled()),
        Some(Fault::Internal) => return Err(Refusal::internal()),
        Some(Fault::Partial(positions)) => positions.as_slice(),
        Some(Fault::AnswerLost) | None => &[],
    };
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for (position, entry) in batch.entries.into_iter().enumerate() {
        if failing.contains(&position) {
            let what = "We encountered an internal error. Please try again.";
            failed.push(json!({
                "Id": entry.id, "Code": "InternalError", "Message": what, "SenderFault": false,
            }));
            continue;
        }
        match check_delay(entry.delay_seconds) {
            Ok(delay) => {
                let digest = md5_hex(&entry.message_body);
                let id = queue.send_traced(entry.message_body, delay, trace.map(str::to_owned));
                successful.push(json!({ "Id": entry.id, "MessageId": id, "MD5OfMessageBody": digest }));
            }
            Err(refusal) => failed.push(json!({
                "Id": entry.id, "Code": refusal.code, "Message": refusal.message, "SenderFault": true,
            })),
        }
    }
    if fault == Some(Fault::AnswerLost) {
        return Ok(None);
    }
    Ok(Some(json!({ "Successful": successful, "Failed": failed })))
}

/// Checks the ids of a batch's entries.
pub(super) fn check_entries<'a>(
    ids: impl Iterator<Item = &'a str>,
    kind: &str,
) -> Result<(), Refusal> {
    let ids: Vec<&str> = ids.collect();
    let distinct: BTreeSet<&str> = ids.iter().copied().collect();
    if ids.is_empty() {
        return Err(Refusal::named(
            "EmptyBatchRequest",
            "AWS.SimpleQueueService.EmptyBatchRequest",
            format!("There should be at least one {kind} in the request."),
        ));
    }
    if ids.len() > BATCH_ENTRIES_MAX {
        let sent = ids.len();
        return Err(Refusal::named(
            "TooManyEntriesInBatchRequest",
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            format!("Maximum number of entries per request are 10. You have sent {sent}."),
        ));
    }
    if distinct.len() < ids.len() {
        return Err(Refusal::named(
            "BatchEntryIdsNotDistinct",
            "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            "Two or more batch entries in the request have the same Id.",
        ));
    }
    Ok(())
}

fn check_size(bytes: usize) -> Result<(), Refusal> {
    match bytes {
        0 => Err(Refusal::value("The request must contain the parameter MessageBody.")),
        1..=PAYLOAD_BYTES_MAX => Ok(()),
        _ => Err(Refusal::value(
            "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.",
        )),
    }
}

fn check_delay(seconds: u64) -> Result<Duration, Refusal> {
    if seconds > DELAY_SECONDS_MAX {
        return Err(Refusal::value(format!(
            "Value {seconds} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."
        )));
    }
    Ok(Duration::from_secs(seconds))
}
