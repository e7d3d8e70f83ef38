//! Some of the messages, one by one: sent and then deleted, or deleted because nothing is to be read.
//!
//! The order is the point: a message is deleted when the main queue has said of it, by name, that it took
//! it. Killed between the two, or where that answer was lost, it is in both queues, and its object is read
//! twice, which the view does not show. No run sends a message a second time.

use std::collections::HashSet;

use tokio::sync::watch;

use super::judge::{Judged, Reason, judge};
use crate::operate::error::OperateError;
use crate::ports::{
    DeadLetters, Letter, MESSAGES_BYTES_MAX, MessageQueue, ObjectSource, QueueError,
};

/// How long received messages stay hidden, in seconds: those that are not meant would come again and
/// again otherwise.
const HIDDEN_S: u32 = 300;

/// Answers in a row with no message that was not there before, after which there are no others.
const NOTHING_NEW_MAX: u32 = 3;

/// Which messages are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picked {
    /// Those for which this holds.
    pub reason: Option<Reason>,
    /// Those of this bucket.
    pub bucket: Option<String>,
}

impl Picked {
    /// Whether it is meant.
    #[must_use]
    pub fn holds(&self, judged: &Judged) -> bool {
        self.reason.is_none_or(|reason| reason == judged.reason)
            && self.bucket.as_ref().is_none_or(|bucket| *bucket == judged.bucket)
    }
}

/// What is done about the messages that are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// They are sent to the main queue, then deleted here.
    Send,
    /// They are deleted, if there is nothing to be read for them.
    Delete,
}

/// What became of a message that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It will be deleted now.
    Deleting,
    /// It was deleted.
    Deleted,
    /// It was sent and deleted.
    Sent,
    /// It was sent, and is still here: it will be sent again.
    SentAndKept(QueueError),
    /// It was not sent, and is still here.
    NotSent(QueueError),
    /// Nobody said whether it was sent. It is still here, so that it cannot be lost.
    MaybeSent(QueueError),
    /// It was not deleted, or maybe it was.
    NotDeleted(QueueError),
    /// There may be something to read: it is not deleted.
    Kept,
}

/// Messages by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Selected {
    /// Sent and deleted.
    pub sent: u64,
    /// Deleted.
    pub deleted: u64,
    /// Meant, and kept since there may be something to read.
    pub kept: u64,
    /// Not meant.
    pub passed_over: u64,
    /// Still here after something failed.
    pub failed: u64,
    /// Somebody wanted it to stop.
    pub stopped: bool,
}

/// Receives all messages, and acts on those that are meant. `told` hears of each of them, before it is
/// deleted too.
///
/// # Errors
/// [`OperateError::Queue`] where a queue says no; what was done is done.
pub async fn replay_selected(
    source: &impl ObjectSource,
    (letters, queue): (&impl DeadLetters, &impl MessageQueue),
    (picked, act): (&Picked, Act),
    stopped: &watch::Receiver<bool>,
    mut told: impl FnMut(&Judged, &Outcome),
) -> Result<Selected, OperateError> {
    let mut done = Selected::default();
    let (mut seen, mut nothing_new) = (HashSet::new(), 0);
    while nothing_new < NOTHING_NEW_MAX {
        if *stopped.borrow() {
            done.stopped = true;
            break;
        }
        let received = letters.receive(HIDDEN_S).await;
        let mut received = received
            .map_err(|source| OperateError::Queue { asked: "receive dead letters", source })?;
        received.retain(|letter| seen.insert(letter.id.clone()));
        nothing_new = if received.is_empty() { nothing_new + 1 } else { 0 };
        let mut meant = Vec::new();
        for letter in received {
            let judged = judge(source, &letter).await;
            if picked.holds(&judged) {
                meant.push((letter, judged));
            } else {
                done.passed_over += 1;
            }
        }
        match act {
            Act::Send => send(letters, queue, &meant, &mut done, &mut told).await?,
            Act::Delete => delete(letters, &meant, &mut done, &mut told).await?,
        }
    }
    Ok(done)
}

async fn send(
    letters: &impl DeadLetters,
    queue: &impl MessageQueue,
    meant: &[(Letter, Judged)],
    done: &mut Selected,
    told: &mut impl FnMut(&Judged, &Outcome),
) -> Result<(), OperateError> {
    for together in fitting(meant) {
        let bodies: Vec<&str> = together.iter().map(|(letter, _)| letter.body.as_str()).collect();
        let verdicts = match queue.send(&bodies).await {
            Ok(verdicts) => verdicts,
            Err(QueueError::Unavailable(why)) => {
                let unavailable = || Err(QueueError::Unavailable(why.clone()));
                together.iter().map(|_| unavailable()).collect()
            }
            Err(source) => {
                return Err(OperateError::Queue { asked: "send dead letters back", source });
            }
        };
        let mut verdicts = verdicts.into_iter();
        for (letter, judged) in together {
            let unsaid = || Err(QueueError::Unavailable("nothing was said of it".to_owned()));
            let outcome = match verdicts.next().unwrap_or_else(unsaid) {
                Ok(()) => match letters.delete(&letter.handle).await {
                    Ok(()) => Outcome::Sent,
                    Err(error) => Outcome::SentAndKept(error),
                },
                Err(error @ QueueError::Unavailable(_)) => Outcome::MaybeSent(error),
                Err(error) => Outcome::NotSent(error),
            };
            if outcome == Outcome::Sent {
                done.sent += 1;
            } else {
                done.failed += 1;
            }
            told(judged, &outcome);
        }
    }
    Ok(())
}

/// Parts of the messages whose bodies fit into a call.
fn fitting(meant: &[(Letter, Judged)]) -> Vec<&[(Letter, Judged)]> {
    let (mut parts, mut from, mut bytes) = (Vec::new(), 0, 0);
    for (at, (letter, _)) in meant.iter().enumerate() {
        if at > from && bytes + letter.body.len() > MESSAGES_BYTES_MAX {
            parts.push(meant.get(from..at).unwrap_or_default());
            (from, bytes) = (at, 0);
        }
        bytes += letter.body.len();
    }
    parts.push(meant.get(from..).unwrap_or_default());
    parts.retain(|part| !part.is_empty());
    parts
}

async fn delete(
    letters: &impl DeadLetters,
    meant: &[(Letter, Judged)],
    done: &mut Selected,
    told: &mut impl FnMut(&Judged, &Outcome),
) -> Result<(), OperateError> {
    for (letter, judged) in meant {
        if !judged.reason.is_deletable() {
            done.kept += 1;
            told(judged, &Outcome::Kept);
            continue;
        }
        told(judged, &Outcome::Deleting);
        match letters.delete(&letter.handle).await {
            Ok(()) => {
                done.deleted += 1;
                told(judged, &Outcome::Deleted);
            }
            Err(error @ QueueError::Unavailable(_)) => {
                done.failed += 1;
                told(judged, &Outcome::NotDeleted(error));
            }
            Err(source) => {
                return Err(OperateError::Queue { asked: "delete a dead letter", source });
            }
        }
    }
    Ok(())
}
