//! What is wrong with an inventory.

use thiserror::Error;

use crate::ports::SourceError;

/// Why an inventory gives no keys.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InventoryError {
    /// An object of it cannot be read.
    #[error("read {url}")]
    Read {
        /// Its `s3://` URL.
        url: String,
        /// Why.
        source: SourceError,
    },
    /// An object of it is not what its checksum says.
    #[error("{url} is damaged: {why}; take the report of another day")]
    Damaged {
        /// Its `s3://` URL.
        url: String,
        /// What differs.
        why: String,
    },
    /// It is no manifest of an inventory.
    #[error("{url} is no manifest of an inventory: {why}")]
    NoManifest {
        /// Its `s3://` URL.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// Its files are in a format that is not read.
    #[error("{url} is an inventory in {format}; make one in CSV, or list the bucket instead")]
    Format {
        /// Its `s3://` URL.
        url: String,
        /// The format, as the manifest names it.
        format: String,
    },
    /// It is about another bucket.
    #[error("{url} is of the bucket {found}, not of {wanted}; give s3://{found}")]
    OtherBucket {
        /// Its `s3://` URL.
        url: String,
        /// The bucket it is about.
        found: String,
        /// The bucket that was named.
        wanted: String,
    },
    /// A row of a file is not what the manifest's schema says.
    #[error("row {row} of {url}: {why}")]
    Row {
        /// The `s3://` URL of the file.
        url: String,
        /// Counted from 1.
        row: u64,
        /// What is wrong with it.
        why: String,
    },
    /// The disk does not take a file for as long as it is read.
    #[error("keep {url} in the folder of temporary files")]
    Spool {
        /// Its `s3://` URL.
        url: String,
        /// Why.
        source: std::io::Error,
    },
}
