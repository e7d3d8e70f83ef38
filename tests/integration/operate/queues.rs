//! A dead-letter queue and the queue before it in memory, with mishaps on command.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use logferry::ports::{
    Cause, DeadLetters, Letter, MessageQueue, MoveStatus, MoveTask, QueueError, QueueWatch,
    Rejection,
};
use serde_json::{Value, json};

use super::fakes::rejected;

pub(super) fn letter(number: usize, body: &Value) -> Letter {
    let (id, handle) = (format!("m-{number}"), format!("h-{number}"));
    Letter { id, handle, body: body.to_string(), sent_unix_s: Some(7) }
}

pub(super) fn by_hand(key: &str) -> Value {
    json!({"bucket": "amber-logs", "key": key})
}

/// Both queues, and what was done to them, in order.
#[derive(Default)]
pub(super) struct Queues {
    pub(super) letters: Mutex<VecDeque<Letter>>,
    /// How many the next answers have; ten where nothing is said.
    pub(super) answers: Mutex<VecDeque<usize>>,
    /// `sent BODY` and `deleted HANDLE`.
    pub(super) done: Mutex<Vec<String>>,
    /// The keys that are not taken.
    pub(super) fails: Vec<&'static str>,
    pub(super) is_silent: AtomicBool,
    pub(super) denies: bool,
    /// For how many looks the list does not show the newest task yet.
    pub(super) behind: AtomicU64,
    /// For how many looks the list shows a task as running that was told to stop.
    pub(super) late: AtomicU64,
    /// The newest last.
    pub(super) tasks: Mutex<Vec<MoveTask>>,
    pub(super) starts: AtomicU64,
    pub(super) cancels: AtomicU64,
    /// What the next calls of each kind do instead.
    pub(super) starting: Mutex<VecDeque<Mishap>>,
    pub(super) cancelling: Mutex<VecDeque<Mishap>>,
    pub(super) sending: Mutex<VecDeque<Mishap>>,
}

/// What goes wrong with a start or a cancellation.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mishap {
    /// It is carried out, and nobody hears of it.
    AnswerLost,
    /// The same, and all is moved at the next look.
    AnswerLostAndDone,
    /// Nothing arrives.
    NotArrived,
    /// Somebody else was quicker, with that destination.
    Overtaken(&'static str),
    /// It is refused, and the task is over.
    Over,
    /// It is refused, and the task goes on.
    Refused,
}

impl Queues {
    pub(super) fn with(keys: &[&str]) -> Self {
        let letters = keys.iter().enumerate().map(|(at, key)| letter(at, &by_hand(key)));
        Self { letters: Mutex::new(letters.collect()), ..Self::default() }
    }

    pub(super) fn done(&self) -> Vec<String> {
        self.done.lock().unwrap().clone()
    }
}

impl DeadLetters for Queues {
    async fn receive(&self, _: u32) -> Result<Vec<Letter>, QueueError> {
        let mut letters = self.letters.lock().unwrap();
        let most = self.answers.lock().unwrap().pop_front().unwrap_or(10).min(letters.len());
        Ok(letters.drain(..most).collect())
    }

    async fn delete(&self, handle: &str) -> Result<(), QueueError> {
        self.done.lock().unwrap().push(format!("deleted {handle}"));
        Ok(())
    }

    async fn arn(&self) -> Result<String, QueueError> {
        Ok("arn".to_owned())
    }

    async fn start_move(&self, _: &str, to: &str, per_second: u16) -> Result<(), QueueError> {
        self.starts.fetch_add(1, Ordering::Relaxed);
        let mishap = self.starting.lock().unwrap().pop_front();
        if self.runs() {
            return Err(no("There is already a task running."));
        }
        match mishap {
            None => self.begin(to, per_second),
            Some(Mishap::AnswerLost) => {
                self.begin(to, per_second);
                return Err(lost());
            }
            Some(Mishap::AnswerLostAndDone) => {
                self.begin(to, per_second);
                self.tasks.lock().unwrap().last_mut().unwrap().status = MoveStatus::Completed;
                return Err(lost());
            }
            Some(Mishap::NotArrived) => return Err(lost()),
            Some(Mishap::Overtaken(to)) => {
                self.begin(to, 9);
                return Err(no("There is already a task running."));
            }
            Some(Mishap::Over | Mishap::Refused) => return Err(no("no")),
        }
        Ok(())
    }

