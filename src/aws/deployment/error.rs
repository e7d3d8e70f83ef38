//! Why a lookup gave no fact.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use crate::aws::errors::{Failure, NO_CODE, is_transient, said};
use crate::ports::LookupError;

/// The codes for a resource that is not there. Sources: the API references of SQS, Lambda, S3,
/// Firehose and IAM.
const MISSING: [&str; 5] = [
    "AWS.SimpleQueueService.NonExistentQueue",
    "NoSuchBucket",
    "NoSuchEntity",
    "QueueDoesNotExist",
    "ResourceNotFoundException",
];

/// Reads an error; `needs` is the permission that the call takes.
pub(super) fn lookup_error<E>(error: &SdkError<E, HttpResponse>, needs: &'static str) -> LookupError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match Failure::of(error) {
        Failure::NoResponse(why) => LookupError::Unavailable(why),
        Failure::NotSent(why) => LookupError::Refused(why),
        Failure::Response { status, code, message, .. } => match code.as_str() {
            // An answer that is none, told as an error by those who speak CBOR.
            NO_CODE if status < 300 => {
                LookupError::Unavailable(format!("unreadable response, status {status}"))
            }
            code if MISSING.contains(&code) => LookupError::Missing,
            "AccessDenied" | "AccessDeniedException" => LookupError::Denied { needs },
            code if is_transient(status, code) => LookupError::Unavailable(said(status, code)),
            code => LookupError::Refused(format!("{}: {message}", said(status, code))),
        },
    }
}
