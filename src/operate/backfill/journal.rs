//! How far a backfill came, in a file.
//!
//! JSON lines: the settings first, then a line whenever the mark moved, the last one `"done":true`. A
//! line is handed to the system at once, so it outlives the process; once a second it is made to
//! outlive the machine as well. A line that was cut off is as good as not written. When the file
//! grows, it is written anew beside itself and takes its own place.
//!
//! Invariant: one process at a time; the file is locked. What it does not do: know which messages are
//! under way.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::counts::Counts;
use crate::operate::keys::Place;
use crate::row::RecordId;

const VERSION: u64 = 1;

/// How often the file is forced to the disk.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// The size past which it is written anew.
const BYTES_MAX: u64 = 4 << 20;

/// What a backfill is about: another one must not go on with its journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The bucket and prefix, or the list.
    pub source: String,
    /// The first second that is meant.
    pub from_unix_s: Option<i64>,
    /// The first that no longer is.
    pub to_unix_s: Option<i64>,
    /// Whether keys without a date are meant.
    pub undated: bool,
    /// Where the messages go.
    pub queue: String,
}

impl Settings {
    /// A name for it in a few digits: the same settings give the same one.
    #[must_use]
    pub fn job(&self) -> String {
        let text = format!("{self:?}");
        RecordId::of(text.as_bytes()).to_string().chars().take(8).collect()
    }

    /// The first setting in which two differ.
    fn difference(&self, other: &Self) -> Option<&'static str> {
        [
            ("the source", self.source == other.source),
            ("--from", self.from_unix_s == other.from_unix_s),
            ("--to", self.to_unix_s == other.to_unix_s),
            ("--undated", self.undated == other.undated),
            ("the queue", self.queue == other.queue),
        ]
        .into_iter()
        .find_map(|(name, same)| (!same).then_some(name))
    }
}

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
    #[serde(default)]
    done: bool,
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
        let Place { key, line, file } = place.clone();
        let mark =
            serde_json::to_string(&Mark { last_key: key, line, file, counts: *counts, done });
        let mark = mark.map_err(io::Error::from)?;
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
        } else {
            let Mark { last_key, line, file, counts, done } =
                serde_json::from_str(json).map_err(unreadable)?;
            begun.place = Some(Place { key: last_key, line, file });
            (begun.counts, begun.is_done) = (counts, done);
        }
        whole_bytes += read as u64;
    }
    Ok((begun, whole_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            source: "s3://amber-logs/a/".to_owned(),
            from_unix_s: Some(1),
            to_unix_s: None,
            undated: false,
            queue: "https://q".to_owned(),
        }
    }

    fn place(number: u64) -> Place {
        Place { key: format!("key \"{number}\""), line: number, file: 0 }
    }

    fn counts(objects: u64) -> Counts {
        Counts { objects, bytes: objects * 7, ..Counts::default() }
    }

    fn open(path: &Path) -> (Journal, Begun) {
        Journal::open(path, &settings()).unwrap()
    }

    #[test]
    fn what_was_noted_is_there_again_even_cut_off_anywhere() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (mut journal, begun) = open(&path);
        assert_eq!(begun, Begun::default());
        journal.begin(Some(counts(9))).unwrap();
        for number in 1..=3 {
            journal.mark(&place(number), &counts(number), number == 3).unwrap();
        }
        drop(journal);
        let whole = std::fs::read(&path).unwrap();
        let ends: Vec<_> = memchr::memchr_iter(b'\n', &whole).map(|at| at + 1).collect();
        for length in 0..=whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let (_, begun) = open(&path);
            let lines = ends.iter().filter(|end| **end <= length).count();
            let marks = lines.saturating_sub(1) as u64;
            assert_eq!(begun.total, (lines > 0).then(|| counts(9)), "{length}");
            assert_eq!(begun.place, (marks > 0).then(|| place(marks)), "{length}");
            assert_eq!((begun.counts, begun.is_done), (counts(marks), marks == 3), "{length}");
            let whole_lines = ends.get(lines.wrapping_sub(1)).map_or(0, |end| *end);
            assert_eq!(std::fs::metadata(&path).unwrap().len(), whole_lines as u64);
        }
    }

    #[test]
    fn a_journal_of_something_else_is_refused_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        open(&path).0.begin(None).unwrap();
        let before = std::fs::read(&path).unwrap();
        let other = Settings { to_unix_s: Some(2), ..settings() };
        let error = Journal::open(&path, &other).unwrap_err();
        assert!(matches!(error, JournalError::OtherSettings("--to")), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
        for text in ["no journal\n", "{}\n", "{\"logferry\":\"stack\"}\n"] {
            std::fs::write(&path, text).unwrap();
            let error = Journal::open(&path, &settings()).unwrap_err();
            assert!(matches!(error, JournalError::Unreadable { line: 1, .. }), "{error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn one_process_has_it_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (first, _) = open(&path);
        let error = Journal::open(&path, &settings()).unwrap_err();
        assert!(matches!(error, JournalError::Locked), "{error}");
        drop(first);
        open(&path);
    }

    #[test]
    fn it_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (mut journal, _) = open(&path);
        journal.begin(Some(counts(9))).unwrap();
        let long = Place { key: "k".repeat(1_000), line: 0, file: 0 };
        for number in 0..6_000 {
            journal.mark(&long, &counts(number), false).unwrap();
        }
        assert!(std::fs::metadata(&path).unwrap().len() < BYTES_MAX + 2_000);
        assert!(matches!(Journal::open(&path, &settings()), Err(JournalError::Locked)));
        drop(journal);
        let (_, begun) = open(&path);
        assert_eq!((begun.total, begun.counts), (Some(counts(9)), counts(5_999)));
    }
}
