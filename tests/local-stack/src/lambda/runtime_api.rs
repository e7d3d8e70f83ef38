//! The Runtime API, version 2018-06-01, of one execution environment.
//!
//! `next` waits for an invocation and hands it over with its deadline; `response`, `error` and
//! `init/error` take what the function says. An answer for any other request id is refused, as is
//! one beyond six megabytes.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::{Failure, lineage};
use crate::http::{Call, Handler, Reply};

const PREFIX: &str = "/2018-06-01/runtime/";
/// A synchronous answer may have six megabytes.
const RESPONSE_BYTES_MAX: usize = 6 * 1024 * 1024;

/// An invocation on its way to the function.
#[derive(Debug)]
pub(super) struct Invocation {
    pub(super) request_id: String,
    pub(super) payload: Bytes,
    /// Invocations in its chain, this one included.
    pub(super) invocations: u32,
    pub(super) timeout: Duration,
    /// Told when the function has taken it.
    pub(super) taken: oneshot::Sender<Instant>,
    /// Told what the function answered.
    pub(super) answer: oneshot::Sender<Result<Bytes, Failure>>,
}

/// Where the environment's process stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It has not asked for an event yet.
    Starting,
    /// It has asked for its first event.
    Ready,
    /// It reported that it cannot start.
    Failed(String),
}

#[derive(Debug)]
pub(super) struct RuntimeApi {
    pub(super) function_arn: String,
    pub(super) invocations: tokio::sync::Mutex<mpsc::Receiver<Invocation>>,
    pub(super) phase: watch::Sender<Phase>,
    current: Mutex<Option<Current>>,
}

#[derive(Debug)]
struct Current {
    request_id: String,
    answer: oneshot::Sender<Result<Bytes, Failure>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reported {
    #[serde(default)]
    error_message: String,
    #[serde(default)]
    error_type: String,
}

impl RuntimeApi {
    pub(super) fn new(function_arn: String, invocations: mpsc::Receiver<Invocation>) -> Self {
        let phase = watch::Sender::new(Phase::Starting);
        let invocations = tokio::sync::Mutex::new(invocations);
        Self { function_arn, invocations, phase, current: Mutex::default() }
    }

    async fn next(&self) -> Reply {
        self.phase.send_if_modified(|phase| {
            let starting = *phase == Phase::Starting;
            if starting {
                *phase = Phase::Ready;
            }
            starting
        });
        let Some(invocation) = self.invocations.lock().await.recv().await else {
            return Reply::HangUp;
        };
        let deadline = SystemTime::now() + invocation.timeout;
        let deadline = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let headers = [
            ("lambda-runtime-aws-request-id", invocation.request_id.clone()),
            ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
            ("lambda-runtime-invoked-function-arn", self.function_arn.clone()),
            ("lambda-runtime-trace-id", trace_id(&invocation.request_id, invocation.invocations)),
        ];
        let headers = headers.into_iter().filter_map(|(name, value)| {
            Some((HeaderName::from_static(name), HeaderValue::try_from(value).ok()?))
        });
        let current = Current { request_id: invocation.request_id, answer: invocation.answer };
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(current);
        if invocation.taken.send(Instant::now()).is_err() {
            // The invoker gave up meanwhile, and the process is about to be killed.
            return Reply::HangUp;
        }
        Reply::bytes(StatusCode::OK, "application/json", headers.collect(), invocation.payload)
    }

    fn answer(&self, request_id: &str, answer: Result<Bytes, Failure>) -> Reply {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        // An answer that comes too late goes nowhere, as one for an unknown request does.
        let sent = current
            .take_if(|current| current.request_id == request_id)
            .is_some_and(|current| current.answer.send(answer).is_ok());
        if sent {
            accepted()
        } else {
            refusal(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID")
        }
    }
}

impl Handler for RuntimeApi {
    async fn handle(&self, call: Call) -> Reply {
        let path = call.path.strip_prefix(PREFIX).unwrap_or_default().to_owned();
        let parts: Vec<&str> = path.split('/').collect();
        match (&call.method, parts.as_slice()) {
            (&Method::GET, ["invocation", "next"]) => self.next().await,
            (&Method::POST, ["invocation", _, "response"])
                if call.body.len() > RESPONSE_BYTES_MAX =>
            {
                refusal(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "RequestEntityTooLarge",
                    "Exceeded maximum allowed payload size (6291556 bytes).",
                )
            }
            (&Method::POST, ["invocation", id, "response"]) => self.answer(id, Ok(call.body)),
            (&Method::POST, ["invocation", id, "error"]) => self.answer(id, Err(reported(&call))),
            (&Method::POST, ["init", "error"]) => {
                self.phase.send_replace(Phase::Failed(reported(&call).to_string()));
                accepted()
            }
            _ => refusal(StatusCode::NOT_FOUND, "InvalidPath", "no such operation"),
        }
    }
}

fn reported(call: &Call) -> Failure {
    let body: Reported = serde_json::from_slice(&call.body).unwrap_or_else(|_| Reported {
        error_message: String::from_utf8_lossy(&call.body).into_owned(),
        error_type: String::new(),
    });
    let header = call.header("lambda-runtime-function-error-type");
    let kind = [body.error_type.as_str(), header, "Unhandled"]
        .into_iter()
        .find(|kind| !kind.is_empty())
        .unwrap_or_default();
    Failure::Function { kind: kind.to_owned(), message: body.error_message }
}

fn accepted() -> Reply {
    Reply::json(StatusCode::ACCEPTED, "application/json", Vec::new(), &json!({ "status": "OK" }))
}

fn refusal(status: StatusCode, kind: &str, message: &str) -> Reply {
    let body = json!({ "errorType": kind, "errorMessage": message });
    Reply::json(status, "application/json", Vec::new(), &body)
}

fn trace_id(request_id: &str, invocations: u32) -> String {
    let hex: String = request_id.chars().filter(char::is_ascii_hexdigit).collect();
    let (time, rest) = hex.split_at_checked(8).unwrap_or_default();
    let lineage = lineage::field(invocations);
    format!("Root=1-{time}-{rest};Parent=53995c3f42cd8ad8;Sampled=0;{lineage}")
}
