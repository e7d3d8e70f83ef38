//! How a whole call is refused, by AWS's names.

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};
use serde_json::json;

use crate::http::Reply;

/// The content type of every answer.
pub(super) const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// Why a whole call fails.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    name: &'static str,
    message: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, name: &'static str, message: impl Into<String>) -> Self {
        Self { status, name, message: message.into() }
    }

    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "ValidationException", message)
    }

    pub(super) fn invalid_argument(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidArgumentException", message)
    }

    pub(super) fn unavailable() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailableException", "Slow down.")
    }

    pub(super) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", "Internal failure")
    }

    pub(super) fn into_reply(self) -> Reply {
        let body = json!({ "__type": self.name, "message": self.message });
        let kind =
            (HeaderName::from_static("x-amzn-errortype"), HeaderValue::from_static(self.name));
        Reply::json(self.status, CONTENT_TYPE, vec![kind], &body)
    }
}
