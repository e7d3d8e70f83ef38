//! The bytes of a line at its place in a log object.
//!
//! A plain object is opened at the line; gzip has no such place, and is decoded from its start once for all
//! its lines. What it does not do: hold an object in memory.

use std::io::Write as _;
use std::time::Duration;

use flate2::write::MultiGzDecoder;
use tokio::time::sleep;

use crate::access_log::{Line, LineSplitter};
use crate::ports::{ObjectBody, ObjectSource, ObjectTask, SourceError};

/// Source: RFC 1952, section 2.3.1.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// How often a line is asked for, and the wait that doubles from one time to the next.
const ATTEMPTS: u32 = 4;
const WAIT: Duration = Duration::from_millis(250);

/// How an object is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    Plain,
    Gzip,
}

/// How an object is stored, by its first bytes.
pub(super) async fn stored(
    source: &impl ObjectSource,
    task: &ObjectTask,
) -> Result<Stored, SourceError> {
    patiently(async || {
        let mut opened = source.open(task, 0, None).await?;
        let mut begin = Vec::new();
        while begin.len() < GZIP_MAGIC.len() {
            let Some(chunk) = opened.body.next_chunk().await? else { break };
            begin.extend(chunk.iter().take(GZIP_MAGIC.len()));
        }
        Ok(if begin.starts_with(&GZIP_MAGIC) { Stored::Gzip } else { Stored::Plain })
    })
    .await
}

/// Gives the line of a plain object that begins at an offset to `take`; none where the object ends before.
pub(super) async fn plain_line<T>(
    source: &impl ObjectSource,
    task: &ObjectTask,
    offset: u64,
    take: impl Fn(&Line<'_>) -> T,
) -> Result<Option<T>, SourceError> {
    patiently(async || {
        let mut opened = source.open(task, offset, None).await?;
        let mut splitter = LineSplitter::starting_at(offset);
        while let Some(chunk) = opened.body.next_chunk().await? {
            let mut text: &[u8] = &chunk;
            if let Some(line) = splitter.next_line(&mut text) {
                return Ok(Some(take(&line)));
            }
        }
        Ok(splitter.finish().map(|line| take(&line)))
    })
    .await
}

/// Gives the lines of a gzip object that begin at these offsets, which are in order, to `take`.
pub(super) async fn gzip_lines<T>(
    source: &impl ObjectSource,
    task: &ObjectTask,
    offsets: &[u64],
    take: impl Fn(&Line<'_>) -> T,
) -> Result<Vec<(u64, T)>, SourceError> {
    let last = offsets.last().copied().unwrap_or(0);
    patiently(async || {
        let mut opened = source.open(task, 0, None).await?;
        let mut decoder = MultiGzDecoder::new(Vec::new());
        let mut splitter = LineSplitter::starting_at(0);
        let mut found = Vec::new();
        let mut note = |line: &Line<'_>| {
            if offsets.binary_search(&line.offset).is_ok() {
                found.push((line.offset, take(line)));
            }
            line.offset >= last
        };
        while let Some(chunk) = opened.body.next_chunk().await? {
            // What does not decode ends it: the lines before that count.
            let is_broken = decoder.write_all(&chunk).is_err();
            let bytes = std::mem::take(decoder.get_mut());
            let mut text: &[u8] = &bytes;
            while let Some(line) = splitter.next_line(&mut text) {
                if note(&line) {
                    return Ok(found);
                }
            }
            if is_broken {
                return Ok(found);
            }
        }
        let is_whole = decoder.try_finish().is_ok();
        let bytes = std::mem::take(decoder.get_mut());
        let mut text: &[u8] = &bytes;
        while let Some(line) = splitter.next_line(&mut text) {
            note(&line);
        }
        if let Some(line) = splitter.finish().filter(|_| is_whole) {
            note(&line);
        }
        Ok(found)
    })
    .await
}

/// Asks again for what was interrupted.
async fn patiently<T>(ask: impl AsyncFn() -> Result<T, SourceError>) -> Result<T, SourceError> {
    let (mut attempt, mut wait) = (1, WAIT);
    loop {
        match ask().await {
            Err(SourceError::Interrupted(_)) if attempt < ATTEMPTS => {}
            answer => return answer,
        }
        sleep(wait).await;
        (attempt, wait) = (attempt + 1, wait * 2);
    }
}
