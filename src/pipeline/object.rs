//! What an invocation is asked to read, and how it went.
//!
//! What these types do not do: they carry names, offsets and reasons, never line contents.

use thiserror::Error;

/// How an object's bytes are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// The text itself: an offset in the text is an offset in the object, so reading can start
    /// anywhere.
    Plain,
    /// Gzip, of one or more members. It can only be read from its beginning, so offsets count
    /// uncompressed bytes, and to start at one is to decode and drop what lies before it.
    Gzip,
}

impl Encoding {
    /// The stable name, as in a continuation message.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
        }
    }

    /// The encoding of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Plain, Self::Gzip].into_iter().find(|encoding| encoding.name() == name)
    }
}

/// Where to go on in an object that was read in part.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Resume {
    /// The first byte not yet delivered: the start of a line, in bytes of the text.
    pub offset: u64,
    /// The version the offset belongs to. When the object has another one by now, it is read from
    /// its start.
    pub etag: Option<String>,
    /// How the object is stored, which decides how the offset is reached.
    pub encoding: Encoding,
}

/// One object to be read, from its start or from where an earlier invocation stopped.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ObjectTask {
    /// The bucket that holds the log object.
    pub bucket: String,
    /// The log object's key, decoded.
    pub key: String,
    /// `None`: from the start.
    pub resume: Option<Resume>,
}

impl ObjectTask {
    /// An object to be read from its start.
    #[must_use]
    pub fn whole(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), key: key.into(), resume: None }
    }

    /// The offset the task starts at, in bytes of the text.
    #[must_use]
    pub fn start_offset(&self) -> u64 {
        self.resume.as_ref().map_or(0, |resume| resume.offset)
    }
}

/// How one object ended.
#[derive(Debug)]
pub enum ObjectOutcome {
    /// Read to its end, and every row acknowledged.
    Done,
    /// There is no such object (any more): nothing to do, but counted.
    Missing,
    /// Time ran out. Every row before the offset is acknowledged; the rest is still to be read. It
    /// is the caller's to hand it on: unless somebody takes it, the object has failed.
    Unfinished(Resume),
    /// Time ran out before it was opened. It is the caller's to hand on, or to fail.
    NotStarted,
    /// Something of this object may not have been delivered.
    Failed(ObjectError),
}

/// Why an object failed: which one, how far it came, and what to do about it.
#[derive(Debug, Error)]
#[error("s3://{bucket}/{key} failed at offset {offset}: {kind}")]
pub struct ObjectError {
    /// The bucket that holds the log object.
    pub bucket: String,
    /// The log object's key.
    pub key: String,
    /// How far reading came, in bytes of the object's text.
    pub offset: u64,
    /// What happened.
    pub kind: ObjectErrorKind,
}

impl ObjectError {
    /// Whether the same object may well succeed when it is tried again without anybody's help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.kind {
            ObjectErrorKind::Unreadable { retryable, .. } => retryable,
            ObjectErrorKind::ChangedTooOften
            | ObjectErrorKind::OutOfTime
            | ObjectErrorKind::DeliveryLost => true,
            ObjectErrorKind::NotAnAccessLog
            | ObjectErrorKind::CorruptGzip { .. }
            | ObjectErrorKind::Undeliverable { .. }
            | ObjectErrorKind::Conservation { .. }
            | ObjectErrorKind::Panicked => false,
        }
    }
}

/// The reasons an object can fail for.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ObjectErrorKind {
    /// The source refused or kept failing.
    #[error("cannot read it: {reason}")]
    Unreadable {
        /// What the source said, with the remedy where there is one.
        reason: String,
        /// Whether trying again may help.
        retryable: bool,
    },
    /// The object was overwritten again and again while it was being read.
    #[error("it changed while it was read, several times over; try again when its writer is done")]
    ChangedTooOften,
    /// `not_an_access_log`: nothing in its first bytes is a line of an S3 server access log.
    #[error(
        "not_an_access_log: its first 64 KiB hold no S3 server access log line; \
         point the notification at the log prefix only"
    )]
    NotAnAccessLog,
    /// The gzip stream is damaged or ends early.
    #[error("its gzip stream is {reason}; upload the object again")]
    CorruptGzip {
        /// `truncated` or `corrupt`.
        reason: &'static str,
    },
    /// The sink refused records that hold rows of this object.
    #[error("its rows cannot be delivered: {reason}")]
    Undeliverable {
        /// The sink's error code and message.
        reason: String,
    },
    /// The invocation's time was over before anything of it was delivered.
    #[error("time ran out; give the function more time or fewer messages at once")]
    OutOfTime,
    /// A delivery ended without telling what became of its records.
    #[error(
        "a delivery ended unexpectedly; its rows may be missing until the object is tried again"
    )]
    DeliveryLost,
    /// Lines in and rows out differ: a defect of logferry, never to be passed over.
    #[error(
        "conservation mismatch: {lines} lines, but {rows} rows and {filtered} filtered lines; \
         {acknowledged} rows acknowledged. Please report this as a bug"
    )]
    Conservation {
        /// Lines read, blank ones apart.
        lines: u64,
        /// Rows written, quarantined ones included.
        rows: u64,
        /// Lines dropped by filters.
        filtered: u64,
        /// Rows the sink acknowledged.
        acknowledged: u64,
    },
    /// The code reading this object panicked. The others went on.
    #[error("internal error (panic); please report this as a bug")]
    Panicked,
}
