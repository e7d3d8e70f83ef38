//! One invocation: plan it, run it, hand on what is left, answer.
//!
//! Invariant: a message is reported as done only when each of its objects is done, gone, or handed
//! on. What it does not do: know the Runtime API or AWS; [`super::start`] brings those.

use std::time::Duration;

use aws_lambda_events::event::sqs::SqsBatchResponse;
use serde_json::{Value, json};
use thiserror::Error;
use tokio::time::{Instant, timeout_at};
use tracing::{error, info, warn};

use crate::event::{Continuation, MessageError, Payload, Trigger};
use crate::pipeline::{
    Budget, Encoding, HandoverQueue, Invocation, ObjectErrorKind, ObjectOutcome, ObjectSource,
    ObjectTask, Pipeline, RecordSink, Report, Resume, Totals,
};

use super::plan::{Plan, Wanted};

/// The most failures an error message names.
const FAILURES_NAMED_MAX: usize = 5;

/// The last moments of an invocation, for its answer to get out.
const ANSWER_MARGIN: Duration = Duration::from_millis(200);

/// The function between a source, a sink and a queue.
pub struct Function<S, K, Q> {
    pipeline: Pipeline<S, K>,
    queue: Option<Q>,
    reserve: Duration,
}

/// What is known of an invocation besides its payload.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// How long it may take.
    pub time: Duration,
    /// The time of day, in seconds since 1970.
    pub now_unix_s: i64,
    /// Seeds the waits after failures.
    pub seed: u64,
}

/// What comes of an invocation.
#[derive(Debug)]
pub struct Answer {
    /// The answer to Lambda, or why the event failed as a whole.
    pub result: Result<Value, FunctionError>,
    /// The sums, for the metrics.
    pub totals: Totals,
    /// Objects whose rest was handed on.
    pub continuations: u64,
}

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

impl<S: ObjectSource, K: RecordSink, Q: HandoverQueue> Function<S, K, Q> {
    /// A function that keeps `reserve` back before its deadline.
    #[must_use]
    pub fn new(pipeline: Pipeline<S, K>, queue: Option<Q>, reserve: Duration) -> Self {
        Self { pipeline, queue, reserve }
    }

    /// Handles one payload.
    pub async fn handle(&self, payload: &Value, context: Context) -> Answer {
        let started = Instant::now();
        let budget = Budget::new(started, context.time, self.reserve);
        let payload = Payload::read(payload);
        let trigger = payload.trigger;
        let plan = Plan::of(payload);
        for ignored in &plan.ignored {
            info!(reason = ignored.name(), "Ignored an event.");
        }
        let (now_unix_s, seed) = (context.now_unix_s, context.seed);
        let invocation = Invocation { budget, seed, now_unix_s };
        let report = self.pipeline.run(plan.objects.clone(), invocation).await;
        let margin = ANSWER_MARGIN.min(context.time / 20);
        let end = started + context.time.saturating_sub(margin);
        let (failures, continuations) = self.hand_on(&plan.objects, &report, end).await;
        log_totals(&report.totals, continuations);
        let result = match trigger {
            Trigger::Sqs => answer_sqs(&plan.messages, &failures),
            Trigger::Other => {
                answer_other(&plan.messages, &failures, &report.totals, continuations)
            }
        };
        Answer { result, totals: report.totals, continuations }
    }

    /// Sends the rest of unfinished objects to the queue. Returns, for each object, why it has not
    /// succeeded, if it has not, and how many were handed on.
    async fn hand_on(
        &self,
        objects: &[ObjectTask],
        report: &Report,
        end: Instant,
    ) -> (Vec<Option<String>>, u64) {
        // Without progress anywhere the next invocation would fare no better: then attempts have to
        // be counted, and messages without end must not be.
        let progress = report.outcomes.iter().any(is_progress);
        let mut continuations = 0;
        let mut failures = Vec::with_capacity(objects.len());
        for (task, outcome) in objects.iter().zip(&report.outcomes) {
            let rest = match outcome {
                ObjectOutcome::Done | ObjectOutcome::Missing => None,
                ObjectOutcome::Failed(failure) => {
                    let (bucket, key, offset) = (&task.bucket, &task.key, failure.offset);
                    let retryable = failure.is_retryable();
                    error!(%bucket, %key, offset, retryable, reason = %failure.kind, "An object failed.");
                    failures.push(Some(failure.to_string()));
                    continue;
                }
                ObjectOutcome::Unfinished(resume) => Some(resume.clone()),
                ObjectOutcome::NotStarted if !progress => {
                    failures.push(Some(out_of_time(task)));
                    continue;
                }
                ObjectOutcome::NotStarted => Some(task.resume.clone().unwrap_or(Resume {
                    offset: 0,
                    etag: None,
                    encoding: Encoding::Plain,
                })),
            };
            let Some(resume) = rest else {
                failures.push(None);
                continue;
            };
            let failure = self.send(task, &resume, end).await.err();
            let (bucket, key, offset) = (&task.bucket, &task.key, resume.offset);
            match &failure {
                None => {
                    continuations += 1;
                    info!(%bucket, %key, offset, "Handed the rest of an object on.");
                }
                Some(reason) => {
                    error!(%bucket, %key, offset, retryable = true, %reason, "An object failed.");
                }
            }
            failures.push(failure);
        }
        (failures, continuations)
    }

