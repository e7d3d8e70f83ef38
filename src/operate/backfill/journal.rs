//! How far a backfill came, in a file.
//!
//! JSON lines: the settings first, then a line whenever the mark moved, the last one `"done":true`. Where
//! rows are copied, what is about to be loaded stands before the mark that says that it was. A line is
//! handed to the system at once, so it outlives the process; once a second it is made to
//! outlive the machine as well. A line that was cut off is as good as not written. When the file
//! grows, it is written anew beside itself and takes its own place.
//!
//! Invariant: one process at a time; the file is locked. What it does not do: know which messages are
//! under way.

use std::collections::HashSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::counts::Counts;
use super::prepared::{Copied, Prepared};
use super::settings::Settings;
use crate::operate::keys::Place;

const VERSION: u64 = 1;

/// How often the file is forced to the disk.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// The size past which it is written anew.
const BYTES_MAX: u64 = 4 << 20;

/// What an earlier run left behind, or nothing of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Begun {
    /// There was an earlier run.
    pub is_begun: bool,
    /// How much there is to do in all, if it was counted.
    pub total: Option<Counts>,
    /// How far it came; `None` at the beginning.
    pub place: Option<Place>,
    /// What was sent and left out up to there.
    pub counts: Counts,
    /// What was copied up to there.
    pub copied: Copied,
    /// What is behind the place, and may be loaded or not.
    pub prepared: Option<Prepared>,
    /// It came to the end.
    pub is_done: bool,
}

/// What is wrong with a journal.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The file cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Another process has it.
    #[error("another backfill is running with it")]
    Locked,
    /// It is about something else.
    #[error(
        "it is of a backfill in which {0} is another; give another --journal, or the same settings"
    )]
    OtherSettings(&'static str),
    /// It is none.
    #[error("line {line} is none of a journal ({why}); give another --journal")]
    Unreadable {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Head {
    logferry: String,
    v: u64,
    job: String,
    settings: Settings,
    total: Option<Counts>,
}

#[derive(Serialize, Deserialize)]
struct Mark {
    last_key: String,
    line: u64,
    #[serde(default)]
    file: usize,
    counts: Counts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    copied: Option<Copied>,
    #[serde(default)]
    done: bool,
}

/// How a line begins that is no mark.
const PREPARED: &str = "{\"prepared\":";

#[derive(Serialize, Deserialize)]
struct Preparation {
    prepared: Prepared,
}

/// An open journal.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    settings: Settings,
    total: Option<Counts>,
    bytes: u64,
    synced: Instant,
}

impl Journal {
    /// Opens the journal of a backfill, and says how far it came. A file that does not exist is made
    /// once there is something to note.
    ///
    /// # Errors
    /// [`JournalError`]; the file is left as it is.
    pub fn open(path: &Path, settings: &Settings) -> Result<(Self, Begun), JournalError> {
        let mut options = OpenOptions::new();
        let mut file = options.read(true).append(true).create(true).open(path)?;
        lock(&file)?;
        let (begun, whole_bytes) = read(&mut file, settings)?;
        // A line that was cut off would take the next one with it.
        file.set_len(whole_bytes)?;
        let journal = Self {
            path: path.to_owned(),
            file,
            settings: settings.clone(),
            total: begun.total,
            bytes: whole_bytes,
            synced: Instant::now(),
        };
        Ok((journal, begun))
    }

    /// Notes how much there is to do, at the beginning.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(&mut self, total: Option<Counts>) -> Result<(), JournalError> {
        self.total = total;
        self.append(&[self.head()?])?;
        Ok(self.file.sync_data()?)
    }

    /// Notes that every key up to a place was sent or left out.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn mark(&mut self, place: &Place, counts: &Counts, done: bool) -> Result<(), JournalError> {
        self.mark_copied(place, (counts, None), done)
    }

    /// Notes that every key up to a place was copied or left out.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn mark_copied(
        &mut self,
        place: &Place,
        (counts, copied): (&Counts, Option<Copied>),
        done: bool,
    ) -> Result<(), JournalError> {
        let Place { key, line, file } = place.clone();
        let mark = Mark { last_key: key, line, file, counts: *counts, copied, done };
        let mark = serde_json::to_string(&mark).map_err(io::Error::from)?;
        if self.bytes > BYTES_MAX {
            return self.rewrite(&mark);
        }
        self.append(&[mark])?;
        if done || self.synced.elapsed() >= SYNC_EVERY {
            self.file.sync_data()?;
            self.synced = Instant::now();
        }
        Ok(())
    }

    /// Notes what is about to be loaded. It outlives the machine before the load begins.
    ///
    /// # Errors
    /// When it cannot be written; nothing of it may be loaded then.
    pub fn prepare(&mut self, prepared: &Prepared) -> Result<(), JournalError> {
        let line = serde_json::to_string(&Preparation { prepared: prepared.clone() });
        self.append(&[line.map_err(io::Error::from)?])?;
        self.file.sync_data()?;
        self.synced = Instant::now();
        Ok(())
    }

    /// Notes objects that could not be read, in a list beside the journal that is one for `--keys`. What
    /// stands there already is not written again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn fail(&self, bucket: &str, keys: &[&str]) -> Result<(), JournalError> {
        // A key with a line break has no place in a list.
        let lines = keys.iter().filter(|key| !key.contains(['\n', '\r']));
        let lines: Vec<String> = lines.map(|key| format!("s3://{bucket}/{key}\n")).collect();
        if lines.is_empty() {
            return Ok(());
        }
        let path = failed_path(&self.path);
        let mut options = OpenOptions::new();
        let mut file = options.read(true).append(true).create(true).open(path)?;
        let mut known = String::new();
        file.read_to_string(&mut known)?;
        let known: HashSet<&str> = known.split_inclusive('\n').collect();
        let new: Vec<&str> =
            lines.iter().map(String::as_str).filter(|line| !known.contains(line)).collect();
        file.write_all(new.concat().as_bytes())?;
        Ok(file.sync_data()?)
    }

    fn head(&self) -> Result<String, JournalError> {
        let (settings, total) = (self.settings.clone(), self.total);
        let (logferry, job) = ("backfill".to_owned(), settings.job());
        let head = Head { logferry, v: VERSION, job, settings, total };
        Ok(serde_json::to_string(&head).map_err(io::Error::from)?)
    }

    fn append(&mut self, lines: &[String]) -> Result<(), JournalError> {
        let text = lines.join("\n") + "\n";
        self.file.write_all(text.as_bytes())?;
        self.bytes += text.len() as u64;
        Ok(())
    }

    /// With the head and that mark alone.
    fn rewrite(&mut self, mark: &str) -> Result<(), JournalError> {
        let mut beside = self.path.clone().into_os_string();
        beside.push(".new");
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).open(&beside)?;
        lock(&file)?;
        (self.file, self.bytes) = (file, 0);
        self.append(&[self.head()?, mark.to_owned()])?;
        self.file.sync_data()?;
        self.synced = Instant::now();
        Ok(std::fs::rename(&beside, &self.path)?)
    }
}

