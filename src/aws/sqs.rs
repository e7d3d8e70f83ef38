//! SQS as the place where the rest of an unfinished object waits for the next invocation.

use crate::pipeline::{HandoverQueue, QueueError};

use super::errors::Answer;

/// Sends to one queue.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    client: aws_sdk_sqs::Client,
    url: String,
}

impl SqsQueue {
    /// The queue at that URL.
    #[must_use]
    pub fn new(client: aws_sdk_sqs::Client, url: String) -> Self {
        Self { client, url }
    }
}

impl HandoverQueue for SqsQueue {
    async fn send(&self, body: String) -> Result<(), QueueError> {
        let message = self.client.send_message().queue_url(&self.url).message_body(body);
        match message.send().await {
            // A message without an id was not taken.
            Ok(output) if output.message_id().is_some() => Ok(()),
            Ok(_) => Err(QueueError("the queue's answer has no message id".to_owned())),
            Err(error) => Err(QueueError(match Answer::of(&error) {
                Answer::None(reason) | Answer::NotSent(reason) => reason,
                Answer::Said { status, code, .. } => format!(
                    "SQS answered {code} ({status}); the function's role needs sqs:SendMessage \
                     on LOGFERRY_CONTINUATION_QUEUE_URL"
                ),
            })),
        }
    }
}
