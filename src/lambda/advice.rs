//! What whoever runs the function does about a failure.
//!
//! The modules below say what failed and what is missing; only here is it known that a role, variables
//! and a timeout belong to it. What this file does not do: repeat the facts.

use std::fmt;

use crate::pipeline::{ObjectError, ObjectErrorKind};
use crate::ports::{Cause, QueueError, Rejection, Resource};

/// A failure of an object with what to do about it, for logs and error responses.
pub(super) struct Advised<'e>(pub(super) &'e ObjectError);

impl fmt::Display for Advised<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        match advice(&self.0.kind) {
            Some(advice) => write!(f, "; {advice}"),
            None => Ok(()),
        }
    }
}

/// What to do about it, where there is something.
pub(super) fn advice(kind: &ObjectErrorKind) -> Option<&'static str> {
    match kind {
        ObjectErrorKind::AccessRejected(rejection)
        | ObjectErrorKind::Undeliverable(rejection)
        | ObjectErrorKind::NotContinued(QueueError::Rejected(rejection)) => about(rejection),
        ObjectErrorKind::OutOfTime => Some(
            "give the function more time or fewer messages at once, and a queue in \
             LOGFERRY_CONTINUATION_QUEUE_URL",
        ),
        ObjectErrorKind::NotAnAccessLog => Some("point the notification at the log prefix only"),
        ObjectErrorKind::Stuck { .. } => Some("see why it crawls, or give the function more time"),
        ObjectErrorKind::NeverBegun(_) => Some(
            "see whether the stream takes records, and raise its quota or the function's timeout",
        ),
        ObjectErrorKind::Vanished => Some("let the lifecycle rule of the log bucket expire later"),
        _ => None,
    }
}

fn about(rejection: &Rejection) -> Option<&'static str> {
    match (rejection.cause, &rejection.resource) {
        (Cause::AccessDenied { .. }, _) => Some("grant it to the function's role"),
        (Cause::NotFound, Resource::Stream(_)) => Some("check LOGFERRY_STREAM and the Region"),
        (Cause::NotFound, Resource::Queue(_)) => Some("check LOGFERRY_CONTINUATION_QUEUE_URL"),
        (Cause::NotFound, _) => Some("check the bucket that the event names"),
        (Cause::Archived, _) => Some("restore the object, then send its message again"),
        (Cause::EncryptionKey, _) => Some("check the key, and that the function's role may use it"),
        (Cause::Decompression, _) => Some("switch decompression off for the stream"),
        (Cause::Credentials, _) => Some("check the function's role and its clock"),
        (Cause::OtherRegion, _) => Some("watch it with a logferry of its own in that Region"),
        (Cause::Other, Resource::Stream(_)) => Some("see the API reference of PutRecordBatch"),
        (Cause::Other, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::ObjectTask;

    #[test]
    fn a_failure_names_the_object_the_fact_and_the_remedy() {
        let rejection = Rejection {
            resource: Resource::Stream("logs".to_owned()),
            said: "AccessDeniedException (400)".to_owned(),
            cause: Cause::AccessDenied { needs: "firehose:PutRecordBatch on it" },
        };
        let task = ObjectTask::whole("bucket", "key");
        let error = ObjectError::new(&task, 7, ObjectErrorKind::Undeliverable(rejection));
        assert_eq!(
            Advised(&error).to_string(),
            "s3://bucket/key failed at offset 7: its rows cannot be delivered: stream logs: \
             AccessDeniedException (400); access needs firehose:PutRecordBatch on it; grant it to \
             the function's role"
        );
    }
}
