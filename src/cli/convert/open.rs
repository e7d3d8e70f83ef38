//! Opens a log: its text, whatever it is compressed with.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Cursor, ErrorKind, Read, stdin};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::zstd::ZstdReader;

const READ_BYTES: usize = 128 * 1024;

/// Source: RFC 1952, section 2.3.1.
const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];

/// Source: RFC 8878, section 3.1.1.
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// The magic of a skippable frame, behind its first byte, whose lower half says nothing. `pzstd`
/// begins its files with one. Source: RFC 8878, section 3.1.2.
const ZSTD_SKIPPABLE: &[u8] = &[0x2a, 0x4d, 0x18];

/// Opens a file, or standard input; `seen` is told of every byte read, before decompression.
pub(in crate::cli) fn open<'s>(
    file: Option<&Path>,
    seen: impl FnMut(u64) + Send + 's,
) -> io::Result<Box<dyn Read + 's>> {
    let raw: Box<dyn Read> = match file {
        None => Box::new(stdin().lock()),
        Some(path) => Box::new(File::open(path)?),
    };
    let mut raw = BufReader::with_capacity(READ_BYTES, Counted { raw, seen });
    let magic = raw.fill_buf()?;
    if magic.len() >= ZSTD_MAGIC.len() {
        let magic = Magic::of(magic);
        return Ok(magic.text(raw));
    }
    // A pipe may give its first bytes one by one.
    let mut head = Vec::with_capacity(ZSTD_MAGIC.len());
    read_some(&mut raw, &mut head)?;
    let magic = Magic::of(&head);
    Ok(magic.text(BufReader::new(Cursor::new(head).chain(raw))))
}

/// Reads as much as the longest magic, or all there is.
fn read_some(raw: &mut impl Read, head: &mut Vec<u8>) -> io::Result<()> {
    let mut byte = [0];
    while head.len() < ZSTD_MAGIC.len() {
        match raw.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => head.extend_from_slice(&byte),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

enum Magic {
    Plain,
    Gzip,
    Zstd,
}

impl Magic {
    fn of(head: &[u8]) -> Self {
        let skippable = |head: &[u8]| match head.split_first() {
            Some((first, rest)) => first >> 4 == 5 && rest.starts_with(ZSTD_SKIPPABLE),
            None => false,
        };
        match head {
            _ if head.starts_with(GZIP_MAGIC) => Self::Gzip,
            _ if head.starts_with(ZSTD_MAGIC) || skippable(head) => Self::Zstd,
            _ => Self::Plain,
        }
    }

    fn text<'s, R: Read + 's>(self, stored: BufReader<R>) -> Box<dyn Read + 's> {
        match self {
            Self::Plain => Box::new(stored),
            Self::Gzip => Box::new(MultiGzDecoder::new(stored)),
            Self::Zstd => Box::new(ZstdReader::new(stored)),
        }
    }
}

/// Tells how many bytes passed.
struct Counted<R, S> {
    raw: R,
    seen: S,
}

impl<R: Read, S: FnMut(u64)> Read for Counted<R, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.raw.read(buffer)?;
        (self.seen)(read as u64);
        Ok(read)
    }
}
