//! What is needed of the place where the rest of an unfinished object waits.

use std::future::Future;

use thiserror::Error;

/// Takes messages to logferry's next invocation.
pub trait HandoverQueue: Send + Sync + 'static {
    /// Sends one message and returns when it is taken.
    ///
    /// # Errors
    /// [`QueueError`] when it may not have been taken.
    fn send(&self, body: String) -> impl Future<Output = Result<(), QueueError>> + Send;
}

/// A message that may not have been taken, and why.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[error("cannot hand the rest of an object on: {0}")]
pub struct QueueError(pub String);
