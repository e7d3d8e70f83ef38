//! The row under construction, in a buffer that is as long as any row.
//!
//! Invariant: what was put stands in front, in order. With the length of the buffer known, short
//! texts are copied in words of a fixed length instead of by a call, and nothing grows. What it does
//! not do: know JSON.

use super::schema::{KEY_BYTES, ROW_BYTES_MAX};

/// A buffer for one row at a time.
#[derive(Debug, Default)]
pub(super) struct RowBuffer {
    /// Empty until the first row.
    bytes: Vec<u8>,
    length: usize,
}

impl RowBuffer {
    /// Begins a row.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.length = 0;
        if self.bytes.is_empty() {
            self.bytes.resize(ROW_BYTES_MAX + KEY_BYTES, 0);
        }
    }

    /// What was put since the row was begun.
    #[inline]
    pub(super) fn row(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Puts the first bytes of `text`; the others are overwritten by what comes next.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "two moves take the place of a call")]
    pub(super) fn put_first<const N: usize>(&mut self, text: &[u8; N], length: usize) {
        let free = self.bytes.get_mut(self.length..).and_then(<[u8]>::first_chunk_mut::<N>);
        debug_assert!(free.is_some(), "no row is longer than the longest");
        if let Some(free) = free {
            *free = *text;
            self.length += length;
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as above")]
    pub(super) fn put_byte(&mut self, byte: u8) {
        self.put_first(&[byte], 1);
    }

    /// Puts a text. Most are short, and two moves of a fixed length that overlap take less than a call.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as above")]
    pub(super) fn put(&mut self, text: &[u8]) {
        match text.len() {
            0..4 => text.iter().for_each(|byte| self.put_byte(*byte)),
            4..8 => self.put_ends::<4>(text),
            8..16 => self.put_ends::<8>(text),
            16..32 => self.put_ends::<16>(text),
            32..=64 => self.put_ends::<32>(text),
            _ => self.put_long(text),
        }
    }

    /// Puts a text of `N` to `2 * N` bytes.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as above")]
    fn put_ends<const N: usize>(&mut self, text: &[u8]) {
        let Some((first, last)) = text.first_chunk::<N>().zip(text.last_chunk::<N>()) else {
            return;
        };
        let end = self.length + text.len();
        let free = self.bytes.get_mut(self.length..end);
        debug_assert!(free.is_some(), "no row is longer than the longest");
        let Some(free) = free else { return };
        if let Some(begin) = free.first_chunk_mut::<N>() {
            *begin = *first;
        }
        if let Some(behind) = free.last_chunk_mut::<N>() {
            *behind = *last;
        }
        self.length = end;
    }

    #[inline(never)]
    fn put_long(&mut self, text: &[u8]) {
        let end = self.length + text.len();
        let free = self.bytes.get_mut(self.length..end);
        debug_assert!(free.is_some(), "no row is longer than the longest");
        if let Some(free) = free {
            free.copy_from_slice(text);
            self.length = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_was_put_at_every_length() {
        let text: Vec<u8> = (0..=255).collect();
        let mut buffer = RowBuffer::default();
        for length in 0..200 {
            buffer.clear();
            buffer.put_first(b"{\"key\":\"and more", 8);
            buffer.put(&text[..length]);
            buffer.put_byte(b'"');
            buffer.put(&text[length..length + 3]);
            let expected = [b"{\"key\":\"", &text[..length], b"\"", &text[length..length + 3]];
            assert_eq!(buffer.row(), expected.concat(), "{length}");
        }
    }
}
