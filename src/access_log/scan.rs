//! One vectorised pass over a line that finds every delimiter.
//!
//! The grammar asks for "the next space" some forty times a line; a search call each costs more
//! than finding all of them at once. The pass also tells whether the line is plain (printable
//! ASCII without a backslash), which lets the row encoder copy fields as they are.
//!
//! Written on the safe vectors of `wide`: SSE2 or AVX2 on x86-64, NEON on arm64.

use wide::u8x16;

/// Where the delimiters of one line stand, in bytes from its start. Reused from line to line.
#[derive(Debug, Default)]
pub(super) struct Marks {
    spaces: Vec<u32>,
    quotes: Vec<u32>,
    space_count: usize,
    quote_count: usize,
    /// Per lane, the highest byte seen, counted from the space: a control byte wraps to a high one.
    highest: u8x16,
    /// Per lane, whether a backslash was seen.
    backslash: u8x16,
    plain: bool,
}

/// The tilde, counted from the space.
const PRINTABLE_MAX: u8 = b'~' - b' ';

/// Bytes looked at in one step, one bit of a `u64` each.
const BLOCK_BYTES: usize = 64;
const BLOCK_OFFSET: u32 = 64;

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

    /// Every byte is printable ASCII and none is a backslash (quotes are allowed).
    pub(super) fn plain(&self) -> bool {
        self.plain
    }

    /// Looks at `line` and replaces what was known of the line before.
    pub(super) fn scan(&mut self, line: &[u8]) {
        self.space_count = 0;
        self.quote_count = 0;
        self.highest = u8x16::splat(0);
        self.backslash = u8x16::splat(0);
        let (blocks, rest) = line.as_chunks::<BLOCK_BYTES>();
        let mut base = 0;
        for block in blocks {
            self.scan_block(block, base);
            base += BLOCK_OFFSET;
        }
        if !rest.is_empty() {
            // Padding that is neither a delimiter nor special.
            let mut block = [b'a'; BLOCK_BYTES];
            if let Some(head) = block.get_mut(..rest.len()) {
                head.copy_from_slice(rest);
            }
            self.scan_block(&block, base);
        }
        let beyond = self.highest.simd_gt(u8x16::splat(PRINTABLE_MAX));
        self.plain = (beyond | self.backslash).to_bitmask() == 0;
    }

    /// Notes the delimiters of one block, and what else it holds.
    #[inline]
    fn scan_block(&mut self, block: &[u8; BLOCK_BYTES], base: u32) {
        let mut spaces = 0_u64;
        let mut quotes = 0_u64;
        for (lane, bytes) in block.as_chunks::<16>().0.iter().enumerate() {
            let bytes = u8x16::new(*bytes);
            let shift = 16 * lane;
            spaces |= u64::from(bytes.simd_eq(u8x16::splat(b' ')).to_bitmask()) << shift;
            quotes |= u64::from(bytes.simd_eq(u8x16::splat(b'"')).to_bitmask()) << shift;
            self.highest = self.highest.max(bytes - u8x16::splat(b' '));
            self.backslash |= bytes.simd_eq(u8x16::splat(b'\\'));
        }
        self.space_count = note(&mut self.spaces, self.space_count, spaces, base);
        self.quote_count = note(&mut self.quotes, self.quote_count, quotes, base);
    }
}

/// Writes `base` plus the index of each set bit to `marks[count..]`; gives the new count.
#[inline]
fn note(marks: &mut Vec<u32>, mut count: usize, mut bits: u64, base: u32) -> usize {
    if marks.len() < count + BLOCK_BYTES {
        marks.resize((count + BLOCK_BYTES).next_power_of_two(), 0);
    }
    while bits != 0
        && let Some(mark) = marks.get_mut(count)
    {
        *mark = base + bits.trailing_zeros();
        bits &= bits - 1;
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_a_byte_loop_at_every_length() {
        let text: Vec<u8> = b"ab \"c\" de  fghi\"\" jklmnopqrstuvwxyz ~"
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
