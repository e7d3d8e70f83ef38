//! Text of one object to rows in the outbox.
//!
//! Responsible for the intake half of the books, and for refusing an object that is no access log
//! before any row of it is written. Invariant: [`Lines::resume_offset`] is the start of the first line
//! that was not packed. What it does not do: know where text comes from.

use std::sync::Arc;

use crate::access_log::{Line, LineSplitter};
use crate::pack::{Batch, ObjectIndex};
use crate::row::{Origin, RecordId, RowEncoder, RowOptions};

use super::object::{ObjectErrorKind, ObjectTask};
use super::probe::{Finding, Probe};
use super::reader::Halt;
use super::shared::{Outbox, Shared};
use super::sink::RecordSink;

/// Packs the lines of one object.
pub(super) struct Lines<S, K> {
    shared: Arc<Shared<S, K>>,
    row_maker: RowMaker,
    splitter: LineSplitter,
    /// There until the object is known to be an access log. The rest of a log needs no such proof.
    probe: Option<Probe>,
}

/// What it takes to turn a line of this object into a row.
struct RowMaker {
    object: ObjectIndex,
    origin: Origin,
    encoder: RowEncoder,
}

impl<S: Send + Sync + 'static, K: RecordSink> Lines<S, K> {
    /// Lines from `start` on, in bytes of the text.
    pub(super) fn new(
        shared: Arc<Shared<S, K>>,
        object: ObjectIndex,
        task: &ObjectTask,
        start: u64,
    ) -> Self {
        let encoder = RowEncoder::new(RowOptions { mask_secrets: shared.mask_secrets });
        let origin = Origin::new(Some(&task.bucket), &task.key);
        Self {
            shared,
            row_maker: RowMaker { object, origin, encoder },
            splitter: LineSplitter::starting_at(start),
            probe: (start == 0).then(Probe::default),
        }
    }

    /// The start of the first line that was not packed, in bytes of the text.
    pub(super) fn resume_offset(&self) -> u64 {
        self.splitter.resume_offset()
    }

    /// Takes the next text.
    pub(super) async fn take(&mut self, text: &[u8]) -> Result<(), Halt> {
        if let Some(probe) = &mut self.probe {
            match probe.look(text) {
                Finding::Undecided => return Ok(()),
                Finding::SomethingElse => {
                    return Err(Halt::Failed(ObjectErrorKind::NotAnAccessLog));
                }
                Finding::AccessLog => self.feed_held().await?,
            }
        }
        self.feed(text).await
    }

    /// The text ends here.
    pub(super) async fn finish(&mut self) -> Result<(), Halt> {
        if let Some(probe) = &mut self.probe {
            match probe.finish() {
                Finding::AccessLog => self.feed_held().await?,
                Finding::Undecided | Finding::SomethingElse => {
                    return Err(Halt::Failed(ObjectErrorKind::NotAnAccessLog));
                }
            }
        }
        let mut outbox = self.shared.outbox.lock().await;
        let batch = self
            .splitter
            .finish()
            .and_then(|line| self.row_maker.pack(&mut outbox, &line, &self.shared));
        if let Some(batch) = batch {
            self.shared.submit(batch).await;
        }
        Ok(())
    }

    async fn feed_held(&mut self) -> Result<(), Halt> {
        let held = self.probe.take().map(Probe::into_text).unwrap_or_default();
        self.feed(&held).await
    }

    /// Packs the lines of the text. Waits, with the outbox held, whenever a batch is complete.
    async fn feed(&mut self, mut text: &[u8]) -> Result<(), Halt> {
        let shared = Arc::clone(&self.shared);
        while !text.is_empty() {
            let mut outbox = shared.outbox.lock().await;
            if shared.budget.reading_is_over() {
                return Err(Halt::OutOfTime);
            }
            if shared.is_refused(self.row_maker.object) {
                // The delivery books hold the reason.
                let reason = "rows were refused".to_owned();
                return Err(Halt::Failed(ObjectErrorKind::Undeliverable { reason }));
            }
            let bytes = text.len();
            let batch = self.pack_lines(&mut outbox, &mut text);
            if let Some(intake) = outbox.intakes.get_mut(self.row_maker.object) {
                intake.text_bytes += (bytes - text.len()) as u64;
            }
            if let Some(batch) = batch {
                shared.submit(batch).await;
            }
        }
        Ok(())
    }

    /// Packs lines until a batch is complete or the text is used up.
    fn pack_lines(&mut self, outbox: &mut Outbox, text: &mut &[u8]) -> Option<Batch> {
        while let Some(line) = self.splitter.next_line(text) {
            let batch = self.row_maker.pack(outbox, &line, &self.shared);
            if batch.is_some() {
                return batch;
            }
        }
        None
    }
}

impl RowMaker {
    /// One line into the outbox, and into the books.
    fn pack<S, K>(
        &mut self,
        outbox: &mut Outbox,
        line: &Line<'_>,
        shared: &Shared<S, K>,
    ) -> Option<Batch> {
        let (encoder, origin) = (&mut self.encoder, &self.origin);
        let intake = outbox.intakes.get_mut(self.object)?;
        if line.is_blank() {
            intake.blank += 1;
            return None;
        }
        intake.lines += 1;
        let id = RecordId::of(line.bytes);
        let entry = match encoder.parse(line) {
            Ok(entry) if !shared.filters.keep(&entry, id) => {
                intake.filtered += 1;
                return None;
            }
            entry => entry,
        };
        intake.rows += 1;
        match entry {
            Ok(entry) => {
                intake.typed += 1;
                intake.trailing_fields = intake.trailing_fields.max(entry.extra_fields);
                let time = entry.request_time.unix_seconds();
                let oldest = intake.oldest_request_unix_s.map_or(time, |oldest| oldest.min(time));
                intake.oldest_request_unix_s = Some(oldest);
                let write =
                    |out: &mut Vec<u8>| encoder.write_row(&entry, id, line.offset, origin, out);
                outbox.append(self.object, line.offset, write).1
            }
            Err(reason) => {
                intake.quarantined += 1;
                let write =
                    |out: &mut Vec<u8>| encoder.write_quarantined(reason, line, origin, out);
                outbox.append(self.object, line.offset, write).1
            }
        }
    }
}
