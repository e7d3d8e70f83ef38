//! All messages back, by the service's own task.
//!
//! The destination is always named: without one the task fails on the first message that EventBridge or
//! Lambda put there, since such a message comes from no queue.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use crate::operate::error::OperateError;
use crate::ports::{Cause, DeadLetters, MoveTask, QueueError};

/// How often the task is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// How often in a row it may be unknown how far it is. It goes on meanwhile.
const UNKNOWN_MAX: u32 = 10;

/// What became of the task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// Another task moves messages of this queue; none was started.
    Busy(MoveTask),
    /// The task ended: completed, cancelled or failed.
    Ended(MoveTask),
}

/// Moves all messages from one queue to another, both by ARN, and watches how it goes. Cancels the task
/// when `stopped` becomes true, and waits for its end.
///
/// # Errors
/// [`OperateError::Queue`]. A task that was started goes on.
pub async fn move_all(
    letters: &impl DeadLetters,
    (from, to): (&str, &str),
    per_second: u16,
    stopped: &watch::Receiver<bool>,
    mut progress: impl FnMut(&MoveTask),
) -> Result<Moved, OperateError> {
    let asked = |asked| move |source| OperateError::Queue { asked, source };
    let before = letters.newest_move(from).await.map_err(asked("look for tasks that run"))?;
    if let Some(task) = before.filter(|task| task.status.is_active()) {
        return Ok(Moved::Busy(task));
    }
    let started = letters.start_move(from, to, per_second).await;
    started.map_err(asked("move the dead letters"))?;
    let (mut is_cancelled, mut unknown) = (false, 0);
    loop {
        match letters.newest_move(from).await {
            Ok(Some(task)) if !task.status.is_active() => return Ok(Moved::Ended(task)),
            Ok(Some(task)) => {
                unknown = 0;
                progress(&task);
                let cancel = *stopped.borrow() && !is_cancelled;
                if let (true, Some(handle)) = (cancel, &task.handle) {
                    is_cancelled = cancelled(letters, handle).await?;
                }
            }
            Ok(None) => unknown += 1,
            Err(QueueError::Unavailable(_)) if unknown < UNKNOWN_MAX => unknown += 1,
            Err(source) => {
                let asked = "see how far the task is, which goes on";
                return Err(OperateError::Queue { asked, source });
            }
        }
        if unknown > UNKNOWN_MAX {
            let source = QueueError::Unavailable("it is not listed".to_owned());
            return Err(OperateError::Queue { asked: "find the task that was started", source });
        }
        wait(stopped, is_cancelled).await;
    }
}

/// Whether the task was told to stop. One that ended meanwhile says no, and the next look tells.
async fn cancelled(letters: &impl DeadLetters, handle: &str) -> Result<bool, OperateError> {
    match letters.cancel_move(handle).await {
        Ok(()) => Ok(true),
        Err(QueueError::Unavailable(_)) => Ok(false),
        Err(QueueError::Rejected(rejection)) if rejection.cause == Cause::Other => Ok(true),
        Err(source) => {
            let asked = "cancel the task, which goes on";
            Err(OperateError::Queue { asked, source })
        }
    }
}

/// Until the next look, or until somebody wants it to stop.
async fn wait(stopped: &watch::Receiver<bool>, is_cancelled: bool) {
    let mut stop = stopped.clone();
    if is_cancelled || *stop.borrow() {
        return sleep(LOOK).await;
    }
    tokio::select! {
        () = sleep(LOOK) => {}
        changed = stop.changed() => {
            // Nobody is there to stop it any more.
            if changed.is_err() {
                sleep(LOOK).await;
            }
        }
    }
}
