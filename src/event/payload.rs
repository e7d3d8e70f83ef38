//! A whole payload: SQS batches message by message, anything else as one.
//!
//! What it does not do: decide what is done about a message that failed; it only keeps apart what can
//! fail apart.

use aws_lambda_events::event::sqs::SqsMessage;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::envelope::{Contents, MessageError, Parts};

/// Who called, which decides how a failure is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// An SQS event source: failures are reported message by message.
    Sqs,
    /// A Distributed Map of Step Functions: the response says of each item that is not done why.
    Map,
    /// Anything else: the event succeeds or fails as a whole.
    Other,
}

/// One message, or the one event that is no batch.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// The id SQS knows the message by. Without one it cannot be reported alone.
    pub id: Option<String>,
    /// What it asks for, or why that cannot be told.
    pub contents: Result<Contents, MessageError>,
}

/// A payload, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub struct Payload {
    /// Who called.
    pub trigger: Trigger,
    /// The messages. One, for everything but SQS.
    pub messages: Vec<Message>,
}

impl Payload {
    /// Takes a payload apart. Never fails: what cannot be understood is a message that failed.
    #[must_use]
    pub fn read(event: &str) -> Self {
        let parts = Parts::of(event);
        let records = parts.records().filter(|records| records.iter().any(|record| is_sqs(record)));
        if let Some(batch) = records {
            let messages = batch.into_iter().map(read_sqs).collect();
            return Self { trigger: Trigger::Sqs, messages };
        }
        let trigger = if parts.items().is_some() { Trigger::Map } else { Trigger::Other };
        Self { trigger, messages: vec![Message { id: None, contents: Contents::from_json(event) }] }
    }
}

fn is_sqs(record: &RawValue) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Source {
        event_source: String,
    }
    serde_json::from_str(record.get()).is_ok_and(|source: Source| source.event_source == "aws:sqs")
}

/// One record of an SQS event. Every field of the type may be missing, so other producers' events
/// deserialise too; a message whose other fields are of no known type still has its id and body.
fn read_sqs(record: &RawValue) -> Message {
    let (id, body) = if let Ok(message) = serde_json::from_str::<SqsMessage>(record.get()) {
        (message.message_id, message.body)
    } else {
        let record: Value = serde_json::from_str(record.get()).unwrap_or_default();
        let field = |name: &str| record.get(name).and_then(Value::as_str).map(str::to_owned);
        (field("messageId"), field("body"))
    };
    let contents = match body {
        Some(body) => Contents::from_json(&body),
        None => Err(MessageError::Incomplete("body")),
    };
    // An empty id in the response would make Lambda retry the whole batch.
    Message { id: id.filter(|id| !id.is_empty()), contents }
}
