//! The row under construction, in a buffer that is as long as any row.
//!
//! Invariant: what was put stands in front, in order. With the length of the buffer known, short
//! texts are copied in words of a fixed length instead of by a call, and nothing grows. What it does
//! not do: know JSON.

use super::schema::{KEY_BYTES, ROW_BYTES_MAX};

/// The longest text that is put without a call.
const SHORT_BYTES: usize = 128;

/// Room for a key, a short text and a quote.
const ENTRY_BYTES: usize = KEY_BYTES + SHORT_BYTES + 1;

/// The longest row, and as much as is written behind the end of one.
const BUFFER_BYTES: usize = ROW_BYTES_MAX + ENTRY_BYTES;

/// A buffer for one row at a time.
#[derive(Debug)]
pub(super) struct RowBuffer {
    /// Of a length that the compiler knows: whether there is room is then one comparison.
    bytes: Box<[u8; BUFFER_BYTES]>,
    length: usize,
}

impl Default for RowBuffer {
    #[expect(clippy::large_stack_arrays, reason = "never made: the slice has this very length")]
    fn default() -> Self {
        // The system hands out zeros that take no memory until they are written to.
        let bytes = vec![0; BUFFER_BYTES].into_boxed_slice();
        Self { bytes: bytes.try_into().unwrap_or_else(|_| Box::new([0; BUFFER_BYTES])), length: 0 }
    }
}

impl RowBuffer {
    /// Begins a row.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.length = 0;
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

    /// Puts the first bytes of `key`, a text, and a quote if one is to end it. Most texts are short, and
    /// then the whole of it needs one look at how much room there is.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as above")]
    pub(super) fn put_entry(
        &mut self,
        key: &[u8; KEY_BYTES],
        key_length: usize,
        text: &[u8],
        quote: bool,
    ) {
        if text.len() > SHORT_BYTES {
            self.put_first(key, key_length);
            self.put(text);
            if quote {
                self.put_byte(b'"');
            }
            return;
        }
        let free = self.bytes.get_mut(self.length..).and_then(<[u8]>::first_chunk_mut);
        debug_assert!(free.is_some(), "no row is longer than the longest");
        let Some(free) = free else { return };
        let free: &mut [u8; ENTRY_BYTES] = free;
        if let Some(begin) = free.first_chunk_mut() {
            *begin = *key;
        }
        let end = key_length + text.len();
        copy_short(text, free.get_mut(key_length..end).unwrap_or_default());
        if let Some(behind) = free.get_mut(end) {
            *behind = b'"';
        }
        self.length += end + usize::from(quote);
    }

    /// Puts a text that may be long.
    #[inline(never)]
    pub(super) fn put(&mut self, text: &[u8]) {
        let end = self.length + text.len();
        let free = self.bytes.get_mut(self.length..end);
        debug_assert!(free.is_some(), "no row is longer than the longest");
        if let Some(free) = free {
            free.copy_from_slice(text);
            self.length = end;
        }
    }
}

/// Copies a short text to where there is as much room: two moves of a fixed length that overlap take less
/// than a call.
#[inline(always)]
#[expect(clippy::inline_always, reason = "as above")]
fn copy_short(text: &[u8], to: &mut [u8]) {
    match text.len() {
        0..4 => to.iter_mut().zip(text).for_each(|(to, byte)| *to = *byte),
        4..8 => copy_ends::<4>(text, to),
        8..16 => copy_ends::<8>(text, to),
        16..32 => copy_ends::<16>(text, to),
        32..64 => copy_ends::<32>(text, to),
        _ => copy_ends::<64>(text, to),
    }
}

/// Copies a text of `N` to `2 * N` bytes.
#[inline(always)]
#[expect(clippy::inline_always, reason = "as above")]
fn copy_ends<const N: usize>(text: &[u8], to: &mut [u8]) {
    let last = text.len() - N;
    if let Some((begin, text)) = to.first_chunk_mut::<N>().zip(text.first_chunk::<N>()) {
        *begin = *text;
    }
    let text = text.get(last..).and_then(<[u8]>::first_chunk::<N>);
    if let Some((behind, text)) =
        to.get_mut(last..).and_then(<[u8]>::first_chunk_mut::<N>).zip(text)
    {
        *behind = *text;
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
            let (short, behind) = (&text[..length], &text[length..length + 3]);
            buffer.put_entry(b"{\"key\":\"is copied in this length", 8, short, true);
            buffer.put(behind);
            buffer.put_entry(&[b','; KEY_BYTES], 1, short, false);
            buffer.put_first(b"}\n", 2);
            let expected = [b"{\"key\":\"", short, b"\"", behind, b",", short, b"}\n"];
            assert_eq!(buffer.row(), expected.concat(), "{length}");
        }
    }
}
