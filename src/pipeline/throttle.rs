//! Slowing down together: one backoff for all calls of an invocation.
//!
//! All objects of an invocation put to the same stream, so one throttled call says something to all
//! of them. Full jitter: the wait is drawn evenly from zero to a ceiling that doubles. Where the run's
//! part of the quota is known, calls are paced to it as well, so that several functions on one stream
//! share it instead of being throttled by turns. What it does not do: count attempts or give up; the
//! deadline does that.

use std::num::NonZeroU64;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The ceiling of the first wait.
const BACKOFF_MIN: Duration = Duration::from_millis(100);

/// The ceiling no wait exceeds.
const BACKOFF_MAX: Duration = Duration::from_secs(10);

/// The time whose part of the quota may be made up for after a while without calls: what a wait after
/// a failure cost, but no more of a storm than that.
const BURST: Duration = Duration::from_millis(1_500);

/// The doublings at which a wait is about the second by which quotas count. Where calls are paced, what
/// is too much for this second is not less too much a moment later.
const LEVEL_OF_A_SECOND: u32 = 3;

/// The doublings after which the ceiling is [`BACKOFF_MAX`].
const LEVEL_MAX: u32 = 7;

const _: () = {
    assert!(BACKOFF_MIN.as_millis() << LEVEL_MAX >= BACKOFF_MAX.as_millis());
    assert!(BACKOFF_MIN.as_millis() << (LEVEL_MAX - 1) < BACKOFF_MAX.as_millis());
};

/// Evenly spread waits from a seed (`splitmix64`): the same seed gives the same waits.
#[derive(Debug)]
pub struct Jitter {
    state: u64,
}

impl Jitter {
    /// A sequence of its own for each seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 evenly spread bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A wait between zero and the ceiling of the `level`th failure in a row (the first is 0).
    pub fn wait(&mut self, level: u32) -> Duration {
        let ceiling = BACKOFF_MIN.saturating_mul(1 << level.min(LEVEL_MAX)).min(BACKOFF_MAX);
        let micros = u64::try_from(ceiling.as_micros()).unwrap_or(u64::MAX - 1);
        Duration::from_micros(self.next_u64() % (micros + 1))
    }
}

/// The gate every call passes.
#[derive(Debug)]
pub(super) struct Throttle {
    /// Locked for a few instructions only, never across an await.
    state: Mutex<State>,
    bytes_per_second: Option<NonZeroU64>,
}

#[derive(Debug)]
struct State {
    /// When all bytes so far are paid for.
    paid: Instant,
    /// Failures in a row, less what successes took back.
    level: u32,
    /// No call starts before.
    not_before: Instant,
    jitter: Jitter,
}

impl Throttle {
    /// An open gate, for so many bytes a second if that is bounded.
    pub(super) fn new(seed: u64, bytes_per_second: Option<NonZeroU64>) -> Self {
        let now = Instant::now();
        let state = State { paid: now, level: 0, not_before: now, jitter: Jitter::new(seed) };
        Self { state: Mutex::new(state), bytes_per_second }
    }

    /// Waits for the gate to open for a call of so many bytes.
    pub(super) async fn wait_turn(&self, bytes: u64) {
        if let Some(rate) = self.bytes_per_second {
            sleep_until(self.pay(bytes, rate)).await;
        }
        loop {
            let not_before = self.with(|state| state.not_before);
            if Instant::now() >= not_before {
                return;
            }
            // Another call may have moved the gate meanwhile, so look again.
            sleep_until(not_before).await;
        }
    }

    /// When what was sent before is paid for, so that the call may start. Its own bytes delay the next.
    fn pay(&self, bytes: u64, rate: NonZeroU64) -> Instant {
        let price = Duration::from_secs(bytes) / u32::try_from(rate.get()).unwrap_or(u32::MAX);
        let now = Instant::now();
        self.with(|state| {
            let start = state.paid.max(now.checked_sub(BURST).unwrap_or(now));
            state.paid = start + price;
            start
        })
    }

    /// A call was throttled or got no response: everybody waits, longer each time.
    pub(super) fn slow_down(&self) {
        let least = if self.bytes_per_second.is_some() { LEVEL_OF_A_SECOND } else { 0 };
        self.with(|state| {
            let wait = state.jitter.wait(state.level.max(least));
            state.level = (state.level + 1).min(LEVEL_MAX);
            state.not_before = state.not_before.max(Instant::now() + wait);
        });
    }

    /// A call was taken whole: the next failure waits half as many doublings.
    pub(super) fn relax(&self) {
        self.with(|state| state.level /= 2);
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_below_the_ceiling_and_reach_both_halves_of_it() {
        let mut jitter = Jitter::new(7);
        let first: Vec<Duration> = (0..1_000).map(|_| jitter.wait(0)).collect();
        assert!(first.iter().all(|wait| *wait <= BACKOFF_MIN));
        let short = first.iter().filter(|wait| **wait < BACKOFF_MIN / 2).count();
        assert!((400..600).contains(&short), "{short} of 1000 in the lower half");
        let late: Vec<Duration> = (0..1_000).map(|_| jitter.wait(60)).collect();
        assert!(late.iter().all(|wait| *wait <= BACKOFF_MAX));
        assert!(late.iter().any(|wait| *wait > BACKOFF_MAX / 2));
    }

    #[tokio::test(start_paused = true)]
    async fn one_failure_holds_everybody_back() {
        let throttle = Throttle::new(1, None);
        let start = Instant::now();
        throttle.wait_turn(1 << 40).await;
        assert_eq!(Instant::now(), start);
        for _ in 0..8 {
            throttle.slow_down();
        }
        throttle.wait_turn(1).await;
        assert!(Instant::now() > start);
        assert!(Instant::now() <= start + BACKOFF_MAX);
    }

    #[tokio::test(start_paused = true)]
    async fn calls_are_paced_to_the_rate_with_a_little_in_store() {
        let throttle = Throttle::new(1, NonZeroU64::new(1_000));
        let start = Instant::now();
        for _ in 0..3 {
            throttle.wait_turn(500).await;
        }
        assert_eq!(start.elapsed(), Duration::from_secs(1));
        tokio::time::advance(Duration::from_mins(1)).await;
        let later = Instant::now();
        for _ in 0..5 {
            throttle.wait_turn(500).await;
        }
        // The store is three calls, and a call goes out when those before it are paid for.
        assert_eq!(later.elapsed(), Duration::from_millis(500));
    }

    #[tokio::test(start_paused = true)]
    async fn a_gate_relaxes_after_calls_that_went_well() {
        let throttle = Throttle::new(1, None);
        for _ in 0..20 {
            throttle.slow_down();
        }
        throttle.wait_turn(1).await;
        // Seven doublings become three, one, none: then a failure waits as after the first.
        for _ in 0..3 {
            throttle.relax();
        }
        let start = Instant::now();
        throttle.slow_down();
        throttle.wait_turn(1).await;
        assert!(start.elapsed() <= BACKOFF_MIN, "{:?}", start.elapsed());
    }
}
