//! What can go wrong in the tool, and the exit codes.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::ExitCode;

use super::convert::content::Refusal;
use crate::cost::PricesError;
use crate::filter::FilterError;
#[cfg(feature = "operate")]
use crate::operate::backfill::copy::CopyError;
#[cfg(feature = "operate")]
use crate::operate::backfill::{JournalError, SendError};
#[cfg(feature = "operate")]
use crate::operate::{KeysError, OperateError, StackError};
use crate::table::UnknownRelease;

/// Exit codes of every verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done, nothing to complain of.
    Done,
    /// 1: done, and what was found is not as it should be (`--fail-on-quarantine`).
    Found,
    /// 2: what is asked for makes no sense.
    Usage,
    /// 3: some of the work could not be done (a file could not be read, a disk was full).
    Failed,
    /// 130: stopped by Ctrl-C; the same command goes on.
    Stopped,
}

// Most of what is wrong with the arguments is found by clap, which ends with 2 itself.
impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Found => 1,
            Exit::Usage => 2,
            Exit::Failed => 3,
            Exit::Stopped => 130,
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
    #[error("convert {}: it is {}; {}", path.display(), refusal.what, refusal.remedy(path))]
    Refused { path: PathBuf, refusal: Refusal },
    #[error(
        "read {}: it is not on this machine; copy it with `aws s3 cp --recursive {} logs/` and \
         convert logs/, or pipe one object: `aws s3 cp {} - | logferry convert`",
        url.display(), url.display(), url.display()
    )]
    OnS3 { url: PathBuf },
    #[error("read {}: no file matches", path.display())]
    NoMatch { path: PathBuf },
    #[error("find a log in {}: {}", path.display(), nothing(*hidden, *irregular))]
    NothingThere { path: PathBuf, hidden: u64, irregular: u64 },
    #[error("read the rules in {}", path.display())]
    Filters { path: PathBuf, source: FilterError },
    #[error("read the prices in {}", path.display())]
    Prices { path: PathBuf, source: PricesError },
    #[error("measure {}: it has no line", path.display())]
    NoLines { path: PathBuf },
    #[error("list {}", path.display())]
    List { path: PathBuf, source: std::io::Error },
    #[error("write {to}")]
    Write { to: String, source: std::io::Error },
    #[error("write {}: {reason}", path.display())]
    OutputForm { path: PathBuf, reason: String },
    #[error("write {}: it is also an input; write somewhere else", path.display())]
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
    #[cfg(feature = "operate")]
    #[error("read the stack file {}", path.display())]
    StackFile { path: PathBuf, source: StackError },
    #[cfg(feature = "operate")]
    #[error(transparent)]
    Operate(Box<OperateError>),
    #[cfg(feature = "operate")]
    #[error(
        "load staged files: the stream loads its files itself, and they would be loaded twice; `load` \
         is for a stream whose destination is S3 (extended_s3)"
    )]
    StreamLoads,
    #[cfg(feature = "operate")]
    #[error("know the deployment")]
    Stack(#[from] StackError),
    #[cfg(feature = "operate")]
    #[error("start")]
    Runtime(std::io::Error),
    #[cfg(feature = "operate")]
    #[error("connect to AWS: {0}")]
    Endpoints(String),
    #[cfg(feature = "operate")]
    #[error("connect to AWS: the Region is not known; give --region, a stack file, or AWS_REGION")]
    NoRegion,
    #[cfg(feature = "operate")]
    #[error("connect to AWS: there are no credentials; give --profile, or see `aws configure`")]
    NoCredentials,
    #[cfg(feature = "operate")]
    #[error("backfill from keys below a prefix: with --keys give s3://BUCKET alone")]
    PrefixAndKeys,
    #[cfg(feature = "operate")]
    #[error("delete dead letters: say which, with --reason or --bucket")]
    DeleteWithoutSelection,
    #[cfg(feature = "operate")]
    #[error(
        "delete dead letters that are {0}: there may be something to read for them; only those that \
         are gone or not_an_access_log are deleted"
    )]
    NotDeletable(&'static str),
    #[cfg(feature = "operate")]
    #[error("get the keys as {who}")]
    Keys { who: String, source: KeysError },
    #[cfg(feature = "operate")]
    #[error("send as {who}; what was sent is noted, and the same command goes on")]
    Send { who: String, source: SendError },
    #[cfg(feature = "operate")]
    #[error(
        "send messages with choices about rows: the function has its own, in its variables; leave \
         them out, or use --to-copy"
    )]
    RowsOfTheFunction,
    #[cfg(feature = "operate")]
    #[error("copy as {who}; what was loaded is noted, and the same command goes on")]
    Copy { who: String, source: Box<CopyError> },
    #[cfg(feature = "operate")]
    #[error("use the journal {}", path.display())]
    Journal { path: PathBuf, source: JournalError },
    #[cfg(feature = "operate")]
    #[error(
        "send with --backlog {asked}: the queue keeps a message for {retention_s} s, in which {most} \
         are sure to be read; give fewer, or let the queue keep them longer"
    )]
    Backlog { asked: u64, most: u64, retention_s: u64 },
    #[cfg(not(feature = "operate"))]
    #[error(
        "run {0}: this build has no verbs that talk to AWS; `cargo install logferry --features \
         operate` builds one that has them"
    )]
    NotInThisBuild(&'static str),
}

#[cfg(feature = "operate")]
impl From<OperateError> for Error {
    fn from(error: OperateError) -> Self {
        Self::Operate(Box::new(error))
    }
}

impl Error {
    /// The reader of our output went away, as `head` does.
    pub(super) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Write { source, .. } if source.kind() == ErrorKind::BrokenPipe)
    }

    /// The exit code that it ends with.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::OutputForm { .. } => Exit::Usage,
            #[cfg(feature = "operate")]
            Self::StreamLoads
            | Self::Stack(_)
            | Self::NoRegion
            | Self::PrefixAndKeys
            | Self::RowsOfTheFunction
            | Self::DeleteWithoutSelection
            | Self::NotDeletable(_)
            | Self::Backlog { .. } => Exit::Usage,
            #[cfg(not(feature = "operate"))]
            Self::NotInThisBuild(_) => Exit::Usage,
            _ => Exit::Failed,
        }
    }
}

/// Why nothing is found in a folder.
fn nothing(hidden: u64, irregular: u64) -> String {
    match (hidden, irregular) {
        (0, 0) => "there is no file".into(),
        (hidden, 0) => format!("there is nothing but {hidden} hidden; --hidden reads them"),
        (hidden, irregular) => format!(
            "there is nothing but {hidden} hidden, which --hidden reads, and {irregular} that are \
             no regular files, which are read when they are named"
        ),
    }
}

/// Prints an error and what caused it on one line.
pub(super) fn report(error: &Error) {
    eprintln!("error: failed to {}", with_causes(error));
}

/// Tells what was left out and why, where the rest went on.
#[cfg(feature = "operate")]
pub(super) fn note(what: &str, error: &dyn std::error::Error) {
    eprintln!("note: {what}: failed to {}", with_causes(error));
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(found) = cause {
        text.push_str(": ");
        text.push_str(&found.to_string());
        cause = found.source();
    }
    text
}
