//! Where reading stands in an object: stored bytes in, text out.
//!
//! Invariant: text comes from the first byte that is wanted on, whether the object is opened there or
//! decoded from its start. What it does not do: I/O.

use crate::ports::{Encoding, Resume};

use super::account::Stop;
use super::inflate::{BadGzip, Inflate};
use super::object::ObjectErrorKind;

/// The position and state of one reading; an object that has changed starts with a new one.
pub(super) struct Position {
    inflate: Inflate,
    /// Stored bytes received, and so the offset to open again at.
    stored_offset: u64,
    /// The version that is read, once it is known.
    pub(super) etag: Option<String>,
    /// Text bytes to drop before the first one that is wanted: a gzip stream is resumed by decoding
    /// it from its start.
    skip: u64,
    start: u64,
    /// What the last step of decoding gave.
    decoded: Vec<u8>,
}

impl From<BadGzip> for Stop {
    fn from(bad: BadGzip) -> Self {
        Self::Failed(ObjectErrorKind::CorruptGzip { reason: bad.0 })
    }
}

impl Position {
    pub(super) fn of(resume: Option<&Resume>) -> Self {
        let etag = resume.and_then(|resume| resume.etag.clone());
        let start = resume.map_or(0, |resume| resume.offset);
        let (inflate, stored_offset, skip) = match resume.map(|resume| resume.encoding) {
            Some(Encoding::Plain) if start > 0 => (Inflate::plain(), start, 0),
            _ => (Inflate::sniffing(), 0, start),
        };
        Self { inflate, stored_offset, etag, skip, start, decoded: Vec::new() }
    }

    /// The offset to open the object at, in stored bytes.
    pub(super) fn stored_offset(&self) -> u64 {
        self.stored_offset
    }

    /// The first byte of the text that is wanted.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// How the object is stored, as far as it was seen.
    pub(super) fn encoding(&self) -> Encoding {
        self.inflate.encoding()
    }

    /// Whether text is dropped that was read before.
    pub(super) fn is_skipping(&self) -> bool {
        self.skip > 0
    }

    /// Takes note of stored bytes that came; [`Position::text`] gives what they hold.
    pub(super) fn received(&mut self, bytes: u64) {
        self.stored_offset += bytes;
    }

    /// Takes some of the stored bytes, and gives the wanted text that they hold. Call it until
    /// `stored` is empty.
    pub(super) fn text<'t, 's: 't>(&'t mut self, stored: &mut &'s [u8]) -> Result<&'t [u8], Stop> {
        if self.inflate.is_plain() && self.skip == 0 {
            return Ok(std::mem::take(stored));
        }
        self.inflate.step(stored, &mut self.decoded)?;
        Ok(self.wanted())
    }

    /// The text still to come at the end of the stored bytes.
    pub(super) fn last_text(&mut self) -> Result<&[u8], Stop> {
        self.decoded = self.inflate.finish()?;
        Ok(self.wanted())
    }

    fn wanted(&mut self) -> &[u8] {
        let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(self.decoded.len());
        self.skip -= skipped as u64;
        self.decoded.get(skipped..).unwrap_or_default()
    }
}
