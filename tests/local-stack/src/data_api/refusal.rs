//! How a call is refused, by AWS's names.

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::http::Reply;

/// The content type of every answer.
pub(super) const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// Why a call fails.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    name: &'static str,
    body: Value,
}

impl Refusal {
    pub(super) fn new(name: &'static str, message: impl Into<String>) -> Self {
        let message: String = message.into();
        Self { status: StatusCode::BAD_REQUEST, name, body: json!({ "Message": message }) }
    }

    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    pub(super) fn not_found(message: &str, id: &str) -> Self {
        let body = json!({ "Message": message, "ResourceId": id });
        Self { status: StatusCode::BAD_REQUEST, name: "ResourceNotFoundException", body }
    }

    /// The service's own fault; a statement may have been noted under an id.
    pub(super) fn environment(name: &'static str, id: Option<&str>) -> Self {
        let message = "The statement encountered an environmental error while running.";
        let body = json!({ "Message": message, "StatementId": id });
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, name, body }
    }

    pub(super) fn into_reply(mut self) -> Reply {
        if let Some(body) = self.body.as_object_mut() {
            body.insert("__type".to_owned(), json!(self.name));
        }
        let kind =
            (HeaderName::from_static("x-amzn-errortype"), HeaderValue::from_static(self.name));
        Reply::json(self.status, CONTENT_TYPE, vec![kind], &self.body)
    }
}
