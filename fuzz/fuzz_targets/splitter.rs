//! Fuzzes the line splitter: whatever the chunk borders, its lines are those of a plain split, at
//! their offsets, and together they are the log.
#![no_main]

use libfuzzer_sys::fuzz_target;
use logferry::access_log::LineSplitter;

/// Line bytes and offset.
type Lines = Vec<(Vec<u8>, u64)>;

fn split(log: &[u8], chunk_bytes: &[u8]) -> Lines {
    let mut splitter = LineSplitter::new();
    let mut lines = Lines::new();
    let (mut rest, mut sizes) = (log, chunk_bytes.iter().cycle());
    while !rest.is_empty() {
        let size = sizes.next().map_or(rest.len(), |size| usize::from(*size) + 1);
        let (mut chunk, after) = rest.split_at(size.min(rest.len()));
        rest = after;
        while let Some(line) = splitter.next_line(&mut chunk) {
            assert!(line.overlong.is_none());
            lines.push((line.bytes.to_vec(), line.offset));
        }
        assert!(chunk.is_empty());
    }
    if let Some(line) = splitter.finish() {
        lines.push((line.bytes.to_vec(), line.offset));
    }
    assert_eq!(splitter.resume_offset(), log.len() as u64);
    lines
}

/// The same by the book, without the library on purpose.
fn plain(log: &[u8]) -> Lines {
    let (mut lines, mut offset) = (Lines::new(), 0);
    for line in log.split_inclusive(|byte| *byte == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        // What editors write at the start of a text belongs to no line.
        let mark: &[u8] = if offset == 0 { b"\xef\xbb\xbf" } else { b"" };
        let text = text.strip_prefix(mark).unwrap_or(text);
        lines.push((text.strip_suffix(b"\r").unwrap_or(text).to_vec(), offset));
        offset += line.len() as u64;
    }
    lines
}

fuzz_target!(|input: &[u8]| {
    // The first byte says how many sizes of chunks follow it.
    let (count, rest) = input.split_first().map_or((0, input), |(count, rest)| (*count, rest));
    let (chunk_bytes, log) = rest.split_at(usize::from(count % 8).min(rest.len()));
    assert_eq!(split(log, chunk_bytes), plain(log));
    assert_eq!(split(log, &[]), plain(log));
});
