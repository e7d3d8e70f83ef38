//! What is needed of the queue that brings messages to logferry's next invocation.

use std::future::Future;

use thiserror::Error;

use super::rejection::Rejection;

/// The most messages of one call. Source: Amazon SQS API Reference, `SendMessageBatch`.
pub const MESSAGES_MAX: usize = 10;

/// The most bytes that the bodies of one call may have together. SQS takes 1 MiB since August 2025;
/// a queue whose own limit was never raised, and other servers, still take a quarter of it.
pub const MESSAGES_BYTES_MAX: usize = 256 * 1024;

/// Takes messages.
pub trait MessageQueue: Send + Sync + 'static {
    /// Sends at most [`MESSAGES_MAX`] messages in one call and says of each, in the order given,
    /// whether it was taken.
    ///
    /// # Errors
    /// [`QueueError`] when the call failed as a whole.
    fn send(
        &self,
        bodies: &[&str],
    ) -> impl Future<Output = Result<Vec<Result<(), QueueError>>, QueueError>> + Send;
}

/// Tells how it goes.
pub trait QueueWatch: Send + Sync + 'static {
    /// How many messages wait to be received, about.
    ///
    /// # Errors
    /// [`QueueError`] when the call failed.
    fn waiting(&self) -> impl Future<Output = Result<u64, QueueError>> + Send;

    /// How long a message is kept, in seconds.
    ///
    /// # Errors
    /// [`QueueError`] when the call failed.
    fn retention_s(&self) -> impl Future<Output = Result<u64, QueueError>> + Send;
}

/// Why a message may not have been taken.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueueError {
    /// No usable response: a timeout, a broken connection, an error inside the service.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// The queue says no, and will again until somebody acts.
    #[error(transparent)]
    Rejected(#[from] Rejection),
}
