//! Fingerprints of a line that is too long to be kept, taken as it streams by.
//!
//! Two lines may have the same first [`LINE_BYTES_MAX`] bytes and still be two lines, so what is
//! skipped of them is hashed. Invariant: the fingerprints do not depend on where the chunks end. What
//! it does not do: keep bytes.

use std::fmt;

use twox_hash::XxHash3_128;

use super::address::address_span;

/// Longest line that is parsed, in bytes without its line end. Bounds memory; a line as S3 writes
/// it stays below this even with an 8 KB URI, referer and user agent.
pub const LINE_BYTES_MAX: usize = 256 * 1024;

/// What tells an overlong line from others that begin alike. Both hashes are XXH3-128 (seed 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlong {
    /// Of the whole line, without its line end.
    pub whole: u128,
    /// Of what stands behind the remote address, which cannot be guessed from it; of the whole line
    /// where [`address_span`] finds none in the bytes that are kept.
    pub behind_address: u128,
}

impl Overlong {
    /// Of a line in memory, without its line end.
    pub(super) fn of(line: &[u8]) -> Self {
        let mut hasher = OverlongHasher::of_line(line);
        hasher.hash(line);
        hasher.finish()
    }
}

/// Hashes an overlong line in parts, from its first byte on.
pub struct OverlongHasher {
    whole: XxHash3_128,
    behind_address: XxHash3_128,
    /// Where the remote address ends, in bytes of the line.
    address_end: usize,
    /// Bytes hashed.
    taken: usize,
    /// The last part ended in a `\r`, which may be the line's end.
    carriage_return: bool,
}

impl OverlongHasher {
    /// Begins with the first part of a line, which holds at least [`LINE_BYTES_MAX`] bytes.
    pub(super) fn begin(part: &[u8]) -> Self {
        let mut hasher = Self::of_line(part);
        hasher.update(part);
        hasher
    }

    /// Has hashed nothing yet of the line that begins so.
    fn of_line(begun: &[u8]) -> Self {
        let kept = begun.get(..LINE_BYTES_MAX).unwrap_or(begun);
        let address_end = address_span(kept).map_or(0, |address| address.end);
        let (whole, behind_address) = (XxHash3_128::new(), XxHash3_128::new());
        Self { whole, behind_address, address_end, taken: 0, carriage_return: false }
    }

    /// Takes the next part of the line; the last one may hold the `\r` of its end, but no newline.
    pub fn update(&mut self, part: &[u8]) {
        if part.is_empty() {
            return;
        }
        if self.carriage_return {
            self.hash(b"\r");
        }
        let text = part.strip_suffix(b"\r");
        self.carriage_return = text.is_some();
        self.hash(text.unwrap_or(part));
    }

    /// The line ends here.
    #[must_use]
    pub fn finish(&self) -> Overlong {
        Overlong {
            whole: self.whole.finish_128(),
            behind_address: self.behind_address.finish_128(),
        }
    }

    fn hash(&mut self, part: &[u8]) {
        self.whole.write(part);
        let head = self.address_end.saturating_sub(self.taken);
        self.behind_address.write(part.get(head..).unwrap_or_default());
        self.taken = self.taken.saturating_add(part.len());
    }
}

// The states of the hashes have none.
impl fmt::Debug for OverlongHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OverlongHasher").field("taken", &self.taken).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_give_the_hashes_of_the_whole() {
        let head = b"o b [06/Feb/2019:00:00:38 +0000] 192.0.2.3";
        let tail = (0..LINE_BYTES_MAX + 70_000).map(|at| b" abcdef"[at % 7]);
        let text: Vec<u8> = head.iter().copied().chain(tail).collect();
        for end in ["", "\r", "\r\r"] {
            let line = [&text, end.as_bytes()].concat();
            let bare = line.strip_suffix(b"\r").unwrap_or(&line);
            let (whole, behind_address) =
                (XxHash3_128::oneshot(bare), XxHash3_128::oneshot(&bare[head.len()..]));
            for size in [997, 65_536, LINE_BYTES_MAX, line.len() - 1, line.len()] {
                let mut parts = line.chunks(size);
                let mut hasher = OverlongHasher::begin(parts.next().unwrap());
                for part in parts {
                    hasher.update(part);
                }
                assert_eq!(
                    hasher.finish(),
                    Overlong { whole, behind_address },
                    "{end:?} in {size}"
                );
            }
        }
    }
}
