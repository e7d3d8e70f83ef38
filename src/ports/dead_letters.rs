//! What is needed of a dead-letter queue: to look at messages, to delete some, and the service's own
//! task that moves them all.
//!
//! Invariant: whoever deletes has the message in hand; nothing here empties a queue.

use std::future::Future;

use super::queue::QueueError;

/// The most messages a second that a move task may be asked for. Source: Amazon SQS API Reference,
/// `StartMessageMoveTask`.
pub const MOVES_PER_SECOND_MAX: u16 = 500;

/// A message that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The service's id of it.
    pub id: String,
    /// What it is deleted by, as long as nobody else receives it.
    pub handle: String,
    /// Its body.
    pub body: String,
    /// When it was sent first, in seconds since 1970: its age counts from there.
    pub sent_unix_s: Option<i64>,
}

/// How far a move task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MoveStatus {
    /// It moves messages.
    Running,
    /// It was told to stop, and has not yet.
    Cancelling,
    /// It was stopped.
    Cancelled,
    /// It moved all.
    Completed,
    /// It ended before that.
    Failed,
}

impl MoveStatus {
    /// Whether it may still move a message. There is one such task a queue.
    #[must_use]
    pub fn is_active(self) -> bool {
        matches!(self, Self::Running | Self::Cancelling)
    }
}

/// A task that moves messages, as the service tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveTask {
    /// What it is cancelled by; only a running one has it.
    pub handle: Option<String>,
    /// How far it is.
    pub status: MoveStatus,
    /// When it was started, in milliseconds since 1970: which task it is, for one that ended has no
    /// other name.
    pub started_unix_ms: Option<i64>,
    /// How many it moved, about.
    pub moved: u64,
    /// How many there were when it began, about.
    pub to_move: Option<u64>,
    /// Where to, by ARN.
    pub destination: Option<String>,
    /// Why it failed.
    pub failure: Option<String>,
}

/// A queue of messages that were given up.
pub trait DeadLetters: Send + Sync + 'static {
    /// Receives at most [`super::MESSAGES_MAX`] messages, which nobody else sees for that long. An
    /// empty answer does not mean an empty queue.
    ///
    /// # Errors
    /// [`QueueError`] when the call failed.
    fn receive(
        &self,
        hidden_s: u32,
    ) -> impl Future<Output = Result<Vec<Letter>, QueueError>> + Send;

    /// Deletes a message that was received.
    ///
    /// # Errors
    /// [`QueueError`]; then it may be there or not.
    fn delete(&self, handle: &str) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// The ARN of the queue.
    ///
    /// # Errors
    /// [`QueueError`] when the call failed.
    fn arn(&self) -> impl Future<Output = Result<String, QueueError>> + Send;

    /// Starts the task that moves all messages from this queue, by its ARN, to another.
    ///
    /// One call and no second: after an answer that was lost the caller looks before it asks again.
    ///
    /// # Errors
    /// [`QueueError`]; one that is unavailable may have started it.
    fn start_move(
        &self,
        from: &str,
        to: &str,
        per_second: u16,
    ) -> impl Future<Output = Result<(), QueueError>> + Send;

    /// The newest task of the queue with that ARN.
    ///
    /// # Errors
    /// [`QueueError`] when the call failed.
    fn newest_move(
        &self,
        from: &str,
    ) -> impl Future<Output = Result<Option<MoveTask>, QueueError>> + Send;

    /// Cancels a task, with one call. What it moved stays moved.
    ///
    /// # Errors
    /// [`QueueError`] when the call failed; a task that ended cannot be cancelled.
    fn cancel_move(&self, handle: &str) -> impl Future<Output = Result<(), QueueError>> + Send;
}
