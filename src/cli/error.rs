//! What can go wrong in the tool, and the exit codes.

use std::error::Error as _;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::table::UnknownRelease;

/// Exit codes of every verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done, nothing to complain of.
    Done,
    /// 1: done, and what was found is not as it should be (`--fail-on-quarantine`).
    Found,
    /// 3: some of the work could not be done (a file could not be read, a disk was full).
    Failed,
}

// 2, wrong usage, is clap's own.
impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Found => 1,
            Exit::Failed => 3,
        })
    }
}

/// An error of the tool. Messages fit "failed to {error}".
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("read {}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error(
        "read {} past offset {offset}: rows up to there are written; the {lost} bytes after the \
         last whole line are not",
        path.display()
    )]
    BrokenOff { path: PathBuf, offset: u64, lost: usize, source: std::io::Error },
    #[error("list {}", path.display())]
    List { path: PathBuf, source: std::io::Error },
    #[error("write {to}")]
    Write { to: String, source: std::io::Error },
    #[error("write {}: it is also an input; choose another --output", path.display())]
    OutputIsInput { path: PathBuf },
    #[error(
        "unload rows with PostgreSQL's SQL: UNLOAD is Redshift's; leave --unload-to out and copy them \
         first"
    )]
    UnloadIsRedshifts,
    #[error("upgrade the table")]
    Upgrade(#[from] UnknownRelease),
    #[error("read standard input: it is a terminal; give a file, a folder, or pipe a log in")]
    NothingToRead,
}

impl Error {
    /// The reader of our output went away, as `head` does.
    pub(super) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Write { source, .. } if source.kind() == ErrorKind::BrokenPipe)
    }
}

/// Prints an error and what caused it on one line.
pub(super) fn report(error: &Error) {
    eprint!("error: failed to {error}");
    let mut cause = error.source();
    while let Some(found) = cause {
        eprint!(": {found}");
        cause = found.source();
    }
    eprintln!();
}
