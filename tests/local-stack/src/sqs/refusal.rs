//! How a call is refused, by AWS's names.

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::json;

use crate::http::{Call, Reply};

/// The content type of every answer.
pub(super) const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// An answer that is an error: AWS's name for it and the words.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    pub(super) code: &'static str,
    /// The name in the older query protocol, which SDKs still read.
    query_code: &'static str,
    pub(super) message: String,
}

impl Refusal {
    /// One whose name is the same in both protocols.
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self::named(code, code, message)
    }

    pub(super) fn named(
        code: &'static str,
        query_code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, query_code, message: message.into() }
    }

    pub(super) fn value(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterValue", message)
    }

    pub(super) fn internal() -> Self {
        let message = "We encountered an internal error. Please try again.";
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self { status, ..Self::new("InternalFailure", message) }
    }

    pub(super) fn throttled() -> Self {
        let message = "The request was denied due to request throttling.";
        Self { status: StatusCode::FORBIDDEN, ..Self::new("RequestThrottled", message) }
    }

    pub(super) fn into_reply(self) -> Reply {
        let body = json!({ "__type": format!("com.amazonaws.sqs#{}", self.code), "message": self.message });
        let query = HeaderValue::try_from(format!("{};Sender", self.query_code));
        let headers = query
            .map(|value| vec![(HeaderName::from_static("x-amzn-query-error"), value)])
            .unwrap_or_default();
        Reply::json(self.status, CONTENT_TYPE, headers, &body)
    }
}

/// What a call asks.
pub(super) fn parse<'a, T: Deserialize<'a>>(call: &'a Call) -> Result<T, Refusal> {
    serde_json::from_slice(&call.body).map_err(|error| {
        Refusal::named("SerializationException", "MalformedQueryString", error.to_string())
    })
}
