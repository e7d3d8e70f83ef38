//! Some objects in a row, read and staged.
//!
//! The pipeline reads as the function does; the stream of its objects ends where the portion is full.
//! Invariant: every key up to the place of a portion was staged, left out, or is among those that
//! failed.

use std::cell::RefCell;
use std::sync::Arc;

use futures_util::{Stream, stream};

use super::error::CopyError;
use super::files::Files;
use super::receipts::Receipts;
use crate::operate::backfill::counts::Counts;
use crate::operate::backfill::journal::Begun;
use crate::operate::backfill::prepared::{FailedObject, StagedFile};
use crate::operate::keys::{Key, Keys, KeysError, Place};
use crate::operate::select::{Choice, Selection};
use crate::pipeline::{
    Budget, Invocation, ObjectErrorKind, ObjectOutcome, Pipeline, Settings, Settled, ledger_line,
};
use crate::ports::{Cause, ObjectSource, ObjectTask, ObjectWriter};

/// Rows of gzipped objects are many times their stored bytes; those of plain ones are less than this.
const ROWS_A_STORED_BYTE: u64 = 2;

/// How much a portion holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortionSize {
    /// The most objects.
    pub objects: u64,
    /// The most stored bytes, or twice as many bytes of rows, give or take what is under way.
    pub bytes: u64,
}

/// How far copying is: what was read by now, that which is not loaded yet included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Objects that were read to their end, or failed.
    pub objects: u64,
    /// Their stored bytes, as far as known.
    pub bytes: u64,
    /// Rows of those that were read.
    pub rows: u64,
}

impl Progress {
    /// As far as an earlier run came.
    pub(super) fn of(begun: &Begun) -> Self {
        let Begun { counts, copied, .. } = begun;
        Self { objects: counts.objects, bytes: counts.bytes, rows: copied.rows }
    }

    pub(super) fn add(&mut self, settled: &Settled) {
        self.objects += 1;
        let Some(receipt) = &settled.receipt else { return };
        self.bytes += receipt.object_bytes.unwrap_or_default();
        self.rows += receipt.lines.map_or(0, |lines| lines.typed + lines.quarantined);
    }
}

/// What came of a portion.
#[derive(Debug, Default)]
pub(super) struct Portion {
    /// Where the last key stands; `None` where there was no key.
    pub(super) place: Option<Place>,
    pub(super) counts: Counts,
    pub(super) files: Vec<StagedFile>,
    pub(super) quarantined: u64,
    pub(super) filtered: u64,
    pub(super) failed: Vec<FailedObject>,
    /// Lines of the ledger.
    pub(super) receipts: Option<Receipts>,
    pub(super) is_last: bool,
}

/// Keys one by one, over the borders of pages and portions.
pub(super) struct Cursor<'k, K> {
    keys: &'k mut K,
    page: std::vec::IntoIter<Key>,
    index: usize,
    is_last: bool,
}

impl<'k, K: Keys> Cursor<'k, K> {
    pub(super) fn new(keys: &'k mut K) -> Self {
        Self { keys, page: Vec::new().into_iter(), index: 0, is_last: false }
    }

    async fn next(&mut self) -> Result<Option<(Key, Place)>, KeysError> {
        loop {
            if let Some(key) = self.page.next() {
                let place = self.keys.place(self.index, &key);
                self.index += 1;
                return Ok(Some((key, place)));
            }
            let Some(page) = self.keys.next_page().await? else {
                self.is_last = true;
                return Ok(None);
            };
            (self.page, self.index) = (page.into_iter(), 0);
        }
    }
}

/// What a portion is made with.
pub(super) struct Reading<'r, W> {
    pub(super) bucket: &'r str,
    pub(super) selection: Selection,
    pub(super) size: PortionSize,
    pub(super) files: Arc<Files<W>>,
    pub(super) settings: Settings,
    /// Objects in a row that may fail before it is given up.
    pub(super) failures_max: u64,
    /// Stands for the settings in the lines of the ledger; `None` without one.
    pub(super) receipts: Option<&'r str>,
    pub(super) now_unix_s: i64,
}

/// What is known while it is read.
#[derive(Default)]
struct Known {
    portion: Portion,
    in_a_row: u64,
    error: Option<CopyError>,
}

