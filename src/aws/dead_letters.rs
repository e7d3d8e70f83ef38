//! SQS as a dead-letter queue: `ReceiveMessage`, `DeleteMessage` and the message move tasks.
//!
//! Of a refused task the service's words are passed on: they name no message, and say what the code
//! alone does not (that a task runs, that the queue is nobody's dead-letter queue).

use aws_sdk_sqs::config::Builder;
use aws_sdk_sqs::types::{
    ListMessageMoveTasksResultEntry, Message, MessageSystemAttributeName, QueueAttributeName,
};
use aws_smithy_types::retry::RetryConfig;

use super::errors::{Failure, is_transient};
use super::sqs::SqsQueue;
use crate::ports::{DeadLetters, Letter, MESSAGES_MAX, MoveStatus, MoveTask, QueueError};

const RECEIVE: &str = "sqs:ReceiveMessage on it, and kms:Decrypt on its key when it has one";
const DELETE: &str = "sqs:DeleteMessage on it";
const ATTRIBUTES: &str = "sqs:GetQueueAttributes on it";
const START: &str = "sqs:StartMessageMoveTask, sqs:ReceiveMessage, sqs:DeleteMessage and \
     sqs:GetQueueAttributes on it, and sqs:SendMessage on the queue that messages go to";
const LIST: &str = "sqs:ListMessageMoveTasks on it";
const CANCEL: &str = "sqs:CancelMessageMoveTask on it";

/// How long a call waits for messages, in seconds: it then asks all of the service's servers.
const WAIT_S: i32 = 1;

impl DeadLetters for SqsQueue {
    async fn receive(&self, hidden_s: u32) -> Result<Vec<Letter>, QueueError> {
        let call = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(i32::try_from(MESSAGES_MAX).unwrap_or(1))
            .visibility_timeout(i32::try_from(hidden_s).unwrap_or(i32::MAX))
            .wait_time_seconds(WAIT_S)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp);
        let output = call.send().await.map_err(|error| self.refused(&Failure::of(&error), RECEIVE));
        Ok(output?.messages().iter().filter_map(letter).collect())
    }

    async fn delete(&self, handle: &str) -> Result<(), QueueError> {
        let call = self.client.delete_message().queue_url(&self.url).receipt_handle(handle);
        let output = call.send().await;
        output.map(drop).map_err(|error| self.refused(&Failure::of(&error), DELETE))
    }

    async fn arn(&self) -> Result<String, QueueError> {
        let call = self.client.get_queue_attributes().queue_url(&self.url);
        let output = call.attribute_names(QueueAttributeName::QueueArn).send().await;
        let output = output.map_err(|error| self.refused(&Failure::of(&error), ATTRIBUTES))?;
        let arn = output.attributes().and_then(|all| all.get(&QueueAttributeName::QueueArn));
        arn.cloned().ok_or_else(|| {
            QueueError::Unavailable("the response does not have QueueArn".to_owned())
        })
    }

    async fn start_move(&self, from: &str, to: &str, per_second: u16) -> Result<(), QueueError> {
        let call = self
            .client
            .start_message_move_task()
            .source_arn(from)
            .destination_arn(to)
            .max_number_of_messages_per_second(per_second.into());
        let output = call.customize().config_override(once()).send().await;
        output.map(drop).map_err(|error| self.refused(&Failure::of(&error), START))
    }

    async fn newest_move(&self, from: &str) -> Result<Option<MoveTask>, QueueError> {
        let call = self.client.list_message_move_tasks().source_arn(from).max_results(1);
        let output = call.send().await;
        let output = output.map_err(|error| self.refused(&Failure::of(&error), LIST))?;
        Ok(output.results().first().map(task))
    }

    async fn cancel_move(&self, handle: &str) -> Result<(), QueueError> {
        let call = self.client.cancel_message_move_task().task_handle(handle);
        let output = call.customize().config_override(once()).send().await;
        output.map(drop).map_err(|error| self.refused(&Failure::of(&error), CANCEL))
    }
}

impl SqsQueue {
    /// The error, with what the service said of it.
    fn refused(&self, failure: &Failure, needs: &'static str) -> QueueError {
        let words = match failure {
            Failure::Response { status, code, message, .. } if !is_transient(*status, code) => {
                message.trim()
            }
            _ => "",
        };
        match self.error(failure.clone(), needs) {
            QueueError::Rejected(mut rejection) if !words.is_empty() => {
                rejection.said = format!("{}: {words}", rejection.said);
                QueueError::Rejected(rejection)
            }
            error => error,
        }
    }
}

/// No second attempt by the SDK: after a start whose answer was lost it would be told that a task runs,
/// and not whose.
fn once() -> Builder {
    Builder::new().retry_config(RetryConfig::disabled())
}

/// A message without id, handle or body cannot be worked on, and SQS sends none.
fn letter(message: &Message) -> Option<Letter> {
    let sent = message
        .attributes()
        .and_then(|all| all.get(&MessageSystemAttributeName::SentTimestamp)?.parse::<i64>().ok());
    Some(Letter {
        id: message.message_id()?.to_owned(),
        handle: message.receipt_handle()?.to_owned(),
        body: message.body().unwrap_or_default().to_owned(),
        sent_unix_s: sent.map(|unix_ms| unix_ms / 1_000),
    })
}

fn task(entry: &ListMessageMoveTasksResultEntry) -> MoveTask {
    let count = |count: Option<i64>| count.and_then(|count| u64::try_from(count).ok());
    MoveTask {
        handle: entry.task_handle().map(str::to_owned),
        status: match entry.status() {
            Some("COMPLETED") => MoveStatus::Completed,
            Some("CANCELLED") => MoveStatus::Cancelled,
            Some("CANCELLING") => MoveStatus::Cancelling,
            Some("FAILED") => MoveStatus::Failed,
            // What is not known to be over is not taken to be.
            _ => MoveStatus::Running,
        },
        started_unix_ms: Some(entry.started_timestamp()).filter(|unix_ms| *unix_ms > 0),
        moved: count(Some(entry.approximate_number_of_messages_moved())).unwrap_or(0),
        to_move: count(entry.approximate_number_of_messages_to_move()),
        destination: entry.destination_arn().map(str::to_owned),
        failure: entry.failure_reason().map(str::to_owned),
    }
}
