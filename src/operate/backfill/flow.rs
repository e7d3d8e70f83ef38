//! How many messages may be sent now: only while the queue is short.
//!
//! Live logs then wait behind minutes of backfill and not days, no alarm fires, and no message
//! expires. The queue's own count is approximate and lags, so it is asked once a second at the most.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::ports::{QueueError, QueueWatch};

/// How long before a full queue is looked at again.
const WAIT_FULL: Duration = Duration::from_secs(5);

/// How long between two looks at a queue that takes more.
const WAIT_SHORT: Duration = Duration::from_secs(1);

/// How often in a row the queue may fail to tell, [`WAIT_FULL`] apart.
const FAILURES_MAX: u32 = 24;

/// Messages that may wait in the queue unless said otherwise: five invocations' worth.
pub const BACKLOG_DEFAULT: u64 = 500;

/// How often what waits in the queue must be able to drain before the first message expires.
const DRAINS_MIN: f64 = 4.0;

/// The room that is left in the queue.
pub(super) struct Flow<'f> {
    backlog: u64,
    room: u64,
    next: Instant,
    /// What the queue said last, for whoever shows it.
    waiting: &'f Cell<u64>,
}

impl<'f> Flow<'f> {
    pub(super) fn new(backlog: u64, waiting: &'f Cell<u64>) -> Self {
        Self { backlog, room: 0, next: Instant::now(), waiting }
    }

    /// Waits until there is room, for all of one call if there is any.
    pub(super) async fn pass(
        &mut self,
        queue: &impl QueueWatch,
        messages: u64,
    ) -> Result<(), QueueError> {
        let mut failures = 0;
        while self.room == 0 {
            sleep_until(self.next).await;
            match queue.waiting().await {
                Ok(waiting) => {
                    self.waiting.set(waiting);
                    self.room = self.backlog.saturating_sub(waiting);
                }
                Err(QueueError::Unavailable(_)) if failures < FAILURES_MAX => failures += 1,
                Err(error) => return Err(error),
            }
            let wait = if self.room == 0 { WAIT_FULL } else { WAIT_SHORT };
            self.next = Instant::now() + wait;
        }
        self.room = self.room.saturating_sub(messages);
        Ok(())
    }
}

/// The largest backlog that drains often enough within the time that the queue keeps a message, of
/// objects whose rows take that many bytes each, in a stream of that many bytes a second.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a number of messages; past 2^53 it does not matter which"
)]
pub fn backlog_max(retention_s: u64, bytes_an_object: f64, bytes_a_second: f64) -> u64 {
    let seconds = retention_s as f64 / DRAINS_MIN;
    (seconds * bytes_a_second / bytes_an_object.max(1.0)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backlog_must_drain_in_a_quarter_of_the_retention() {
        // An hour, objects of 1 MiB, 1 MiB a second: 900 of them.
        let mib = 1_048_576.0;
        assert_eq!(backlog_max(3_600, mib, mib), 900);
        assert!(backlog_max(1_209_600, 0.0, mib) > 1_000_000);
    }
}
