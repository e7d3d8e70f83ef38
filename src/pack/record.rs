//! Rows into records.
//!
//! A row is written straight into the record under construction. When it turns out not to fit under
//! the target, it moves to the next record: one row is copied for each record, not each row once. A
//! record that is compressed is complete when what is written of it has reached the target.
//!
//! What it does not do: look into rows, beyond asserting that each ends in a newline.

use super::compression::{Member, RecordCompression};
use super::limits::{MEMBER_TARGET_BYTES_MAX, RECORD_BYTES_MAX, whole_units};

/// The position of an object in its invocation: the key of every per-object count.
pub type ObjectIndex = usize;

/// The part of a record that belongs to one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Whose rows.
    pub object: ObjectIndex,
    /// How many rows of that object the record carries. Never 0.
    pub rows: u64,
    /// The offset, in bytes of the object's text, of the first line among them. When the record is
    /// lost, reading the object again from here loses nothing.
    pub first_offset: u64,
}

/// One Firehose record: whole rows, each ending in a newline, and who they belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    data: Vec<u8>,
    shares: Vec<Share>,
}

impl Record {
    /// The rows, as Firehose is to receive them (before base64): as they are, or as a gzip member.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// Which objects' rows these are. Never empty; an object occurs once.
    #[must_use]
    pub fn shares(&self) -> &[Share] {
        &self.shares
    }

    /// How many rows the record carries.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.shares.iter().map(|share| share.rows).sum()
    }
}

/// Packs rows of any number of objects into records of at most `target_bytes`.
#[derive(Debug)]
pub struct Packer {
    target_bytes: usize,
    /// The record under construction, or as much of it as is not compressed yet: complete rows up to
    /// `committed`, nothing behind it between calls, unless a row's encoder panicked, whose remains
    /// the next call removes.
    data: Vec<u8>,
    committed: usize,
    /// The record under construction, where records are compressed.
    member: Option<Member>,
    shares: Vec<Share>,
}

/// Rows of so many bytes are compressed at once.
const COMPRESSED_AT_ONCE_BYTES: usize = 32 * 1024;

impl Packer {
    /// A packer for records of at most `target_bytes` each; a larger single row makes a record of
    /// its own. `target_bytes` is held to [`RECORD_BYTES_MAX`] and, as bytes are billed in units, is
    /// rounded down to a whole number of them. With gzip the target is where a record is complete:
    /// it may be over it by what the compressor held back.
    #[must_use]
    pub fn new(target_bytes: usize, compression: RecordCompression) -> Self {
        let target_bytes = target_bytes.min(RECORD_BYTES_MAX);
        let (target_bytes, member) = match compression {
            RecordCompression::None => (target_bytes, None),
            RecordCompression::Gzip => {
                (target_bytes.min(MEMBER_TARGET_BYTES_MAX), Some(Member::new()))
            }
        };
        let target_bytes = whole_units(target_bytes);
        Self { target_bytes, data: Vec::new(), committed: 0, member, shares: Vec::new() }
    }

    /// Lets `write` append one row, or nothing, of `object` and returns what it returned, with the
    /// record that became complete because the row no longer fitted into it.
    ///
    /// `offset` is where the row's line starts in the object. `write` only ever appends; a row ends
    /// in a newline.
    pub fn append<T>(
        &mut self,
        object: ObjectIndex,
        offset: u64,
        write: impl FnOnce(&mut Vec<u8>) -> T,
    ) -> (T, Option<Record>) {
        // What a panicking writer left behind must not become part of a row.
        self.data.truncate(self.committed);
        self.reserve();
        let start = self.committed;
        let outcome = write(&mut self.data);
        debug_assert!(self.data.len() >= start, "a writer only appends");
        if self.data.len() <= start {
            return (outcome, None);
        }
        debug_assert_eq!(self.data.last(), Some(&b'\n'), "a row ends in a newline");
        if self.member.is_some() {
            self.committed = self.data.len();
            self.count(object, offset);
            return (outcome, self.compress());
        }
        let complete = (start > 0 && self.data.len() > self.target_bytes).then(|| {
            let row = self.data.split_off(start);
            let record = self.take();
            self.reserve();
            self.data.extend_from_slice(&row);
            record
        });
        self.committed = self.data.len();
        self.count(object, offset);
        (outcome, complete.flatten())
    }

