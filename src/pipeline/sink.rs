//! What the pipeline needs of the place records are put to.
//!
//! Firehose implements it, and so do the fakes of the tests. What an implementation does not do:
//! retry. It tells what became of each record of one call.

use std::future::Future;

use thiserror::Error;

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
    /// Refused for good, with the sink's code.
    Refused(String),
}

/// Why a call failed as a whole.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
pub enum SinkError {
    /// The stream's throughput is exceeded: slow down, then send it again.
    #[error("throttled: {0}")]
    Throttled(String),
    /// No usable answer: a timeout, a broken connection, an error inside the service.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// Refused, and it will be again until somebody acts: no such stream, access denied.
    #[error("{0}")]
    Refused(String),
}

impl SinkError {
    /// Whether the same call may succeed when made again.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        !matches!(self, Self::Refused(_))
    }
}