impl<W: ObjectWriter> Reading<'_, W> {
    /// Reads and stages the next portion. `told` hears of every object.
    pub(super) async fn read<S: ObjectSource, K: Keys>(
        &self,
        source: &Arc<S>,
        cursor: &mut Cursor<'_, K>,
        mut told: impl FnMut(&Settled),
    ) -> Result<Portion, CopyError> {
        let known = RefCell::new(Known::default());
        let pipeline =
            Pipeline::new(Arc::clone(source), Arc::clone(&self.files), self.settings.clone());
        let (seed, now_unix_s) = (self.now_unix_s.unsigned_abs(), self.now_unix_s);
        let invocation = Invocation { budget: Budget::unlimited(), seed, now_unix_s };
        let report = |settled: Settled| {
            self.settled(&settled, &mut known.borrow_mut());
            told(&settled);
        };
        pipeline.run(self.tasks(cursor, &known), invocation, report).await;
        let Known { mut portion, error, .. } = known.into_inner();
        // That rows could not be written is the reason behind all that failed.
        portion.files = self.files.finish()?;
        if let Some(error) = error {
            return Err(error);
        }
        // They come as they are settled.
        portion.failed.sort_by(|one, other| one.key.cmp(&other.key));
        portion.is_last = cursor.is_last;
        Ok(portion)
    }

    /// The objects that are meant, until the portion is full.
    fn tasks<'t, K: Keys>(
        &'t self,
        cursor: &'t mut Cursor<'_, K>,
        known: &'t RefCell<Known>,
    ) -> impl Stream<Item = ObjectTask> + 't {
        stream::unfold(cursor, async move |cursor| {
            loop {
                if self.is_full(&known.borrow()) {
                    return None;
                }
                let (key, place) = match cursor.next().await {
                    Ok(next) => next?,
                    Err(error) => {
                        known.borrow_mut().error.get_or_insert(error.into());
                        return None;
                    }
                };
                let portion = &mut known.borrow_mut().portion;
                let choice = self.selection.choose(&key.key, key.size, key.is_archived);
                portion.counts.add(choice, &key);
                portion.place = Some(place);
                if choice == Choice::Take {
                    return Some((ObjectTask::whole(self.bucket, key.key), cursor));
                }
            }
        })
    }

    fn is_full(&self, known: &Known) -> bool {
        let Counts { objects, bytes, .. } = known.portion.counts;
        objects >= self.size.objects
            || bytes >= self.size.bytes
            || self.files.row_bytes() >= self.size.bytes.saturating_mul(ROWS_A_STORED_BYTE)
            || known.error.is_some()
            || self.files.has_failed()
    }

    fn settled(&self, settled: &Settled, known: &mut Known) {
        let failed = match &settled.outcome {
            ObjectOutcome::Done => {
                known.in_a_row = 0;
                self.done(settled, &mut known.portion);
                return;
            }
            ObjectOutcome::Missing => ("there is no such object (any more)".to_owned(), true),
            ObjectOutcome::Unfinished(_) => ("it was not read to its end".to_owned(), false),
            ObjectOutcome::Failed(error) => {
                if counts(&error.kind) {
                    known.in_a_row += 1;
                }
                (error.kind.to_string(), false)
            }
        };
        let (key, (reason, is_missing)) = (settled.task.key.clone(), failed);
        if known.in_a_row >= self.failures_max && known.error.is_none() {
            let (in_a_row, bucket) = (known.in_a_row, self.bucket.to_owned());
            let (key, why) = (key.clone(), reason.clone());
            known.error = Some(CopyError::Unreadable { in_a_row, bucket, key, why });
        }
        known.portion.failed.push(FailedObject { key, reason, is_missing });
    }

    fn done(&self, settled: &Settled, portion: &mut Portion) {
        if let Some(lines) = settled.receipt.as_ref().and_then(|receipt| receipt.lines) {
            portion.quarantined += lines.quarantined;
            portion.filtered += lines.filtered;
        }
        let line = self.receipts.and_then(|name| ledger_line(settled, self.now_unix_s, name));
        if let Some(line) = line {
            let receipts = portion.receipts.get_or_insert_default();
            // Writing into memory does not fail.
            receipts.add(&line.to_string()).unwrap_or_default();
        }
    }
}

/// Whether the next object may well fail for the same reason: a right that is missing, a line that is
/// down. What is wrong with an object itself says nothing of others.
fn counts(kind: &ObjectErrorKind) -> bool {
    match kind {
        ObjectErrorKind::Unreadable(_) => true,
        ObjectErrorKind::AccessRejected(rejection) => rejection.cause != Cause::Archived,
        _ => false,
    }
}