    /// The record under construction, complete or not; `None` when it has no rows.
    pub fn take(&mut self) -> Option<Record> {
        self.data.truncate(self.committed);
        self.committed = 0;
        let shares = std::mem::take(&mut self.shares);
        if shares.is_empty() {
            return None;
        }
        let data = match &mut self.member {
            None => std::mem::take(&mut self.data),
            Some(member) => {
                member.add(&self.data);
                self.data.clear();
                member.finish()
            }
        };
        debug_assert!(!data.is_empty(), "shares have rows");
        Some(Record { data, shares })
    }

    /// Compresses the rows that wait for it, if they are enough, and gives the record if it is
    /// complete then.
    fn compress(&mut self) -> Option<Record> {
        let member = self.member.as_mut()?;
        if self.committed < COMPRESSED_AT_ONCE_BYTES {
            return None;
        }
        member.add(&self.data);
        self.data.clear();
        self.committed = 0;
        (member.written() >= self.target_bytes).then(|| self.take()).flatten()
    }

    /// Room for a whole record at once, so that it does not grow by doubling; an eighth above the
    /// target holds the row that turns out not to fit.
    fn reserve(&mut self) {
        if self.data.capacity() == 0 {
            let bytes = if self.member.is_some() {
                2 * COMPRESSED_AT_ONCE_BYTES
            } else {
                self.target_bytes + self.target_bytes / 8
            };
            self.data.reserve_exact(bytes);
        }
    }

    fn count(&mut self, object: ObjectIndex, offset: u64) {
        // The last share is nearly always the one: objects are read a chunk at a time.
        match self.shares.iter_mut().rev().find(|share| share.object == object) {
            Some(share) => {
                share.rows += 1;
                // An object that is read again from its start may meet its own earlier rows here.
                share.first_offset = share.first_offset.min(offset);
            }
            None => self.shares.push(Share { object, rows: 1, first_offset: offset }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(packer: &mut Packer, object: ObjectIndex, row: &str) -> Option<Record> {
        packer.append(object, 0, |out| out.extend_from_slice(row.as_bytes())).1
    }

    #[test]
    fn the_row_that_does_not_fit_opens_the_next_record() {
        let mut packer = Packer::new(8, RecordCompression::None);
        assert_eq!(put(&mut packer, 0, "aaa\n"), None);
        // Exactly full is still one record: the limit is "at most".
        assert_eq!(put(&mut packer, 0, "bbb\n"), None);
        let first = put(&mut packer, 0, "c\n").map(|record| record.data);
        assert_eq!(first.as_deref(), Some(b"aaa\nbbb\n".as_slice()));
        assert_eq!(packer.take().map(|record| record.data).as_deref(), Some(b"c\n".as_slice()));
        assert_eq!(packer.take(), None);
    }

    #[test]
    fn a_row_over_the_target_is_a_record_of_its_own() {
        let mut packer = Packer::new(4, RecordCompression::None);
        assert_eq!(put(&mut packer, 0, "0123456789\n"), None);
        assert_eq!(put(&mut packer, 0, "b\n").map(|record| record.data.len()), Some(11));
        assert_eq!(packer.take().map(|record| record.data.len()), Some(2));
    }

    #[test]
    fn shares_tell_the_objects_apart() {
        let mut packer = Packer::new(1024, RecordCompression::None);
        for (object, offset) in [(3, 100), (5, 0), (3, 200), (5, 7)] {
            let ((), full) = packer.append(object, offset, |out| out.extend_from_slice(b"r\n"));
            assert_eq!(full, None);
        }
        let shares = packer.take().map(|record| record.shares);
        let expected = vec![
            Share { object: 3, rows: 2, first_offset: 100 },
            Share { object: 5, rows: 2, first_offset: 0 },
        ];
        assert_eq!(shares, Some(expected));
    }

    #[test]
    fn nothing_written_is_no_row() {
        let mut packer = Packer::new(1024, RecordCompression::None);
        assert_eq!(packer.append(0, 0, |_| ()), ((), None));
        assert_eq!(packer.take(), None);
    }

    #[test]
    fn remains_of_a_panicking_writer_are_removed() {
        let mut packer = Packer::new(1024, RecordCompression::None);
        put(&mut packer, 0, "a\n");
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            packer.append(1, 0, |out| {
                out.extend_from_slice(b"half a r");
                std::panic::resume_unwind(Box::new(()));
            });
        }));
        assert!(caught.is_err());
        put(&mut packer, 2, "b\n");
        let record = packer.take();
        assert_eq!(record.as_ref().map(Record::data), Some(b"a\nb\n".as_slice()));
        assert_eq!(record.map(|record| record.rows()), Some(2));
    }

