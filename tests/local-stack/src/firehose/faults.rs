//! What Firehose is told to do wrong, and its quota.
//!
//! Scripted faults apply to calls in the order given, one a call; then the storm, if one blows,
//! decides by its seed; then the quota. So a test either scripts, or prints a seed.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// What happens to one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The whole call is refused: 503 `ServiceUnavailableException`.
    Throttle,
    /// The whole call is refused: 500 `InternalFailure`.
    Internal,
    /// The records in these positions fail with `ServiceUnavailableException`.
    Partial(Vec<usize>),
    /// The records in these positions fail with `InternalFailure`.
    PartialInternal(Vec<usize>),
    /// Every record is taken, and the connection breaks before the answer.
    AnswerLost,
    /// No record is taken, and the connection breaks.
    CallLost,
    /// The answer takes this long.
    Slow(Duration),
}

/// Faults by chance, in calls (or records) of a thousand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Storm {
    /// Decides everything.
    pub seed: u64,
    /// Calls refused with 503.
    pub throttled_calls: u32,
    /// Records refused in an answered call.
    pub failed_records: u32,
    /// Calls taken whose answer is lost.
    pub lost_answers: u32,
}

/// What a stream takes in a second; what is beyond fails record by record.
#[derive(Clone, Copy, Debug)]
pub struct Quota {
    /// Records a second.
    pub records: u64,
    /// Bytes a second.
    pub bytes: u64,
    /// Calls a second; a call beyond is refused whole.
    pub calls: u64,
}

/// What becomes of a call as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CallFate {
    /// Answered; chance and quota decide on each record, unless a script names those that fail.
    Served(Option<Failing>),
    Throttled,
    Internal,
    AnswerLost,
    CallLost,
}

/// A record's failure: AWS's code and words.
pub(super) type RecordFailure = (&'static str, &'static str);
/// The positions that a script makes fail.
pub(super) type Failing = (Vec<usize>, RecordFailure);
pub(super) const SLOW_DOWN: RecordFailure = ("ServiceUnavailableException", "Slow down.");
const INTERNAL: RecordFailure = ("InternalFailure", "Internal failure");

#[derive(Debug, Default)]
struct State {
    script: std::collections::VecDeque<Fault>,
    storm: Option<(Storm, fastrand::Rng)>,
    quota: Option<(Quota, Spent)>,
    latency: Duration,
}

#[derive(Debug)]
struct Spent {
    since: Instant,
    records: u64,
    bytes: u64,
    calls: u64,
}

impl Spent {
    fn nothing() -> Self {
        Self { since: Instant::now(), records: 0, bytes: 0, calls: 0 }
    }
}

/// The faults to come of one stream.
#[derive(Debug, Default)]
pub struct Faults {
    state: Mutex<State>,
}

impl Faults {
    /// Adds a fault for the next call that has none yet.
    pub fn script(&self, fault: Fault) {
        self.lock().script.push_back(fault);
    }

    /// How many scripted faults are still to come.
    #[must_use]
    pub fn left(&self) -> usize {
        self.lock().script.len()
    }

    /// Lets a storm blow, or end.
    pub fn set_storm(&self, storm: Option<Storm>) {
        self.lock().storm = storm.map(|storm| (storm, fastrand::Rng::with_seed(storm.seed)));
    }

    /// Sets the quota, or lifts it.
    pub fn set_quota(&self, quota: Option<Quota>) {
        self.lock().quota = quota.map(|quota| (quota, Spent::nothing()));
    }

    /// Makes every call take at least this long.
    pub fn set_latency(&self, latency: Duration) {
        self.lock().latency = latency;
    }

    pub(super) fn fate_of_call(&self) -> (CallFate, Duration) {
        let mut state = self.lock();
        let fate = match state.script.pop_front() {
            Some(Fault::Throttle) => CallFate::Throttled,
            Some(Fault::Internal) => CallFate::Internal,
            Some(Fault::AnswerLost) => CallFate::AnswerLost,
            Some(Fault::CallLost) => CallFate::CallLost,
            Some(Fault::Slow(delay)) => return (CallFate::Served(None), delay),
            Some(Fault::Partial(positions)) => CallFate::Served(Some((positions, SLOW_DOWN))),
            Some(Fault::PartialInternal(positions)) => {
                CallFate::Served(Some((positions, INTERNAL)))
            }
            None => state.chance(),
        };
        (fate, state.latency)
    }

    /// Which records of an answered call fail.
    pub(super) fn fate_of_records(
        &self,
        sizes: &[usize],
        scripted: Option<&Failing>,
    ) -> Vec<Option<RecordFailure>> {
        let mut state = self.lock();
        let fates = sizes.iter().enumerate().map(|(position, size)| {
            if let Some((positions, failure)) = scripted {
                return positions.contains(&position).then_some(*failure);
            }
            (state.storm_takes() || !state.affords(*size)).then_some(SLOW_DOWN)
        });
        fates.collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn chance(&mut self) -> CallFate {
        if let Some((quota, spent)) = &mut self.quota {
            if spent.since.elapsed() >= Duration::from_secs(1) {
                *spent = Spent::nothing();
            }
            spent.calls += 1;
            if spent.calls > quota.calls {
                return CallFate::Throttled;
            }
        }
        let Some((storm, rng)) = &mut self.storm else { return CallFate::Served(None) };
        let roll = rng.u32(0..1000);
        if roll < storm.throttled_calls {
            CallFate::Throttled
        } else if roll < storm.throttled_calls + storm.lost_answers {
            CallFate::AnswerLost
        } else {
            CallFate::Served(None)
        }
    }

    fn storm_takes(&mut self) -> bool {
        self.storm.as_mut().is_some_and(|(storm, rng)| rng.u32(0..1000) < storm.failed_records)
    }

    fn affords(&mut self, size: usize) -> bool {
        let Some((quota, spent)) = &mut self.quota else { return true };
        let size = size as u64;
        let fits = spent.records < quota.records && spent.bytes + size <= quota.bytes;
        if fits {
            spent.records += 1;
            spent.bytes += size;
        }
        fits
    }
}
