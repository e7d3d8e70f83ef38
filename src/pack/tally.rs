//! What rows would cost, without packing them.
//!
//! Counts the records and billed units that [`super::Packer`] makes of the same rows, by finding
//! the ends of records only: a record's worth of rows is stepped over at once. What it does not
//! do: keep a row.

use memchr::{memchr, memrchr};

use super::limits::{RECORD_TARGET_BYTES_DEFAULT, billed_units, whole_units};

/// The size that records are packed up to.
const TARGET_BYTES: usize = whole_units(RECORD_TARGET_BYTES_DEFAULT);

/// The records that rows would be packed into, at the target that is not configured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    complete: u64,
    units: u64,
    /// Bytes of the record under construction.
    open_bytes: usize,
    bytes: u64,
}

impl Tally {
    /// Takes in whole rows, each of which ends in a newline.
    pub fn add(&mut self, mut rows: &[u8]) {
        self.bytes += rows.len() as u64;
        while !rows.is_empty() {
            let room = TARGET_BYTES.saturating_sub(self.open_bytes);
            if rows.len() <= room {
                self.open_bytes += rows.len();
                return;
            }
            let fitting = rows.get(..room).and_then(|rows| memrchr(b'\n', rows));
            let taken = match fitting {
                Some(newline) => newline + 1,
                // Not even one: it begins the next record, alone when it is over the target.
                None if self.open_bytes == 0 => memchr(b'\n', rows).map_or(rows.len(), |at| at + 1),
                None => 0,
            };
            self.open_bytes += taken;
            self.close();
            rows = rows.get(taken..).unwrap_or_default();
        }
    }

    fn close(&mut self) {
        self.complete += 1;
        self.units += billed_units(self.open_bytes);
        self.open_bytes = 0;
    }

    /// Bytes of all rows.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Records, the one under construction included.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.complete + u64::from(self.open_bytes > 0)
    }

    /// Units of 5 KB that Firehose bills for the records.
    #[must_use]
    pub fn billed_units(&self) -> u64 {
        self.units + billed_units(self.open_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Packer, Record};
    use super::*;

    /// Rows of these lengths, newline included.
    fn rows(lengths: impl Iterator<Item = usize>) -> Vec<Vec<u8>> {
        lengths.map(|length| [vec![b'x'; length - 1], b"\n".to_vec()].concat()).collect()
    }

    fn packed(rows: &[Vec<u8>]) -> (u64, u64) {
        let mut packer =
            Packer::new(RECORD_TARGET_BYTES_DEFAULT, super::super::RecordCompression::None);
        let mut records = Vec::new();
        for row in rows {
            records.extend(packer.append(0, 0, |out| out.extend_from_slice(row)).1);
        }
        records.extend(packer.take());
        let units = records.iter().map(|record: &Record| billed_units(record.data().len())).sum();
        (records.len() as u64, units)
    }

    #[test]
    fn counts_what_the_packer_packs_however_the_rows_come() {
        let target = TARGET_BYTES;
        let uneven = (1..4000).map(|number| 100 + number * 7919 % 2400);
        for rows in [
            rows(uneven),
            rows([target, target, 1].into_iter()),
            rows([target - 1, 1, 1].into_iter()),
            rows([10, target + 10, target + 1, 5].into_iter()),
            rows([target + 1].into_iter()),
            rows([5_120, 5_121].into_iter()),
            Vec::new(),
        ] {
            for rows_at_once in [1, 7, 5000] {
                let mut tally = Tally::default();
                rows.chunks(rows_at_once).for_each(|some| tally.add(&some.concat()));
                assert_eq!((tally.records(), tally.billed_units()), packed(&rows));
                assert_eq!(tally.bytes(), rows.concat().len() as u64);
            }
        }
    }
}
