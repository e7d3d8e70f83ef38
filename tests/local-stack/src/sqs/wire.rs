//! The HTTP endpoint: AWS JSON 1.0, the operation in `X-Amz-Target`.
//!
//! `SendMessage`, `SendMessageBatch`, `ReceiveMessage`, `DeleteMessage`, `GetQueueUrl`: what the
//! function and an operator's tool use. Anything else is `UnknownOperationException`, so that
//! nobody believes in an operation that is not there. Limits and error names are AWS's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};

use super::digest::md5_hex;
use super::queue::Queue;
use crate::event::ACCOUNT;
use crate::http::{Call, Handler, Reply};

const CONTENT_TYPE: &str = "application/x-amz-json-1.0";
/// SQS takes messages, and batches of them, up to 1 MiB.
const PAYLOAD_BYTES_MAX: usize = 1_048_576;
const BATCH_ENTRIES_MAX: usize = 10;
const DELAY_SECONDS_MAX: u64 = 900;

#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) queues: BTreeMap<String, Arc<Queue>>,
}

/// An answer that is an error: AWS's name for it and the words.
struct Refusal {
    code: &'static str,
    /// The name in the older query protocol, which SDKs still read.
    query_code: &'static str,
    message: String,
}

fn refuse<T>(
    code: &'static str,
    query_code: &'static str,
    message: impl Into<String>,
) -> Result<T, Refusal> {
    Err(Refusal { code, query_code, message: message.into() })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Send {
    queue_url: String,
    message_body: String,
    #[serde(default)]
    delay_seconds: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendBatch {
    queue_url: String,
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

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Receive {
    queue_url: String,
    max_number_of_messages: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Delete {
    queue_url: String,
    receipt_handle: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetUrl {
    queue_name: String,
}

impl Handler for Endpoint {
    async fn handle(&self, call: Call) -> Reply {
        match self.answer(&call) {
            Ok(body) => Reply::json(StatusCode::OK, CONTENT_TYPE, Vec::new(), &body),
            Err(refusal) => refusal.into_reply(),
        }
    }
}

impl Refusal {
    fn into_reply(self) -> Reply {
        let body = json!({ "__type": format!("com.amazonaws.sqs#{}", self.code), "message": self.message });
        let query = HeaderValue::try_from(format!("{};Sender", self.query_code));
        let headers = query
            .map(|value| vec![(HeaderName::from_static("x-amzn-query-error"), value)])
            .unwrap_or_default();
        Reply::json(StatusCode::BAD_REQUEST, CONTENT_TYPE, headers, &body)
    }
}

impl Endpoint {
    fn answer(&self, call: &Call) -> Result<Value, Refusal> {
        if call.header("authorization").is_empty() {
            return refuse(
                "MissingAuthenticationToken",
                "MissingAuthenticationToken",
                "Request is missing Authentication Token",
            );
        }
        match call.header("x-amz-target") {
            "AmazonSQS.SendMessage" => self.send(parse(call)?, trace(call)),
            "AmazonSQS.SendMessageBatch" => self.send_batch(parse(call)?, trace(call).as_deref()),
            "AmazonSQS.ReceiveMessage" => self.receive(&parse(call)?),
            "AmazonSQS.DeleteMessage" => self.delete(&parse(call)?),
            "AmazonSQS.GetQueueUrl" => {
                let name = parse::<GetUrl>(call)?.queue_name;
                let queue = self.queue(&name)?;
                let url = format!("http://{}/{ACCOUNT}/{}", call.header("host"), queue.name());
                Ok(json!({ "QueueUrl": url }))
            }
            other => refuse(
                "UnknownOperationException",
                "InvalidAction",
                format!("The operation {other} is not served by the local stack."),
            ),
        }
    }

    fn send(&self, send: Send, trace: Option<String>) -> Result<Value, Refusal> {
        let queue = self.queue(&send.queue_url)?;
        check_size(send.message_body.len())?;
        let delay = check_delay(send.delay_seconds)?;
        let digest = md5_hex(&send.message_body);
        let id = queue.send_traced(send.message_body, delay, trace);
        Ok(json!({ "MessageId": id, "MD5OfMessageBody": digest }))
    }

    fn send_batch(&self, batch: SendBatch, trace: Option<&str>) -> Result<Value, Refusal> {
        let queue = self.queue(&batch.queue_url)?;
        let ids: BTreeSet<&str> = batch.entries.iter().map(|entry| entry.id.as_str()).collect();
        if batch.entries.is_empty() {
            return refuse(
                "EmptyBatchRequest",
                "AWS.SimpleQueueService.EmptyBatchRequest",
                "There should be at least one SendMessageBatchRequestEntry in the request.",
            );
        }
        if batch.entries.len() > BATCH_ENTRIES_MAX {
            return refuse(
                "TooManyEntriesInBatchRequest",
                "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
                format!(
                    "Maximum number of entries per request are 10. You have sent {}.",
                    batch.entries.len()
                ),
            );
        }
        if ids.len() < batch.entries.len() {
            return refuse(
                "BatchEntryIdsNotDistinct",
                "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
                "Two or more batch entries in the request have the same Id.",
            );
        }
        if batch.entries.iter().map(|entry| entry.message_body.len()).sum::<usize>()
            > PAYLOAD_BYTES_MAX
        {
            return refuse(
                "BatchRequestTooLong",
                "AWS.SimpleQueueService.BatchRequestTooLong",
                "Batch requests cannot be longer than 1048576 bytes.",
            );
        }
        let mut successful = Vec::new();
        let mut failed = Vec::new();
        for entry in batch.entries {
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
        Ok(json!({ "Successful": successful, "Failed": failed }))
    }

    fn receive(&self, receive: &Receive) -> Result<Value, Refusal> {
        let messages: Vec<Value> = self
            .queue(&receive.queue_url)?
            .receive(receive.max_number_of_messages.unwrap_or(1).min(BATCH_ENTRIES_MAX))
            .into_iter()
            .map(|message| {
                json!({
                    "MessageId": message.id,
                    "ReceiptHandle": message.receipt,
                    "MD5OfBody": md5_hex(&message.body),
                    "Body": message.body,
                })
            })
            .collect();
        Ok(json!({ "Messages": messages }))
    }

    fn delete(&self, delete: &Delete) -> Result<Value, Refusal> {
        // SQS answers success for a handle that is out of date.
        let _gone: bool = self.queue(&delete.queue_url)?.delete(&delete.receipt_handle);
        Ok(json!({}))
    }

    fn queue(&self, url: &str) -> Result<&Arc<Queue>, Refusal> {
        let name = url.rsplit('/').next().unwrap_or_default();
        self.queues.get(name).ok_or_else(|| Refusal {
            code: "QueueDoesNotExist",
            query_code: "AWS.SimpleQueueService.NonExistentQueue",
            message: "The specified queue does not exist.".to_owned(),
        })
    }
}

/// The trace that the sender belongs to.
fn trace(call: &Call) -> Option<String> {
    Some(call.header("x-amzn-trace-id").to_owned()).filter(|trace| !trace.is_empty())
}

fn parse<'a, T: Deserialize<'a>>(call: &'a Call) -> Result<T, Refusal> {
    serde_json::from_slice(&call.body).or_else(|error| {
        refuse("SerializationException", "MalformedQueryString", error.to_string())
    })
}

fn check_size(bytes: usize) -> Result<(), Refusal> {
    const CODE: &str = "InvalidParameterValue";
    match bytes {
        0 => refuse(CODE, CODE, "The request must contain the parameter MessageBody."),
        1..=PAYLOAD_BYTES_MAX => Ok(()),
        _ => refuse(
            CODE,
            CODE,
            "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.",
        ),
    }
}

fn check_delay(seconds: u64) -> Result<Duration, Refusal> {
    if seconds > DELAY_SECONDS_MAX {
        return refuse(
            "InvalidParameterValue",
            "InvalidParameterValue",
            format!(
                "Value {seconds} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."
            ),
        );
    }
    Ok(Duration::from_secs(seconds))
}
