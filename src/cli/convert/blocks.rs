//! Cuts a log into blocks of whole lines, so that many cores can work on one file.

use std::io::{self, ErrorKind, Read};
use std::mem;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use memchr::{memchr, memrchr};

use super::super::error::Error;
use super::content;
use super::inputs::Input;
use super::open::open;
use super::progress::Progress;
use crate::access_log::{LINE_BYTES_MAX, Overlong, overlong_hasher};
use crate::row::Origin;

/// Bytes read before a block is cut.
const BLOCK_BYTES: usize = 1024 * 1024;

/// Bytes read first of a log: most logs of S3 are smaller, and room for a block is not free.
const FIRST_BYTES: usize = 32 * 1024;

// A block without a newline holds enough of its line to show that the line is overlong.
const _: () = assert!(BLOCK_BYTES > 2 * LINE_BYTES_MAX);

/// Buffers that blocks were read into and that the next blocks can be read into. There are no more of
/// them than blocks on their way.
#[derive(Default)]
pub(super) struct Pool(Mutex<Vec<Buffer>>);

impl Pool {
    /// A buffer that holds `begun`.
    fn take(&self, begun: &[u8]) -> Buffer {
        let mut buffer = self.lock().pop().unwrap_or_default();
        buffer.filled = 0;
        buffer.make_room(begun.len());
        if let Some(start) = buffer.room.get_mut(..begun.len()) {
            start.copy_from_slice(begun);
            buffer.filled = begun.len();
        }
        buffer
    }

    /// Takes back the buffer of a block that is done with.
    pub(super) fn give_back(&self, block: Block) {
        self.lock().push(block.buffer);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Buffer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whole lines of one log.
pub(super) struct Block {
    /// Offset of the first byte in the uncompressed log.
    pub(super) offset: u64,
    /// Holds the lines; of an overlong line, its beginning.
    buffer: Buffer,
    /// Of an overlong line whose rest was skipped; the block holds nothing else.
    pub(super) overlong: Option<Overlong>,
    /// Bytes of the log that the block stands for, with those that were skipped.
    pub(super) size: u64,
    pub(super) origin: Origin,
    /// What messages call the log.
    pub(super) path: Arc<Path>,
}

impl Block {
    /// The lines; of an overlong line, its beginning.
    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.bytes()
    }
}

/// Reads the blocks of one log.
pub(super) struct Blocks<'i> {
    log: Box<dyn Read + 'i>,
    log_key: &'i str,
    origin: Origin,
    path: Arc<Path>,
    offset: u64,
    /// The line that the last block broke off in.
    begun: Vec<u8>,
    pool: &'i Pool,
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
        pool: &'i Pool,
    ) -> Result<Self, Error> {
        let log = open(input.file(), |bytes| progress.advance(bytes));
        let log = log.map_err(|source| Error::Read { path: input.path().into(), source })?;
        let log_key = &input.log_key;
        let (origin, path) = (Origin::new(log_bucket, log_key), input.path().into());
        let (begun, state) = (Vec::new(), State::Reading);
        Ok(Self { log, log_key, origin, path, offset: 0, begun, pool, state })
    }

    /// The next block, or `None` at the end. After an error the log is at its end.
    pub(super) fn next(&mut self) -> Result<Option<Block>, Error> {
        let first = self.offset == 0;
        let block = self.cut()?;
        if let (true, Some(block)) = (first, &block) {
            let whole = !matches!(self.state, State::Failed(_));
            content::check(self.log_key, block.bytes(), whole).map_err(|refusal| {
                self.state = State::Ended;
                Error::Refused { path: self.path.to_path_buf(), refusal }
            })?;
        }
        Ok(block)
    }

    fn cut(&mut self) -> Result<Option<Block>, Error> {
        while let State::Reading = self.state {
            let begun = mem::take(&mut self.begun);
            let mut buffer = self.pool.take(&begun);
            let mut filled = Ok(Filled::Whole);
            if self.offset == 0 {
                filled = buffer.fill(&mut self.log, FIRST_BYTES);
            }
            if let Ok(Filled::Whole) = filled {
                filled = buffer.fill(&mut self.log, BLOCK_BYTES);
            }
            match filled {
                Ok(Filled::Whole) => {}
                Ok(Filled::End) => {
                    self.state = State::Ended;
                    return Ok((buffer.filled > 0).then(|| self.block(buffer)));
                }
                Err(error) => self.state = State::Failed(error),
            }
            if let Some(newline) = memrchr(b'\n', buffer.bytes()) {
                self.begun = buffer.cut_behind(newline);
                return Ok(Some(self.block(buffer)));
            }
            if let State::Reading = self.state {
                match self.skip_line(buffer.bytes()) {
                    Ok((skipped, overlong)) => {
                        let mut block = self.block(buffer);
                        block.size += skipped;
                        block.overlong = Some(overlong);
                        self.offset += skipped;
                        return Ok(Some(block));
                    }
                    Err(error) => self.state = State::Failed(error),
                }
            }
            self.begun = buffer.bytes().to_vec();
        }
        match mem::replace(&mut self.state, State::Ended) {
            State::Failed(source) => Err(Error::BrokenOff {
                path: self.path.to_path_buf(),
                offset: self.offset,
                lost: self.begun.len(),
                source,
            }),
            State::Reading | State::Ended => Ok(None),
        }
    }

    fn block(&mut self, buffer: Buffer) -> Block {
        let (offset, size) = (self.offset, buffer.filled as u64);
        self.offset += size;
        let (origin, path) = (self.origin.clone(), Arc::clone(&self.path));
        Block { offset, buffer, overlong: None, size, origin, path }
    }

    /// Reads past the end of the begun line; gives the bytes that were skipped, and what tells the line
    /// from others that begin alike.
    fn skip_line(&mut self, begun: &[u8]) -> io::Result<(u64, Overlong)> {
        let mut hasher = overlong_hasher(begun, self.offset);
        let mut skipped = 0;
        loop {
            let mut buffer = self.pool.take(&[]);
            let filled = buffer.fill(&mut self.log, BLOCK_BYTES)?;
            if let Some(newline) = memchr(b'\n', buffer.bytes()) {
                self.begun = buffer.cut_behind(newline);
                let bytes = buffer.bytes();
                hasher.update(bytes.strip_suffix(b"\n").unwrap_or(bytes));
                return Ok((skipped + bytes.len() as u64, hasher.finish()));
            }
            let bytes = buffer.bytes();
            hasher.update(bytes);
            skipped += bytes.len() as u64;
            if let Filled::End = filled {
                return Ok((skipped, hasher.finish()));
            }
        }
    }
}

