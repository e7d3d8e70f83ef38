//! SQS as the queue that brings messages to the next invocation.

use aws_sdk_sqs::operation::send_message_batch::SendMessageBatchOutput;
#[cfg(feature = "operate")]
use aws_sdk_sqs::types::QueueAttributeName;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;

#[cfg(feature = "operate")]
use crate::ports::QueueWatch;
use crate::ports::{Cause, MessageQueue, QueueError, Rejection, Resource};

use super::errors::{Failure, is_about_credentials, is_transient, said};

/// What sending needs.
const SEND: &str = "sqs:SendMessage on it";

/// Sends to one queue.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    pub(super) client: aws_sdk_sqs::Client,
    pub(super) url: String,
}

impl SqsQueue {
    /// The queue at that URL.
    #[must_use]
    pub fn new(client: aws_sdk_sqs::Client, url: String) -> Self {
        Self { client, url }
    }

    /// Taken is a message that the response lists with an id of its own, and not among the failed.
    fn verdict(&self, output: &SendMessageBatchOutput, id: &str) -> Result<(), QueueError> {
        if let Some(failed) = output.failed().iter().find(|failed| failed.id() == id) {
            let code = failed.code().to_owned();
            if !failed.sender_fault() {
                return Err(QueueError::Unavailable(format!("SQS responded {code}")));
            }
            let (resource, cause) = (Resource::Queue(self.url.clone()), cause(&code, SEND));
            return Err(QueueError::Rejected(Rejection { resource, said: code, cause }));
        }
        let taken = output.successful().iter().find(|taken| taken.id() == id);
        if taken.is_some_and(|taken| !taken.message_id().is_empty()) {
            return Ok(());
        }
        Err(QueueError::Unavailable("the response says nothing of the message".to_owned()))
    }

    pub(super) fn error(&self, failure: Failure, needs: &'static str) -> QueueError {
        let (said, cause) = match failure {
            Failure::NoResponse(reason) => return QueueError::Unavailable(reason),
            Failure::NotSent(reason) => (reason, Cause::Other),
            Failure::Response { status, code, .. } if is_transient(status, &code) => {
                return QueueError::Unavailable(format!("SQS responded {}", said(status, &code)));
            }
            Failure::Response { status, code, .. } => (said(status, &code), cause(&code, needs)),
        };
        let resource = Resource::Queue(self.url.clone());
        QueueError::Rejected(Rejection { resource, said, cause })
    }
}

impl MessageQueue for SqsQueue {
    async fn send(&self, bodies: &[&str]) -> Result<Vec<Result<(), QueueError>>, QueueError> {
        let mut entries = Vec::with_capacity(bodies.len());
        for (position, body) in bodies.iter().enumerate() {
            let entry = SendMessageBatchRequestEntry::builder();
            let entry = entry.id(position.to_string()).message_body(*body).build();
            entries.push(
                entry.map_err(|error| self.error(Failure::NotSent(error.to_string()), SEND))?,
            );
        }
        let call = self.client.send_message_batch().queue_url(&self.url);
        let output = call.set_entries(Some(entries)).send().await;
        let output = output.map_err(|error| self.error(Failure::of(&error), SEND))?;
        Ok((0..bodies.len()).map(|position| self.verdict(&output, &position.to_string())).collect())
    }
}

#[cfg(feature = "operate")]
impl SqsQueue {
    async fn attribute(&self, name: QueueAttributeName) -> Result<u64, QueueError> {
        let call = self.client.get_queue_attributes().queue_url(&self.url);
        let output = call
            .attribute_names(name.clone())
            .send()
            .await
            .map_err(|error| self.error(Failure::of(&error), "sqs:GetQueueAttributes on it"))?;
        let value = output.attributes().and_then(|attributes| attributes.get(&name));
        value.and_then(|value| value.parse().ok()).ok_or_else(|| {
            QueueError::Unavailable(format!("the response does not have {}", name.as_str()))
        })
    }
}

#[cfg(feature = "operate")]
impl QueueWatch for SqsQueue {
    async fn waiting(&self) -> Result<u64, QueueError> {
        self.attribute(QueueAttributeName::ApproximateNumberOfMessages).await
    }

    async fn retention_s(&self) -> Result<u64, QueueError> {
        self.attribute(QueueAttributeName::MessageRetentionPeriod).await
    }
}

fn cause(code: &str, needs: &'static str) -> Cause {
    match code {
        "AccessDenied" | "AccessDeniedException" => Cause::AccessDenied { needs },
        "QueueDoesNotExist" | "AWS.SimpleQueueService.NonExistentQueue" => Cause::NotFound,
        code if code.starts_with("Kms") => Cause::EncryptionKey,
        code if is_about_credentials(code) => Cause::Credentials,
        _ => Cause::Other,
    }
}
