//! What is copied and how, what with, and what is told of it.

use std::sync::Arc;

use super::error::CopyError;
use super::load::{LoadEnd, noted_rows};
use super::portion::{PortionSize, Progress};
use crate::filter::Filters;
use crate::operate::backfill::counts::Counts;
use crate::operate::backfill::prepared::{Copied, FailedObject, Prepared};
use crate::operate::error::OperateError;
use crate::operate::loads::LoadSettings;
use crate::operate::select::Selection;
use crate::ports::Warehouse;
use crate::row::RowOptions;

/// What copying works with.
#[derive(Debug)]
pub struct Ports<S, W, L, H> {
    /// Reads objects.
    pub source: Arc<S>,
    /// Writes files.
    pub writer: Arc<W>,
    /// Lists the staging bucket.
    pub listing: L,
    /// Loads.
    pub warehouse: H,
}

/// What is copied, and how.
#[derive(Debug, Clone)]
pub struct Copying {
    /// The bucket of all keys.
    pub bucket: String,
    /// Which keys are meant.
    pub selection: Selection,
    /// How rows are made.
    pub rows: RowOptions,
    /// Which lines become rows.
    pub filters: Arc<Filters>,
    /// The staging bucket.
    pub staging: String,
    /// What the keys of all files begin with, beside the rows that others load.
    pub folder: String,
    /// A name that no other run has.
    pub attempt: String,
    /// The bytes of rows in a file.
    pub file_bytes: usize,
    /// Files that are made at the same time.
    pub files_at_once: usize,
    /// How much is loaded together.
    pub portion: PortionSize,
    /// Objects in a row that may fail before it is given up.
    pub failures_max: u64,
    /// How files are loaded.
    pub load: LoadSettings,
    /// What the keys of the ledger in the staging bucket begin with, and what stands for the settings in
    /// it; `None` without one.
    pub ledger: Option<(String, String)>,
}

impl Copying {
    /// Asks the table of loads, before anything is read for it.
    ///
    /// # Errors
    /// [`CopyError::Operate`], where it does not answer.
    pub async fn check(&self, warehouse: &impl Warehouse) -> Result<(), CopyError> {
        noted_rows(warehouse, &self.load, "").await?;
        Ok(())
    }
}

/// What happens.
#[derive(Debug)]
pub enum Step<'s> {
    /// An object was read, or failed.
    Read(&'s Progress),
    /// These could not be read.
    Failed(&'s [FailedObject]),
    /// A portion is staged, and its load begins.
    Prepared(&'s Prepared),
    /// Its load ended.
    Loaded(&'s Prepared, LoadEnd),
    /// Its lines of the ledger are lost.
    NoReceipts(&'s OperateError),
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// What became of all keys, those of earlier runs included.
    pub counts: Counts,
    /// What was copied.
    pub copied: Copied,
    /// It was stopped before the end.
    pub is_stopped: bool,
}
