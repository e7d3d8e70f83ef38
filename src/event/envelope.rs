//! One message: whatever it is wrapped in, down to the objects it names.
//!
//! Envelopes are recognised by fields that only they have, never by position or by what failed to
//! deserialise. What it does not do: SQS batches, whose messages succeed and fail one by one.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use thiserror::Error;

use crate::ports::ObjectTask;

use super::continuation::{self, Continuation, ContinuationError};
use super::url::{UrlDecodeError, decode_event_key};

/// How deep envelopes may be wrapped in each other. SNS in SQS is two.
const DEPTH_MAX: usize = 4;

/// What one message asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The objects to read, in the order named.
    pub objects: Vec<ObjectTask>,
    /// What was understood but is nothing to do for logferry.
    pub ignored: Vec<Ignored>,
}

/// Why a well-formed event asks for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ignored {
    /// `s3:TestEvent`: S3 sends it when a notification is set up.
    TestEvent,
    /// An S3 event other than the creation of an object.
    NotCreated,
    /// The event of another service.
    Foreign,
    /// A folder marker: a key that ends in a slash.
    FolderMarker,
    /// An event with an empty list of records.
    NoRecords,
}

impl Ignored {
    /// The stable name, for logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TestEvent => "test_event",
            Self::NotCreated => "not_created",
            Self::Foreign => "foreign",
            Self::FolderMarker => "folder_marker",
            Self::NoRecords => "no_records",
        }
    }
}

