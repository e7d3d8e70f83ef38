//! The message logferry sends itself when time runs out in the middle of an object.
//!
//! Its JSON is a contract between versions of logferry that run at the same time while a new one is
//! deployed, so it carries a version, unknown fields are ignored, and a newer version is an error
//! rather than a guess.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::ports::{Encoding, Journey, ObjectTask, Resume};

/// The value of the field `logferry` that tells this message from all others.
pub(super) const KIND: &str = "continuation";

/// The version this code writes, and the newest it reads.
const VERSION: u64 = 1;

/// The rest of an object: which, and from where on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Continuation {
    logferry: String,
    version: u64,
    bucket: String,
    key: String,
    /// The first byte still to be read: a line start, in bytes of the text, which for a gzip object
    /// is the uncompressed one.
    offset: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    /// `plain` or `gzip`.
    encoding: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    /// See [`Journey`]; counts of zero are left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    hops: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    stalled: u32,
    #[serde(default, skip_serializing_if = "is_zero")]
    deferred: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form serde calls it in")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A continuation message that cannot be followed.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContinuationError {
    /// A field is missing or of the wrong type.
    #[error("malformed continuation message: {0}")]
    Malformed(String),
    /// Written by a newer logferry.
    #[error(
        "continuation message of version {0}, this logferry reads up to {VERSION}; deploy the newer one"
    )]
    Version(u64),
    /// An encoding this code does not know.
    #[error("continuation message with an unknown encoding")]
    Encoding,
}

impl Continuation {
    /// The message for the rest of an object, which has come so far.
    #[must_use]
    pub fn new(task: &ObjectTask, resume: &Resume, journey: Journey) -> Self {
        let Journey { hops, stalled, deferred } = journey;
        Self {
            logferry: KIND.to_owned(),
            version: VERSION,
            bucket: task.bucket.clone(),
            key: task.key.clone(),
            offset: resume.offset,
            etag: resume.etag.clone(),
            encoding: resume.encoding.name().to_owned(),
            version_id: task.version.clone(),
            region: task.region.clone(),
            hops,
            stalled,
            deferred,
        }
    }

    /// Its JSON, the body of the message.
    ///
    /// # Errors
    /// [`ContinuationError::Malformed`], which texts and numbers do not give.
    pub fn to_json(&self) -> Result<String, ContinuationError> {
        serde_json::to_string(self).map_err(|error| ContinuationError::Malformed(error.to_string()))
    }

    /// The object to go on with.
    pub(super) fn read(value: &serde_json::Value) -> Result<ObjectTask, ContinuationError> {
        let version = value.get("version").and_then(serde_json::Value::as_u64);
        if let Some(newer) = version.filter(|version| *version > VERSION) {
            return Err(ContinuationError::Version(newer));
        }
        let message = Self::deserialize(value)
            .map_err(|error| ContinuationError::Malformed(error.to_string()))?;
        let encoding = Encoding::from_name(&message.encoding).ok_or(ContinuationError::Encoding)?;
        let resume = Resume { offset: message.offset, etag: message.etag, encoding };
        // From the start of any version: that is an object like another.
        let resume = Some(resume).filter(|resume| resume.offset > 0 || resume.etag.is_some());
        let Self { hops, stalled, deferred, .. } = message;
        Ok(ObjectTask {
            bucket: message.bucket,
            key: message.key,
            version: message.version_id,
            region: message.region,
            resume,
            journey: Journey { hops, stalled, deferred },
        })
    }
}

#[cfg(test)]
mod tests {

    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for encoding in [Encoding::Plain, Encoding::Gzip] {
            for etag in [None, Some("\"abc\"".to_owned())] {
                let resume = Resume { offset: 1 << 40, etag, encoding };
                let journey = Journey { hops: 3, stalled: 1, deferred: 2 };
                let version = Some("v".to_owned());
                let region = Some("eu-west-1".to_owned());
                let task = ObjectTask { version, region, ..ObjectTask::whole("logs", "a b") };
                let json = Continuation::new(&task, &resume, journey).to_json().unwrap();
                let read = Continuation::read(&serde_json::from_str(&json).unwrap()).unwrap();
                assert_eq!(read, ObjectTask { resume: Some(resume), journey, ..task });
            }
        }
    }

    #[test]
    fn the_wire_form_is_fixed() {
        let resume = Resume { offset: 7, etag: Some("e".to_owned()), encoding: Encoding::Plain };
        assert_eq!(
            Continuation::new(&ObjectTask::whole("b", "k"), &resume, Journey::default())
                .to_json()
                .unwrap(),
            r#"{"logferry":"continuation","version":1,"bucket":"b","key":"k","offset":7,"etag":"e","encoding":"plain"}"#
        );
        let (version, region) = (Some("v".to_owned()), Some("r".to_owned()));
        let task = ObjectTask { version, region, ..ObjectTask::whole("b", "k") };
        let journey = Journey { hops: 1, stalled: 2, deferred: 3 };
        assert_eq!(
            Continuation::new(&task, &resume, journey).to_json().unwrap(),
            r#"{"logferry":"continuation","version":1,"bucket":"b","key":"k","offset":7,"etag":"e","encoding":"plain","version_id":"v","region":"r","hops":1,"stalled":2,"deferred":3}"#
        );
    }

    #[test]
    fn a_newer_version_and_a_broken_message_are_refused() {
        let newer = json!({"logferry": "continuation", "version": 2, "anything": "else"});
        assert_eq!(Continuation::read(&newer), Err(ContinuationError::Version(2)));
        let odd = json!({"logferry": "continuation", "version": 1, "bucket": "b", "key": "k",
            "offset": 1, "encoding": "zstd"});
        assert_eq!(Continuation::read(&odd), Err(ContinuationError::Encoding));
        let broken = json!({"logferry": "continuation", "version": 1, "bucket": "b"});
        assert!(matches!(Continuation::read(&broken), Err(ContinuationError::Malformed(_))));
    }
}
