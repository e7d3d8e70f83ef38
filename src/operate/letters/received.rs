//! Messages to look at: some of the queue's, each once.

use std::collections::HashSet;

use crate::operate::error::OperateError;
use crate::ports::{DeadLetters, Letter};

/// How long received messages stay hidden, in seconds: nobody else reads dead letters, but a redrive
/// that begins meanwhile does not see them.
const HIDDEN_S: u32 = 30;

/// Empty answers in a row that are believed: one of a queue with few messages says little.
const EMPTY_MAX: u32 = 2;

/// Receives up to so many messages, each once however often the queue gives it. They are seen again by
/// others after 30 s; nothing is sent or deleted.
///
/// # Errors
/// [`OperateError::Queue`].
pub async fn received(
    letters: &impl DeadLetters,
    most: usize,
) -> Result<Vec<Letter>, OperateError> {
    let mut received: Vec<Letter> = Vec::new();
    let (mut seen, mut empty) = (HashSet::new(), 0);
    while received.len() < most && empty < EMPTY_MAX {
        let some = letters.receive(HIDDEN_S).await;
        let some =
            some.map_err(|source| OperateError::Queue { asked: "receive dead letters", source })?;
        let before = received.len();
        received.extend(some.into_iter().filter(|letter| seen.insert(letter.id.clone())));
        empty = if received.len() == before { empty + 1 } else { 0 };
    }
    received.truncate(most);
    Ok(received)
}
