//! One object, from opening it to its last line.
//!
//! Responsible for the stream: opening it again where it broke, noticing that the object changed,
//! stopping in time at a line border. Invariant: when it stops, the offset it reports is the start of
//! the first line that was not packed. What it does not do: wait for acknowledgements.

use std::sync::Arc;

use bytes::Bytes;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::pack::ObjectIndex;

use super::inflate::{BadGzip, Inflate};
use super::lines::Lines;
use super::object::{Encoding, ObjectErrorKind, ObjectTask, Resume};
use super::shared::Shared;
use super::sink::RecordSink;
use super::source::{ObjectBody, ObjectSource, Opened, SourceError};
use super::throttle::Jitter;

/// Failures in a row, without a byte in between, after which an object counts as unreadable.
pub(super) const OPEN_ATTEMPTS_MAX: u32 = 6;

/// How often an object may change while it is read.
pub(super) const RESTARTS_MAX: u32 = 3;

/// How reading ended.
#[derive(Debug)]
pub(super) enum ReaderEnd {
    /// All lines were packed.
    Finished,
    /// Time was over; everything before the offset was packed.
    Stopped,
    Missing,
    Failed(ObjectErrorKind),
}

/// How reading ended, and from where on.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) end: ReaderEnd,
    /// Where the object was read from. It is 0 once it was started again.
    pub(super) start: u64,
    /// How far it was read, in bytes of the text.
    pub(super) offset: u64,
    /// The version and encoding that were read.
    pub(super) etag: Option<String>,
    pub(super) encoding: Encoding,
    /// Rows of an earlier version were packed too.
    pub(super) restarted: bool,
}

/// Why reading stops before the end of the object.
#[derive(Debug)]
pub(super) enum Halt {
    OutOfTime,
    Changed,
    Missing,
    Failed(ObjectErrorKind),
}

impl From<BadGzip> for Halt {
    fn from(bad: BadGzip) -> Self {
        Self::Failed(ObjectErrorKind::CorruptGzip { reason: bad.0 })
    }
}

/// Reads one object.
pub(super) struct Reader<S, K> {
    shared: Arc<Shared<S, K>>,
    object: ObjectIndex,
    task: ObjectTask,
    /// The position and state of this attempt; a changed object starts with a new one.
    at: Position,
    lines: Lines<S, K>,
    restarts: u32,
    /// Failures since the last byte.
    failures: u32,
    jitter: Jitter,
    stored_bytes: u64,
    last_modified_unix_s: Option<i64>,
}

struct Position {
    inflate: Inflate,
    /// Stored bytes received, and so the offset to open again at.
    stored_offset: u64,
    etag: Option<String>,
    /// Text bytes to drop before the first line that counts: a gzip stream is resumed by decoding it
    /// from its start.
    skip: u64,
    start: u64,
}

impl Position {
    fn of(resume: Option<&Resume>) -> Self {
        let etag = resume.and_then(|resume| resume.etag.clone());
        let start = resume.map_or(0, |resume| resume.offset);
        match resume.map(|resume| resume.encoding) {
            Some(Encoding::Plain) if start > 0 => {
                Self { inflate: Inflate::plain(), stored_offset: start, etag, skip: 0, start }
            }
            _ => Self { inflate: Inflate::sniffing(), stored_offset: 0, etag, skip: start, start },
        }
    }
}

impl<S: ObjectSource, K: RecordSink> Reader<S, K> {
    pub(super) fn new(shared: Arc<Shared<S, K>>, object: ObjectIndex, task: ObjectTask) -> Self {
        let at = Position::of(task.resume.as_ref());
        let lines = Lines::new(Arc::clone(&shared), object, &task, at.start);
        let jitter = Jitter::new(shared.seed ^ (object as u64).rotate_left(32));
        Self {
            shared,
            object,
            task,
            at,
            lines,
            restarts: 0,
            failures: 0,
            jitter,
            stored_bytes: 0,
            last_modified_unix_s: None,
        }
    }

    /// Reads the object to its end, or until something stops it.
    pub(super) async fn read(mut self) -> Reading {
        let end = loop {
            match self.stream().await {
                Ok(()) => break ReaderEnd::Finished,
                Err(Halt::Changed) if self.restarts < RESTARTS_MAX => self.start_again(),
                Err(Halt::Changed) => break ReaderEnd::Failed(ObjectErrorKind::ChangedTooOften),
                Err(Halt::Missing) => break ReaderEnd::Missing,
                Err(Halt::Failed(kind)) => break ReaderEnd::Failed(kind),
                Err(Halt::OutOfTime) => break ReaderEnd::Stopped,
            }
        };
        if let Some(intake) = self.shared.outbox.lock().await.intakes.get_mut(self.object) {
            intake.stored_bytes = self.stored_bytes;
            intake.last_modified_unix_s = self.last_modified_unix_s;
        }
        Reading {
            end,
            start: self.at.start,
            offset: self.lines.resume_offset(),
            encoding: self.at.inflate.encoding(),
            etag: self.at.etag,
            restarted: self.restarts > 0,
        }
    }

