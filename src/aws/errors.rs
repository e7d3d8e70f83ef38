//! An SDK error, reduced to what decides about it: no response, or one with status and code.
//!
//! What it does not do: keep the service's message where it may quote the request, for requests
//! carry log lines.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

/// What stands for the code of a response without one.
pub(super) const NO_CODE: &str = "no error code";

/// The longest message of a service that is passed on, in characters.
const MESSAGE_CHARS_MAX: usize = 300;

/// What came back instead of success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// Nothing, or nothing that could be understood: the request may have been carried out.
    NoResponse(String),
    /// The request could not even be made.
    NotSent(String),
    /// An error response of the service.
    Response { status: u16, code: String, message: String, hints: Hints },
}

/// What the headers of an error response of S3 add.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Hints {
    /// What hides the object is a delete marker (`x-amz-delete-marker`).
    pub(super) delete_marker: bool,
    /// The Region of the bucket (`x-amz-bucket-region`).
    pub(super) bucket_region: Option<String>,
    /// The size of the object, of a range that lies behind it (`content-range: bytes */SIZE`).
    pub(super) object_bytes: Option<u64>,
}

impl Hints {
    fn of(response: &HttpResponse) -> Self {
        let header = |name| response.headers().get(name);
        let range = header("content-range").and_then(|range| range.strip_prefix("bytes */"));
        Self {
            delete_marker: header("x-amz-delete-marker") == Some("true"),
            bucket_region: header("x-amz-bucket-region").map(str::to_owned),
            object_bytes: range.and_then(|size| size.parse().ok()),
        }
    }
}

impl Failure {
    pub(super) fn of<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match error {
            SdkError::ConstructionFailure(_) => Self::NotSent(clip(&display(error))),
            SdkError::ServiceError(context) => Self::Response {
                status: context.raw().status().as_u16(),
                code: context.err().code().unwrap_or(NO_CODE).to_owned(),
                message: clip(context.err().message().unwrap_or_default()),
                hints: Hints::of(context.raw()),
            },
            // Not one of the service's, such as a proxy's error page.
            SdkError::ResponseError(context) => {
                Self::NoResponse(format!("unreadable response, status {}", context.raw().status()))
            }
            SdkError::TimeoutError(_) => Self::NoResponse("timeout".to_owned()),
            _ => Self::NoResponse(clip(&display(error))),
        }
    }
}

/// Whether a code or status says: not now.
pub(super) fn is_throttle(status: u16, code: &str) -> bool {
    const CODES: [&str; 7] = [
        "LimitExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailableException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    ];
    status == 429 || status == 503 || CODES.contains(&code)
}

/// Whether a code or status says that the same request may succeed when made again.
pub(super) fn is_transient(status: u16, code: &str) -> bool {
    const CODES: [&str; 4] =
        ["InternalError", "InternalFailure", "RequestTimeout", "RequestTimeoutException"];
    status >= 500 || status == 408 || CODES.contains(&code) || is_throttle(status, code)
}

/// What a response says, in the form of all error texts.
pub(super) fn said(status: u16, code: &str) -> String {
    format!("{code} ({status})")
}

/// The codes for credentials that are no good.
pub(super) fn is_about_credentials(code: &str) -> bool {
    const CODES: [&str; 6] = [
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidToken",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    ];
    CODES.contains(&code)
}

/// The error and what caused it, in words: what the SDK prints itself ends with its own structures.
fn display(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(found) = cause {
        let words = found.to_string();
        // Some say again what their cause says.
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = found.source();
    }
    text
}

fn clip(message: &str) -> String {
    message.chars().take(MESSAGE_CHARS_MAX).collect()
}
