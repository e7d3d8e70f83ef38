//! One delivery stream: what it took, and what it counts.
//!
//! Invariant: a record with a record id is in the buffer, staged, or loaded; nothing that was
//! acknowledged is ever dropped, whatever fails behind it. Every count is monotonous.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::delivery;
use super::faults::{Failing, Faults};
use super::limits::billed_units;
use super::settings::Settings;
use super::shared::{Buffer, Counts, Shared};
use super::staging::Staging;
use crate::redshift::{self, Copy, Warehouse};

/// What became of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It was taken, under this id.
    Taken(String),
    /// It was not, with AWS's code and words.
    Failed(&'static str, &'static str),
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
        let compressed = settings.gzip || settings.gzip_records;
        if copy.gzip != compressed || (settings.gzip && settings.gzip_records) {
            let what = "GZIP must stand in the COPY options exactly when objects are compressed, by the stream or in each record but not in both";
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