    async fn send(&self, task: &ObjectTask, resume: &Resume, end: Instant) -> Result<(), String> {
        let Some(queue) = &self.queue else {
            return Err(format!(
                "{}; or configure LOGFERRY_CONTINUATION_QUEUE_URL",
                out_of_time(task)
            ));
        };
        let message = Continuation::new(&task.bucket, &task.key, resume);
        let body = message.to_json().map_err(|error| error.to_string())?;
        match timeout_at(end, queue.send(body)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(out_of_time(task)),
        }
    }
}

fn is_progress(outcome: &ObjectOutcome) -> bool {
    match outcome {
        ObjectOutcome::Done | ObjectOutcome::Missing | ObjectOutcome::Unfinished(_) => true,
        ObjectOutcome::NotStarted | ObjectOutcome::Failed(_) => false,
    }
}

fn out_of_time(task: &ObjectTask) -> String {
    format!("s3://{}/{}: {}", task.bucket, task.key, ObjectErrorKind::OutOfTime)
}

/// Why a message has not succeeded, if it has not.
fn failure_of(message: &Wanted, failures: &[Option<String>]) -> Option<String> {
    match &message.objects {
        Err(error) => Some(error.to_string()),
        Ok(objects) => objects.iter().find_map(|object| match failures.get(*object) {
            Some(failure) => failure.clone(),
            None => Some("an object is missing from the books".to_owned()),
        }),
    }
}

/// The partial batch response. A failed message without an id cannot be named in it, so then the
/// whole batch fails: an empty id would come to the same, silently.
fn answer_sqs(messages: &[Wanted], failures: &[Option<String>]) -> Result<Value, FunctionError> {
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

/// The answer to anything that is not SQS: a summary for whoever invoked the function by hand.
fn answer_other(
    messages: &[Wanted],
    failures: &[Option<String>],
    totals: &Totals,
    continuations: u64,
) -> Result<Value, FunctionError> {
    if let Some(error) = messages.iter().find_map(|message| message.objects.as_ref().err()) {
        return Err(error.clone().into());
    }
    let failed: Vec<String> = failures.iter().flatten().cloned().collect();
    if !failed.is_empty() {
        return Err(objects_failed(&failed));
    }
    Ok(json!({
        "objects_done": totals.objects_done,
        "objects_missing": totals.objects_missing,
        "objects_continued": continuations,
        "lines": totals.lines,
        "rows_delivered": totals.rows_delivered,
        "rows_quarantined": totals.rows_quarantined,
        "rows_filtered": totals.rows_filtered,
    }))
}

fn objects_failed(failures: &[String]) -> FunctionError {
    let mut named: Vec<&str> =
        failures.iter().take(FAILURES_NAMED_MAX).map(String::as_str).collect();
    if failures.len() > FAILURES_NAMED_MAX {
        named.push("...");
    }
    FunctionError::Objects { count: failures.len(), named: named.join("; ") }
}

fn log_totals(totals: &Totals, continuations: u64) {
    if totals.conservation_mismatches > 0 {
        error!(mismatches = totals.conservation_mismatches, "The books do not balance.");
    }
    info!(
        objects_done = totals.objects_done,
        objects_failed = totals.objects_failed,
        objects_missing = totals.objects_missing,
        objects_unfinished = totals.objects_unfinished,
        continuations,
        lines = totals.lines,
        rows_delivered = totals.rows_delivered,
        rows_quarantined = totals.rows_quarantined,
        rows_filtered = totals.rows_filtered,
        records = totals.records_delivered,
        records_retried = totals.records_retried,
        "Done with an event.",
    );
}
