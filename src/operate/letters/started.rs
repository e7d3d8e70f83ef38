//! The start of a move task, whose answer may be lost.
//!
//! What is known then is looked up, never guessed: the newest task is compared with the one that was
//! the newest before.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use crate::operate::error::OperateError;
use crate::ports::{Cause, DeadLetters, MoveTask, QueueError};

/// How often the task is looked at.
pub(super) const LOOK: Duration = Duration::from_millis(500);

/// How often in a row it may be unknown how far it is. It goes on meanwhile.
pub(super) const UNKNOWN_MAX: u32 = 10;

/// How often the start is asked for, where no answer comes and no task is seen.
const STARTS_MAX: u32 = 3;

/// Whose task runs.
#[derive(Debug)]
pub(super) enum Started {
    /// The one that was asked for; it may have ended.
    Ours,
    /// Somebody else's, which was there first.
    Busy(MoveTask),
}

/// Starts a task where `before` was the newest and had ended.
pub(super) async fn start(
    letters: &impl DeadLetters,
    (from, to): (&str, &str),
    per_second: u16,
    before: Option<&MoveTask>,
    stopped: &watch::Receiver<bool>,
) -> Result<Started, OperateError> {
    let (mut starts, mut is_lost) = (0, false);
    loop {
        let Err(failure) = letters.start_move(from, to, per_second).await else {
            return Ok(Started::Ours);
        };
        starts += 1;
        let asked = "move the dead letters";
        let is_open = match &failure {
            QueueError::Unavailable(_) => true,
            // That a task runs has no code of its own.
            QueueError::Rejected(rejection) => rejection.cause == Cause::Other,
        };
        if !is_open {
            return Err(OperateError::Queue { asked, source: failure });
        }
        let is_refused = matches!(failure, QueueError::Rejected(_));
        is_lost |= !is_refused;
        match look(letters, from).await?.filter(|task| is_new(task, before)) {
            Some(task) if is_lost && task.destination.as_deref() == Some(to) => {
                return Ok(Started::Ours);
            }
            Some(task) if task.status.is_active() => return Ok(Started::Busy(task)),
            _ => {}
        }
        if is_refused || starts >= STARTS_MAX || *stopped.borrow() {
            return Err(OperateError::Queue { asked, source: failure });
        }
    }
}

/// Whether a task is another than the one before it, which had ended.
pub(super) fn is_new(task: &MoveTask, before: Option<&MoveTask>) -> bool {
    let same = before.is_some_and(|before| {
        before.started_unix_ms.is_some() && before.started_unix_ms == task.started_unix_ms
    });
    task.status.is_active() || !same
}

/// The newest task, asked for until there is an answer; a moment later, since the list may be behind.
async fn look(letters: &impl DeadLetters, from: &str) -> Result<Option<MoveTask>, OperateError> {
    let mut unknown = 0;
    loop {
        sleep(LOOK).await;
        match letters.newest_move(from).await {
            Ok(task) => return Ok(task),
            Err(QueueError::Unavailable(_)) if unknown < UNKNOWN_MAX => unknown += 1,
            Err(source) => {
                let asked = "see whether a task moves the dead letters now, which it may";
                return Err(OperateError::Queue { asked, source });
            }
        }
    }
}
