//! Lambda: the real function binary, run the way the service runs it.
//!
//! A [`Function`] keeps execution environments (a process and its Runtime API each), reuses an
//! idle one, starts another while its concurrency allows, and replaces one that crashed, ran out
//! of time or of memory. What the process writes is kept in [`Logs`]. Frozen between invocations it is
//! only on request. Not emulated: provisioned concurrency, extensions, the six-hour event age.

mod environment;
mod failure;
pub mod lineage;
mod logs;
mod runtime_api;
mod settings;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use environment::Environment;
pub use failure::Failure;
pub use logs::Logs;
pub use settings::Settings;

/// What came of one invocation.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The request id the function saw.
    pub request_id: String,
    /// The answer.
    pub result: Result<Bytes, Failure>,
    /// From the moment the function took the event.
    pub duration: Duration,
    /// From the start of the process to its first `next`, where this invocation started it.
    pub init: Option<Duration>,
}

/// What a function has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Processes started.
    pub starts: u64,
    /// Invocations ended, whatever came of them.
    pub invocations: u64,
    /// Invocations that failed in any way.
    pub failures: u64,
    /// Messages that Lambda's guard against loops kept from it (`RecursiveInvocationsDropped`).
    pub recursive_dropped: u64,
    /// The highest resident memory of any of its processes, in bytes; 0 where there is no `/proc`.
    pub peak_memory_bytes: u64,
}

/// A function that can be invoked.
#[derive(Debug)]
pub struct Function {
    settings: Settings,
    idle: Mutex<Vec<Environment>>,
    slots: Semaphore,
    counts: watch::Sender<Counts>,
    kill: watch::Sender<u64>,
    logs: Arc<Logs>,
}

impl Function {
    /// A function with no process yet.
    #[must_use]
    pub fn new(settings: Settings) -> Arc<Self> {
        Arc::new(Self {
            idle: Mutex::default(),
            slots: Semaphore::new(settings.concurrency),
            counts: watch::Sender::default(),
            kill: watch::Sender::default(),
            logs: Arc::default(),
            settings,
        })
    }

    /// What it is.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What it has done so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        *self.counts.borrow()
    }

    /// What its processes wrote.
    #[must_use]
    pub fn logs(&self) -> &Logs {
        &self.logs
    }

    /// Kills every process that runs now with SIGKILL, as a host that dies would.
    pub fn kill(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.kill.send_modify(|kills| *kills += 1);
    }

    /// Stops every process that waits for an event, as the service does between two events.
    pub fn freeze(&self) {
        self.signal_idle("-STOP");
    }

    /// Lets them go on.
    pub fn thaw(&self) {
        self.signal_idle("-CONT");
    }

    fn signal_idle(&self, signal: &str) {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.iter().for_each(|environment| environment.signal(signal));
    }

    /// Waits until its counts satisfy a condition.
    pub async fn wait_until(&self, condition: impl FnMut(&Counts) -> bool) -> Counts {
        // The sender lives as long as `self`, so the wait cannot fail.
        self.counts.subscribe().wait_for(condition).await.map(|counts| *counts).unwrap_or_default()
    }

    /// Invokes it and waits for what comes of it; waits for a free slot first.
    pub async fn invoke(&self, payload: Bytes) -> Outcome {
        self.invoke_in_chain(payload, 1).await
    }

    /// Counts a message that the guard against loops kept from it.
    pub(crate) fn drop_recursive(&self) {
        self.counts.send_modify(|counts| counts.recursive_dropped += 1);
    }

    /// Invokes it as that many-th invocation of a chain.
    pub async fn invoke_in_chain(&self, payload: Bytes, invocations: u32) -> Outcome {
        let request_id = uuid::Uuid::new_v4().to_string();
        let (result, duration, init) = match self.slots.acquire().await {
            Ok(_slot) => self.run(&request_id, payload, invocations).await,
            Err(closed) => (Err(Failure::Service(closed.to_string())), Duration::ZERO, None),
        };
        self.counts.send_modify(|counts| {
            counts.invocations += 1;
            counts.failures += u64::from(result.is_err());
        });
        Outcome { request_id, result, duration, init }
    }

    async fn run(
        &self,
        request_id: &str,
        payload: Bytes,
        invocations: u32,
    ) -> (Result<Bytes, Failure>, Duration, Option<Duration>) {
        let (mut environment, init) = match self.idle_environment() {
            Some(environment) => (environment, None),
            None => match self.start().await {
                Ok((environment, init)) => (environment, Some(init)),
                Err(failure) => return (Err(failure), Duration::ZERO, None),
            },
        };
        let begin = Instant::now();
        let result = environment.invoke(request_id, payload, invocations).await;
        let peak = environment.peak_memory_bytes();
        self.counts
            .send_modify(|counts| counts.peak_memory_bytes = counts.peak_memory_bytes.max(peak));
        // A function that answered with an error of its own is still good for the next event.
        if matches!(result, Ok(_) | Err(Failure::Function { .. })) {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(environment);
        }
        (result, begin.elapsed(), init)
    }

    /// An environment that waits for work and whose process still lives.
    fn idle_environment(&self) -> Option<Environment> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| idle.pop()).find_map(Environment::if_alive)
    }

    async fn start(&self) -> Result<(Environment, Duration), Failure> {
        self.counts.send_modify(|counts| counts.starts += 1);
        let begin = Instant::now();
        let logs = Arc::clone(&self.logs);
        let environment = Environment::start(&self.settings, logs, self.kill.subscribe()).await?;
        Ok((environment, begin.elapsed()))
    }
}
