//! One object, from opening it to its last line.
//!
//! Responsible for the stream: opening it again where it broke, noticing that the object changed,
//! stopping in time at a line border. Invariant: when it stops, the offset it reports is the start of
//! the first line that was not packed. What it does not do: wait for acknowledgements.

use std::sync::Arc;

use bytes::Bytes;
use tokio::time::sleep;

use crate::ports::{ObjectBody, ObjectSource, ObjectTask, Opened, SourceError};

use super::account::{Reading, Stop};
use super::budget::Budget;
use super::object::ObjectErrorKind;
use super::position::Position;
use super::rows::Rows;
use super::throttle::Jitter;

/// Failures in a row, without a byte in between, after which an object counts as unreadable.
const OPEN_ATTEMPTS_MAX: u32 = 6;

/// How often an object may change while it is read.
const RESTARTS_MAX: u32 = 3;

/// Reads one object.
pub(super) struct Reader<S> {
    source: Arc<S>,
    task: ObjectTask,
    budget: Budget,
    jitter: Jitter,
    at: Position,
    rows: Rows,
    restarts: u32,
    /// Failures since the last byte.
    failures: u32,
    stored_bytes: u64,
    object_bytes: Option<u64>,
    last_modified_unix_s: Option<i64>,
}

impl<S: ObjectSource> Reader<S> {
    /// Reads with waits from this seed after failures.
    pub(super) fn new(
        source: Arc<S>,
        task: ObjectTask,
        rows: Rows,
        budget: Budget,
        seed: u64,
    ) -> Self {
        Self {
            source,
            budget,
            jitter: Jitter::new(seed),
            at: Position::of(task.resume.as_ref()),
            task,
            rows,
            restarts: 0,
            failures: 0,
            stored_bytes: 0,
            object_bytes: None,
            last_modified_unix_s: None,
        }
    }

    /// Reads the object to its end, or until something stops it, and closes its account.
    pub(super) async fn read(mut self) {
        let end = self.read_on().await;
        let reading = Reading {
            end,
            start: self.at.start(),
            offset: self.rows.resume_offset(),
            encoding: self.at.encoding(),
            etag: self.at.etag,
            restarted: self.restarts > 0,
            stored_bytes: self.stored_bytes,
            object_bytes: self.object_bytes,
            last_modified_unix_s: self.last_modified_unix_s,
        };
        self.rows.close(reading);
    }

    /// Opens the object at the position and reads on, again and again, up to its end.
    async fn read_on(&mut self) -> Result<(), Stop> {
        loop {
            let opened = self.budget.while_reading(self.open()).await.ok_or(Stop::OutOfTime)?;
            let broken = match opened {
                Ok(opened) => self.read_stream(opened).await?,
                Err(error) => Some(error),
            };
            match broken {
                Some(error) => self.recover(error).await?,
                None if self.finish().await? => return Ok(()),
                // Shorter than an earlier invocation saw it: this is not the same object.
                None => self.start_again()?,
            }
        }
    }

    async fn open(&self) -> Result<Opened<S::Body>, SourceError> {
        let etag = self.at.etag.as_deref();
        let opened = self.source.open(&self.task, self.at.stored_offset(), etag).await?;
        match (etag, opened.etag.as_deref()) {
            (Some(known), Some(found)) if known != found => Err(SourceError::Changed),
            _ => Ok(opened),
        }
    }

    /// Reads until the stream ends (`None`) or breaks (the error).
    async fn read_stream(&mut self, opened: Opened<S::Body>) -> Result<Option<SourceError>, Stop> {
        self.at.etag = opened.etag.or(self.at.etag.take());
        let end = opened.length.map(|length| self.at.stored_offset() + length);
        self.object_bytes = end.or(self.object_bytes);
        self.last_modified_unix_s = opened.last_modified_unix_s.or(self.last_modified_unix_s);
        let (mut body, mut outstanding) = (opened.body, opened.length);
        loop {
            let next = self.budget.while_reading(body.next_chunk()).await;
            let chunk = match next.ok_or(Stop::OutOfTime)? {
                Ok(Some(chunk)) => chunk,
                Ok(None) if outstanding.is_none_or(|bytes| bytes == 0) => return Ok(None),
                Ok(None) => {
                    let reason = "the stream ended early".to_owned();
                    return Ok(Some(SourceError::Interrupted(reason)));
                }
                Err(error) => return Ok(Some(error)),
            };
            let bytes = chunk.len() as u64;
            if bytes > 0 {
                self.failures = 0;
            }
            outstanding = outstanding.map(|outstanding| outstanding.saturating_sub(bytes));
            self.at.received(bytes);
            self.stored_bytes += bytes;
            self.take(&chunk).await?;
        }
    }

    /// Turns stored bytes into text and the text into rows.
    async fn take(&mut self, chunk: &Bytes) -> Result<(), Stop> {
        let mut stored: &[u8] = chunk;
        while !stored.is_empty() {
            let text = self.at.text(&mut stored)?;
            self.rows.take(text).await?;
            if self.at.is_skipping() && self.budget.reading_is_over() {
                return Err(Stop::OutOfTime);
            }
        }
        Ok(())
    }

    /// The stored bytes end here. False when they ended before the text that was wanted.
    async fn finish(&mut self) -> Result<bool, Stop> {
        let text = self.at.last_text()?;
        self.rows.take(text).await?;
        if self.at.is_skipping() {
            return Ok(false);
        }
        self.rows.finish().await?;
        Ok(true)
    }

    /// Waits before the next attempt, or gives up.
    async fn recover(&mut self, error: SourceError) -> Result<(), Stop> {
        let reason = match error {
            SourceError::Missing => return Err(Stop::Missing),
            SourceError::Changed => return self.start_again(),
            SourceError::Rejected(rejection) => {
                return Err(Stop::Failed(ObjectErrorKind::AccessRejected(rejection)));
            }
            SourceError::Interrupted(reason) => reason,
        };
        if self.budget.reading_is_over() {
            return Err(Stop::OutOfTime);
        }
        self.failures += 1;
        if self.failures >= OPEN_ATTEMPTS_MAX {
            return Err(Stop::Failed(ObjectErrorKind::Unreadable(reason)));
        }
        let wait = self.jitter.wait(self.failures - 1);
        self.budget.while_reading(sleep(wait)).await.ok_or(Stop::OutOfTime)
    }

    /// The object is another one now: forget the position, keep what was sent. Its lines, where they
    /// are the same, have the same identity.
    fn start_again(&mut self) -> Result<(), Stop> {
        if self.restarts == RESTARTS_MAX {
            return Err(Stop::Failed(ObjectErrorKind::ChangedTooOften));
        }
        self.restarts += 1;
        self.at = Position::of(None);
        self.rows.start_again();
        Ok(())
    }
}
