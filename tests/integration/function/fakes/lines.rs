//! Made-up logs, and the lines they are to arrive as.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use logferry::access_log::lines;
use logferry::row::RecordId;
use logferry::sample::Sample;

/// A made-up log of so many lines.
pub(crate) fn log(seed: u64, lines: usize) -> Vec<u8> {
    let mut log = Vec::new();
    Sample::new(seed).append_lines(lines, &mut log);
    log
}

/// One gzip member.
pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Offset and record id of every line that is not blank.
pub(crate) fn lines_of(log: &[u8]) -> Vec<(u64, String)> {
    let written = lines(log).filter(|line| !line.is_blank());
    written.map(|line| (line.offset, RecordId::of(line.bytes).to_string())).collect()
}
