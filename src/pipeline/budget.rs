//! The time a run has, and what of it is kept in reserve.
//!
//! Two moments follow from a deadline: when reading stops, so that what was read can still be
//! delivered, and when delivering stops, so that the rest can still be continued and reported. A run
//! without a deadline has neither. What it does not do: watch the clock for anybody.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

/// The default reserve before the deadline.
pub const RESERVE_DEFAULT: Duration = Duration::from_secs(10);

/// What handing on one object takes of the reserve. Ten go into a call and several calls are under way,
/// so this stands even when a call takes a quarter of a second.
const RESERVE_PER_OBJECT: Duration = Duration::from_millis(3);

/// When to stop, in the clock of the runtime (which tests pause and move on).
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// From here on nothing more is read.
    stop_reading: Option<Instant>,
    /// From here on nothing more is sent to the sink.
    stop_delivering: Option<Instant>,
    /// The most of the time for reading that one object gets when more wait than are read at once.
    share: Option<Duration>,
}

impl Budget {
    /// All the time there is.
    #[must_use]
    pub fn unlimited() -> Self {
        Self { stop_reading: None, stop_delivering: None, share: None }
    }

    /// The budget of an invocation that has `time` from `now` on, with `reserve` of it kept back,
    /// and more when many objects may have to be sent on, but never more than half of it: a function
    /// of three seconds also gets to read.
    #[must_use]
    pub fn new(now: Instant, time: Duration, reserve: Duration, objects: usize) -> Self {
        let objects = u32::try_from(objects).unwrap_or(u32::MAX);
        let handing_on = RESERVE_PER_OBJECT.saturating_mul(objects).min(time / 4);
        let reserve = reserve.saturating_add(handing_on).min(time / 2);
        // A fifth of the reserve, at most two seconds, is for continuations and the response.
        let closing =
            (reserve.saturating_sub(handing_on) / 5).min(Duration::from_secs(2)) + handing_on;
        let stop_reading = now + time.saturating_sub(reserve);
        let stop_delivering = now + time.saturating_sub(closing);
        debug_assert!(stop_reading <= stop_delivering, "reading stops first");
        Self {
            stop_reading: Some(stop_reading),
            stop_delivering: Some(stop_delivering),
            share: Some(time.saturating_sub(reserve) / 2),
        }
    }

    /// The budget of one object among more than can be read at once, beginning now: half of the time
    /// for reading at most, so that objects that crawl leave some to those that wait.
    pub(super) fn shared(self) -> Self {
        let share = self.share.map(|share| Instant::now() + share);
        let stop_reading = match (self.stop_reading, share) {
            (Some(stop), Some(share)) => Some(stop.min(share)),
            (stop, _) => stop,
        };
        Self { stop_reading, ..self }
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
        let short = Budget::new(now, Duration::from_secs(3), RESERVE_DEFAULT, 0);
        assert_eq!(short.stop_reading.unwrap() - now, Duration::from_millis(1_500));
        assert_eq!(short.stop_delivering.unwrap() - now, Duration::from_millis(2_700));
        let long = Budget::new(now, Duration::from_mins(15), RESERVE_DEFAULT, 0);
        assert_eq!(long.stop_reading.unwrap() - now, Duration::from_secs(890));
        assert_eq!(long.stop_delivering.unwrap() - now, Duration::from_secs(898));
    }

    #[test]
    fn the_reserve_grows_with_what_may_have_to_be_handed_on() {
        let now = Instant::now();
        let thousand = Budget::new(now, Duration::from_mins(5), RESERVE_DEFAULT, 1_000);
        assert_eq!(thousand.stop_reading.unwrap() - now, Duration::from_secs(287));
        assert_eq!(thousand.stop_delivering.unwrap() - now, Duration::from_secs(295));
        let many = Budget::new(now, Duration::from_mins(5), RESERVE_DEFAULT, 1_000_000);
        assert_eq!(many.stop_reading.unwrap() - now, Duration::from_secs(215));
        assert_eq!(many.stop_delivering.unwrap() - now, Duration::from_secs(223));
    }

    #[tokio::test(start_paused = true)]
    async fn an_object_among_many_gets_half_of_the_time_for_reading() {
        let (time, reserve) = (Duration::from_secs(110), Duration::from_secs(10));
        let budget = Budget::new(Instant::now(), time, reserve, 0);
        let left = |budget: Budget| budget.stop_reading.unwrap() - Instant::now();
        assert_eq!(left(budget.shared()), Duration::from_secs(50));
        tokio::time::advance(Duration::from_secs(70)).await;
        assert_eq!(left(budget.shared()), Duration::from_secs(30));
        assert!(Budget::unlimited().shared().stop_reading.is_none());
    }

    #[test]
    fn no_time_is_no_budget() {
        let now = Instant::now();
        let none = Budget::new(now, Duration::ZERO, RESERVE_DEFAULT, 7);
        assert_eq!((none.stop_reading, none.stop_delivering), (Some(now), Some(now)));
    }

    #[tokio::test(start_paused = true)]
    async fn work_ends_with_the_budget_and_is_not_begun_after_it() {
        use tokio::time::sleep;
        let budget = Budget::new(Instant::now(), Duration::from_secs(2), Duration::from_secs(1), 0);
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
