//! A message, and what is counted of them.

use time::OffsetDateTime;
use tokio::time::Instant;

/// A message handed to a receiver.
#[derive(Clone, Debug)]
pub struct Message {
    /// The identity that stays with the message.
    pub id: String,
    /// The handle of this very receive.
    pub receipt: String,
    /// The text.
    pub body: String,
    /// What the sender's request said of the trace that it belongs to (`AWSTraceHeader`).
    pub trace: Option<String>,
    /// How often it was received, this time included.
    pub receives: u32,
    /// When it was sent.
    pub sent: OffsetDateTime,
    /// When it was first received.
    pub first_received: OffsetDateTime,
    /// The ARN of the queue whose redrive policy moved it here; nothing where it was put here.
    pub dead_letter_source: Option<String>,
}

/// A message, and when it can be received.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) message: Message,
    pub(super) visible_at: Instant,
}

/// What a queue has seen and holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages sent to it.
    pub sent: u64,
    /// Receives of a message that had been received before.
    pub redelivered: u64,
    /// Messages deleted.
    pub deleted: u64,
    /// Messages moved to the dead-letter queue.
    pub dead_lettered: u64,
    /// Messages in it now, visible or not.
    pub held: usize,
}

/// How many messages a queue holds, by what can be done with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// To be received.
    pub visible: usize,
    /// Received, and hidden for a while.
    pub in_flight: usize,
    /// Never received, and not yet to be.
    pub delayed: usize,
}