    async fn newest_move(&self, _: &str) -> Result<Option<MoveTask>, QueueError> {
        if self.is_silent.swap(false, Ordering::Relaxed) {
            return Err(lost());
        }
        let mut tasks = self.tasks.lock().unwrap();
        let behind = &self.behind;
        if tasks.len() > 1 && behind.load(Ordering::Relaxed) > 0 {
            behind.fetch_sub(1, Ordering::Relaxed);
            return Ok(tasks.get(tasks.len() - 2).cloned());
        }
        let told = tasks.last().cloned();
        if self.late.load(Ordering::Relaxed) > 0
            && let Some(mut task) =
                told.clone().filter(|task| task.status == MoveStatus::Cancelling)
        {
            self.late.fetch_sub(1, Ordering::Relaxed);
            task.status = MoveStatus::Running;
            return Ok(Some(task));
        }
        // What was told to stop has stopped by the next look.
        if let Some(task) = tasks.last_mut().filter(|task| task.status == MoveStatus::Cancelling) {
            task.status = MoveStatus::Cancelled;
            task.moved += 5;
        }
        Ok(told)
    }

    async fn cancel_move(&self, handle: &str) -> Result<(), QueueError> {
        assert_eq!(handle, "t");
        self.cancels.fetch_add(1, Ordering::Relaxed);
        let mishap = self.cancelling.lock().unwrap().pop_front();
        let mut tasks = self.tasks.lock().unwrap();
        let task = tasks.last_mut().unwrap();
        if task.status != MoveStatus::Running {
            return Err(no("Only active tasks can be cancelled."));
        }
        match mishap {
            None => task.status = MoveStatus::Cancelling,
            Some(Mishap::AnswerLost) => {
                task.status = MoveStatus::Cancelling;
                return Err(lost());
            }
            Some(Mishap::NotArrived) => return Err(lost()),
            Some(Mishap::Over) => {
                task.status = MoveStatus::Completed;
                return Err(no("Only active tasks can be cancelled."));
            }
            Some(other) => return Err(no(&format!("{other:?}"))),
        }
        Ok(())
    }
}

fn lost() -> QueueError {
    QueueError::Unavailable("on command".to_owned())
}

/// What SQS says of tasks has no code of its own.
fn no(said: &str) -> QueueError {
    Rejection { said: said.to_owned(), cause: Cause::Other, ..rejected() }.into()
}

impl Queues {
    pub(super) fn starting(mishaps: impl IntoIterator<Item = Mishap>) -> Self {
        Self { starting: Mutex::new(mishaps.into_iter().collect()), ..Self::default() }
    }

    pub(super) fn cancelling(mishaps: impl IntoIterator<Item = Mishap>) -> Self {
        Self { cancelling: Mutex::new(mishaps.into_iter().collect()), ..Self::default() }
    }

    pub(super) fn runs(&self) -> bool {
        self.tasks.lock().unwrap().last().is_some_and(|task| task.status.is_active())
    }

    pub(super) fn begin(&self, to: &str, per_second: u16) {
        let mut tasks = self.tasks.lock().unwrap();
        let started_unix_ms = Some(i64::try_from(tasks.len()).unwrap() + 1);
        tasks.push(MoveTask {
            // Shown longer than SQS shows it, for whoever does not look at the status.
            handle: Some("t".to_owned()),
            status: MoveStatus::Running,
            started_unix_ms,
            moved: per_second.into(),
            to_move: None,
            destination: Some(to.to_owned()),
            failure: None,
        });
    }

    /// A task that ended long ago.
    pub(super) fn ended(self) -> Self {
        self.begin("to", 3);
        self.tasks.lock().unwrap().last_mut().unwrap().status = MoveStatus::Completed;
        self
    }

    pub(super) fn counts(&self) -> (u64, u64) {
        (self.starts.load(Ordering::Relaxed), self.cancels.load(Ordering::Relaxed))
    }
}

impl QueueWatch for Queues {
    async fn waiting(&self) -> Result<u64, QueueError> {
        Ok(self.letters.lock().unwrap().len() as u64)
    }

    async fn retention_s(&self) -> Result<u64, QueueError> {
        Ok(1_209_600)
    }
}

impl MessageQueue for Queues {
    async fn send(&self, bodies: &[&str]) -> Result<Vec<Result<(), QueueError>>, QueueError> {
        assert!((1..=10).contains(&bodies.len()));
        if self.denies {
            return Err(rejected().into());
        }
        if let Some(Mishap::AnswerLost) = self.sending.lock().unwrap().pop_front() {
            self.done.lock().unwrap().extend(bodies.iter().map(|body| format!("sent {body}")));
            return Err(lost());
        }
        let verdict = |body: &&str| {
            if self.fails.iter().any(|key| body.contains(key)) {
                return Err(lost());
            }
            self.done.lock().unwrap().push(format!("sent {body}"));
            Ok(())
        };
        Ok(bodies.iter().map(verdict).collect())
    }
}
