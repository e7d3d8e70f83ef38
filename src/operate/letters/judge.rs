//! Why a message is of use, or not: what it names is looked at as the function would.

use std::io::Write as _;
use std::time::Duration;

use flate2::write::MultiGzDecoder;
use tokio::time::sleep;

use crate::access_log::{Finding, Probe, is_log_object_key};
use crate::event::Contents;
use crate::operate::bucket::url;
use crate::ports::{Cause, Letter, ObjectBody, ObjectSource, ObjectTask, Opened, SourceError};

/// Source: RFC 1952, section 2.3.1.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// How often an object is asked for, and the wait that doubles from one time to the next.
const ATTEMPTS: u32 = 4;
const WAIT: Duration = Duration::from_millis(250);

/// What holds for a message. Of the objects of one message the first in this order counts: as long as
/// one of them can be read, the message is of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// It can be read (again).
    Readable,
    /// Whether it can be read is not known: a timeout, a throttle.
    Unavailable,
    /// A permission is missing.
    AccessDenied,
    /// It lies in an archive.
    Archived,
    /// It cannot be read for another reason, which is told.
    Unreadable,
    /// It is no access log, by the rules of the function.
    NotAnAccessLog,
    /// It is no longer there.
    Gone,
    /// The message is understood and asks for nothing.
    NothingToDo,
    /// The message is not understood.
    UnreadableBody,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Readable,
        Self::Unavailable,
        Self::AccessDenied,
        Self::Archived,
        Self::Unreadable,
        Self::NotAnAccessLog,
        Self::Gone,
        Self::NothingToDo,
        Self::UnreadableBody,
    ];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Readable => "readable",
            Self::Unavailable => "unavailable",
            Self::AccessDenied => "access_denied",
            Self::Archived => "archived",
            Self::Unreadable => "unreadable",
            Self::NotAnAccessLog => "not_an_access_log",
            Self::Gone => "gone",
            Self::NothingToDo => "nothing_to_do",
            Self::UnreadableBody => "unreadable_body",
        }
    }

    /// What is to be done.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::Readable => "--run moves them back",
            Self::Unavailable => "ask again",
            Self::AccessDenied => {
                "s3:GetObject (or kms:Decrypt) is missing: output log_bucket_policy_statements"
            }
            Self::Archived => "restore the objects first: aws s3api restore-object",
            Self::Unreadable => "see why",
            Self::NotAnAccessLog => {
                "narrow the prefix; --reason not_an_access_log --delete --run removes them"
            }
            Self::Gone => "nothing to read: --reason gone --delete --run removes them",
            Self::NothingToDo => "the function passes over them: --run moves them back",
            Self::UnreadableBody => "no event that the function knows: look at the body",
        }
    }

    /// Whether nothing is lost with the message.
    #[must_use]
    pub fn is_deletable(self) -> bool {
        matches!(self, Self::NotAnAccessLog | Self::Gone)
    }
}

/// What was found out about a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What holds for it.
    pub reason: Reason,
    /// The bucket of the object that decided; empty where the message names none.
    pub bucket: String,
    /// The `s3://` URLs of all its objects.
    pub objects: Vec<String>,
    /// What was said when it was looked at, where that adds something.
    pub said: Option<String>,
}

/// Judges a message.
pub async fn judge(source: &impl ObjectSource, letter: &Letter) -> Judged {
    let alone = |reason, said| Judged { reason, bucket: String::new(), objects: Vec::new(), said };
    let contents = match Contents::from_json(&letter.body) {
        Ok(contents) => contents,
        Err(error) => return alone(Reason::UnreadableBody, Some(error.to_string())),
    };
    let mut judged = alone(Reason::NothingToDo, None);
    for task in &contents.objects {
        judged.objects.push(url(&task.bucket, &task.key));
        let (reason, said) = look(source, task).await;
        if judged.bucket.is_empty() || reason < judged.reason {
            (judged.reason, judged.said) = (reason, said);
            judged.bucket.clone_from(&task.bucket);
        }
    }
    judged
}

/// Looks at an object, as often as it takes to be told something.
async fn look(source: &impl ObjectSource, task: &ObjectTask) -> (Reason, Option<String>) {
    let (mut attempt, mut wait) = (1, WAIT);
    loop {
        match look_once(source, task).await {
            Ok(reason) => return (reason, None),
            Err(SourceError::Missing) => return (Reason::Gone, None),
            Err(SourceError::Interrupted(_) | SourceError::Changed) if attempt < ATTEMPTS => {}
            Err(SourceError::Rejected(rejection)) => {
                let reason = match rejection.cause {
                    Cause::AccessDenied { .. } | Cause::EncryptionKey => Reason::AccessDenied,
                    Cause::Archived => Reason::Archived,
                    _ => Reason::Unreadable,
                };
                return (reason, Some(rejection.to_string()));
            }
            Err(error) => return (Reason::Unavailable, Some(error.to_string())),
        }
        sleep(wait).await;
        (attempt, wait) = (attempt + 1, wait * 2);
    }
}

async fn look_once(source: &impl ObjectSource, task: &ObjectTask) -> Result<Reason, SourceError> {
    let opened = source.open(task, 0, None).await?;
    // The function takes these without a look, see its rules of evidence.
    if task.start_offset() > 0 || is_log_object_key(&task.key) {
        return Ok(Reason::Readable);
    }
    Ok(match probe(opened).await? {
        Some(Finding::AccessLog) => Reason::Readable,
        Some(Finding::Undecided | Finding::SomethingElse) => Reason::NotAnAccessLog,
        None => Reason::Unreadable,
    })
}

/// What the beginning of an object shows it to be; `None` of gzip that does not decode.
async fn probe<B: ObjectBody>(mut opened: Opened<B>) -> Result<Option<Finding>, SourceError> {
    let mut probe = Probe::default();
    let mut decoder: Option<MultiGzDecoder<Vec<u8>>> = None;
    let mut held = Vec::new();
    let mut is_begun = false;
    while let Some(chunk) = opened.body.next_chunk().await? {
        held.extend_from_slice(&chunk);
        if !is_begun && held.len() < GZIP_MAGIC.len() {
            continue;
        }
        if !is_begun && held.starts_with(&GZIP_MAGIC) {
            decoder = Some(MultiGzDecoder::new(Vec::new()));
        }
        is_begun = true;
        if let Some(decoder) = &mut decoder {
            if decoder.write_all(&held).is_err() {
                return Ok(None);
            }
            held = std::mem::take(decoder.get_mut());
        }
        match probe.look(&std::mem::take(&mut held)) {
            Finding::Undecided => {}
            decided => return Ok(Some(decided)),
        }
    }
    if let Some(decoder) = &mut decoder {
        if decoder.try_finish().is_err() {
            return Ok(None);
        }
        held = std::mem::take(decoder.get_mut());
    }
    match probe.look(&held) {
        Finding::Undecided => Ok(Some(probe.finish())),
        decided => Ok(Some(decided)),
    }
}
