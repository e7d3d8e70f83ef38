//! The response to Lambda: message by message for SQS, as a whole for anything else.
//!
//! Invariant: a message is reported as done only when each of its objects is done, gone or continued.

use aws_lambda_events::event::sqs::SqsBatchResponse;
use serde_json::{Value, json};
use thiserror::Error;
use tracing::warn;

use crate::event::MessageError;
use crate::pipeline::{ObjectError, Totals};

use super::advice::Advised;
use super::continuation::Results;
use super::plan::{Plan, PlannedMessage};

/// The most failures an error message names.
const FAILURES_NAMED_MAX: usize = 5;

/// Why an event fails as a whole. Lambda tries an asynchronous event again, and SQS every message of
/// the batch.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FunctionError {
    /// The payload is nothing logferry knows.
    #[error("cannot understand the event: {0}")]
    Event(#[from] MessageError),
    /// Objects failed, and the caller has no way to hear of each.
    #[error("{count} failed: {named}")]
    Objects {
        /// How many objects or messages.
        count: usize,
        /// The first of them, with their reasons.
        named: String,
    },
}

/// The partial batch response. A failed message without an id cannot be named in it, so then the
/// whole batch fails: an empty id would come to the same, silently.
pub(super) fn to_sqs(
    messages: &[PlannedMessage],
    failures: &[Option<ObjectError>],
) -> Result<Value, FunctionError> {
    let mut response = SqsBatchResponse::default();
    let mut nameless = Vec::new();
    for message in messages {
        let Some(failure) = failure_of(message, failures) else { continue };
        match &message.id {
            Some(id) => {
                warn!(message_id = %id, reason = %failure, "A message failed.");
                response.add_failure(id.clone());
            }
            None => nameless.push(failure),
        }
    }
    if nameless.is_empty() { Ok(json!(response)) } else { Err(objects_failed(&nameless)) }
}

/// The response to anything that is not SQS: a summary for whoever invoked the function by hand.
pub(super) fn to_other(
    messages: &[PlannedMessage],
    results: &Results,
    totals: &Totals,
) -> Result<Value, FunctionError> {
    if let Some(error) = messages.iter().find_map(|message| message.objects.as_ref().err()) {
        return Err(error.clone().into());
    }
    let failures = results.failures.iter().flatten();
    let failures: Vec<String> = failures.map(|failure| Advised(failure).to_string()).collect();
    if !failures.is_empty() {
        return Err(objects_failed(&failures));
    }
    Ok(json!({
        "objects_done": totals.objects_done,
        "objects_missing": totals.objects_missing,
        "objects_continued": results.continuations(),
        "lines": totals.lines,
        "rows_delivered": totals.rows_delivered,
        "rows_quarantined": totals.rows_quarantined,
        "rows_filtered": totals.rows_filtered,
    }))
}

/// The response to a batch of a Distributed Map: a success that says of each item that is not done
/// what became of it, so that the state machine can try those again and only those.
pub(super) fn to_map(
    plan: &Plan,
    results: &Results,
    totals: &Totals,
) -> Result<Value, FunctionError> {
    let mut response = to_other(&plan.messages, &Results::default(), totals)?;
    let (mut failed, mut unfinished) = (Vec::new(), Vec::new());
    for (position, task) in plan.objects.iter().enumerate() {
        let (bucket, key) = (&task.bucket, &task.key);
        if let Some(Some(failure)) = results.failures.get(position) {
            let (reason, retryable) = (Advised(failure).to_string(), failure.is_retryable());
            failed.push(
                json!({"bucket": bucket, "key": key, "retryable": retryable, "reason": reason}),
            );
        } else if results.continued.get(position) == Some(&true) {
            unfinished.push(json!({"bucket": bucket, "key": key}));
        }
    }
    if let Some(object) = response.as_object_mut() {
        object.insert("objects_continued".to_owned(), json!(unfinished.len()));
        object.insert("objects_failed".to_owned(), json!(failed.len()));
        object.insert("failed".to_owned(), Value::Array(failed));
        object.insert("unfinished".to_owned(), Value::Array(unfinished));
    }
    Ok(response)
}

/// Why a message has not succeeded, if it has not.
fn failure_of(message: &PlannedMessage, failures: &[Option<ObjectError>]) -> Option<String> {
    match &message.objects {
        Err(error) => Some(error.to_string()),
        Ok(objects) => objects.iter().find_map(|object| match failures.get(*object) {
            Some(failure) => failure.as_ref().map(|failure| Advised(failure).to_string()),
            None => Some("nothing is known of one of its objects".to_owned()),
        }),
    }
}

fn objects_failed(failures: &[String]) -> FunctionError {
    let mut named: Vec<&str> =
        failures.iter().take(FAILURES_NAMED_MAX).map(String::as_str).collect();
    if failures.len() > FAILURES_NAMED_MAX {
        named.push("...");
    }
    FunctionError::Objects { count: failures.len(), named: named.join("; ") }
}
