//! The HTTP endpoint: AWS JSON 1.0, the operation in `X-Amz-Target`.
//!
//! What the function and an operator's tool use. Anything else is `UnknownOperationException`, so
//! that nobody believes in an operation that is not there. Limits and error names are AWS's.

use std::collections::BTreeMap;
use std::sync::Arc;

use hyper::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::attributes;
use super::faults::Faults;
use super::queue::Queue;
use super::receiving::{self, OfHandle, OfHandles, Receive};
use super::redrive::Tasks;
use super::refusal::{CONTENT_TYPE, Refusal, parse};
use super::sending::{self, Send, SendBatch};
use crate::event::ACCOUNT;
use crate::http::{Call, Handler, Reply};

#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) queues: BTreeMap<String, Arc<Queue>>,
    pub(super) tasks: Arc<Tasks>,
    pub(super) faults: Arc<Faults>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetUrl {
    queue_name: String,
}

impl Handler for Endpoint {
    async fn handle(&self, call: Call) -> Reply {
        match self.answer(&call).await {
            Ok(Some(body)) => Reply::json(StatusCode::OK, CONTENT_TYPE, Vec::new(), &body),
            Ok(None) => Reply::HangUp,
            Err(refusal) => refusal.into_reply(),
        }
    }
}

impl Endpoint {
    /// Nothing where the connection is to be lost instead of answered.
    async fn answer(&self, call: &Call) -> Result<Option<Value>, Refusal> {
        if call.header("authorization").is_empty() {
            let what = "Request is missing Authentication Token";
            return Err(Refusal::new("MissingAuthenticationToken", what));
        }
        let target = call.header("x-amz-target");
        let answer = match target.strip_prefix("AmazonSQS.").unwrap_or(target) {
            "SendMessageBatch" => {
                let batch: SendBatch = parse(call)?;
                let queue = self.queue(&batch.queue_url)?;
                return sending::send_batch(queue, batch, trace(call).as_deref(), &self.faults);
            }
            "SendMessage" => {
                let send: Send = parse(call)?;
                sending::send(self.queue(&send.queue_url)?, send, trace(call))?
            }
            "ReceiveMessage" => {
                let receive: Receive = parse(call)?;
                receiving::receive(self.queue(&receive.queue_url)?, &receive).await?
            }
            "DeleteMessage" => {
                let handle: OfHandle = parse(call)?;
                receiving::delete(self.queue(&handle.queue_url)?, &handle)
            }
            "DeleteMessageBatch" => {
                let batch: OfHandles = parse(call)?;
                receiving::delete_batch(self.queue(&batch.queue_url)?, &batch)?
            }
            "ChangeMessageVisibility" => {
                let handle: OfHandle = parse(call)?;
                receiving::change_visibility(self.queue(&handle.queue_url)?, &handle)?
            }
            "ChangeMessageVisibilityBatch" => {
                let batch: OfHandles = parse(call)?;
                receiving::change_visibility_batch(self.queue(&batch.queue_url)?, &batch)?
            }
            "GetQueueAttributes" => {
                let asked: attributes::GetAttributes = parse(call)?;
                attributes::get(self.queue(&asked.queue_url)?, &asked)?
            }
            "GetQueueUrl" => {
                let queue = self.queue(&parse::<GetUrl>(call)?.queue_name)?;
                let url = format!("http://{}/{ACCOUNT}/{}", call.header("host"), queue.name());
                json!({ "QueueUrl": url })
            }
            "StartMessageMoveTask" => self.tasks.start(parse(call)?)?,
            "ListMessageMoveTasks" => self.tasks.list(&parse(call)?)?,
            "CancelMessageMoveTask" => self.tasks.cancel(&parse(call)?)?,
            other => {
                let what = format!("The operation {other} is not served by the local stack.");
                return Err(Refusal::named("UnknownOperationException", "InvalidAction", what));
            }
        };
        Ok(Some(answer))
    }

    fn queue(&self, url: &str) -> Result<&Arc<Queue>, Refusal> {
        let name = url.rsplit('/').next().unwrap_or_default();
        self.queues.get(name).ok_or_else(|| {
            Refusal::named(
                "QueueDoesNotExist",
                "AWS.SimpleQueueService.NonExistentQueue",
                "The specified queue does not exist.",
            )
        })
    }
}

/// The trace that the sender belongs to.
fn trace(call: &Call) -> Option<String> {
    Some(call.header("x-amzn-trace-id").to_owned()).filter(|trace| !trace.is_empty())
}
