//! Text of one object to rows in the outbox.
//!
//! Responsible for the reading side of the object's account, and for refusing an object that is no
//! access log before any row of it is written. Invariant: [`Rows::resume_offset`] is the start of the
//! first line that was not packed. What it does not do: know where text comes from.

use std::sync::Arc;

use crate::access_log::{Finding, Line, LineSplitter, Probe, is_log_object_key};
use crate::filter::Filters;
use crate::ports::ObjectTask;
use crate::row::{Origin, RowEncoder, RowOptions};

use super::account::{Reading, Stop};
use super::budget::Budget;
use super::intake::Intake;
use super::ledger::OpenAccount;
use super::object::ObjectErrorKind;
use super::outbox::{Consignment, Outbox, Packing};

/// Makes rows of the lines of one object.
pub(super) struct Rows {
    account: OpenAccount,
    outbox: Arc<Outbox>,
    filters: Arc<Filters>,
    budget: Budget,
    encoder: RowEncoder,
    origin: Origin,
    splitter: LineSplitter,
    /// The object's name is one that S3 gives to logs: proof enough of what it is.
    is_named_like_a_log: bool,
    /// There until the object is known to be an access log. The rest of a log needs no such proof.
    probe: Option<Probe>,
}

impl Rows {
    pub(super) fn new(
        account: OpenAccount,
        task: &ObjectTask,
        outbox: Arc<Outbox>,
        (options, filters): (RowOptions, Arc<Filters>),
        budget: Budget,
    ) -> Self {
        let start = task.start_offset();
        let is_named_like_a_log = is_log_object_key(&task.key);
        Self {
            account,
            outbox,
            filters,
            budget,
            encoder: RowEncoder::new(options),
            origin: Origin::new(Some(&task.bucket), &task.key),
            splitter: LineSplitter::starting_at(start),
            probe: (start == 0 && !is_named_like_a_log).then(Probe::default),
            is_named_like_a_log,
        }
    }

    /// Expects the text from its first byte on again.
    pub(super) fn start_again(&mut self) {
        self.splitter = LineSplitter::new();
        self.probe = (!self.is_named_like_a_log).then(Probe::default);
    }

    /// The start of the first line that was not packed, in bytes of the text.
    pub(super) fn resume_offset(&self) -> u64 {
        self.splitter.resume_offset()
    }

    /// Takes the next text.
    pub(super) async fn take(&mut self, text: &[u8]) -> Result<(), Stop> {
        if let Some(probe) = &mut self.probe {
            match probe.look(text) {
                Finding::Undecided => return Ok(()),
                Finding::SomethingElse => return Err(not_an_access_log()),
                Finding::AccessLog => self.pack_held().await?,
            }
        }
        self.pack(text).await
    }

    /// The text ends here.
    pub(super) async fn finish(&mut self) -> Result<(), Stop> {
        if let Some(probe) = &mut self.probe {
            match probe.finish() {
                Finding::AccessLog => self.pack_held().await?,
                Finding::Undecided | Finding::SomethingElse => return Err(not_an_access_log()),
            }
        }
        let mut packing = self.outbox.packing().await;
        let Some(line) = self.splitter.finish() else { return Ok(()) };
        let mut packer =
            LinePacker::of(&self.account, &self.filters, &mut self.encoder, &self.origin);
        let complete = packer.pack(&line, &mut packing);
        drop(packer);
        if let Some(consignment) = complete {
            self.outbox.send(consignment).await;
        }
        Ok(())
    }

    /// Nothing more comes.
    pub(super) fn close(self, reading: Reading) {
        self.account.close(reading);
    }

    async fn pack_held(&mut self) -> Result<(), Stop> {
        let held = self.probe.take().map(Probe::into_text).unwrap_or_default();
        self.pack(&held).await
    }

    /// Packs the lines of the text. Waits, with the outbox held, whenever a batch is complete.
    async fn pack(&mut self, mut text: &[u8]) -> Result<(), Stop> {
        let outbox = Arc::clone(&self.outbox);
        while !text.is_empty() {
            let mut packing = outbox.packing().await;
            if self.budget.reading_is_over() {
                return Err(Stop::OutOfTime);
            }
            if self.account.has_failed() {
                // The account holds the reason, and that is the one reported.
                return Err(Stop::Failed(ObjectErrorKind::DeliveryLost));
            }
            if let Some(consignment) = self.pack_lines(&mut packing, &mut text) {
                outbox.send(consignment).await;
            }
        }
        Ok(())
    }

    /// Packs lines until a consignment is complete or the text is used up.
    fn pack_lines(&mut self, packing: &mut Packing, text: &mut &[u8]) -> Option<Consignment> {
        let mut packer =
            LinePacker::of(&self.account, &self.filters, &mut self.encoder, &self.origin);
        while let Some(line) = self.splitter.next_line(text) {
            let complete = packer.pack(&line, packing);
            if complete.is_some() {
                return complete;
            }
        }
        None
    }
}

fn not_an_access_log() -> Stop {
    Stop::Failed(ObjectErrorKind::NotAnAccessLog)
}

/// Parses lines, decides about them and writes their rows. Dropped, also by a panic, it enters what
/// it did into the account: before anybody else can pack, and so before the rows can be settled.
struct LinePacker<'r> {
    account: &'r OpenAccount,
    filters: &'r Filters,
    encoder: &'r mut RowEncoder,
    origin: &'r Origin,
    intake: Intake,
}

impl<'r> LinePacker<'r> {
    fn of(
        account: &'r OpenAccount,
        filters: &'r Filters,
        encoder: &'r mut RowEncoder,
        origin: &'r Origin,
    ) -> Self {
        Self { account, filters, encoder, origin, intake: Intake::default() }
    }

    fn pack(&mut self, line: &Line<'_>, packing: &mut Packing) -> Option<Consignment> {
        if line.is_blank() {
            self.intake.blank += 1;
            return None;
        }
        self.intake.lines += 1;
        let (object, origin) = (self.account.object(), self.origin);
        // By reference: an entry is half a kilobyte to move.
        match &self.encoder.parse(line) {
            Ok(entry) => {
                let id = self.encoder.record_id(line);
                if !self.filters.keep(entry, id) {
                    self.intake.filtered += 1;
                    return None;
                }
                let (facts, complete) = packing.append(object, line.offset, |out| {
                    self.encoder.write_row(entry, id, line.offset, origin, out)
                });
                self.intake.count_row(line.offset, facts);
                complete
            }
            Err(reason) => {
                let ((), complete) = packing.append(object, line.offset, |out| {
                    self.encoder.write_quarantined(*reason, line, origin, out);
                });
                self.intake.count_quarantined(line.offset);
                complete
            }
        }
    }
}

impl Drop for LinePacker<'_> {
    fn drop(&mut self) {
        self.account.take_in(&self.intake);
    }
}