/// The list of the objects that could not be read.
#[must_use]
pub fn failed_path(journal: &Path) -> PathBuf {
    let mut beside = journal.as_os_str().to_owned();
    beside.push(".failed");
    beside.into()
}

fn lock(file: &File) -> Result<(), JournalError> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => JournalError::Locked,
        TryLockError::Error(error) => error.into(),
    })
}

/// What the file says, and how many bytes of whole lines it has.
fn read(file: &mut File, settings: &Settings) -> Result<(Begun, u64), JournalError> {
    let (mut begun, mut whole_bytes) = (Begun::default(), 0);
    let mut lines = BufReader::new(file);
    for line in 1.. {
        let mut text = String::new();
        #[expect(clippy::disallowed_methods, reason = "nobody but this file writes its lines")]
        let read = lines.by_ref().read_line(&mut text)?;
        let Some(json) = text.strip_suffix('\n') else { break };
        let unreadable =
            |error: serde_json::Error| JournalError::Unreadable { line, why: error.to_string() };
        if line == 1 {
            let head: Head = serde_json::from_str(json).map_err(unreadable)?;
            if head.logferry != "backfill" || head.v != VERSION {
                let why = format!("it is of {} version {}", head.logferry, head.v);
                return Err(JournalError::Unreadable { line, why });
            }
            if let Some(difference) = head.settings.difference(settings) {
                return Err(JournalError::OtherSettings(difference));
            }
            (begun.is_begun, begun.total) = (true, head.total);
        } else if json.starts_with(PREPARED) {
            let preparation: Preparation = serde_json::from_str(json).map_err(unreadable)?;
            begun.prepared = Some(preparation.prepared);
        } else {
            let Mark { last_key, line, file, counts, copied, done } =
                serde_json::from_str(json).map_err(unreadable)?;
            begun.place = Some(Place { key: last_key, line, file });
            (begun.counts, begun.is_done) = (counts, done);
            (begun.copied, begun.prepared) = (copied.unwrap_or_default(), None);
        }
        whole_bytes += read as u64;
    }
    Ok((begun, whole_bytes))
}

#[cfg(test)]
mod tests;
