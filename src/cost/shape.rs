//! How large lines and rows are: measured on a log, by making its rows and packing them.

use crate::access_log::lines;
use crate::pack::{Packer, RECORD_TARGET_BYTES_DEFAULT, RecordCompression};
use crate::row::{Origin, RowEncoder, RowOptions};

/// The bucket and key that rows are measured with: of usual length, in the form of S3's own keys.
const BUCKET: &str = "amber-logs";
const KEY: &str = "access-logs/2026-03-14-10-02-11-0123456789ABCDEF";

/// Mean sizes, in bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// A line of log, with its newline.
    pub line_bytes: f64,
    /// A row of JSON, with its newline.
    pub row_bytes: f64,
    /// A row as Firehose gets it: the same, or its share of a gzip member.
    pub stored_bytes: f64,
    /// How records are written.
    pub compression: RecordCompression,
}

/// Measures text that comes in parts.
pub struct ShapeMeter {
    encoder: RowEncoder,
    compression: RecordCompression,
    packer: Packer,
    lines: u64,
    line_bytes: u64,
    row_bytes: u64,
    stored_bytes: u64,
}

impl ShapeMeter {
    /// For rows by these options, in records of that compression.
    #[must_use]
    pub fn new(options: RowOptions, compression: RecordCompression) -> Self {
        Self {
            encoder: RowEncoder::new(options),
            compression,
            packer: Packer::new(RECORD_TARGET_BYTES_DEFAULT, compression),
            lines: 0,
            line_bytes: 0,
            row_bytes: 0,
            stored_bytes: 0,
        }
    }

    /// Takes in whole lines.
    pub fn add(&mut self, text: &[u8]) {
        let origin = Origin::new(Some(BUCKET), KEY);
        for line in lines(text).filter(|line| !line.is_blank()) {
            let mut row_bytes = 0;
            let ((), record) = self.packer.append(0, line.offset, |out| {
                let before = out.len();
                // What became of the line does not matter: a row it is in any case.
                let _ = self.encoder.encode(&line, &origin, out);
                row_bytes = out.len() - before;
            });
            self.lines += 1;
            self.line_bytes += line.bytes.len() as u64 + 1;
            self.row_bytes += row_bytes as u64;
            self.stored_bytes +=
                record.iter().map(|record| record.data().len() as u64).sum::<u64>();
        }
    }

    /// How many lines were seen, without blank ones.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// The means, if there was a line.
    #[must_use]
    pub fn finish(mut self) -> Option<Shape> {
        let last = self.packer.take().map_or(0, |record| record.data().len() as u64);
        let stored_bytes = self.stored_bytes + last;
        let mean = |bytes: u64| as_f64(bytes) / as_f64(self.lines);
        (self.lines > 0).then(|| Shape {
            line_bytes: mean(self.line_bytes),
            row_bytes: mean(self.row_bytes),
            stored_bytes: mean(stored_bytes),
            compression: self.compression,
        })
    }
}

/// A count as a number to calculate with; past 2^53 the last digits do not matter for dollars.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(super) const fn as_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Sample;

    fn shape(compression: RecordCompression, pieces: usize) -> Shape {
        let mut meter = ShapeMeter::new(RowOptions::default(), compression);
        let mut sample = Sample::new(1);
        for _ in 0..pieces {
            let mut text = Vec::new();
            (0..3000 / pieces).for_each(|_| sample.append_line(&mut text));
            meter.add(&text);
        }
        assert_eq!(meter.lines(), 3000);
        meter.finish().unwrap()
    }

    #[test]
    fn plain_records_hold_the_rows_and_gzip_a_fifth_of_them() {
        let plain = shape(RecordCompression::None, 1);
        assert!((plain.stored_bytes - plain.row_bytes).abs() < 1e-9);
        assert!(plain.row_bytes > plain.line_bytes && plain.line_bytes > 500.0, "{plain:?}");
        let gzip = shape(RecordCompression::Gzip, 1);
        assert!((gzip.row_bytes - plain.row_bytes).abs() < 1e-9);
        assert!(gzip.stored_bytes < plain.row_bytes / 4.0, "{gzip:?}");
        assert!(gzip.stored_bytes > plain.row_bytes / 20.0, "{gzip:?}");
    }

    #[test]
    fn parts_measure_as_the_whole_does() {
        let (whole, parts) = (shape(RecordCompression::None, 1), shape(RecordCompression::None, 3));
        assert!((whole.line_bytes - parts.line_bytes).abs() < 1e-9);
        // Offsets begin anew with each part, and are a digit or two shorter.
        assert!((whole.row_bytes - parts.row_bytes).abs() < 2.0, "{whole:?} {parts:?}");
    }

    #[test]
    fn nothing_has_no_shape() {
        assert_eq!(ShapeMeter::new(RowOptions::default(), RecordCompression::None).finish(), None);
    }
}
