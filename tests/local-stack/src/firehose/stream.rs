//! One delivery stream: what it took, and what it counts.
//!
//! Invariant: a record with a record id is in the buffer, staged, or loaded; nothing that was
//! acknowledged is ever dropped, whatever fails behind it. Every count is monotonous.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::delivery;
use super::faults::{Failing, Faults};
use super::limits::billed_units;
use super::staging::Staging;
use crate::redshift::{self, Copy, Warehouse};

/// How a stream is configured.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its name.
    pub name: String,
    /// A buffer of this size is delivered.
    pub buffer_bytes: usize,
    /// A buffer of this age is delivered.
    pub buffer_interval: Duration,
    /// The staging bucket.
    pub bucket: String,
    /// What stands before the names of staged objects.
    pub prefix: String,
    /// Whether staged objects are compressed.
    pub gzip: bool,
    /// The table.
    pub table: String,
    /// The columns, comma separated.
    pub columns: String,
    /// COPY's options.
    pub copy_options: String,
    /// COPY is tried again for this long.
    pub retry_duration: Duration,
    /// COPY is tried again after this long.
    pub retry_interval: Duration,
}

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

/// What became of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It was taken, under this id.
    Taken(String),
    /// It was not, with AWS's code and words.
    Failed(&'static str, &'static str),
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

/// A delivery stream; dropping it ends its delivery.
#[derive(Debug)]
pub struct Stream {
    shared: Arc<Shared>,
    faults: Faults,
    delivering: JoinHandle<()>,
}

impl Stream {
    /// Starts a stream that stages into S3 and loads into a warehouse.
    ///
    /// # Errors
    /// When the COPY options do not fit.
    pub fn start(
        settings: Settings,
        s3: aws_sdk_s3::Client,
        warehouse: Warehouse,
    ) -> Result<Arc<Self>, redshift::Error> {
        let copy = Copy::new(&settings.table, &settings.columns, &settings.copy_options)?;
        if copy.gzip != settings.gzip {
            let what = "GZIP must stand in the COPY options exactly when objects are compressed";
            return Err(redshift::Error::IncorrectCopyOptions(what.to_owned()));
        }
        let staging = Staging::new(s3, &settings);
        let shared = Arc::new(Shared {
            settings,
            copy,
            buffer: Mutex::new(Buffer::empty()),
            filled: Notify::new(),
            counts: watch::Sender::default(),
        });
        let delivering = tokio::spawn(delivery::run(Arc::clone(&shared), staging, warehouse));
        Ok(Arc::new(Self { shared, faults: Faults::default(), delivering }))
    }

    /// How it is configured.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// The faults to come.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// What it has done so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        *self.shared.counts.borrow()
    }

    /// Waits until its counts satisfy a condition.
    pub async fn wait_until(&self, condition: impl FnMut(&Counts) -> bool) -> Counts {
        // The sender lives as long as `self`, so the wait cannot fail.
        let mut counts = self.shared.counts.subscribe();
        counts.wait_for(condition).await.map(|counts| *counts).unwrap_or_default()
    }

    /// Delivers what is buffered now and waits until every record taken before is settled.
    pub async fn drain(&self) -> Counts {
        let taken = self.counts().records;
        self.shared.buffer.lock().unwrap_or_else(PoisonError::into_inner).flush = true;
        self.shared.filled.notify_one();
        self.wait_until(|counts| counts.records_settled >= taken).await
    }

    /// Takes the records of a call, but for those that a script, the storm or the quota refuses.
    pub(super) fn put(&self, records: Vec<Bytes>, failing: Option<&Failing>) -> Vec<Verdict> {
        let sizes: Vec<usize> = records.iter().map(Bytes::len).collect();
        let fates = self.faults.fate_of_records(&sizes, failing);
        let mut buffer = self.shared.buffer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut counts = self.counts();
        counts.calls += 1;
        let verdicts = records.into_iter().zip(fates).map(|(record, fate)| {
            if let Some((code, message)) = fate {
                counts.records_failed += 1;
                return Verdict::Failed(code, message);
            }
            if buffer.records.is_empty() {
                buffer.since = Instant::now();
            }
            counts.records += 1;
            counts.bytes += record.len() as u64;
            counts.billed_units += billed_units(record.len());
            buffer.bytes += record.len();
            buffer.records.push(record);
            Verdict::Taken(format!("{}{:016x}", uuid::Uuid::new_v4().simple(), counts.records))
        });
        let verdicts = verdicts.collect();
        self.shared.counts.send_modify(|kept| {
            // Only `put` changes these, and the buffer's lock keeps calls apart.
            kept.calls = counts.calls;
            kept.records = counts.records;
            kept.records_failed = counts.records_failed;
            kept.bytes = counts.bytes;
            kept.billed_units = counts.billed_units;
        });
        drop(buffer);
        self.shared.filled.notify_one();
        verdicts
    }

    pub(super) fn count_refused_call(&self) {
        self.shared.counts.send_modify(|counts| counts.calls_refused += 1);
    }

    pub(super) fn count_lost_answer(&self) {
        self.shared.counts.send_modify(|counts| counts.answers_lost += 1);
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.delivering.abort();
    }
}