    #[test]
    fn a_target_is_a_whole_number_of_billed_units() {
        for (target, units) in [(262_144, 51), (5_120, 1), (5_121, 1), (1_024_000, 200)] {
            assert_eq!(Packer::new(target, RecordCompression::None).target_bytes, units * 5_120);
        }
    }

    /// Rows that compress about as well as real ones.
    fn row(number: u64) -> String {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("{{\"record_id\":\"{mixed:032x}\",\"key\":\"a/{number}\",\"http_status\":200}}\n")
    }

    #[test]
    fn compressed_records_are_filled_by_what_they_take_and_hold_all_rows() {
        let mut packer = Packer::new(20_480, RecordCompression::Gzip);
        let mut records = Vec::new();
        for number in 0..20_000 {
            let object = usize::try_from(number % 3).unwrap();
            records.extend(packer.append(object, number, |out| out.extend(row(number).bytes())).1);
        }
        records.extend(packer.take());
        assert_eq!(packer.take(), None);
        assert_eq!(records.iter().map(Record::rows).sum::<u64>(), 20_000);
        let (last, full) = records.split_last().unwrap();
        assert!(full.len() > 5 && !last.data().is_empty());
        assert!(full.iter().all(|record| record.data().len() >= 20_480));
        // Each alone, as COPY reads a file.
        let mut rows = Vec::new();
        for record in &records {
            assert!(record.data().len() <= RECORD_BYTES_MAX);
            rows.extend(expanded(record.data()));
        }
        assert_eq!(
            rows,
            (0..20_000).flat_map(|number| row(number).into_bytes()).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_compressed_record_of_rows_that_do_not_shrink_fits_firehose() {
        let mut noise = 7_u64;
        let mut packer = Packer::new(RECORD_BYTES_MAX, RecordCompression::Gzip);
        let mut records = Vec::new();
        for _ in 0..12 {
            let write = |out: &mut Vec<u8>| {
                for _ in 1..crate::row::ROW_BYTES_MAX {
                    noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    out.push(noise.to_be_bytes()[0]);
                }
                out.push(b'\n');
            };
            records.extend(packer.append(0, 0, write).1);
        }
        records.extend(packer.take());
        assert!(records.len() > 5);
        assert!(records.iter().all(|record| record.data().len() <= RECORD_BYTES_MAX));
    }

    #[expect(clippy::disallowed_methods, reason = "one small member")]
    fn expanded(member: &[u8]) -> Vec<u8> {
        let mut rows = Vec::new();
        let mut decoder = flate2::bufread::GzDecoder::new(member);
        std::io::Read::read_to_end(&mut decoder, &mut rows).unwrap();
        rows
    }
}
