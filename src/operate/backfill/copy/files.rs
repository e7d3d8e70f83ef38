//! Batches of rows to gzipped files of the staging bucket.
//!
//! A batch is a file, one gzip member of it, for whether COPY reads more than the first is written
//! nowhere. Rows are compressed where the call runs: on as many threads as there are calls and
//! processors. Invariant: a batch is accepted only when its file is written.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::task::yield_now;
use tokio::time::sleep;

use super::error::CopyError;
use crate::operate::backfill::prepared::StagedFile;
use crate::operate::bucket::url;
use crate::operate::error::OperateError;
use crate::pack::Record;
use crate::ports::{ObjectWriter, RecordSink, Rejection, Resource, SinkError, Verdict, WriteError};

/// Rows of an eighth or less are what level 1 leaves, at twice the speed of level 3.
const LEVEL: u32 = 1;

/// The wait before a file is written again, doubled each time until it would be this: four minutes in
/// all.
const WAIT: Duration = Duration::from_secs(1);
const WAIT_MAX: Duration = Duration::from_secs(256);

/// What rows are compressed to at the most, in parts of them, for the room of a file.
const SHRINK: usize = 5;

/// Where files go, and which were written.
pub(super) struct Files<W> {
    writer: Arc<W>,
    bucket: String,
    /// What all their keys begin with. Nobody else's do.
    folder: String,
    begun: AtomicU64,
    /// Bytes of the rows that were taken.
    row_bytes: AtomicU64,
    written: Mutex<Written>,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Written {
    pub(super) files: Vec<StagedFile>,
    /// Why a file could not be written; nothing more is taken then.
    pub(super) failure: Option<(String, WriteError)>,
}

impl<W: ObjectWriter> Files<W> {
    pub(super) fn new(writer: &Arc<W>, bucket: &str, folder: &str) -> Self {
        Self {
            writer: Arc::clone(writer),
            bucket: bucket.to_owned(),
            folder: folder.to_owned(),
            begun: AtomicU64::new(0),
            row_bytes: AtomicU64::new(0),
            written: Mutex::default(),
        }
    }

    /// Bytes of the rows that were taken by now.
    pub(super) fn row_bytes(&self) -> u64 {
        self.row_bytes.load(Ordering::Relaxed)
    }

    /// Whether a file could not be written.
    pub(super) fn has_failed(&self) -> bool {
        self.with(|written| written.failure.is_some())
    }

    /// The files, all calls having ended.
    ///
    /// # Errors
    /// [`OperateError::Write`], when one could not be written.
    pub(super) fn finish(&self) -> Result<Vec<StagedFile>, CopyError> {
        let Written { mut files, failure } = self.with(std::mem::take);
        if let Some((key, source)) = failure {
            return Err(OperateError::Write { url: url(&self.bucket, &key), source }.into());
        }
        files.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(files)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Written) -> T) -> T {
        act(&mut self.written.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<W: ObjectWriter> RecordSink for Files<W> {
    async fn put(&self, records: &[Record]) -> Result<Vec<Verdict>, SinkError> {
        if let Some((_, error)) = self.with(|written| written.failure.clone()) {
            return Err(refused(error));
        }
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        let key = format!("{}{number:06}.gz", self.folder);
        let body = compressed(records).await.map_err(|error| {
            // Writing into memory does not fail.
            SinkError::Rejected(Rejection::other(Resource::Object, error.to_string()))
        })?;
        let bytes = body.len() as u64;
        match write(&*self.writer, &self.bucket, &key, body).await {
            Ok(()) => {
                let rows = records.iter().map(Record::rows).sum();
                let row_bytes = records.iter().map(|record| record.data().len() as u64).sum();
                self.row_bytes.fetch_add(row_bytes, Ordering::Relaxed);
                self.with(|written| written.files.push(StagedFile { key, bytes, rows }));
                Ok(vec![Verdict::Accepted; records.len()])
            }
            Err(error) => {
                self.with(|written| {
                    written.failure.get_or_insert((key, error.clone()));
                });
                Err(refused(error))
            }
        }
    }
}

/// Writes an object, for minutes where the service is not to be had.
pub(super) async fn write(
    writer: &impl ObjectWriter,
    bucket: &str,
    key: &str,
    body: Bytes,
) -> Result<(), WriteError> {
    let mut wait = WAIT;
    loop {
        match writer.write(bucket, key, body.clone()).await {
            Err(WriteError::Unavailable(_)) if wait < WAIT_MAX => {}
            answer => return answer,
        }
        sleep(wait).await;
        wait *= 2;
    }
}

/// It was tried for minutes: that the pipeline tries it again is of no use.
fn refused(error: WriteError) -> SinkError {
    SinkError::Rejected(match error {
        WriteError::Rejected(rejection) => rejection,
        WriteError::Unavailable(reason) => Rejection::other(Resource::Object, reason),
    })
}

/// The rows as one gzip member. Others get their turn after each record.
async fn compressed(records: &[Record]) -> io::Result<Bytes> {
    let rows: usize = records.iter().map(|record| record.data().len()).sum();
    let mut encoder = GzEncoder::new(Vec::with_capacity(rows / SHRINK), Compression::new(LEVEL));
    for record in records {
        encoder.write_all(record.data())?;
        yield_now().await;
    }
    Ok(encoder.finish()?.into())
}
