//! What a stream and its delivery share: the buffer and the counts.

use std::sync::Mutex;

use bytes::Bytes;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::settings::Settings;
use crate::redshift::Copy;

/// What a stream has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls answered, in whole or in part, with success.
    pub calls: u64,
    /// Calls refused or lost without a record taken.
    pub calls_refused: u64,
    /// Calls whose records were taken and whose answer was lost.
    pub answers_lost: u64,
    /// Records taken.
    pub records: u64,
    /// Records that failed in an answered call.
    pub records_failed: u64,
    /// Bytes of the records taken.
    pub bytes: u64,
    /// 5 KB units billed for the records taken.
    pub billed_units: u64,
    /// Objects staged.
    pub objects_staged: u64,
    /// COPYs that succeeded.
    pub copies: u64,
    /// COPYs that failed.
    pub copies_failed: u64,
    /// Batches given up after the last retry, with a manifest under `errors/`.
    pub copies_abandoned: u64,
    /// Rows loaded.
    pub rows: u64,
    /// Records whose rows are in the table, or in an abandoned batch.
    pub records_settled: u64,
}

/// Records that wait to be staged.
#[derive(Debug)]
pub(super) struct Buffer {
    pub(super) records: Vec<Bytes>,
    pub(super) bytes: usize,
    pub(super) since: Instant,
    /// Deliver now, however small and young.
    pub(super) flush: bool,
}

impl Buffer {
    pub(super) fn empty() -> Self {
        Self { records: Vec::new(), bytes: 0, since: Instant::now(), flush: false }
    }
}

/// What the stream and its delivery share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) settings: Settings,
    pub(super) copy: Copy,
    pub(super) buffer: Mutex<Buffer>,
    /// The buffer has something to look at.
    pub(super) filled: Notify,
    pub(super) counts: watch::Sender<Counts>,
}
