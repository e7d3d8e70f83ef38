//! A message move task, and what is told of it.

use serde_json::{Value, json};
use time::OffsetDateTime;

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Running,
    Completed,
    Cancelling,
    Cancelled,
    Failed,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Completed => "COMPLETED",
            Self::Cancelling => "CANCELLING",
            Self::Cancelled => "CANCELLED",
            Self::Failed => "FAILED",
        }
    }
}

/// A task.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) handle: String,
    pub(super) source: String,
    pub(super) destination: Option<String>,
    pub(super) rate: Option<u64>,
    pub(super) status: Status,
    pub(super) moved: u64,
    pub(super) to_move: usize,
    pub(super) failure: Option<&'static str>,
    pub(super) started: OffsetDateTime,
}

/// What is told of a task.
pub(super) fn told(task: &Task) -> Value {
    let started = i64::try_from(task.started.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
    let mut told = json!({
        "Status": task.status.name(),
        "SourceArn": task.source,
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.to_move,
        "StartedTimestamp": started,
    });
    let more = [
        // Only a task that can be cancelled has one.
        ("TaskHandle", (task.status == Status::Running).then(|| json!(task.handle))),
        ("DestinationArn", task.destination.as_ref().map(|arn| json!(arn))),
        ("MaxNumberOfMessagesPerSecond", task.rate.map(|rate| json!(rate))),
        ("FailureReason", task.failure.map(|reason| json!(reason))),
    ];
    if let Some(told) = told.as_object_mut() {
        told.extend(more.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    told
}
