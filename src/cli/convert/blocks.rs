//! Cuts a log into blocks of whole lines, so that many cores can work on one file.

use std::io::{self, BufRead, ErrorKind};
use std::mem;

use memchr::{memchr, memrchr};

use super::super::error::Error;
use super::inputs::Input;
use super::progress::Progress;
use crate::access_log::LINE_BYTES_MAX;
use crate::row::Origin;

/// Bytes read before a block is cut.
const BLOCK_BYTES: usize = 1024 * 1024;

// A block without a newline holds enough of its line to show that the line is overlong.
const _: () = assert!(BLOCK_BYTES > 2 * LINE_BYTES_MAX);

/// Whole lines of one log.
pub(super) struct Block {
    /// Offset of the first byte in the uncompressed log.
    pub(super) offset: u64,
    /// The lines; of an overlong line, its beginning.
    pub(super) bytes: Vec<u8>,
    /// Bytes of the log that the block stands for, with those that were skipped.
    pub(super) size: u64,
    pub(super) origin: Origin,
}

/// Reads the blocks of one log.
pub(super) struct Blocks<'i> {
    input: &'i Input,
    log: Box<dyn BufRead + 'i>,
    origin: Origin,
    offset: u64,
    /// The line that the last block broke off in.
    begun: Vec<u8>,
    state: State,
}

enum State {
    Reading,
    /// Reading failed behind the last block.
    Failed(io::Error),
    Ended,
}

impl<'i> Blocks<'i> {
    pub(super) fn open(
        input: &'i Input,
        log_bucket: Option<&str>,
        progress: &'i Progress,
    ) -> Result<Self, Error> {
        let log = input.open(|bytes| progress.advance(bytes));
        let log = log.map_err(|source| Error::Read { path: input.path().into(), source })?;
        let origin = Origin::new(log_bucket, &input.log_key());
        Ok(Self { input, log, origin, offset: 0, begun: Vec::new(), state: State::Reading })
    }

    /// The next block, or `None` at the end. After an error the log is at its end.
    pub(super) fn next(&mut self) -> Result<Option<Block>, Error> {
        while let State::Reading = self.state {
            let mut bytes = mem::take(&mut self.begun);
            match fill(&mut *self.log, &mut bytes) {
                Ok(Filled::Whole) => {}
                Ok(Filled::End) => {
                    self.state = State::Ended;
                    return Ok((!bytes.is_empty()).then(|| self.block(bytes, 0)));
                }
                Err(error) => self.state = State::Failed(error),
            }
            if let Some(newline) = memrchr(b'\n', &bytes) {
                self.begun = bytes.split_off(newline + 1);
                return Ok(Some(self.block(bytes, 0)));
            }
            if let State::Reading = self.state {
                match self.skip_line() {
                    Ok(skipped) => return Ok(Some(self.block(bytes, skipped))),
                    Err(error) => self.state = State::Failed(error),
                }
            }
            self.begun = bytes;
        }
        match mem::replace(&mut self.state, State::Ended) {
            State::Failed(source) => Err(Error::BrokenOff {
                path: self.input.path().into(),
                offset: self.offset,
                lost: self.begun.len(),
                source,
            }),
            State::Reading | State::Ended => Ok(None),
        }
    }

    fn block(&mut self, bytes: Vec<u8>, skipped: u64) -> Block {
        let (offset, size) = (self.offset, bytes.len() as u64 + skipped);
        self.offset += size;
        Block { offset, bytes, size, origin: self.origin.clone() }
    }

    /// Reads past the end of the begun line; gives the bytes that were skipped.
    fn skip_line(&mut self) -> io::Result<u64> {
        let mut skipped = 0;
        loop {
            let mut bytes = Vec::new();
            let filled = fill(&mut *self.log, &mut bytes)?;
            if let Some(newline) = memchr(b'\n', &bytes) {
                self.begun = bytes.split_off(newline + 1);
                return Ok(skipped + bytes.len() as u64);
            }
            skipped += bytes.len() as u64;
            if let Filled::End = filled {
                return Ok(skipped);
            }
        }
    }
}

enum Filled {
    Whole,
    End,
}

/// Reads until `bytes` is a block long or the log ends. What was read before an error stays. Nothing is
/// written to `bytes` but what was read: filling it with zeros first costs as much as a scan.
fn fill(log: &mut dyn BufRead, bytes: &mut Vec<u8>) -> io::Result<Filled> {
    bytes.reserve_exact(BLOCK_BYTES.saturating_sub(bytes.len()));
    while bytes.len() < BLOCK_BYTES {
        let read = match log.fill_buf() {
            Ok([]) => return Ok(Filled::End),
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let taken = read.len().min(BLOCK_BYTES - bytes.len());
        bytes.extend_from_slice(read.get(..taken).unwrap_or_default());
        log.consume(taken);
    }
    Ok(Filled::Whole)
}
