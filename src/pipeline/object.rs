//! How an object ended.
//!
//! What these types do not do: they carry names, offsets and reasons, never line contents.

use thiserror::Error;

use crate::ports::{ObjectTask, QueueError, Rejection, Resume};

/// An object with which the run is through.
#[derive(Debug)]
pub struct Settled {
    /// Its place in the stream of objects, from 0 on.
    pub index: usize,
    /// What was to be read.
    pub task: ObjectTask,
    /// How it ended.
    pub outcome: ObjectOutcome,
    /// What was delivered of it, when some of it was read and nothing of that failed.
    pub receipt: Option<Receipt>,
}

/// What was delivered of an object, for the ledger of all objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The version that was read.
    pub etag: Option<String>,
    /// Its size in stored bytes, where the source told it.
    pub object_bytes: Option<u64>,
    /// The first byte of the text that was read.
    pub text_from: u64,
    /// The end of the text whose rows are all acknowledged.
    pub text_to: u64,
    /// Whether that is the end of the object.
    pub is_end: bool,
    /// When the object was written, in seconds since 1970.
    pub last_modified_unix_s: Option<i64>,
    /// What the lines between the two became; `None` where more may have been delivered than that.
    pub lines: Option<Delivered>,
}

/// What the lines of a piece of text became, each of their rows acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    /// Lines that are not blank.
    pub lines: u64,
    /// Lines that became typed rows.
    pub typed: u64,
    /// Lines that became quarantined rows.
    pub quarantined: u64,
    /// Lines that a filter dropped.
    pub filtered: u64,
    /// Blank lines.
    pub blank: u64,
    /// The sum of the offsets of all rows.
    pub offset_sum: u128,
    /// The earliest request time of a typed row, in seconds since 1970.
    pub first_request_unix_s: Option<i64>,
    /// The latest one.
    pub last_request_unix_s: Option<i64>,
}

/// How one object ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum ObjectOutcome {
    /// Read to its end, and every row acknowledged.
    Done,
    /// There is no such object (any more): nothing to do, but counted.
    Missing,
    /// Time ran out. Every row before the offset is acknowledged; the rest is still to be read. The
    /// caller is to see to it that somebody does: otherwise the object has failed.
    Unfinished(Resume),
    /// Something of this object may not have been delivered.
    Failed(ObjectError),
}

/// Why an object failed: which one, how far it came, and what to do about it.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[error("s3://{bucket}/{key} failed at offset {offset}: {kind}")]
pub struct ObjectError {
    /// The bucket that holds the log object.
    pub bucket: String,
    /// The log object's key.
    pub key: String,
    /// How far reading came, in bytes of the object's text.
    pub offset: u64,
    /// What happened.
    #[source]
    pub kind: ObjectErrorKind,
}

impl ObjectError {
    /// A failure of this object, which was read up to `offset`.
    #[must_use]
    pub(crate) fn new(task: &ObjectTask, offset: u64, kind: ObjectErrorKind) -> Self {
        Self { bucket: task.bucket.clone(), key: task.key.clone(), offset, kind }
    }

    /// Whether the same object may well succeed when it is tried again without anybody's help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.kind {
            ObjectErrorKind::Unreadable(_)
            | ObjectErrorKind::ChangedTooOften
            | ObjectErrorKind::OutOfTime
            | ObjectErrorKind::NotContinued(_)
            | ObjectErrorKind::Stuck { .. }
            | ObjectErrorKind::NeverBegun(_)
            | ObjectErrorKind::DeliveryLost => true,
            ObjectErrorKind::AccessRejected(_)
            | ObjectErrorKind::Vanished
            | ObjectErrorKind::NotAnAccessLog
            | ObjectErrorKind::CorruptGzip { .. }
            | ObjectErrorKind::Undeliverable(_)
            | ObjectErrorKind::Conservation { .. }
            | ObjectErrorKind::Panicked => false,
        }
    }
}

/// The reasons an object can fail for.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ObjectErrorKind {
    /// The source kept failing, the last time for this reason.
    #[error("cannot read it: {0}")]
    Unreadable(String),
    /// The source says no.
    #[error("cannot read it: {0}")]
    AccessRejected(#[source] Rejection),
    /// The object was overwritten again and again while it was being read.
    #[error("it changed while it was read, several times over; try again when its writer is done")]
    ChangedTooOften,
    /// It was there, and was deleted before all of it was read.
    #[error("it was deleted while it was read; lines behind the offset are lost with it")]
    Vanished,
    /// Invocation after invocation came no further with it.
    #[error("it came no further in {stalled} invocations in a row, of {hops} in all")]
    Stuck {
        /// Invocations in a row that came no further.
        stalled: u32,
        /// All invocations that read a part of it.
        hops: u32,
    },
    /// Its turn never came: the invocations that got its message had no time to begin it.
    #[error("{0} invocations in a row had no time to begin it")]
    NeverBegun(u32),
    /// `not_an_access_log`: its name is none that S3 gives to logs, and nothing in its first bytes
    /// begins like a line of one.
    #[error(
        "not_an_access_log: S3 names its logs otherwise, and no line of the first 64 KiB begins \
         like one of them"
    )]
    NotAnAccessLog,
    /// The gzip stream is damaged or ends early.
    #[error("its gzip stream is {reason}; upload the object again")]
    CorruptGzip {
        /// `truncated` or `corrupt`.
        reason: &'static str,
    },
    /// The sink says no to records that hold rows of this object.
    #[error("its rows cannot be delivered: {0}")]
    Undeliverable(#[source] Rejection),
    /// Time was over before anything of it was delivered, or nobody is there to continue it.
    #[error("time ran out")]
    OutOfTime,
    /// Time ran out, and the queue did not take the message that would have continued it.
    #[error("time ran out, and it cannot be continued: {0}")]
    NotContinued(#[source] QueueError),
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
