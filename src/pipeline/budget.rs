//! The time an invocation has, and what of it is kept in reserve.
//!
//! Two moments follow from the deadline: when reading stops, so that what was read can still be
//! delivered, and when delivering stops, so that the rest can still be handed on and reported. What
//! it does not do: watch the clock for anybody.

use std::time::Duration;

use tokio::time::Instant;

/// The default reserve before the deadline.
pub const RESERVE_DEFAULT: Duration = Duration::from_secs(10);

/// When to stop, in the clock of the runtime (which tests pause and move on).
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// From here on nothing more is read.
    pub stop_reading: Instant,
    /// From here on nothing more is sent to the sink.
    pub stop_delivering: Instant,
}

impl Budget {
    /// The budget of an invocation that has `time` from `now` on, with `reserve` of it kept back,
    /// but never more than half of it: a function of three seconds also gets to read.
    #[must_use]
    pub fn new(now: Instant, time: Duration, reserve: Duration) -> Self {
        let reserve = reserve.min(time / 2);
        // A fifth of the reserve, at most two seconds, is for the handing on and the answer.
        let closing = (reserve / 5).min(Duration::from_secs(2));
        let budget = Self {
            stop_reading: now + time.saturating_sub(reserve),
            stop_delivering: now + time.saturating_sub(closing),
        };
        debug_assert!(budget.stop_reading <= budget.stop_delivering, "reading stops first");
        budget
    }

    /// Whether reading is over.
    #[must_use]
    pub fn reading_is_over(&self) -> bool {
        Instant::now() >= self.stop_reading
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_invocation_still_reads_half_of_its_time() {
        let now = Instant::now();
        let short = Budget::new(now, Duration::from_secs(3), RESERVE_DEFAULT);
        assert_eq!(short.stop_reading - now, Duration::from_millis(1_500));
        assert_eq!(short.stop_delivering - now, Duration::from_millis(2_700));
        let long = Budget::new(now, Duration::from_mins(15), RESERVE_DEFAULT);
        assert_eq!(long.stop_reading - now, Duration::from_secs(890));
        assert_eq!(long.stop_delivering - now, Duration::from_secs(898));
    }

    #[test]
    fn no_time_is_no_budget() {
        let now = Instant::now();
        let none = Budget::new(now, Duration::ZERO, RESERVE_DEFAULT);
        assert_eq!((none.stop_reading, none.stop_delivering), (now, now));
    }
}
