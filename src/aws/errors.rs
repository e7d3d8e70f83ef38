//! An SDK error, reduced to what decides about it: no response, or one with status and code.
//!
//! What it does not do: keep the service's message where it may quote the request, for requests
//! carry log lines.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

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
    Response { status: u16, code: String, message: String },
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

fn display<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: std::error::Error + 'static,
{
    DisplayErrorContext(error).to_string()
}

fn clip(message: &str) -> String {
    message.chars().take(MESSAGE_CHARS_MAX).collect()
}
