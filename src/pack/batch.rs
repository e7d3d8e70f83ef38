//! Records into `PutRecordBatch` calls, or into files.
//!
//! What it does not do: reorder or split records; a batch is the records in the order they came.

use super::limits::{BATCH_BYTES_MAX, BATCH_RECORDS_MAX, RECORD_BYTES_MAX};
use super::record::Record;

const _: () = assert!(RECORD_BYTES_MAX <= BATCH_BYTES_MAX, "a record always fits a batch");

/// How much a batch holds at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchSize {
    /// A call of so many raw bytes, held to what Firehose takes: [`BATCH_BYTES_MAX`] and
    /// [`BATCH_RECORDS_MAX`].
    Call(usize),
    /// A file of so many raw bytes, which Firehose never sees.
    File(usize),
}

impl BatchSize {
    /// The most bytes.
    #[must_use]
    pub fn bytes(self) -> usize {
        self.limits().0
    }

    /// The most bytes and the most records.
    fn limits(self) -> (usize, usize) {
        match self {
            Self::Call(bytes) => (bytes.min(BATCH_BYTES_MAX), BATCH_RECORDS_MAX),
            Self::File(bytes) => (bytes, usize::MAX),
        }
    }
}

/// The records of one call or file: at least one, together within its [`BatchSize`].
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

    fn has_room_for(&self, record: &Record, (bytes_max, records_max): (usize, usize)) -> bool {
        let fits = self.bytes + record.data().len() <= bytes_max;
        self.records.is_empty() || (fits && self.records.len() < records_max)
    }
}

/// Collects records into batches.
#[derive(Debug)]
pub struct Batcher {
    open: Batch,
    size: BatchSize,
}

impl Batcher {
    /// A batcher for batches of that size; a larger single record makes one of its own.
    #[must_use]
    pub fn new(size: BatchSize) -> Self {
        Self { open: Batch::default(), size }
    }

    /// Takes a record and returns the batch that became complete because the record no longer
    /// fitted into it.
    ///
    /// # Panics
    /// When the record is over [`RECORD_BYTES_MAX`], which no packer makes.
    pub fn push(&mut self, record: Record) -> Option<Batch> {
        assert!(record.data().len() <= RECORD_BYTES_MAX, "rows are clipped below a record's limit");
        let room = self.open.has_room_for(&record, self.size.limits());
        let complete = if room { None } else { self.take() };
        self.open.push(record);
        complete
    }

    /// The open batch, complete or not; `None` when it has no records.
    pub fn take(&mut self) -> Option<Batch> {
        let batch = std::mem::take(&mut self.open);
        let (bytes_max, records_max) = self.size.limits();
        let alone = batch.records.len() == 1;
        debug_assert!(alone || batch.bytes <= bytes_max, "counted on the way in");
        debug_assert!(batch.records.len() <= records_max, "counted on the way in");
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
        let mut batcher = Batcher::new(BatchSize::Call(BATCH_BYTES_MAX));
        for _ in 0..BATCH_RECORDS_MAX {
            assert_eq!(batcher.push(record(10)), None);
        }
        assert_eq!(batcher.push(record(10)).unwrap().records().len(), BATCH_RECORDS_MAX);
        assert_eq!(batcher.take().unwrap().records().len(), 1);
        assert_eq!(batcher.take(), None);
    }

    #[test]
    fn a_batch_may_be_exactly_full_of_bytes_and_no_more() {
        let mut batcher = Batcher::new(BatchSize::Call(BATCH_BYTES_MAX));
        assert_eq!(batcher.push(record(1_000_000)), None);
        assert_eq!(batcher.push(record(1_000_000)), None);
        assert_eq!(batcher.push(record(1_000_000)), None);
        assert_eq!(batcher.push(record(2)).unwrap().bytes(), BATCH_BYTES_MAX);
    }

    #[test]
    fn a_file_is_bounded_by_its_bytes_alone() {
        let (count, bytes) = (2 * BATCH_RECORDS_MAX, 20_000);
        let mut batcher = Batcher::new(BatchSize::File(count * bytes));
        for _ in 0..count {
            assert_eq!(batcher.push(record(bytes)), None);
        }
        assert!(count * bytes > BATCH_BYTES_MAX);
        assert_eq!(batcher.push(record(2)).unwrap().records().len(), count);
    }

    #[test]
    fn a_partial_failure_leaves_the_failed_positions() {
        let mut batcher = Batcher::new(BatchSize::Call(BATCH_BYTES_MAX));
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
