//! Message move tasks: dead letters back to where they came from, or to another queue.
//!
//! A task takes what is visible, until nothing is; messages that somebody else has in flight stay.
//! A moved message is a new one. Without a destination each goes back to the queue whose redrive
//! policy moved it, and the first that was put there otherwise ends the task.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::move_task::{Status, Task, told};
use super::queue::Queue;
use super::refusal::Refusal;

/// Messages a second that may be asked for.
const RATE_MAX: u64 = 500;
/// How often a task with a rate moves its share.
const TICK: Duration = Duration::from_millis(100);
/// Tasks that are remembered for a queue.
const REMEMBERED: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Start {
    source_arn: String,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    source_arn: String,
    max_results: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Cancel {
    task_handle: String,
}

/// The queues, and the tasks between them.
#[derive(Debug)]
pub(super) struct Tasks {
    queues: BTreeMap<String, Arc<Queue>>,
    /// The newest last.
    tasks: Mutex<Vec<Task>>,
}

impl Tasks {
    pub(super) fn new(queues: BTreeMap<String, Arc<Queue>>) -> Arc<Self> {
        Arc::new(Self { queues, tasks: Mutex::default() })
    }

    /// `StartMessageMoveTask`.
    pub(super) fn start(self: &Arc<Self>, start: Start) -> Result<Value, Refusal> {
        let rate = start.max_number_of_messages_per_second;
        if let Some(rate) = rate.filter(|rate| !(1..=RATE_MAX).contains(rate)) {
            return Err(Refusal::value(format!(
                "Value {rate} for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: Must be between 1 and 500, if provided."
            )));
        }
        let source = Arc::clone(self.queue(&start.source_arn, "SourceArn")?);
        let arn = source.arn();
        let is_letters =
            |queue: &Arc<Queue>| queue.redrive().is_some_and(|(letters, _)| letters.arn() == arn);
        if !self.queues.values().any(is_letters) {
            return Err(Refusal::value("Source queue must be configured as a Dead Letter Queue."));
        }
        let destination = start.destination_arn.as_deref();
        let destination = destination.map(|arn| self.queue(arn, "DestinationArn")).transpose()?;
        if destination.is_some_and(|queue| queue.arn() == arn) {
            let what = "Source queue arn and destination queue arn cannot be the same.";
            return Err(Refusal::value(what));
        }
        let destination = destination.cloned();
        let mut tasks = self.lock();
        let is_active = |task: &Task| {
            task.source == arn && matches!(task.status, Status::Running | Status::Cancelling)
        };
        if tasks.iter().any(is_active) {
            return Err(Refusal::value(
                "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
            ));
        }
        let id = json!({ "taskId": Uuid::new_v4().to_string(), "sourceArn": arn });
        let handle = STANDARD.encode(id.to_string());
        tasks.push(Task {
            handle: handle.clone(),
            source: arn,
            destination: start.destination_arn,
            rate,
            status: Status::Running,
            moved: 0,
            to_move: source.depth().visible,
            failure: None,
            started: OffsetDateTime::now_utc(),
        });
        drop(tasks);
        let (all, runs) = (Arc::clone(self), handle.clone());
        tokio::spawn(async move { all.run(&runs, &source, destination.as_deref(), rate).await });
        Ok(json!({ "TaskHandle": handle }))
    }

    /// `ListMessageMoveTasks`: the newest first.
    pub(super) fn list(&self, list: &List) -> Result<Value, Refusal> {
        let most = list.max_results.unwrap_or(1);
        if !(1..=REMEMBERED).contains(&most) {
            return Err(Refusal::value(format!(
                "Value {most} for parameter MaxResults is invalid. Reason: Must be between 1 and 10, if provided."
            )));
        }
        let source = self.queue(&list.source_arn, "SourceArn")?.arn();
        let tasks = self.lock();
        let found = tasks.iter().rev().filter(|task| task.source == source).take(most);
        Ok(json!({ "Results": found.map(told).collect::<Vec<_>>() }))
    }

    /// `CancelMessageMoveTask`. What was moved stays moved.
    pub(super) fn cancel(&self, cancel: &Cancel) -> Result<Value, Refusal> {
        let decoded = STANDARD.decode(&cancel.task_handle).ok();
        let parsed = decoded.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        if parsed.is_none_or(|handle| handle.get("taskId").is_none()) {
            return Err(Refusal::value("Value for parameter TaskHandle is invalid."));
        }
        let mut tasks = self.lock();
        let task = tasks.iter_mut().find(|task| task.handle == cancel.task_handle);
        let task =
            task.ok_or_else(|| Refusal::new("ResourceNotFoundException", "Task does not exist."))?;
        if task.status != Status::Running {
            let what = "Only active tasks can be cancelled.";
            return Err(Refusal::named(
                "UnsupportedOperation",
                "AWS.SimpleQueueService.UnsupportedOperation",
                what,
            ));
        }
        task.status = Status::Cancelling;
        Ok(json!({ "ApproximateNumberOfMessagesMoved": task.moved }))
    }

    async fn run(&self, handle: &str, source: &Queue, to: Option<&Queue>, rate: Option<u64>) {
        loop {
            // At least one message each time, and then a longer wait.
            let (share, wait) = match rate {
                None => (usize::MAX, Duration::ZERO),
                Some(rate) => {
                    let share = (rate / 10).max(1);
                    let share_seconds = Duration::from_secs(share);
                    let wait = share_seconds.checked_div(u32::try_from(rate).unwrap_or(1));
                    (usize::try_from(share).unwrap_or(1), wait.unwrap_or(TICK))
                }
            };
            let mut moved = 0;
            while moved < share {
                if self.end_if_cancelled(handle) {
                    return;
                }
                match source.move_one(|from| self.destination(to, from)) {
                    Some(true) => moved += 1,
                    Some(false) => {
                        let failure = "CouldNotDetermineMessageSource";
                        return self.end(handle, Status::Failed, Some(failure));
                    }
                    None => return self.end(handle, Status::Completed, None),
                }
                self.change(handle, |task| task.moved += 1);
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Where a message goes that a redrive policy moved from a queue with this ARN.
    fn destination<'a>(&'a self, to: Option<&'a Queue>, from: Option<&str>) -> Option<&'a Queue> {
        to.or_else(|| {
            let name = from?.rsplit(':').next()?;
            self.queues.get(name).map(Arc::as_ref)
        })
    }

    fn queue(&self, arn: &str, parameter: &str) -> Result<&Arc<Queue>, Refusal> {
        let name = arn.rsplit(':').next().unwrap_or_default();
        let queue = self.queues.get(name).filter(|queue| queue.arn() == arn);
        queue.ok_or_else(|| {
            let what = format!(
                "The resource that you specified for the {parameter} parameter doesn't exist."
            );
            Refusal::new("ResourceNotFoundException", what)
        })
    }

    fn end_if_cancelled(&self, handle: &str) -> bool {
        let mut is_cancelled = false;
        self.change(handle, |task| {
            is_cancelled = task.status == Status::Cancelling;
            if is_cancelled {
                task.status = Status::Cancelled;
            }
        });
        is_cancelled
    }

    fn end(&self, handle: &str, status: Status, failure: Option<&'static str>) {
        self.change(handle, |task| (task.status, task.failure) = (status, failure));
    }

    fn change(&self, handle: &str, change: impl FnOnce(&mut Task)) {
        if let Some(task) = self.lock().iter_mut().find(|task| task.handle == handle) {
            change(task);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Task>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
