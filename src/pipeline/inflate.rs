//! Stored bytes to text: gzip by its magic bytes, anything else as it is.
//!
//! Names and content types lie; the first two bytes do not. A gzip stream may have several members and
//! zeros behind the last, as `gzip(1)` reads it; one that ends early is an error, never an end. What it
//! does not do: hold an object's text; a step yields at most twice the 32 KiB that the decoder buffers,
//! so that a bomb stays small too.

use std::io::Write;

use flate2::write::GzDecoder;

use crate::ports::Encoding;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A gzip stream that cannot be decoded. Holds the reason: `truncated` or `corrupt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadGzip(pub(super) &'static str);

/// Turns stored bytes into text, a step at a time.
pub(super) struct Inflate {
    state: State,
}

enum State {
    /// Not two bytes seen yet: what was seen.
    Unknown(Vec<u8>),
    Plain,
    /// Inside a member, or behind one as long as nothing follows.
    Gzip(Box<GzDecoder<Vec<u8>>>),
    /// Behind the last member: zeros, which fill a block.
    Padding,
}

impl Inflate {
    /// For an object read from its first byte: the magic bytes decide.
    pub(super) fn sniffing() -> Self {
        Self { state: State::Unknown(Vec::new()) }
    }

    /// For an object read from the middle, which only plain text can be.
    pub(super) fn plain() -> Self {
        Self { state: State::Plain }
    }

    /// How the object is stored; plain as long as too little was seen to tell.
    pub(super) fn encoding(&self) -> Encoding {
        match self.state {
            State::Gzip(_) | State::Padding => Encoding::Gzip,
            State::Unknown(_) | State::Plain => Encoding::Plain,
        }
    }

    /// Takes some of `stored` from its front and puts the text it gives into `text`, which is emptied
    /// first. Call it until `stored` is empty.
    pub(super) fn step(&mut self, stored: &mut &[u8], text: &mut Vec<u8>) -> Result<(), BadGzip> {
        text.clear();
        if let State::Unknown(seen) = &mut self.state {
            while let (true, Some((first, rest))) =
                (seen.len() < GZIP_MAGIC.len(), stored.split_first())
            {
                seen.push(*first);
                *stored = rest;
            }
            if seen.len() < GZIP_MAGIC.len() {
                return Ok(());
            }
            let seen = std::mem::take(seen);
            if seen != GZIP_MAGIC {
                self.state = State::Plain;
                text.extend_from_slice(&seen);
                return Ok(());
            }
            let mut decoder = Box::new(GzDecoder::new(Vec::new()));
            decoder.write_all(&seen).map_err(|_| BadGzip("corrupt"))?;
            self.state = State::Gzip(decoder);
        }
        match &mut self.state {
            State::Gzip(decoder) => {
                let taken = decoder.write(stored).map_err(|_| BadGzip("corrupt"))?;
                *stored = stored.get(taken..).unwrap_or_default();
                if taken == 0 && !stored.is_empty() {
                    decoder.try_finish().map_err(|_| BadGzip("corrupt"))?;
                    *text = std::mem::take(decoder.get_mut());
                    self.state = after_a_member(stored);
                } else {
                    std::mem::swap(decoder.get_mut(), text);
                }
            }
            State::Padding if stored.iter().all(|byte| *byte == 0) => *stored = &[],
            State::Padding => return Err(BadGzip("corrupt")),
            State::Unknown(_) | State::Plain => text.extend_from_slice(std::mem::take(stored)),
        }
        Ok(())
    }

    /// Whether the text is the stored bytes, so that [`Inflate::step`] can be left out.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.state, State::Plain)
    }

    /// The end of the object: the text still to come, or why this cannot be its end.
    pub(super) fn finish(&mut self) -> Result<Vec<u8>, BadGzip> {
        match &mut self.state {
            State::Unknown(seen) => Ok(std::mem::take(seen)),
            State::Plain | State::Padding => Ok(Vec::new()),
            State::Gzip(decoder) => {
                decoder.try_finish().map_err(|_| BadGzip("truncated"))?;
                Ok(std::mem::take(decoder.get_mut()))
            }
        }
    }
}

/// What the bytes behind a whole member are.
fn after_a_member(stored: &[u8]) -> State {
    if stored.first() == Some(&0) {
        return State::Padding;
    }
    State::Gzip(Box::new(GzDecoder::new(Vec::new())))
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn inflate(stored: &[u8], chunk_bytes: usize) -> Result<(Vec<u8>, usize), BadGzip> {
        let mut inflate = Inflate::sniffing();
        let (mut all, mut text, mut largest) = (Vec::new(), Vec::new(), 0);
        for mut chunk in stored.chunks(chunk_bytes) {
            while !chunk.is_empty() {
                inflate.step(&mut chunk, &mut text)?;
                largest = largest.max(text.len());
                all.extend_from_slice(&text);
            }
        }
        all.extend_from_slice(&inflate.finish()?);
        Ok((all, largest))
    }

    #[test]
    fn plain_and_gzip_text_come_out_whatever_the_chunks() {
        let text = b"first line\nsecond line\n".repeat(40);
        let members = [gzip(&text[..100]), gzip(b""), gzip(&text[100..])].concat();
        for chunk_bytes in [1, 2, 3, 7, 4_096] {
            assert_eq!(inflate(&text, chunk_bytes).unwrap().0, text);
            assert_eq!(inflate(&members, chunk_bytes).unwrap().0, text);
        }
        for short in [b"".as_slice(), b"x", b"\x1f"] {
            assert_eq!(inflate(short, 1).unwrap().0, short);
        }
    }

    #[test]
    fn a_stream_that_ends_early_is_an_error_wherever_it_ends() {
        let stored = [gzip(b"one\ntwo\n"), gzip(b"three\n")].concat();
        let border = gzip(b"one\ntwo\n").len();
        for end in 2..stored.len() {
            let result = inflate(&stored[..end], 5);
            // A stream cut exactly between two members is a whole stream: nothing can tell.
            assert_eq!(result.is_ok(), end == border, "cut at {end}: {result:?}");
        }
    }

    #[test]
    fn zeros_behind_the_last_member_are_padding_and_nothing_else_is() {
        let stored = [gzip(b"one\n"), gzip(b"two\n")].concat();
        let padded = [stored.as_slice(), &[0; 700]].concat();
        for chunk_bytes in [1, 7, 4_096] {
            assert_eq!(inflate(&padded, chunk_bytes).unwrap().0, b"one\ntwo\n");
            for garbage in [b"x".as_slice(), b"\0\0x", &gzip(b"three\n")[1..]] {
                let stored = [stored.as_slice(), garbage].concat();
                assert!(inflate(&stored, chunk_bytes).is_err(), "{garbage:?} by {chunk_bytes}");
            }
        }
    }

    #[test]
    fn damage_is_an_error() {
        let mut stored = gzip(&b"some text\n".repeat(100));
        let middle = stored.len() / 2;
        stored[middle] ^= 0x55;
        assert!(inflate(&stored, 16).is_err());
    }

    #[test]
    fn a_bomb_comes_in_bounded_steps() {
        let bomb = gzip(&vec![b'a'; 16 << 20]);
        let (text, largest) = inflate(&bomb, bomb.len()).unwrap();
        assert_eq!(text.len(), 16 << 20);
        assert!(largest <= 64 * 1024, "{largest} bytes in one step");
    }
}
