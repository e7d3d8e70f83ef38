//! Messages to the queue, ten to a call and several calls at a time, until time is over.
//!
//! What it does not do: know what the messages are for.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::time::{Instant, sleep, timeout_at};

use crate::pipeline::ObjectErrorKind;
use crate::ports::{Journey, MESSAGES_BYTES_MAX, MESSAGES_MAX, MessageQueue, QueueError};

/// Calls under way at the same time: with 20 ms a call, 4,000 messages a second.
const CALLS_AT_ONCE: usize = 8;

/// The wait before messages are sent again that the queue did not take by no fault of theirs.
const WAIT: Duration = Duration::from_millis(100);

/// A message about an object.
pub(super) struct Letter {
    /// The object's position.
    pub(super) object: usize,
    /// Where it is continued, for reports.
    pub(super) offset: u64,
    pub(super) journey: Journey,
    pub(super) body: String,
}

/// Sends all of them, and says of each whether the queue took it.
pub(super) async fn post<Q: MessageQueue>(
    queue: &Q,
    letters: Vec<Letter>,
    end: Instant,
) -> Vec<(Letter, Result<(), ObjectErrorKind>)> {
    let calls = stream::iter(in_calls(letters)).map(|letters| post_some(queue, letters, end));
    let sent: Vec<Vec<_>> = calls.buffer_unordered(CALLS_AT_ONCE).collect().await;
    sent.into_iter().flatten().collect()
}

/// Parts that fit into a call.
fn in_calls(letters: Vec<Letter>) -> Vec<Vec<Letter>> {
    let mut calls: Vec<Vec<Letter>> = Vec::new();
    let mut bytes = 0;
    for letter in letters {
        bytes += letter.body.len();
        match calls.last_mut() {
            Some(call) if call.len() < MESSAGES_MAX && bytes <= MESSAGES_BYTES_MAX => {
                call.push(letter);
            }
            _ => {
                bytes = letter.body.len();
                calls.push(vec![letter]);
            }
        }
    }
    calls
}

async fn post_some<Q: MessageQueue>(
    queue: &Q,
    mut letters: Vec<Letter>,
    end: Instant,
) -> Vec<(Letter, Result<(), ObjectErrorKind>)> {
    let mut sent = Vec::with_capacity(letters.len());
    let mut last = ObjectErrorKind::OutOfTime;
    while !letters.is_empty() {
        let bodies: Vec<&str> = letters.iter().map(|letter| letter.body.as_str()).collect();
        let verdicts = match timeout_at(end, queue.send(&bodies)).await {
            Ok(Ok(verdicts)) => verdicts,
            Ok(Err(error)) => {
                last = ObjectErrorKind::NotContinued(error);
                break;
            }
            Err(_) => break,
        };
        // A message without a verdict was not taken.
        let none = || Err(QueueError::Unavailable("no answer for the message".to_owned()));
        let mut verdicts = verdicts.into_iter();
        let mut again = Vec::new();
        for letter in letters {
            match verdicts.next().unwrap_or_else(none) {
                Ok(()) => sent.push((letter, Ok(()))),
                Err(error @ QueueError::Rejected(_)) => {
                    sent.push((letter, Err(ObjectErrorKind::NotContinued(error))));
                }
                Err(error) => {
                    last = ObjectErrorKind::NotContinued(error);
                    again.push(letter);
                }
            }
        }
        letters = again;
        if !letters.is_empty() && timeout_at(end, sleep(WAIT)).await.is_err() {
            break;
        }
    }
    sent.extend(letters.into_iter().map(|letter| (letter, Err(last.clone()))));
    sent
}
