//! One vectorised pass over a line that finds every delimiter.
//!
//! The grammar asks for "the next space" some forty times a line; a search call each costs more
//! than finding all of them at once. The pass also tells whether the line is plain (printable
//! ASCII without a backslash), which lets the row encoder copy fields as they are.
//!
//! Written on the safe vectors of `fearless_simd`, in the widest form the machine has, which is found
//! out when the program runs: AVX-512 or AVX2 on x86-64, NEON on arm64.

use std::slice;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x64};

/// Where the delimiters of one line stand, in bytes from its start. Reused from line to line.
#[derive(Debug)]
pub(super) struct Marks {
    level: Level,
    spaces: Vec<u32>,
    quotes: Vec<u32>,
    space_count: usize,
    quote_count: usize,
    brackets: u32,
    plain: bool,
}

/// The tilde, counted from the space.
const PRINTABLE_MAX: u8 = b'~' - b' ';

/// Bytes looked at in one step, one bit of a `u64` each.
const BLOCK_BYTES: usize = 64;
const BLOCK_OFFSET: u32 = 64;

/// Blocks for whose marks room is made at once: those of most lines.
const GROUP_BLOCKS: usize = 16;

// Offsets inside a line are kept as `u32`.
const _: () = assert!(super::LINE_BYTES_MAX < u32::MAX as usize);
const _: () = assert!(BLOCK_BYTES == BLOCK_OFFSET as usize);

impl Marks {
    /// Offsets of all spaces, ascending.
    pub(super) fn spaces(&self) -> &[u32] {
        self.spaces.get(..self.space_count).unwrap_or_default()
    }

    /// Offsets of all double quotes, ascending.
    pub(super) fn quotes(&self) -> &[u32] {
        self.quotes.get(..self.quote_count).unwrap_or_default()
    }

    /// How many opening brackets there are.
    pub(super) fn brackets(&self) -> u32 {
        self.brackets
    }

    /// Every byte is printable ASCII and none is a backslash (quotes are allowed).
    pub(super) fn plain(&self) -> bool {
        self.plain
    }

    /// Looks at `line` and replaces what was known of the line before.
    pub(super) fn scan(&mut self, line: &[u8]) {
        let level = self.level;
        dispatch!(level, simd => scan(simd, line, self));
    }
}

impl Default for Marks {
    fn default() -> Self {
        let (spaces, quotes) = (Vec::new(), Vec::new());
        let level = Level::new();
        Self { level, spaces, quotes, space_count: 0, quote_count: 0, brackets: 0, plain: true }
    }
}

/// The pass, for one kind of vectors.
#[inline(always)]
#[expect(clippy::inline_always, reason = "what is not inlined here has none of the wide vectors")]
fn scan<S: Simd>(simd: S, line: &[u8], marks: &mut Marks) {
    let (blocks, rest) = line.as_chunks::<BLOCK_BYTES>();
    // The last block reaches back into the one before it: what both hold is shifted out.
    let padded;
    let (last, last_shift) = if let Some(last) = line.last_chunk() {
        (last, BLOCK_OFFSET - offset(rest.len()))
    } else {
        padded = filled_up(line);
        (&padded, 0)
    };
    let (mut spaces, mut quotes, mut brackets, mut base) = (0, 0, 0, 0);
    // Counted from the space, a control byte wraps to a high one.
    let mut highest = u8x64::splat(simd, 0);
    let mut backslashes = highest.simd_eq(1);
    let groups = blocks.chunks(GROUP_BLOCKS).map(|group| (group, 0));
    let last = (!rest.is_empty()).then_some((slice::from_ref(last), last_shift));
    for (group, shift) in groups.chain(last) {
        let space_marks = with_room(&mut marks.spaces, spaces);
        let quote_marks = with_room(&mut marks.quotes, quotes);
        for block in group {
            let bytes = u8x64::from_slice(simd, block);
            highest = highest.max(bytes - b' ');
            backslashes |= bytes.simd_eq(b'\\');
            let bits = |byte: u8| bytes.simd_eq(byte).to_bitmask().wrapping_shr(shift);
            spaces = note(space_marks, spaces, bits(b' '), base);
            quotes = note(quote_marks, quotes, bits(b'"'), base);
            brackets += bits(b'[').count_ones();
            base += BLOCK_OFFSET;
        }
    }
    (marks.space_count, marks.quote_count, marks.brackets) = (spaces, quotes, brackets);
    marks.plain = (backslashes | highest.simd_gt(PRINTABLE_MAX)).to_bitmask() == 0;
}

/// A block of a line that does not fill one. What is behind it is neither a delimiter nor special.
fn filled_up(line: &[u8]) -> [u8; BLOCK_BYTES] {
    let mut block = [b'a'; BLOCK_BYTES];
    block.iter_mut().zip(line).for_each(|(to, byte)| *to = *byte);
    block
}

/// Lines are shorter than this can tell.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The marks, with room for those of a group behind the first `count`.
fn with_room(marks: &mut Vec<u32>, count: usize) -> &mut [u32] {
    let wanted = count + GROUP_BLOCKS * BLOCK_BYTES;
    if marks.len() < wanted {
        marks.resize(wanted.next_power_of_two(), 0);
    }
    marks
}

/// Writes `base` plus the index of each set bit to `marks[count..]`; gives the new count.
#[inline(always)]
#[expect(clippy::inline_always, reason = "as its caller")]
fn note(marks: &mut [u32], count: usize, mut bits: u64, base: u32) -> usize {
    if bits == 0 {
        return count;
    }
    let found = bits.count_ones() as usize;
    // Two at a time, because most blocks have some: what is one too many is overwritten by the next.
    let (pairs, _) = marks.get_mut(count..).unwrap_or_default().as_chunks_mut::<2>();
    for pair in pairs {
        for mark in pair {
            *mark = base + bits.trailing_zeros();
            bits &= bits.wrapping_sub(1);
        }
        if bits == 0 {
            break;
        }
    }
    count + found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_a_byte_loop_at_every_length() {
        let text: Vec<u8> = b"ab \"c\" [de  fghi\"\" jklmnopqrstuvwxyz ~"
            .iter()
            .copied()
            .cycle()
            .take(300)
            .collect();
        let mut marks = Marks::default();
        for length in 0..text.len() {
            let line = &text[..length];
            marks.scan(line);
            let find = |byte: u8| -> Vec<u32> {
                (0..).zip(line).filter(|(_, found)| **found == byte).map(|(at, _)| at).collect()
            };
            assert_eq!(marks.spaces(), find(b' '));
            assert_eq!(marks.quotes(), find(b'"'));
            assert!(marks.plain());
            assert_eq!(marks.brackets() as usize, find(b'[').len());
        }
    }

    #[test]
    fn knows_every_byte_that_is_not_plain() {
        let mut marks = Marks::default();
        for byte in 0..=u8::MAX {
            let mut line = vec![b'a'; 100];
            line[77] = byte;
            marks.scan(&line);
            let plain = matches!(byte, 0x20..=0x7e) && byte != b'\\';
            assert_eq!(marks.plain(), plain, "byte {byte:#04x}");
        }
    }
}
