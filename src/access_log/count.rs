//! How many lines end in a text.
//!
//! Counts in wide vectors: a search for one newline after the other stops at each, and rows have them so
//! close together that it takes twice the time.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x64};

/// Bytes looked at in one step.
const BLOCK_BYTES: usize = 64;

/// Steps before a lane, which counts to 255, is added up.
const STEPS_MAX: usize = 255;

/// How many newlines there are.
pub(crate) fn count_newlines(text: &[u8]) -> u64 {
    let level = Level::new();
    dispatch!(level, simd => count(simd, text))
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "what is not inlined here has none of the wide vectors")]
fn count<S: Simd>(simd: S, text: &[u8]) -> u64 {
    let (blocks, rest) = text.as_chunks::<BLOCK_BYTES>();
    let mut total = memchr::memchr_iter(b'\n', rest).count() as u64;
    let (zero, one) = (u8x64::splat(simd, 0), u8x64::splat(simd, 1));
    for blocks in blocks.chunks(STEPS_MAX) {
        let mut counts = zero;
        for block in blocks {
            counts += u8x64::from_slice(simd, block).simd_eq(b'\n').select(one, zero);
        }
        total += counts.as_slice().iter().map(|count| u64::from(*count)).sum::<u64>();
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_every_newline_of_long_and_short_texts() {
        for length in [0, 1, 63, 64, 65, 64 * 255, 64 * 256 + 7] {
            let newlines = vec![b'\n'; length];
            assert_eq!(count_newlines(&newlines), length as u64);
            let mixed: Vec<u8> = (0..=255).cycle().take(length).collect();
            let expected = memchr::memchr_iter(b'\n', &mixed).count();
            assert_eq!(count_newlines(&mixed), expected as u64, "{length}");
        }
    }
}
