//! Rows to stored bytes, block by block on every core.
//!
//! Gzip is written as one member, because some readers stop after the first: each block is deflated
//! on its own and ends on a byte, so that blocks can be joined. Zstandard is written as one frame a
//! block, which its format allows and every reader of it knows.
//!
//! Source: RFC 1952 (gzip), RFC 1951 3.2.4 (the empty stored block of a sync flush), RFC 8878 3.1
//! (frames).

use flate2::{Compress, Compression as Level, Crc, FlushCompress, Status};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::format::Compression;

/// What stands before, between and after the blocks of one file.
pub(super) struct Envelope {
    compression: Compression,
    /// Of the rows so far, as gzip has it at its end.
    check: Crc,
    empty: bool,
}

/// A block of rows as it is stored.
pub(super) struct Stored {
    pub(super) bytes: Vec<u8>,
    check: Crc,
}

/// Method deflate, no flags, no time, no level told, system unknown.
const GZIP_HEADER: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// An empty last block.
const DEFLATE_END: &[u8] = &[3, 0];

/// Room for what deflate adds to bytes that it cannot compress, in parts of them.
const DEFLATE_ROOM: usize = 1000;

/// Compresses one block; `None` where rows are stored as they are.
pub(super) fn store(compression: Compression, rows: &[u8]) -> Option<Stored> {
    let mut check = Crc::new();
    let bytes = match compression {
        Compression::Plain => return None,
        Compression::Gzip => {
            check.update(rows);
            deflate(rows)
        }
        // Nothing to say is no frame; a file of nothing gets one at its end.
        Compression::Zstd if rows.is_empty() => Vec::new(),
        Compression::Zstd => compress_to_vec(rows, CompressionLevel::Fastest),
    };
    Some(Stored { bytes, check })
}

/// What is stored as it is.
impl From<Vec<u8>> for Stored {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, check: Crc::new() }
    }
}

/// Raw deflate that ends on a byte and not with a last block.
fn deflate(rows: &[u8]) -> Vec<u8> {
    let mut deflate = Compress::new(Level::default(), false);
    let mut bytes = Vec::with_capacity(rows.len() / 4 + DEFLATE_ROOM);
    loop {
        let read = usize::try_from(deflate.total_in()).unwrap_or(usize::MAX);
        let rest = rows.get(read..).unwrap_or_default();
        let status = deflate.compress_vec(rest, &mut bytes, FlushCompress::Sync);
        debug_assert!(matches!(status, Ok(Status::Ok | Status::BufError)), "{status:?}");
        // Room that is left means that all of it was written.
        if bytes.len() < bytes.capacity() {
            return bytes;
        }
        bytes.reserve(rows.len() / DEFLATE_ROOM + DEFLATE_ROOM);
    }
}

impl Envelope {
    pub(super) fn new(compression: Compression) -> Self {
        Self { compression, check: Crc::new(), empty: true }
    }

    /// What the file begins with.
    pub(super) fn begin(&self) -> &'static [u8] {
        match self.compression {
            Compression::Gzip => GZIP_HEADER,
            Compression::Plain | Compression::Zstd => &[],
        }
    }

    /// Takes note of a block that is written.
    pub(super) fn add(&mut self, stored: &Stored) {
        self.empty &= stored.bytes.is_empty();
        self.check.combine(&stored.check);
    }

    /// What the file ends with.
    pub(super) fn end(&self) -> Vec<u8> {
        match self.compression {
            Compression::Gzip => {
                let (sum, amount) = (self.check.sum(), self.check.amount());
                [DEFLATE_END, &sum.to_le_bytes(), &amount.to_le_bytes()].concat()
            }
            Compression::Zstd if self.empty => {
                compress_to_vec([].as_slice(), CompressionLevel::Fastest)
            }
            Compression::Plain | Compression::Zstd => Vec::new(),
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the texts are small")]
mod tests {
    use std::io::Read as _;

    use super::super::zstd::ZstdReader;
    use super::*;

    fn stored(compression: Compression, blocks: &[&[u8]]) -> Vec<u8> {
        let mut envelope = Envelope::new(compression);
        let mut file = envelope.begin().to_vec();
        for rows in blocks {
            let stored = store(compression, rows).unwrap();
            envelope.add(&stored);
            file.extend_from_slice(&stored.bytes);
        }
        [file, envelope.end()].concat()
    }

    fn noise(length: usize) -> Vec<u8> {
        let mut state = 7_u32;
        let next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        std::iter::repeat_with(next).take(length).collect()
    }

    #[test]
    fn blocks_join_to_one_file() {
        let text = b"{\"a\":\"row\"}\n".repeat(30_000);
        let noise = noise(300_000);
        let cases: [&[&[u8]]; 6] =
            [&[], &[b""], &[&text], &[&text, b"", &noise, &text], &[b"x"], &[&noise[..1]]];
        for blocks in cases {
            // The reader of one member: another one behind it would be left out.
            let gzip = stored(Compression::Gzip, blocks);
            #[expect(clippy::disallowed_types, reason = "there is one member only")]
            let mut one_member = flate2::read::GzDecoder::new(gzip.as_slice());
            let mut text = Vec::new();
            one_member.read_to_end(&mut text).unwrap();
            assert!(one_member.into_inner().is_empty());
            assert!(text == blocks.concat());

            let zstd = stored(Compression::Zstd, blocks);
            let mut text = Vec::new();
            ZstdReader::new(zstd.as_slice()).read_to_end(&mut text).unwrap();
            assert!(text == blocks.concat());
            assert!(!zstd.is_empty(), "no frame at all is no file of Zstandard");
        }
        assert!(stored(Compression::Gzip, &[&text]).len() < text.len() / 50);
        assert!(stored(Compression::Zstd, &[&text]).len() < text.len() / 50);
    }
}
