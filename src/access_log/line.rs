//! Splits a byte stream into lines without doing I/O.
//!
//! The caller feeds chunks of any size; the splitter yields each line with the offset of its first
//! byte, counted in raw bytes of the stream. Memory is bounded by [`LINE_BYTES_MAX`]: of a longer
//! line the prefix is kept, the rest is hashed and skipped up to the next newline.
//!
//! Invariants: lines end at `\n` and nowhere else; one `\r` before it is dropped; joining the
//! lines again with their line ends gives the stream back, whatever the chunk borders.

use memchr::memchr;

use super::overlong::{LINE_BYTES_MAX, Overlong, OverlongHasher};

/// What editors and some tools write at the start of a text: it belongs to no line.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One line of a log, without its line end, and without a byte order mark at the start of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The raw bytes. When [`Line::overlong`] is set, the first [`LINE_BYTES_MAX`] of them.
    pub bytes: &'a [u8],
    /// Offset of the first byte in the (uncompressed) log, in bytes.
    pub offset: u64,
    /// Set when the line is longer than [`LINE_BYTES_MAX`].
    pub overlong: Option<Overlong>,
}

impl<'a> Line<'a> {
    fn new(raw: &'a [u8], offset: u64) -> Self {
        let raw = without_mark(raw, offset);
        let bytes = raw.strip_suffix(b"\r").unwrap_or(raw);
        match bytes.get(..LINE_BYTES_MAX) {
            Some(prefix) if bytes.len() > LINE_BYTES_MAX => {
                Self { bytes: prefix, offset, overlong: Some(Overlong::of(bytes)) }
            }
            _ => Self { bytes, offset, overlong: None },
        }
    }

    /// A line whose rest was skipped; `begun` is its beginning, up to where it was kept.
    fn cut(begun: &'a [u8], offset: u64, overlong: Overlong) -> Self {
        let begun = without_mark(begun, offset);
        let bytes = begun.get(..LINE_BYTES_MAX).unwrap_or(begun);
        Self { bytes, offset, overlong: Some(overlong) }
    }

    /// Whether it holds nothing but white space, so that no row comes of it.
    #[must_use]
    #[inline]
    pub fn is_blank(&self) -> bool {
        self.overlong.is_none() && self.bytes.iter().all(u8::is_ascii_whitespace)
    }
}

/// What belongs to the first line of these bytes, which stand at `offset`.
fn without_mark(raw: &[u8], offset: u64) -> &[u8] {
    if offset == 0 { raw.strip_prefix(BYTE_ORDER_MARK).unwrap_or(raw) } else { raw }
}

/// Takes the fingerprints of the line at `offset`, of which at least the first [`LINE_BYTES_MAX`] bytes
/// are here, and to which the rest is to be given.
#[must_use]
pub fn overlong_hasher(begun: &[u8], offset: u64) -> OverlongHasher {
    OverlongHasher::begin(without_mark(begun, offset))
}

/// The lines of a log that is in memory as a whole.
///
/// ```
/// let log = b"one\r\ntwo";
/// let lines: Vec<_> = logferry::access_log::lines(log).collect();
/// assert_eq!((lines[0].bytes, lines[0].offset), (b"one".as_slice(), 0));
/// assert_eq!((lines[1].bytes, lines[1].offset), (b"two".as_slice(), 5));
/// ```
#[must_use]
pub fn lines(log: &[u8]) -> Lines<'_> {
    Lines { rest: log, offset: 0, cut: None }
}

/// Iterates over the lines of a log; see [`lines`].
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    rest: &'a [u8],
    offset: u64,
    /// Of the last line, when its rest was skipped.
    cut: Option<Overlong>,
}

