//! What SQS is told to do wrong, one batch of messages to be sent at a time.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What happens to one `SendMessageBatch`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The entries in these positions fail with `InternalError`, which is not the sender's fault;
    /// the others are sent.
    Partial(Vec<usize>),
    /// The whole call is refused: 403 `RequestThrottled`.
    Throttle,
    /// The whole call is refused: 500 `InternalFailure`.
    Internal,
    /// Every message is taken, and the connection breaks before the answer.
    AnswerLost,
}

/// The faults to come.
#[derive(Debug, Default)]
pub struct Faults {
    script: Mutex<VecDeque<Fault>>,
}

impl Faults {
    /// Adds a fault for the next batch that has none yet.
    pub fn script(&self, fault: Fault) {
        self.lock().push_back(fault);
    }

    /// How many are still to come.
    #[must_use]
    pub fn left(&self) -> usize {
        self.lock().len()
    }

    pub(super) fn next(&self) -> Option<Fault> {
        self.lock().pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Fault>> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