/// Why a message cannot be understood. It must fail: passing it over would lose its objects.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageError {
    /// The body is no JSON.
    #[error("the body is not JSON (at line {line}, column {column})")]
    NotJson {
        /// Line, from 1 on.
        line: usize,
        /// Column.
        column: usize,
    },
    /// JSON, but none of the known envelopes.
    #[error(
        "not a known event: expected S3, SQS, SNS or EventBridge, a continuation, \
         a Distributed Map batch, Lambda's record of a failed invocation, \
         or {{\"bucket\": .., \"key\": ..}}"
    )]
    Unknown,
    /// An S3 event without what it must have.
    #[error("an S3 event without {0}")]
    Incomplete(&'static str),
    /// Envelopes in envelopes in envelopes.
    #[error("envelopes nested deeper than {DEPTH_MAX}")]
    TooDeep,
    /// The key does not decode.
    #[error(transparent)]
    Key(#[from] UrlDecodeError),
    /// A continuation message that cannot be followed.
    #[error(transparent)]
    Continuation(#[from] ContinuationError),
}

impl Contents {
    /// Reads a message from its JSON.
    ///
    /// # Errors
    /// [`MessageError`]; then nothing of the message may be considered done.
    pub fn from_json(body: &str) -> Result<Self, MessageError> {
        let mut contents = Self::default();
        contents.open_text(body, 0)?;
        Ok(contents)
    }

    fn open_text(&mut self, body: &str, depth: usize) -> Result<(), MessageError> {
        if depth >= DEPTH_MAX {
            return Err(MessageError::TooDeep);
        }
        let parts = Parts::of(body);
        if let Some(records) = parts.records() {
            if records.is_empty() {
                self.ignored.push(Ignored::NoRecords);
            }
            return records
                .iter()
                .try_for_each(|record| self.open_record(&parse(record.get())?, depth));
        }
        if let Some(items) = parts.items() {
            if items.is_empty() {
                self.ignored.push(Ignored::NoRecords);
            }
            let common = parts.batch_input.and_then(|input| parse(input.get()).ok());
            let common = common.as_ref().and_then(|input: &Value| text(input, "bucket"));
            return items.iter().try_for_each(|item| self.open_item(&parse(item.get())?, common));
        }
        // What Lambda sends to a destination, or a redrive brings back, when an asynchronous
        // invocation failed.
        if let (Some(request), Some(_)) = (parts.request_payload, parts.request_context) {
            return self.open_text(request.get(), depth + 1);
        }
        self.open(&parse(body)?, depth)
    }

    /// An item of a Distributed Map: what its selector made, or as `ListObjectsV2` lists it, in which
    /// case the bucket stands in the batch's input. A key that comes from an S3 inventory is URL-encoded,
    /// which nobody can see from the key: the selector says so by the field's name.
    fn open_item(&mut self, item: &Value, common: Option<&str>) -> Result<(), MessageError> {
        let bucket = text(item, "bucket").or_else(|| text(item, "Bucket")).or(common);
        let bucket = bucket.ok_or(MessageError::Incomplete("Items[].bucket"))?;
        if let Some(encoded) = text(item, "url_encoded_key") {
            self.push(ObjectTask::whole(bucket, decode_event_key(encoded)?));
            return Ok(());
        }
        let key = text(item, "key").or_else(|| text(item, "Key"));
        let key = key.ok_or(MessageError::Incomplete("Items[].key"))?;
        self.push(ObjectTask::whole(bucket, key));
        Ok(())
    }

    fn open(&mut self, value: &Value, depth: usize) -> Result<(), MessageError> {
        if text(value, "logferry") == Some(continuation::KIND) {
            self.objects.push(Continuation::read(value)?);
            return Ok(());
        }
        if text(value, "Event") == Some("s3:TestEvent") {
            self.ignored.push(Ignored::TestEvent);
            return Ok(());
        }
        // An SNS notification that SQS wraps: the outer fields of SNS's HTTP form.
        if text(value, "Type") == Some("Notification") {
            let message = text(value, "Message").ok_or(MessageError::Incomplete("Message"))?;
            return self.open_text(message, depth + 1);
        }
        if value.get("detail-type").is_some() && value.get("source").is_some() {
            return self.open_event_bridge(value);
        }
        match (text(value, "bucket"), text(value, "key")) {
            (Some(bucket), Some(key)) => {
                self.push(ObjectTask::whole(bucket, key));
                Ok(())
            }
            _ => Err(MessageError::Unknown),
        }
    }

    fn open_record(&mut self, record: &Value, depth: usize) -> Result<(), MessageError> {
        // SNS capitalises the field, and nobody else does.
        if text(record, "EventSource") == Some("aws:sns") {
            let message = record.get("Sns").and_then(|sns| text(sns, "Message"));
            let message = message.ok_or(MessageError::Incomplete("Sns.Message"))?;
            return self.open_text(message, depth + 1);
        }
        // S3-compatible servers have sources of their own (`minio:s3`), but all have the field `s3`.
        if let Some(s3) = record.get("s3") {
            return self.open_s3(record, s3);
        }
        match text(record, "eventSource").or_else(|| text(record, "EventSource")) {
            Some("aws:s3") => Err(MessageError::Incomplete("s3")),
            Some(_) => {
                self.ignored.push(Ignored::Foreign);
                Ok(())
            }
            None => Err(MessageError::Unknown),
        }
    }

    fn open_s3(&mut self, record: &Value, s3: &Value) -> Result<(), MessageError> {
        let name = text(record, "eventName").ok_or(MessageError::Incomplete("eventName"))?;
        if !name.trim_start_matches("s3:").starts_with("ObjectCreated:") {
            self.ignored.push(Ignored::NotCreated);
            return Ok(());
        }
        let bucket = s3.get("bucket").and_then(|bucket| text(bucket, "name"));
        let bucket = bucket.ok_or(MessageError::Incomplete("s3.bucket.name"))?;
        let key = s3.get("object").and_then(|object| text(object, "key"));
        let key = key.ok_or(MessageError::Incomplete("s3.object.key"))?;
        let version = s3.get("object").and_then(|object| text(object, "versionId"));
        self.push(ObjectTask {
            version: version.map(str::to_owned),
            region: text(record, "awsRegion").map(str::to_owned),
            ..ObjectTask::whole(bucket, decode_event_key(key)?)
        });
        Ok(())
    }

    fn open_event_bridge(&mut self, value: &Value) -> Result<(), MessageError> {
        if text(value, "source") != Some("aws.s3") {
            self.ignored.push(Ignored::Foreign);
            return Ok(());
        }
        if text(value, "detail-type") != Some("Object Created") {
            self.ignored.push(Ignored::NotCreated);
            return Ok(());
        }
        let detail = value.get("detail").ok_or(MessageError::Incomplete("detail"))?;
        let bucket = detail.get("bucket").and_then(|bucket| text(bucket, "name"));
        let bucket = bucket.ok_or(MessageError::Incomplete("detail.bucket.name"))?;
        let key = detail.get("object").and_then(|object| text(object, "key"));
        let key = key.ok_or(MessageError::Incomplete("detail.object.key"))?;
        // EventBridge does not encode keys.
        let version = detail.get("object").and_then(|object| text(object, "version-id"));
        self.push(ObjectTask {
            version: version.map(str::to_owned),
            region: text(value, "region").map(str::to_owned),
            ..ObjectTask::whole(bucket, key)
        });
        Ok(())
    }

    fn push(&mut self, object: ObjectTask) {
        if object.key.ends_with('/') {
            self.ignored.push(Ignored::FolderMarker);
        } else {
            self.objects.push(object);
        }
    }
}

/// The parts of an event that may be long. They stay text until it is their turn: as a tree of values a
/// list of 65,000 objects takes 240 MB.
#[derive(Default, Deserialize)]
pub(super) struct Parts<'e> {
    #[serde(borrow, rename = "Records")]
    records: Option<&'e RawValue>,
    #[serde(borrow, rename = "Items")]
    items: Option<&'e RawValue>,
    #[serde(borrow, rename = "BatchInput")]
    batch_input: Option<&'e RawValue>,
    #[serde(borrow, rename = "requestPayload")]
    request_payload: Option<&'e RawValue>,
    #[serde(borrow, rename = "requestContext")]
    request_context: Option<&'e RawValue>,
}

impl<'e> Parts<'e> {
    /// The parts of an event; none of what is no JSON object.
    pub(super) fn of(event: &'e str) -> Self {
        serde_json::from_str(event).unwrap_or_default()
    }

    /// The records, if there is a list of them.
    pub(super) fn records(&self) -> Option<Vec<&'e RawValue>> {
        list(self.records)
    }

    /// The items of a batch, if there is a list of them.
    pub(super) fn items(&self) -> Option<Vec<&'e RawValue>> {
        list(self.items)
    }
}

fn list(value: Option<&RawValue>) -> Option<Vec<&RawValue>> {
    serde_json::from_str(value?.get()).ok()
}

fn parse(json: &str) -> Result<Value, MessageError> {
    serde_json::from_str(json)
        .map_err(|error| MessageError::NotJson { line: error.line(), column: error.column() })
}

fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name).and_then(Value::as_str)
}