impl Lines<'_> {
    /// Counts offsets from `offset` on, in bytes, for a part of a log that starts there.
    #[must_use]
    pub fn starting_at(self, offset: u64) -> Self {
        Self { offset, ..self }
    }

    /// When the bytes end within an overlong line, whose rest was skipped: its fingerprints.
    #[must_use]
    pub fn cut_in(self, cut: Option<Overlong>) -> Self {
        Self { cut, ..self }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let newline = memchr(b'\n', self.rest);
        let end = newline.unwrap_or(self.rest.len());
        let bytes = self.rest.get(..end).unwrap_or_default();
        let line = match self.cut {
            Some(overlong) if newline.is_none() => Line::cut(bytes, self.offset, overlong),
            _ => Line::new(bytes, self.offset),
        };
        let taken = self.rest.len().min(end + 1);
        self.rest = self.rest.get(taken..).unwrap_or_default();
        self.offset += taken as u64;
        Some(line)
    }
}

/// Turns chunks into [`Line`]s.
///
/// ```
/// use logferry::access_log::LineSplitter;
///
/// let mut splitter = LineSplitter::new();
/// let mut chunk: &[u8] = b"one\r\ntwo\nthr";
/// assert_eq!(splitter.next_line(&mut chunk).unwrap().bytes, b"one");
/// assert_eq!(splitter.next_line(&mut chunk).unwrap().offset, 5);
/// assert!(splitter.next_line(&mut chunk).is_none());
/// let mut chunk: &[u8] = b"ee\n";
/// assert_eq!(splitter.next_line(&mut chunk).unwrap().bytes, b"three");
/// assert!(splitter.finish().is_none());
/// ```
#[derive(Debug, Default)]
pub struct LineSplitter {
    /// The begun line, up to one byte more than can be kept of it (so that an overlong line is
    /// told from one that just fits, even with a `\r` at its end).
    carry: Vec<u8>,
    /// The carry was yielded by the last call and is to be emptied by the next.
    carry_yielded: bool,
    /// Offset of the first byte of the begun line.
    line_offset: u64,
    /// Bytes of the begun line seen so far, kept or not.
    line_bytes: u64,
    /// Of a begun line that does not fit into the carry.
    overlong: Option<Box<OverlongHasher>>,
}

/// A line of [`LINE_BYTES_MAX`] bytes must still be seen whole with what is taken from it.
const CARRY_BYTES_MAX: usize = BYTE_ORDER_MARK.len() + LINE_BYTES_MAX + 2;

impl LineSplitter {
    /// A splitter at the start of a log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A splitter for the rest of a log from `offset` (in bytes), which must be a line start.
    #[must_use]
    pub fn starting_at(offset: u64) -> Self {
        Self { line_offset: offset, ..Self::default() }
    }

    /// Offset of the first byte that no yielded line covers: where a later reader may resume.
    #[must_use]
    pub fn resume_offset(&self) -> u64 {
        self.line_offset
    }

    /// The next full line, taking what it needs from the front of `chunk`.
    ///
    /// `None` means that `chunk` is used up and the next one is wanted.
    pub fn next_line<'a, 'c: 'a>(&'a mut self, chunk: &mut &'c [u8]) -> Option<Line<'a>> {
        self.drop_yielded_carry();
        let whole: &'c [u8] = chunk;
        let Some(newline) = memchr(b'\n', whole) else {
            self.keep(whole);
            *chunk = &[];
            return None;
        };
        let (head, rest) = whole.split_at_checked(newline)?;
        *chunk = rest.get(1..).unwrap_or_default();

        let offset = self.line_offset;
        if self.line_bytes == 0 {
            self.line_offset = offset + head.len() as u64 + 1;
            return Some(Line::new(head, offset));
        }
        self.keep(head);
        self.line_offset = offset + self.line_bytes + 1;
        self.carry_yielded = true;
        Some(self.carried(offset))
    }

