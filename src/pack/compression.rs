//! How a record is written: as rows, or as one gzip member that holds them.

use std::str::FromStr;

use flate2::{Compress, Compression, Crc, FlushCompress};

use crate::row::SettingError;

/// Whether records are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecordCompression {
    /// `none`: the rows as they are.
    #[default]
    None,
    /// `gzip`: each record is one gzip member. Firehose joins records to files as they are, so COPY
    /// has to read files of many members; whether it does is not documented.
    Gzip,
}

impl FromStr for RecordCompression {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        match text {
            "none" | "off" => Ok(Self::None),
            "gzip" => Ok(Self::Gzip),
            _ => Err(SettingError::new("must be none or gzip")),
        }
    }
}

/// Of zlib's 1 to 9, measured on rows of the sample: bytes a row and seconds a GB of log are 230 and 11
/// at 1, 171 and 22 at 4, 162 and 27 at 5, 161 and 42 at 6. Up to 5 the bytes that a level saves cost
/// more at Firehose than its seconds at Lambda.
const LEVEL: u32 = 5;

/// RFC 1952: deflate, no flags, no time, an unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// Check sum and length at the end of a member.
const TRAILER_BYTES: usize = 8;

/// The most that deflate keeps to itself before it writes, compressed: 16,384 symbols of a block, 48
/// bits each at the worst.
const HELD_BYTES_MAX: usize = 98_304;

/// What a member of at most `written` bytes can grow to when a row of `row` bytes is added and it is
/// ended: deflate stores what does not shrink, with 5 bytes for each block of some 16 KB.
pub(super) const fn member_bytes_max(written: usize, row: usize) -> usize {
    written + HELD_BYTES_MAX + row + row / 1024 + HEADER.len() + TRAILER_BYTES + 1024
}

/// A gzip member under construction. The state of the compressor is kept from member to member.
#[derive(Debug)]
pub(super) struct Member {
    compress: Compress,
    sum: Crc,
    written: Vec<u8>,
}

impl Member {
    pub(super) fn new() -> Self {
        let compress = Compress::new(Compression::new(LEVEL), false);
        Self { compress, sum: Crc::new(), written: Vec::new() }
    }

    /// The bytes written so far; some of what was added may not be among them yet.
    pub(super) fn written(&self) -> usize {
        self.written.len()
    }

    /// Adds whole rows.
    pub(super) fn add(&mut self, rows: &[u8]) {
        if self.written.is_empty() {
            self.written.extend_from_slice(&HEADER);
        }
        self.sum.update(rows);
        self.deflate(rows, FlushCompress::None);
    }

    /// Ends the member and gives its bytes.
    pub(super) fn finish(&mut self) -> Vec<u8> {
        self.deflate(&[], FlushCompress::Finish);
        self.written.extend_from_slice(&self.sum.sum().to_le_bytes());
        self.written.extend_from_slice(&self.sum.amount().to_le_bytes());
        self.compress.reset();
        self.sum.reset();
        std::mem::take(&mut self.written)
    }

    fn deflate(&mut self, mut rows: &[u8], flush: FlushCompress) {
        const ROOM_BYTES: usize = 16 * 1024;
        loop {
            // Into spare capacity, which is not written before.
            self.written.reserve(ROOM_BYTES);
            let (taken, given) = (self.compress.total_in(), self.compress.total_out());
            let status = self.compress.compress_vec(rows, &mut self.written, flush);
            let taken = usize::try_from(self.compress.total_in() - taken).unwrap_or(usize::MAX);
            rows = rows.get(taken..).unwrap_or_default();
            let idle = taken == 0 && self.compress.total_out() == given;
            let ended = matches!(status, Ok(flate2::Status::StreamEnd) | Err(_));
            // With room to write, deflate stops for want of input alone.
            let full = self.written.len() == self.written.capacity();
            let wants_input = flush as u8 == FlushCompress::None as u8 && rows.is_empty() && !full;
            if ended || wants_input || idle {
                debug_assert!(rows.is_empty(), "deflate takes everything");
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "one small member")]
    fn expanded(member: &[u8]) -> Vec<u8> {
        let mut rows = Vec::new();
        let mut decoder = flate2::bufread::GzDecoder::new(member);
        decoder.read_to_end(&mut rows).unwrap();
        assert!(decoder.into_inner().is_empty(), "one member and nothing else");
        rows
    }

    #[test]
    fn members_hold_what_was_added_one_after_the_other() {
        let mut member = Member::new();
        for seed in 0..3_u32 {
            let mut noise = seed;
            let rows: Vec<Vec<u8>> = (0..300_usize)
                .map(|row| {
                    let mut bytes = || {
                        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        noise.to_be_bytes()[0]
                    };
                    (0..row * 7).map(|_| bytes()).collect()
                })
                .collect();
            let mut longest = 0;
            for row in &rows {
                let bound = member_bytes_max(member.written(), row.len());
                member.add(row);
                longest = longest.max(member.written());
                assert!(member.written() <= bound);
            }
            let finished = member.finish();
            assert!(finished.len() <= member_bytes_max(longest, 0), "what is held is bounded");
            assert_eq!(expanded(&finished), rows.concat());
        }
        assert_eq!(expanded(&member.finish_of(b"a\n")), b"a\n");
    }

    impl Member {
        fn finish_of(&mut self, rows: &[u8]) -> Vec<u8> {
            self.add(rows);
            self.finish()
        }
    }
}
