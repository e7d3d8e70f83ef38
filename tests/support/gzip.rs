//! Gzip, the writing side.
#![expect(clippy::unwrap_used, reason = "memory can be written")]

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

/// One member.
pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}
