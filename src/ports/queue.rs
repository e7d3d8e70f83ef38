//! What is needed of the queue that brings messages to logferry's next invocation.

use std::future::Future;

use thiserror::Error;

use super::rejection::Rejection;

/// Takes messages.
pub trait MessageQueue: Send + Sync + 'static {
    /// Sends one message and returns when it is taken.
    ///
    /// # Errors
    /// [`QueueError`] when it may not have been taken.
    fn send(&self, body: String) -> impl Future<Output = Result<(), QueueError>> + Send;
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
