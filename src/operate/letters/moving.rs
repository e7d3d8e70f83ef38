//! All messages back, by the service's own task.
//!
//! The destination is always named: without one the task fails on the first message that EventBridge or
//! Lambda put there, since such a message comes from no queue.
//!
//! Invariants: a start or a cancellation whose answer was lost is looked for before it is asked again,
//! and a task that somebody else started is neither watched as ours nor cancelled. The one exception is
//! a task with our destination that shows up after our own answer was lost: it does the same.

use tokio::sync::watch;
use tokio::time::sleep;

use super::started::{LOOK, Started, UNKNOWN_MAX, is_new, start};
use crate::operate::error::OperateError;
use crate::ports::{Cause, DeadLetters, MoveStatus, MoveTask, QueueError};

/// How often the cancellation of a task may be refused that still runs at the next look.
const REFUSED_MAX: u32 = 3;

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
    progress: impl FnMut(&MoveTask),
) -> Result<Moved, OperateError> {
    let asked = |asked| move |source| OperateError::Queue { asked, source };
    let before = letters.newest_move(from).await.map_err(asked("look for tasks that run"))?;
    if let Some(task) = before.as_ref().filter(|task| task.status.is_active()) {
        return Ok(Moved::Busy(task.clone()));
    }
    match start(letters, (from, to), per_second, before.as_ref(), stopped).await? {
        Started::Ours => watch(letters, from, before.as_ref(), stopped, progress).await,
        Started::Busy(task) => Ok(Moved::Busy(task)),
    }
}

async fn watch(
    letters: &impl DeadLetters,
    from: &str,
    before: Option<&MoveTask>,
    stopped: &watch::Receiver<bool>,
    mut progress: impl FnMut(&MoveTask),
) -> Result<Moved, OperateError> {
    let (mut cancel, mut unknown) = (Cancel::default(), 0);
    loop {
        match letters.newest_move(from).await {
            Ok(Some(task)) if !is_new(&task, before) => unknown += 1,
            Ok(Some(task)) if !task.status.is_active() => return Ok(Moved::Ended(task)),
            Ok(Some(task)) => {
                unknown = 0;
                progress(&task);
                if *stopped.borrow() {
                    cancel.ask(letters, &task).await?;
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
        wait(stopped).await;
    }
}

/// How far the cancelling of the task is.
#[derive(Debug, Default)]
struct Cancel {
    is_taken: bool,
    refused: u32,
}

impl Cancel {
    /// Tells the task to stop, unless it was told, or stops already. One that ended meanwhile refuses,
    /// and the next look tells; so it does where the answer was lost.
    async fn ask(
        &mut self,
        letters: &impl DeadLetters,
        task: &MoveTask,
    ) -> Result<(), OperateError> {
        let Some(handle) = task.handle.as_ref().filter(|_| task.status == MoveStatus::Running)
        else {
            return Ok(());
        };
        if self.is_taken {
            return Ok(());
        }
        match letters.cancel_move(handle).await {
            Ok(()) => self.is_taken = true,
            Err(QueueError::Unavailable(_)) => {}
            Err(QueueError::Rejected(rejection))
                if rejection.cause == Cause::Other && self.refused < REFUSED_MAX =>
            {
                self.refused += 1;
            }
            Err(source) => {
                let asked = "cancel the task, which goes on";
                return Err(OperateError::Queue { asked, source });
            }
        }
        Ok(())
    }
}

/// Until the next look, or until somebody wants it to stop.
async fn wait(stopped: &watch::Receiver<bool>) {
    let mut stop = stopped.clone();
    if *stop.borrow() {
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
