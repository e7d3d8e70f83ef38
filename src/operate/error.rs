//! Why a verb could not go on.

use thiserror::Error;

use crate::ports::{ListingError, QueueError, SourceError, WarehouseError, WriteError};

/// What was being done, to what, and why it failed. Where the cause is a rejection it names the
/// permission that is missing; otherwise the same command may be given again.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OperateError {
    /// Objects could not be listed.
    #[error("list s3://{bucket}/{prefix}")]
    List {
        /// The bucket.
        bucket: String,
        /// What the keys begin with.
        prefix: String,
        /// Why.
        source: ListingError,
    },
    /// An object could not be read.
    #[error("read {url}")]
    Read {
        /// Its `s3://` URL.
        url: String,
        /// Why.
        source: SourceError,
    },
    /// An object could not be written.
    #[error("write {url}")]
    Write {
        /// Its `s3://` URL.
        url: String,
        /// Why.
        source: WriteError,
    },
    /// A part of the ledger is not what the function writes.
    #[error("read the ledger in {url}: {why}")]
    Ledger {
        /// The `s3://` URL of the file.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// A queue did not do what it was asked for.
    #[error("{asked}")]
    Queue {
        /// What it was asked for, to fit "failed to ...".
        asked: &'static str,
        /// Why.
        source: QueueError,
    },
    /// The warehouse did not do what it was asked for.
    #[error("{asked}")]
    Warehouse {
        /// What it was asked for, to fit "failed to ...".
        asked: &'static str,
        /// Why.
        source: WarehouseError,
    },
}
