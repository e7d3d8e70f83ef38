//! What is needed of the place small objects are written to.

use std::future::Future;

use bytes::Bytes;
use thiserror::Error;

use super::rejection::Rejection;

/// Writes objects.
pub trait ObjectWriter: Send + Sync + 'static {
    /// Writes an object whole, in place of what had its key.
    ///
    /// # Errors
    /// [`WriteError`], by what the caller is to do about it.
    fn write(
        &self,
        bucket: &str,
        key: &str,
        body: Bytes,
    ) -> impl Future<Output = Result<(), WriteError>> + Send;
}

/// Why an object may not have been written.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteError {
    /// No usable response: the object may have been written, and may be written again.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// The service says no, and will again until somebody acts.
    #[error(transparent)]
    Rejected(#[from] Rejection),
}
