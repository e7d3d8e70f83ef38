//! What is about to be loaded, and what was: as the journal has it.

use serde::{Deserialize, Serialize};

use super::counts::Counts;
use crate::operate::keys::Place;

/// Objects in a row whose rows are staged: all that it takes to load them, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    /// The `s3://` URL of the manifest, which is also what the load is remembered by.
    pub manifest: String,
    /// The files that it lists.
    pub files: Vec<StagedFile>,
    /// The file with their lines of the ledger, if there is a ledger.
    pub receipts: Option<String>,
    /// Where the keys of all files begin.
    pub folder: String,
    /// Where the last of the keys stands.
    pub last_key: String,
    /// The same in a list.
    pub line: u64,
    /// The same in an inventory.
    pub file: usize,
    /// What became of all keys up to there.
    pub counts: Counts,
    /// What is copied up to there, once this is loaded.
    pub copied: Copied,
    /// Objects that could not be read.
    pub failed: Vec<FailedObject>,
    /// No key comes behind it.
    pub is_last: bool,
}

impl Prepared {
    /// Where the last of the keys stands.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { key: self.last_key.clone(), line: self.line, file: self.file }
    }

    /// The rows of all files.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    /// The stored bytes of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// A file of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagedFile {
    /// Its key in the staging bucket.
    pub key: String,
    /// Its bytes.
    pub bytes: u64,
    /// The rows in it.
    pub rows: u64,
}

/// An object that could not be read, or not to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedObject {
    /// Its key.
    pub key: String,
    /// Why.
    pub reason: String,
    /// It was not there at all.
    pub is_missing: bool,
}

/// What was copied, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// Loads.
    pub loads: u64,
    /// Files that were loaded.
    pub files: u64,
    /// Rows in them.
    pub rows: u64,
    /// Lines that became quarantined rows.
    pub quarantined: u64,
    /// Lines that a rule dropped.
    pub filtered: u64,
    /// Objects that could not be read.
    pub failed: u64,
    /// Objects that were not there any more.
    pub missing: u64,
    /// Rows that COPY did not bring although they were in its files.
    pub short_rows: u64,
}
