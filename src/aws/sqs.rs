//! SQS as the queue that brings messages to the next invocation.

use crate::ports::{Cause, MessageQueue, QueueError, Rejection, Resource};

use super::errors::{Failure, is_about_credentials, is_transient, said};

/// Sends to one queue.
#[derive(Debug, Clone)]
pub(crate) struct SqsQueue {
    client: aws_sdk_sqs::Client,
    url: String,
}

impl SqsQueue {
    /// The queue at that URL.
    #[must_use]
    pub(crate) fn new(client: aws_sdk_sqs::Client, url: String) -> Self {
        Self { client, url }
    }

    fn error(&self, failure: Failure) -> QueueError {
        let (said, cause) = match failure {
            Failure::NoResponse(reason) => return QueueError::Unavailable(reason),
            Failure::NotSent(reason) => (reason, Cause::Other),
            Failure::Response { status, code, .. } if is_transient(status, &code) => {
                return QueueError::Unavailable(format!("SQS responded {}", said(status, &code)));
            }
            Failure::Response { status, code, .. } => (said(status, &code), cause(&code)),
        };
        let resource = Resource::Queue(self.url.clone());
        QueueError::Rejected(Rejection { resource, said, cause })
    }
}

impl MessageQueue for SqsQueue {
    async fn send(&self, body: String) -> Result<(), QueueError> {
        let message = self.client.send_message().queue_url(&self.url).message_body(body);
        match message.send().await {
            // A message without an id was not taken.
            Ok(output) if output.message_id().is_some() => Ok(()),
            Ok(_) => Err(QueueError::Unavailable("the response has no message id".to_owned())),
            Err(error) => Err(self.error(Failure::of(&error))),
        }
    }
}

fn cause(code: &str) -> Cause {
    match code {
        "AccessDenied" | "AccessDeniedException" => {
            Cause::AccessDenied { needs: "sqs:SendMessage on it" }
        }
        "QueueDoesNotExist" | "AWS.SimpleQueueService.NonExistentQueue" => Cause::NotFound,
        code if code.starts_with("Kms") => Cause::EncryptionKey,
        code if is_about_credentials(code) => Cause::Credentials,
        _ => Cause::Other,
    }
}