enum Filled {
    Whole,
    End,
}

/// Room for bytes, of which the first are filled; what stands behind them means nothing.
#[derive(Default)]
struct Buffer {
    room: Vec<u8>,
    filled: usize,
}

impl Buffer {
    fn bytes(&self) -> &[u8] {
        self.room.get(..self.filled).unwrap_or_default()
    }

    /// Sees to it that there is room for so many bytes.
    fn make_room(&mut self, bytes: usize) {
        if self.room.len() < bytes {
            // The system hands out zeros: to grow a vector would be to write them again.
            let smaller = mem::replace(&mut self.room, vec![0; bytes]);
            if let Some((start, filled)) =
                self.room.get_mut(..self.filled).zip(smaller.get(..self.filled))
            {
                start.copy_from_slice(filled);
            }
        }
    }

    /// Reads until there are `wanted` bytes, or as many as there is room for, or the log ends. What was
    /// read before an error stays.
    fn fill(&mut self, log: &mut dyn Read, wanted: usize) -> io::Result<Filled> {
        self.make_room(wanted);
        while let Some(free) = self.room.get_mut(self.filled..).filter(|free| !free.is_empty()) {
            match log.read(free) {
                Ok(0) => return Ok(Filled::End),
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Filled::Whole)
    }

    /// Keeps the bytes up to the one at `last` and gives the others.
    fn cut_behind(&mut self, last: usize) -> Vec<u8> {
        let rest = self.bytes().get(last + 1..).unwrap_or_default().to_vec();
        self.filled = self.filled.min(last + 1);
        rest
    }
}
