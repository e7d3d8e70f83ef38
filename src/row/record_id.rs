//! The identity of a line.

use std::fmt;

use twox_hash::XxHash3_128;

use crate::access_log::Overlong;

/// XXH3-128 (seed 0) of a raw line's bytes: what `xxhsum -H2` prints for them.
///
/// It tells copies of a line from other lines; it is no proof against somebody who can choose
/// whole lines. Clients cannot: time, request id and host id in every line are S3's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(u128);

impl RecordId {
    /// The id of a line, given without its line end.
    #[must_use]
    #[inline]
    pub fn of(line: &[u8]) -> Self {
        Self(XxHash3_128::oneshot(line))
    }

    /// The id of a line that is longer than what is kept of it: the same as if it were kept.
    pub(super) fn of_overlong(overlong: Overlong) -> Self {
        Self(overlong.whole)
    }

    /// The id of an overlong line that begins with `head` up to its truncated address: of that and the
    /// 16 bytes of the hash of the rest, the highest first. The hash of the whole would give the address
    /// back, and so would a part of the line whose place depends on how long the address was.
    pub(super) fn of_overlong_without_address(head: &[u8], overlong: Overlong) -> Self {
        let mut hasher = XxHash3_128::new();
        hasher.write(head);
        hasher.write(&overlong.behind_address.to_be_bytes());
        Self(hasher.finish_128())
    }

    /// 32 lower-case hex digits.
    #[must_use]
    #[inline]
    pub fn hex(self) -> [u8; 32] {
        let mut text = [0; 32];
        for (pair, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(self.0.to_be_bytes()) {
            *pair = hex(byte);
        }
        text
    }

    /// The id as a number, evenly spread: for sampling that decides the same on every retry.
    #[must_use]
    pub fn as_u128(self) -> u128 {
        self.0
    }
}

/// The two digits of a byte, in lower case.
#[inline]
pub(super) fn hex(byte: u8) -> [u8; 2] {
    HEX.get(usize::from(byte)).copied().unwrap_or_default()
}

/// The two digits of every byte.
const HEX: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < pairs.len() {
        #[expect(clippy::indexing_slicing, reason = "evaluated when compiling")]
        {
            pairs[byte] = [digits[byte >> 4], digits[byte & 15]];
        }
        byte += 1;
    }
    pairs
};

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_canonical_xxh3_128() {
        // Test vector of the xxHash project: the empty input.
        let id = RecordId::of(b"");
        assert_eq!(id.to_string(), "99aa06d3014798d86001c324468d497f");
        assert_eq!(id.hex(), id.to_string().as_bytes());
    }
}
