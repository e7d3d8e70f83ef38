//! A look into a queue: messages are received, and come back by themselves a moment later.

use super::errors::Failure;
use super::sqs::SqsQueue;
use crate::ports::{MESSAGES_MAX, QueueError};

const RECEIVE: &str = "sqs:ReceiveMessage on it, and kms:Decrypt on its key when it has one";

/// How long a message stays hidden that was looked at, in seconds.
const HIDDEN_S: i32 = 30;

impl SqsQueue {
    /// The bodies of some messages, each looked at once in that time; none are left when it is empty.
    ///
    /// # Errors
    /// [`QueueError`] when the call failed.
    pub async fn peek(&self) -> Result<Vec<String>, QueueError> {
        let call = self.client.receive_message().queue_url(&self.url).visibility_timeout(HIDDEN_S);
        let most = i32::try_from(MESSAGES_MAX).unwrap_or(1);
        let output = call.max_number_of_messages(most).wait_time_seconds(1).send().await;
        let output = output.map_err(|error| self.error(Failure::of(&error), RECEIVE))?;
        Ok(output
            .messages()
            .iter()
            .filter_map(|message| message.body())
            .map(str::to_owned)
            .collect())
    }
}