    /// The object is another one now: forget the position, keep what was sent. Its lines, where they
    /// are the same, have the same identity.
    fn start_again(&mut self) {
        self.restarts += 1;
        self.at = Position::of(None);
        self.lines = Lines::new(Arc::clone(&self.shared), self.object, &self.task, 0);
    }

    /// Opens the object at the position and reads on, again and again, up to its end.
    async fn stream(&mut self) -> Result<(), Halt> {
        loop {
            let opened = match self.open().await {
                Ok(opened) => opened,
                Err(error) => {
                    self.after_failure(error).await?;
                    continue;
                }
            };
            match self.pump(opened).await? {
                None => return self.finish().await,
                Some(error) => self.after_failure(error).await?,
            }
        }
    }

    async fn open(&mut self) -> Result<Opened<S::Body>, SourceError> {
        let open =
            self.shared.source.open(&self.task, self.at.stored_offset, self.at.etag.as_deref());
        let opened = timeout_at(self.shared.budget.stop_reading, open)
            .await
            .unwrap_or_else(|_| Err(SourceError::Interrupted("time ran out".to_owned())))?;
        if self.at.etag.is_some() && opened.etag.is_some() && opened.etag != self.at.etag {
            return Err(SourceError::Changed);
        }
        self.at.etag = opened.etag.clone().or(self.at.etag.take());
        self.last_modified_unix_s = opened.last_modified_unix_s.or(self.last_modified_unix_s);
        Ok(opened)
    }

    /// Reads until the stream ends (`None`) or breaks (the error).
    async fn pump(&mut self, opened: Opened<S::Body>) -> Result<Option<SourceError>, Halt> {
        let mut body = opened.body;
        let mut outstanding = opened.length;
        loop {
            let Ok(next) = timeout_at(self.shared.budget.stop_reading, body.next_chunk()).await
            else {
                return Err(Halt::OutOfTime);
            };
            let chunk = match next {
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
            self.at.stored_offset += bytes;
            self.stored_bytes += bytes;
            self.take(&chunk).await?;
        }
    }

    /// Waits before the next attempt, or gives up.
    async fn after_failure(&mut self, error: SourceError) -> Result<(), Halt> {
        match error {
            SourceError::Missing => return Err(Halt::Missing),
            SourceError::Changed => return Err(Halt::Changed),
            SourceError::Refused(reason) => {
                let kind = ObjectErrorKind::Unreadable { reason, retryable: false };
                return Err(Halt::Failed(kind));
            }
            SourceError::Interrupted(reason) => {
                self.failures += 1;
                if self.shared.budget.reading_is_over() {
                    return Err(Halt::OutOfTime);
                }
                if self.failures >= OPEN_ATTEMPTS_MAX {
                    let kind = ObjectErrorKind::Unreadable { reason, retryable: true };
                    return Err(Halt::Failed(kind));
                }
            }
        }
        let wait = self.jitter.wait(self.failures - 1);
        sleep_until((Instant::now() + wait).min(self.shared.budget.stop_reading)).await;
        Ok(())
    }

    /// Turns stored bytes into text and the text into lines.
    async fn take(&mut self, chunk: &Bytes) -> Result<(), Halt> {
        let mut stored: &[u8] = chunk;
        let mut text = Vec::new();
        while !stored.is_empty() {
            if self.at.inflate.is_plain() && self.at.skip == 0 {
                return self.lines.take(stored).await;
            }
            self.at.inflate.step(&mut stored, &mut text)?;
            self.take_text(&text).await?;
        }
        Ok(())
    }

    async fn take_text(&mut self, text: &[u8]) -> Result<(), Halt> {
        let skipped = usize::try_from(self.at.skip).unwrap_or(usize::MAX).min(text.len());
        self.at.skip -= skipped as u64;
        if self.at.skip > 0 && self.shared.budget.reading_is_over() {
            return Err(Halt::OutOfTime);
        }
        self.lines.take(text.get(skipped..).unwrap_or_default()).await
    }

    async fn finish(&mut self) -> Result<(), Halt> {
        let text = self.at.inflate.finish()?;
        self.take_text(&text).await?;
        if self.at.skip > 0 {
            // Shorter than an earlier invocation saw it: this is not the same object.
            return Err(Halt::Changed);
        }
        self.lines.finish().await
    }
}
