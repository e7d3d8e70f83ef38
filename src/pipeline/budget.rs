//! The time a run has, and what of it is kept in reserve.
//!
//! Two moments follow from a deadline: when reading stops, so that what was read can still be
//! delivered, and when delivering stops, so that the rest can still be continued and reported. A run
//! without a deadline has neither. What it does not do: watch the clock for anybody.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

/// The default reserve before the deadline.
pub(crate) const RESERVE_DEFAULT: Duration = Duration::from_secs(10);

/// When to stop, in the clock of the runtime (which tests pause and move on).
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// From here on nothing more is read.
    stop_reading: Option<Instant>,
    /// From here on nothing more is sent to the sink.
    stop_delivering: Option<Instant>,
}

impl Budget {
    /// All the time there is.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { stop_reading: None, stop_delivering: None }
    }

    /// The budget of an invocation that has `time` from `now` on, with `reserve` of it kept back,
    /// but never more than half of it: a function of three seconds also gets to read.
    #[must_use]
    pub fn new(now: Instant, time: Duration, reserve: Duration) -> Self {
        let reserve = reserve.min(time / 2);
        // A fifth of the reserve, at most two seconds, is for continuations and the response.
        let closing = (reserve / 5).min(Duration::from_secs(2));
        let stop_reading = now + time.saturating_sub(reserve);
        let stop_delivering = now + time.saturating_sub(closing);
        debug_assert!(stop_reading <= stop_delivering, "reading stops first");
        Self { stop_reading: Some(stop_reading), stop_delivering: Some(stop_delivering) }
    }

    /// Whether reading is over.
    #[must_use]
    pub(crate) fn reading_is_over(&self) -> bool {
        is_over(self.stop_reading)
    }

    /// What `work` gives, or `None` when it is not done before reading is over.
    pub(crate) async fn while_reading<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        before(self.stop_reading, work).await
    }

    /// What `work` gives, or `None` when it is not done before delivering is over.
    pub(crate) async fn while_delivering<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        before(self.stop_delivering, work).await
    }
}

fn is_over(end: Option<Instant>) -> bool {
    end.is_some_and(|end| Instant::now() >= end)
}

/// Nothing is begun when time is over already.
async fn before<T>(end: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    match end {
        None => Some(work.await),
        Some(_) if is_over(end) => None,
        Some(end) => timeout_at(end, work).await.ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_invocation_still_reads_half_of_its_time() {
        let now = Instant::now();
        let short = Budget::new(now, Duration::from_secs(3), RESERVE_DEFAULT);
        assert_eq!(short.stop_reading.unwrap() - now, Duration::from_millis(1_500));
        assert_eq!(short.stop_delivering.unwrap() - now, Duration::from_millis(2_700));
        let long = Budget::new(now, Duration::from_mins(15), RESERVE_DEFAULT);
        assert_eq!(long.stop_reading.unwrap() - now, Duration::from_secs(890));
        assert_eq!(long.stop_delivering.unwrap() - now, Duration::from_secs(898));
    }

    #[test]
    fn no_time_is_no_budget() {
        let now = Instant::now();
        let none = Budget::new(now, Duration::ZERO, RESERVE_DEFAULT);
        assert_eq!((none.stop_reading, none.stop_delivering), (Some(now), Some(now)));
    }

    #[tokio::test(start_paused = true)]
    async fn work_ends_with_the_budget_and_is_not_begun_after_it() {
        use tokio::time::sleep;
        let budget = Budget::new(Instant::now(), Duration::from_secs(2), Duration::from_secs(1));
        assert!(budget.while_reading(sleep(Duration::from_millis(999))).await.is_some());
        assert!(budget.while_reading(sleep(Duration::from_millis(999))).await.is_none());
        assert!(budget.reading_is_over());
        assert!(budget.while_reading(std::future::ready(())).await.is_none());
        assert!(budget.while_delivering(std::future::ready(())).await.is_some());
        let unlimited = Budget::unlimited();
        assert!(unlimited.while_delivering(sleep(Duration::from_hours(48))).await.is_some());
        assert!(!unlimited.reading_is_over());
    }
}
