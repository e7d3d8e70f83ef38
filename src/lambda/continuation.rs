//! What becomes of objects that time ran out for.
//!
//! Invariant: an object counts as continued only when the queue took its message. What it does not
//! do: decide how a message that failed is reported.

use tokio::time::{Instant, timeout_at};
use tracing::{error, info};

use crate::event::Continuation;
use crate::pipeline::{ObjectError, ObjectErrorKind, ObjectOutcome};
use crate::ports::{Encoding, MessageQueue, ObjectTask, QueueError, Resume};

use super::advice::advice;

/// What an invocation comes to, for each of its objects.
#[derive(Debug, Default)]
pub(super) struct Results {
    /// In the order of the objects: why one has not succeeded, if it has not.
    pub(super) failures: Vec<Option<ObjectError>>,
    /// How many are continued by another invocation.
    pub(super) continued: u64,
}

/// Sends a message for the rest of each unfinished object, and for each that was not begun (`None`).
pub(super) async fn continue_rest<Q: MessageQueue>(
    queue: Option<&Q>,
    objects: &[ObjectTask],
    outcomes: Vec<Option<ObjectOutcome>>,
    end: Instant,
) -> Results {
    // Without progress anywhere the next invocation would fare no better: then attempts have to be
    // counted, and messages without end must not be.
    let progress = outcomes.iter().flatten().any(is_progress);
    let mut results = Results::default();
    for (task, outcome) in objects.iter().zip(outcomes) {
        let rest = match outcome {
            Some(ObjectOutcome::Done | ObjectOutcome::Missing) => {
                results.failures.push(None);
                continue;
            }
            Some(ObjectOutcome::Failed(failure)) => Err(failure),
            Some(ObjectOutcome::Unfinished(resume)) => Ok(resume),
            None if progress => Ok(beginning(task)),
            None => Err(ObjectError::new(task, task.start_offset(), ObjectErrorKind::OutOfTime)),
        };
        let failure = match rest {
            Ok(resume) => send(queue, task, &resume, end).await.err(),
            Err(failure) => Some(failure),
        };
        results.continued += u64::from(failure.is_none());
        if let Some(failure) = &failure {
            let (bucket, key, offset) = (&task.bucket, &task.key, failure.offset);
            let (retryable, remedy) = (failure.is_retryable(), advice(&failure.kind));
            error!(%bucket, %key, offset, retryable, reason = %failure.kind, remedy, "An object failed.");
        }
        results.failures.push(failure);
    }
    results
}

/// Where an object goes on that was not begun.
fn beginning(task: &ObjectTask) -> Resume {
    let start = Resume { offset: 0, etag: None, encoding: Encoding::Plain };
    task.resume.clone().unwrap_or(start)
}

fn is_progress(outcome: &ObjectOutcome) -> bool {
    match outcome {
        ObjectOutcome::Done | ObjectOutcome::Missing | ObjectOutcome::Unfinished(_) => true,
        ObjectOutcome::Failed(_) => false,
    }
}

async fn send<Q: MessageQueue>(
    queue: Option<&Q>,
    task: &ObjectTask,
    resume: &Resume,
    end: Instant,
) -> Result<(), ObjectError> {
    let (bucket, key, offset) = (&task.bucket, &task.key, resume.offset);
    let failed = |kind| ObjectError::new(task, offset, kind);
    let queue = queue.ok_or_else(|| failed(ObjectErrorKind::OutOfTime))?;
    let body = Continuation::new(bucket, key, resume).to_json();
    let body = body.map_err(|error| {
        failed(ObjectErrorKind::NotContinued(QueueError::Unavailable(error.to_string())))
    })?;
    match timeout_at(end, queue.send(body)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(failed(ObjectErrorKind::NotContinued(error))),
        Err(_) => return Err(failed(ObjectErrorKind::OutOfTime)),
    }
    info!(%bucket, %key, offset, "The object is continued by another invocation.");
    Ok(())
}
