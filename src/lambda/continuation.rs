//! What becomes of objects that time ran out for, and of those whose turn did not come.
//!
//! Invariant: an object counts as continued only when the queue took its message. None goes round for
//! ever: each message counts how often its object came no further and how often it was not begun. What
//! this file does not do: decide how a message that failed is reported, or send.

use tokio::time::Instant;
use tracing::{error, info, warn};

use crate::event::Continuation;
use crate::pipeline::{ObjectError, ObjectErrorKind, ObjectOutcome};
use crate::ports::{Encoding, Journey, MessageQueue, ObjectTask, QueueError, Resume};

use super::advice::advice;
use super::post::{Letter, post};

/// Invocations in a row that may come no further with an object.
const STALLED_MAX: u32 = 5;

/// Invocations that an object may take in all. At 1 MiB/s and five minutes each, that is 3 TB of it.
const HOPS_MAX: u32 = 10_000;

/// Invocations in a row that may have no time to begin an object. A backlog needs some tens; while a
/// stream takes nothing at all each lasts until its deadline, so this is hours.
const DEFERRED_MAX: u32 = 200;

/// Steps of one chain after which Lambda's own guard may step in at any time: "approximately 16".
/// Source: Lambda Developer Guide, "Use Lambda recursive loop detection to prevent infinite loops".
const GUARDED_STEPS: u32 = 12;

/// What an invocation comes to, for each of its objects.
#[derive(Debug, Default)]
pub(super) struct Results {
    /// In the order of the objects: why one has not succeeded, if it has not.
    pub(super) failures: Vec<Option<ObjectError>>,
    /// Which are continued by another invocation.
    pub(super) continued: Vec<bool>,
}

/// What is to be done about an object.
enum Next {
    Nothing,
    Fail(ObjectErrorKind),
    Continue(Resume, Journey),
}

/// Sends a message for the rest of each unfinished object, and for each that was not begun (`None`).
pub(super) async fn continue_rest<Q: MessageQueue>(
    queue: Option<&Q>,
    objects: &[ObjectTask],
    outcomes: Vec<Option<ObjectOutcome>>,
    end: Instant,
) -> Results {
    let mut results =
        Results { failures: vec![None; objects.len()], continued: vec![false; objects.len()] };
    let mut letters = Vec::new();
    for (object, (task, outcome)) in objects.iter().zip(outcomes).enumerate() {
        let offset = match &outcome {
            Some(ObjectOutcome::Unfinished(resume)) => resume.offset,
            Some(ObjectOutcome::Failed(failure)) => failure.offset,
            _ => task.start_offset(),
        };
        let kind = match next(task, outcome, queue.is_some()) {
            Next::Nothing => continue,
            Next::Fail(kind) => kind,
            Next::Continue(resume, journey) => match letter(object, task, &resume, journey) {
                Ok(letter) => {
                    letters.push(letter);
                    continue;
                }
                Err(kind) => kind,
            },
        };
        results.fail(object, ObjectError::new(task, offset, kind));
    }
    let Some(queue) = queue else { return results };
    for (letter, sent) in post(queue, letters, end).await {
        let Some(task) = objects.get(letter.object) else { continue };
        match sent {
            Ok(()) => results.continue_by_another(&letter, task),
            Err(kind) => results.fail(letter.object, ObjectError::new(task, letter.offset, kind)),
        }
    }
    results
}

fn next(task: &ObjectTask, outcome: Option<ObjectOutcome>, has_queue: bool) -> Next {
    let Journey { hops, stalled, deferred } = task.journey;
    match outcome {
        Some(ObjectOutcome::Done) => Next::Nothing,
        Some(ObjectOutcome::Missing) => {
            let (bucket, key) = (&task.bucket, &task.key);
            let reason = "no such object: deleted or expired before it was read, or its event has a \
                 key that is not encoded as S3 encodes it";
            warn!(%bucket, %key, reason, "An object is missing.");
            Next::Nothing
        }
        Some(ObjectOutcome::Failed(failure)) => Next::Fail(failure.kind),
        // Nobody else will come to read it.
        Some(ObjectOutcome::Unfinished(_)) | None if !has_queue => {
            Next::Fail(ObjectErrorKind::OutOfTime)
        }
        Some(ObjectOutcome::Unfinished(resume)) => {
            let is_further = resume.offset > task.start_offset();
            let stalled = if is_further { 0 } else { stalled + 1 };
            let hops = hops + 1;
            if stalled > STALLED_MAX || hops > HOPS_MAX {
                return Next::Fail(ObjectErrorKind::Stuck { stalled, hops });
            }
            Next::Continue(resume, Journey { hops, stalled, deferred: 0 })
        }
        None if deferred >= DEFERRED_MAX => Next::Fail(ObjectErrorKind::NeverBegun(deferred + 1)),
        None => {
            let start = Resume { offset: 0, etag: None, encoding: Encoding::Plain };
            let resume = task.resume.clone().unwrap_or(start);
            Next::Continue(resume, Journey { hops, stalled, deferred: deferred + 1 })
        }
    }
}

fn letter(
    object: usize,
    task: &ObjectTask,
    resume: &Resume,
    journey: Journey,
) -> Result<Letter, ObjectErrorKind> {
    let body = Continuation::new(task, resume, journey).to_json().map_err(|error| {
        ObjectErrorKind::NotContinued(QueueError::Unavailable(error.to_string()))
    })?;
    Ok(Letter { object, offset: resume.offset, journey, body })
}

impl Results {
    /// How many objects are continued by another invocation.
    pub(super) fn continuations(&self) -> u64 {
        self.continued.iter().map(|continued| u64::from(*continued)).sum()
    }

    fn fail(&mut self, object: usize, failure: ObjectError) {
        let (bucket, key, offset) = (&failure.bucket, &failure.key, failure.offset);
        let (retryable, remedy) = (failure.is_retryable(), advice(&failure.kind));
        error!(%bucket, %key, offset, retryable, reason = %failure.kind, remedy, "An object failed.");
        if let Some(slot) = self.failures.get_mut(object) {
            *slot = Some(failure);
        }
    }

    fn continue_by_another(&mut self, letter: &Letter, task: &ObjectTask) {
        let (bucket, key, offset) = (&task.bucket, &task.key, letter.offset);
        let Journey { hops, stalled, deferred } = letter.journey;
        info!(%bucket, %key, offset, hops, stalled, deferred, "Another invocation continues the object.");
        if hops + deferred == GUARDED_STEPS {
            let remedy = "aws_lambda_function_recursion_config with recursive_loop = \"Allow\", where \
                 the Region has it; see the runbook";
            warn!(%bucket, %key, hops, deferred, remedy, "Lambda's recursive loop detection stops a \
                chain of about 16 unless it is switched off; then the message is a dead letter.");
        }
        if let Some(slot) = self.continued.get_mut(letter.object) {
            *slot = true;
        }
    }
}
