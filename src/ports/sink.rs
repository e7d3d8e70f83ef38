//! What is needed of the place records are put to.
//!
//! What an implementation does not do: try again. It tells what became of each record of one call.

use std::future::Future;

use thiserror::Error;

use super::rejection::Rejection;
use crate::pack::Record;

/// Takes records, a batch a call.
pub trait RecordSink: Send + Sync + 'static {
    /// Puts the records in one call and returns a verdict for each, in the order given.
    ///
    /// # Errors
    /// [`SinkError`] when the call failed as a whole. The records may have been taken all the same:
    /// a timeout says nothing about what the other side did.
    fn put(
        &self,
        records: &[Record],
    ) -> impl Future<Output = Result<Vec<Verdict>, SinkError>> + Send;
}

/// What became of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Acknowledged.
    Accepted,
    /// Not taken, or nobody knows: send it again.
    Retry,
    /// Sending it again cannot help.
    Rejected(Rejection),
}

/// Why a call failed as a whole.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SinkError {
    /// The stream's throughput is exceeded: slow down, then send it again.
    #[error("throttled: {0}")]
    Throttled(String),
    /// No usable response: a timeout, a broken connection, an error inside the service.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// The sink says no, and will again until somebody acts: no such stream, access denied.
    #[error(transparent)]
    Rejected(#[from] Rejection),
}
