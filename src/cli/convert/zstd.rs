//! Zstandard to text: all frames of a stream, with their checksums.
//!
//! A stream that ends inside a frame is an error, never an end; so is a checksum that is not that
//! of the text. Frames for other programs (skippable ones, as `pzstd` writes) are passed over.
//! Memory is bounded by the decoder's limit for the window, 128 MiB, above which it refuses.
//!
//! Source: RFC 8878.

use std::io::{BufRead, Error, ErrorKind, Read, Result, copy, sink};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// The text of a Zstandard stream.
pub(super) struct ZstdReader<R> {
    stored: R,
    decoder: FrameDecoder,
    inside_frame: bool,
}

impl<R: BufRead> ZstdReader<R> {
    pub(super) fn new(stored: R) -> Self {
        Self { stored, decoder: FrameDecoder::new(), inside_frame: false }
    }

    /// Goes to the first block of the next frame; gives whether there is one.
    fn next_frame(&mut self) -> Result<bool> {
        while !self.stored.fill_buf()?.is_empty() {
            let skip = match self.decoder.reset(&mut self.stored) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => u64::from(length),
                Err(error) => return Err(Error::new(ErrorKind::InvalidData, error)),
            };
            if copy(&mut self.stored.by_ref().take(skip), &mut sink())? < skip {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(false)
    }

    fn check(&self) -> Result<()> {
        let written = self.decoder.get_checksum_from_data();
        if written.is_some() && written != self.decoder.get_calculated_checksum() {
            return Err(Error::new(ErrorKind::InvalidData, "the checksum is not that of the text"));
        }
        Ok(())
    }
}

impl<R: BufRead> Read for ZstdReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            if !self.inside_frame {
                self.inside_frame = self.next_frame()?;
                if !self.inside_frame {
                    return Ok(0);
                }
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let decoded = self
                    .decoder
                    .decode_blocks(&mut self.stored, BlockDecodingStrategy::UptoBlocks(1));
                decoded.map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
            }
            let read = self.decoder.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            self.check()?;
            self.inside_frame = false;
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the texts are small")]
mod tests {
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn text(stored: &[u8]) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        ZstdReader::new(stored).read_to_end(&mut text)?;
        Ok(text)
    }

    fn frame(text: &[u8]) -> Vec<u8> {
        compress_to_vec(text, CompressionLevel::Fastest)
    }

    #[test]
    fn all_frames_are_read_and_skippable_ones_passed_over() {
        let skippable = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
        let stored =
            [&skippable[..], &frame(b"one\n"), &frame(b""), &skippable, &frame(b"two\n")].concat();
        assert_eq!(text(&stored).unwrap(), b"one\ntwo\n");
        assert_eq!(text(b"").unwrap(), b"");
    }

    #[test]
    fn a_stream_that_ends_early_or_is_damaged_is_an_error() {
        let first = frame(&b"some text\n".repeat(500));
        let stored = [first.clone(), frame(b"two\n")].concat();
        for end in 1..stored.len() {
            // A stream cut exactly between two frames is a whole one: nothing can tell.
            assert_eq!(text(&stored[..end]).is_ok(), end == first.len(), "cut at {end}");
        }
        let mut damaged = frame(b"text that is too short to compress");
        let last_of_text = damaged.len() - 5;
        damaged[last_of_text] ^= 1;
        assert!(text(&damaged).unwrap_err().to_string().contains("checksum"));
        assert!(text(&[stored, b"not zstd".to_vec()].concat()).is_err());
    }
}
