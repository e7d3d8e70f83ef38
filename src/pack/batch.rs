//! Records into `PutRecordBatch` calls.
//!
//! What it does not do: reorder or split records; a batch is the records in the order they came.

use super::limits::{BATCH_BYTES_MAX, BATCH_RECORDS_MAX, RECORD_BYTES_MAX};
use super::record::Record;

const _: () = assert!(RECORD_BYTES_MAX <= BATCH_BYTES_MAX, "a record always fits a batch");

/// The records of one call: at least one, at most [`BATCH_RECORDS_MAX`], together at most
/// [`BATCH_BYTES_MAX`] raw bytes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Batch {
    records: Vec<Record>,
    bytes: usize,
}

impl Batch {
    /// The records, in the order of the call.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The raw bytes of all records, before base64.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Keeps the records at whose position `keep` is true: what is left to send after a partial failure.
    pub fn retain(&mut self, mut keep: impl FnMut(usize) -> bool) {
        let mut position = 0;
        self.records.retain(|_| {
            let kept = keep(position);
            position += 1;
            kept
        });
        self.bytes = self.records.iter().map(|record| record.data().len()).sum();
    }

    fn push(&mut self, record: Record) {
        self.bytes += record.data().len();
        self.records.push(record);
    }

    fn has_room_for(&self, record: &Record, bytes_max: usize) -> bool {
        let fits = self.bytes + record.data().len() <= bytes_max;
        self.records.is_empty() || (fits && self.records.len() < BATCH_RECORDS_MAX)
    }
}

/// Collects records into batches.
#[derive(Debug)]
pub struct Batcher {
    open: Batch,
    bytes_max: usize,
}

impl Batcher {
    /// A batcher for calls of at most `bytes_max` raw bytes, held to [`BATCH_BYTES_MAX`]; a larger
    /// single record makes a call of its own.
    #[must_use]
    pub fn new(bytes_max: usize) -> Self {
        Self { open: Batch::default(), bytes_max: bytes_max.min(BATCH_BYTES_MAX) }
    }

    /// Takes a record and returns the batch that became complete because the record no longer
    /// fitted into it.
    ///
    /// # Panics
    /// When the record is over [`RECORD_BYTES_MAX`], which no packer makes.
    pub fn push(&mut self, record: Record) -> Option<Batch> {
        assert!(record.data().len() <= RECORD_BYTES_MAX, "rows are clipped below a record's limit");
        let room = self.open.has_room_for(&record, self.bytes_max);
        let complete = if room { None } else { self.take() };
        self.open.push(record);
        complete
    }

    /// The open batch, complete or not; `None` when it has no records.
    pub fn take(&mut self) -> Option<Batch> {
        let batch = std::mem::take(&mut self.open);
        debug_assert!(batch.bytes <= BATCH_BYTES_MAX, "counted on the way in");
        debug_assert!(batch.records.len() <= BATCH_RECORDS_MAX, "counted on the way in");
        (!batch.records.is_empty()).then_some(batch)
    }
}

#[cfg(test)]
mod tests {

    use super::super::compression::RecordCompression;
    use super::super::limits::billed_units;
    use super::super::record::Packer;
    use super::*;

    fn record(bytes: usize) -> Record {
        let mut packer = Packer::new(bytes, RecordCompression::None);
        packer.append(0, 0, |out| {
            out.resize(bytes - 1, b'x');
            out.push(b'\n');
        });
        packer.take().unwrap()
    }

    #[test]
    fn the_501st_record_opens_the_next_batch() {
        let mut batcher = Batcher::new(BATCH_BYTES_MAX);
        for _ in 0..BATCH_RECORDS_MAX {
            assert_eq!(batcher.push(record(10)), None);
        }
        assert_eq!(batcher.push(record(10)).unwrap().records().len(), BATCH_RECORDS_MAX);
        assert_eq!(batcher.take().unwrap().records().len(), 1);
        assert_eq!(batcher.take(), None);
    }

    #[test]
    fn a_batch_may_be_exactly_full_of_bytes_and_no_more() {
        let mut batcher = Batcher::new(BATCH_BYTES_MAX);
        assert_eq!(batcher.push(record(1_000_000)), None);
        assert_eq!(batcher.push(record(1_000_000)), None);
        assert_eq!(batcher.push(record(1_000_000)), None);
        assert_eq!(batcher.push(record(2)).unwrap().bytes(), BATCH_BYTES_MAX);
    }

    #[test]
    fn a_partial_failure_leaves_the_failed_positions() {
        let mut batcher = Batcher::new(BATCH_BYTES_MAX);
        for bytes in [10, 20, 30, 40] {
            batcher.push(record(bytes));
        }
        let mut batch = batcher.take().unwrap();
        batch.retain(|position| position % 2 == 1);
        let left: Vec<usize> = batch.records().iter().map(|record| record.data().len()).collect();
        assert_eq!((left, batch.bytes()), (vec![20, 40], 60));
    }

    #[test]
    fn billing_rounds_each_record_up() {
        assert_eq!([0, 1, 5_120, 5_121, 262_144].map(billed_units), [0, 1, 1, 2, 52]);
    }
}
