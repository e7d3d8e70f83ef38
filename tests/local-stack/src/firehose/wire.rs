//! The HTTP endpoint: AWS JSON 1.1, the operation in `X-Amz-Target`.
//!
//! A request must be signed for the service; the signature itself is not verified (S3's is). A
//! whole call fails with an error name and status, a record fails in its own position.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::faults::CallFate;
use super::limits;
use super::refusal::{CONTENT_TYPE, Refusal};
use super::stream::{Stream, Verdict};
use crate::event::ACCOUNT;
use crate::http::{Call, Handler, Reply};

#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) streams: BTreeMap<String, Arc<Stream>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutRecord<'a> {
    delivery_stream_name: String,
    #[serde(borrow)]
    record: Record<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutRecordBatch<'a> {
    delivery_stream_name: String,
    #[serde(borrow)]
    records: Vec<Record<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Record<'a> {
    #[serde(borrow)]
    data: Cow<'a, str>,
}

impl Handler for Endpoint {
    async fn handle(&self, call: Call) -> Reply {
        if !call.header("authorization").contains("/firehose/aws4_request") {
            let message = "Missing Authentication Token";
            let name = "MissingAuthenticationTokenException";
            return Refusal::new(StatusCode::BAD_REQUEST, name, message).into_reply();
        }
        let answer = match call.header("x-amz-target") {
            "Firehose_20150804.PutRecord" => self.put_record(&call.body).await,
            "Firehose_20150804.PutRecordBatch" => self.put_record_batch(&call.body).await,
            other => {
                let message = format!("The operation {other} is not served by the local stack.");
                Err(Refusal::new(StatusCode::BAD_REQUEST, "UnknownOperationException", message))
            }
        };
        match answer {
            Ok(Some(body)) => Reply::json(StatusCode::OK, CONTENT_TYPE, Vec::new(), &body),
            Ok(None) => Reply::HangUp,
            Err(refusal) => refusal.into_reply(),
        }
    }
}

impl Endpoint {
    async fn put_record(&self, body: &[u8]) -> Result<Option<Value>, Refusal> {
        let call: PutRecord<'_> = parse(body)?;
        let stream = self.stream(&call.delivery_stream_name)?;
        let verdicts = put(stream, &[call.record]).await?;
        match verdicts.as_deref() {
            None => Ok(None),
            Some([Verdict::Taken(id)]) => Ok(Some(json!({ "RecordId": id, "Encrypted": false }))),
            Some(_) => Err(Refusal::unavailable()),
        }
    }

    async fn put_record_batch(&self, body: &[u8]) -> Result<Option<Value>, Refusal> {
        let call: PutRecordBatch<'_> = parse(body)?;
        let stream = self.stream(&call.delivery_stream_name)?;
        let Some(verdicts) = put(stream, &call.records).await? else { return Ok(None) };
        let failed = verdicts.iter().filter(|one| !matches!(one, Verdict::Taken(_))).count();
        let responses: Vec<Value> = verdicts
            .into_iter()
            .map(|verdict| match verdict {
                Verdict::Taken(id) => json!({ "RecordId": id }),
                Verdict::Failed(code, message) => {
                    json!({ "ErrorCode": code, "ErrorMessage": message })
                }
            })
            .collect();
        Ok(Some(
            json!({ "FailedPutCount": failed, "Encrypted": false, "RequestResponses": responses }),
        ))
    }

    fn stream(&self, name: &str) -> Result<&Stream, Refusal> {
        self.streams.get(name).map(Arc::as_ref).ok_or_else(|| {
            let message = format!("Firehose {name} under account {ACCOUNT} not found.");
            Refusal::new(StatusCode::BAD_REQUEST, "ResourceNotFoundException", message)
        })
    }
}

/// Puts records; `None` when the connection is to be lost instead of answered.
async fn put(stream: &Stream, records: &[Record<'_>]) -> Result<Option<Vec<Verdict>>, Refusal> {
    let decoded = records.iter().map(|record| STANDARD.decode(record.data.as_bytes()));
    let decoded: Vec<Bytes> = decoded
        .map(|data| data.map(Bytes::from))
        .collect::<Result<_, _>>()
        .map_err(|error| serialization(&error.to_string()))?;
    let sizes: Vec<usize> = decoded.iter().map(Bytes::len).collect();
    limits::check(&sizes).inspect_err(|_| stream.count_refused_call())?;
    let (fate, delay) = stream.faults().fate_of_call();
    tokio::time::sleep(delay).await;
    match fate {
        CallFate::Served(failing) => Ok(Some(stream.put(decoded, failing.as_ref()))),
        CallFate::AnswerLost => {
            stream.put(decoded, None);
            stream.count_lost_answer();
            Ok(None)
        }
        CallFate::CallLost => {
            stream.count_refused_call();
            Ok(None)
        }
        CallFate::Throttled => {
            stream.count_refused_call();
            Err(Refusal::unavailable())
        }
        CallFate::Internal => {
            stream.count_refused_call();
            Err(Refusal::internal())
        }
    }
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| serialization(&error.to_string()))
}

fn serialization(message: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "SerializationException", message)
}