    /// The last line, when the log does not end in a newline. Ends the log.
    pub fn finish(&mut self) -> Option<Line<'_>> {
        self.drop_yielded_carry();
        if self.line_bytes == 0 {
            return None;
        }
        let offset = self.line_offset;
        self.line_offset += self.line_bytes;
        self.carry_yielded = true;
        Some(self.carried(offset))
    }

    fn keep(&mut self, part: &[u8]) {
        let room = CARRY_BYTES_MAX.saturating_sub(self.carry.len());
        let (kept, skipped) = part.split_at_checked(room).unwrap_or((part, &[]));
        self.carry.extend_from_slice(kept);
        self.line_bytes += part.len() as u64;
        if !skipped.is_empty() {
            let (begun, offset) = (&self.carry, self.line_offset);
            let hasher = || Box::new(overlong_hasher(begun, offset));
            self.overlong.get_or_insert_with(hasher).update(skipped);
        }
    }

    /// The line in the carry.
    fn carried(&self, offset: u64) -> Line<'_> {
        match &self.overlong {
            Some(hasher) => Line::cut(&self.carry, offset, hasher.finish()),
            None => Line::new(&self.carry, offset),
        }
    }

    fn drop_yielded_carry(&mut self) {
        if self.carry_yielded {
            self.carry.clear();
            self.carry_yielded = false;
            self.line_bytes = 0;
            self.overlong = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(log: &[u8], chunk_bytes: usize) -> Vec<(Vec<u8>, u64, Option<Overlong>)> {
        let mut splitter = LineSplitter::new();
        let mut lines = Vec::new();
        for chunk in log.chunks(chunk_bytes) {
            let mut chunk = chunk;
            while let Some(line) = splitter.next_line(&mut chunk) {
                lines.push((line.bytes.to_vec(), line.offset, line.overlong));
            }
        }
        if let Some(line) = splitter.finish() {
            lines.push((line.bytes.to_vec(), line.offset, line.overlong));
        }
        assert_eq!(splitter.resume_offset(), log.len() as u64);
        lines
    }

    #[test]
    fn chunk_borders_do_not_matter() {
        let log = b"a\r\n\nbb\r\r\n\x0b\x0cccc\n\rd";
        let whole = split(log, log.len());
        assert_eq!(
            whole,
            [
                (b"a".to_vec(), 0, None),
                (b"".to_vec(), 3, None),
                (b"bb\r".to_vec(), 4, None),
                (b"\x0b\x0cccc".to_vec(), 9, None),
                (b"\rd".to_vec(), 15, None),
            ]
        );
        for chunk_bytes in 1..log.len() {
            assert_eq!(split(log, chunk_bytes), whole, "chunks of {chunk_bytes}");
        }
    }

    #[test]
    fn an_overlong_line_is_cut_and_the_next_one_found() {
        for (extra, oversize) in [(0, false), (1, true), (2, true), (70_000, true)] {
            for line_end in ["\n", "\r\n"] {
                let mut log = vec![b'x'; LINE_BYTES_MAX + extra];
                let fingerprints = Overlong::of(&log);
                log.extend_from_slice(line_end.as_bytes());
                let second = log.len() as u64;
                log.extend_from_slice(b"next");
                for chunk_bytes in [997, 65_536, log.len()] {
                    let lines = split(&log, chunk_bytes);
                    assert_eq!(lines.len(), 2);
                    assert_eq!(lines[0].0.len(), LINE_BYTES_MAX);
                    let expected = oversize.then_some(fingerprints);
                    assert_eq!(lines[0].2, expected, "{extra} extra bytes before {line_end:?}");
                    assert_eq!(lines[1], (b"next".to_vec(), second, None));
                }
            }
        }
    }

    #[test]
    fn offsets_go_on_from_where_the_reader_resumed() {
        let mut splitter = LineSplitter::starting_at(1000);
        let mut chunk: &[u8] = b"ab\ncd\n";
        for offset in [1000, 1003] {
            assert_eq!(splitter.next_line(&mut chunk).map(|line| line.offset), Some(offset));
        }
        assert_eq!(splitter.resume_offset(), 1006);
    }
}
