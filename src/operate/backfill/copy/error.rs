//! Why copying ended early. What was loaded is in the journal; the same command goes on.

use thiserror::Error;

use crate::operate::backfill::journal::JournalError;
use crate::operate::error::OperateError;
use crate::operate::keys::KeysError;

/// Why copying ended early. What was loaded is in the journal; the same command goes on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CopyError {
    /// The keys do not come.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// Staging or loading failed.
    #[error(transparent)]
    Operate(Box<OperateError>),
    /// The journal cannot be written.
    #[error("the journal: {0}")]
    Journal(#[from] JournalError),
    /// Objects in a row could not be read, so that the next one would not be either.
    #[error(
        "{in_a_row} objects in a row could not be read, the last one s3://{bucket}/{key}: {why}"
    )]
    Unreadable {
        /// How many.
        in_a_row: u64,
        /// The bucket.
        bucket: String,
        /// The last one.
        key: String,
        /// What was said of it.
        why: String,
    },
}

impl From<OperateError> for CopyError {
    fn from(error: OperateError) -> Self {
        Self::Operate(Box::new(error))
    }
}
