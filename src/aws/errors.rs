//! An SDK error, reduced to what decides about it: no answer, or an answer with status and code.
//!
//! What it does not do: keep the service's message where it may quote the request, for requests
//! carry log lines.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

/// What stands for the code of an answer without one.
pub(super) const NO_CODE: &str = "no error code";

/// The longest message of a service that is passed on, in characters.
const MESSAGE_CHARS_MAX: usize = 300;

/// What came back instead of success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// None, or none that could be understood: the request may have been carried out.
    None(String),
    /// The request could not even be made.
    NotSent(String),
    /// The service said no.
    Said { status: u16, code: String, message: String },
}

impl Answer {
    pub(super) fn of<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match error {
            SdkError::ConstructionFailure(_) => Self::NotSent(clip(&display(error))),
            SdkError::ServiceError(context) => Self::Said {
                status: context.raw().status().as_u16(),
                code: context.err().code().unwrap_or(NO_CODE).to_owned(),
                message: clip(context.err().message().unwrap_or_default()),
            },
            // An answer that is no valid response, such as a proxy's error page.
            SdkError::ResponseError(context) => {
                Self::None(format!("unreadable answer, status {}", context.raw().status()))
            }
            SdkError::TimeoutError(_) => Self::None("timeout".to_owned()),
            _ => Self::None(clip(&display(error))),
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

fn display<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: std::error::Error + 'static,
{
    DisplayErrorContext(error).to_string()
}

fn clip(message: &str) -> String {
    message.chars().take(MESSAGE_CHARS_MAX).collect()
}
