//! Keys to messages, in tens.
//!
//! ```text
//! keys ─▶ produce ─▶ room in the queue ═▶ consume ─▶ calls ─▶ mark ─▶ journal
//! ```
//!
//! The double arrow is a channel of steps. A step is up to ten messages, or none where keys were left
//! out; the mark moves over a step when it and all before it are done, in whatever order calls end.

use std::cell::Cell;
use std::collections::VecDeque;
use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde_json::json;
use thiserror::Error;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::watch;
use tokio::time::sleep;

use super::counts::Counts;
use super::flow::Flow;
use super::journal::{Begun, Journal, JournalError};
use crate::operate::keys::{Keys, KeysError, Place};
use crate::operate::select::{Choice, Selection};
use crate::ports::{MESSAGES_MAX, MessageQueue, QueueError, QueueWatch};

/// Steps behind the mark: calls under way, and those that ended before an older one did. With ten
/// messages each, the most that are sent twice after the process was killed.
const STEPS_MAX: usize = 8;

/// How often in a row a call may bring no message into the queue, and the wait that doubles from one
/// time to the next: some three minutes in all.
const ATTEMPTS: u32 = 12;
const WAIT: Duration = Duration::from_millis(100);

/// What is sent, and where to.
#[derive(Debug, Clone, Copy)]
pub struct Sending<'s, Q> {
    /// The queue.
    pub queue: &'s Q,
    /// The bucket of all keys.
    pub bucket: &'s str,
    /// Which keys are meant.
    pub selection: Selection,
    /// How many messages may wait in the queue.
    pub backlog: u64,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// What became of all keys, those of earlier runs included.
    pub counts: Counts,
    /// It was stopped before the end.
    pub is_stopped: bool,
}

/// Why it ended early. What was sent is in the journal; the same command goes on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SendError {
    /// The keys do not come.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The queue does not take messages.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The journal cannot be written.
    #[error("the journal: {0}")]
    Journal(#[from] JournalError),
}

/// Some keys in a row: the messages for those that are meant.
struct Step {
    bodies: Vec<String>,
    /// Where the last of them stands; `None` for an end without keys.
    place: Option<Place>,
    counts: Counts,
    is_last: bool,
}

/// Sends until the keys end, `stop` says so, or something fails. `progress` hears of every step: what
/// was sent by now, and how many messages wait in the queue.
///
/// # Errors
/// [`SendError`], after the calls under way have ended and the journal has what came of them.
pub async fn send<K: Keys, Q: MessageQueue + QueueWatch>(
    sending: &Sending<'_, Q>,
    keys: &mut K,
    journal: &mut Journal,
    begun: &Begun,
    stop: watch::Receiver<bool>,
    progress: impl FnMut(&Counts, u64),
) -> Result<Outcome, SendError> {
    let waiting = Cell::new(0);
    let (steps, taken) = channel(STEPS_MAX);
    let mut produce = pin!(produce(sending, keys, &waiting, steps));
    let mut consume = pin!(consume(sending.queue, journal, begun, taken, stop, progress, &waiting));
    tokio::select! {
        biased;
        outcome = &mut consume => outcome,
        produced = &mut produce => {
            let outcome = consume.await?;
            produced.map(|()| outcome)
        }
    }
}

async fn produce<K: Keys, Q: QueueWatch>(
    sending: &Sending<'_, Q>,
    keys: &mut K,
    waiting: &Cell<u64>,
    steps: Sender<Step>,
) -> Result<(), SendError> {
    let mut flow = Flow::new(sending.backlog, waiting);
    let mut last = None;
    while let Some(page) = keys.next_page().await? {
        let mut step = Step::empty();
        for (index, key) in page.iter().enumerate() {
            let choice = sending.selection.choose(&key.key, key.size, key.is_archived);
            step.counts.add(choice, key);
            step.place = Some(keys.place(index, key));
            if choice == Choice::Take {
                step.bodies.push(json!({"bucket": sending.bucket, "key": key.key}).to_string());
            }
            let is_full = step.bodies.len() == MESSAGES_MAX;
            if is_full || index + 1 == page.len() {
                if !step.bodies.is_empty() {
                    flow.pass(sending.queue, step.bodies.len() as u64).await?;
                }
                last.clone_from(&step.place);
                let full = std::mem::replace(&mut step, Step::empty());
                if steps.send(full).await.is_err() {
                    // Nobody takes it any more: it was stopped, or failed.
                    return Ok(());
                }
            }
        }
    }
    let end = Step { is_last: true, place: last, ..Step::empty() };
    // As above.
    drop(steps.send(end).await);
    Ok(())
}

impl Step {
    fn empty() -> Self {
        Self { bodies: Vec::new(), place: None, counts: Counts::default(), is_last: false }
    }
}

async fn consume<Q: MessageQueue>(
    queue: &Q,
    journal: &mut Journal,
    begun: &Begun,
    mut steps: Receiver<Step>,
    mut stop: watch::Receiver<bool>,
    mut progress: impl FnMut(&Counts, u64),
    waiting: &Cell<u64>,
) -> Result<Outcome, SendError> {
    let mut marks = Marks::new(begun.counts);
    let mut calls = FuturesUnordered::new();
    let (mut is_open, mut failure) = (true, None);
    loop {
        let may_take = is_open && marks.open.len() < STEPS_MAX;
        tokio::select! {
            biased;
            // Whoever could stop it being gone is no reason to.
            Ok(_) = stop.wait_for(|stop| *stop), if is_open => is_open = false,
            Some((number, sent)) = calls.next(), if !calls.is_empty() => match sent {
                Ok(()) => {
                    marks.done(number);
                    marks.move_on(journal)?;
                    progress(&marks.counts, waiting.get());
                }
                Err(error) => (is_open, failure) = (false, failure.or(Some(error))),
            },
            next = steps.recv(), if may_take => match next {
                Some(next) => {
                    let bodies = next.bodies.clone();
                    let number = marks.open(next);
                    calls.push(async move { (number, send_all(queue, &bodies).await) });
                }
                None => is_open = false,
            },
            else => break,
        }
    }
    match failure {
        Some(error) => Err(error.into()),
        None => Ok(Outcome { counts: marks.counts, is_stopped: !marks.is_finished }),
    }
}

/// Steps that are under way, and the mark behind which all is done.
struct Marks {
    open: VecDeque<(Step, bool)>,
    /// The number of the first of them.
    first: usize,
    counts: Counts,
    /// The last one is done.
    is_finished: bool,
}

impl Marks {
    fn new(counts: Counts) -> Self {
        Self { open: VecDeque::new(), first: 0, counts, is_finished: false }
    }

    fn open(&mut self, mut step: Step) -> usize {
        // They are under way elsewhere.
        step.bodies = Vec::new();
        self.open.push_back((step, false));
        self.first + self.open.len() - 1
    }

    fn done(&mut self, number: usize) {
        if let Some((_, done)) = self.open.get_mut(number - self.first) {
            *done = true;
        }
    }

    fn move_on(&mut self, journal: &mut Journal) -> Result<(), JournalError> {
        let mut reached = None;
        while let Some((step, _)) = self.open.pop_front_if(|(_, done)| *done) {
            self.first += 1;
            self.counts.add_all(&step.counts);
            reached = Some(step);
        }
        if let Some(Step { place, is_last, .. }) = reached {
            self.is_finished = is_last;
            journal.mark(&place.unwrap_or_default(), &self.counts, is_last)?;
        }
        Ok(())
    }
}

/// Sends until the queue has taken each.
async fn send_all(queue: &impl MessageQueue, bodies: &[String]) -> Result<(), QueueError> {
    let mut left: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let mut attempt = 0;
    while !left.is_empty() {
        let verdicts = match queue.send(&left).await {
            Ok(verdicts) => verdicts,
            Err(error) => vec![Err(error); left.len()],
        };
        let (before, mut reason) = (left.len(), None);
        let mut verdicts = verdicts.into_iter();
        left.retain(|_| match verdicts.next() {
            Some(Ok(())) => false,
            Some(Err(error)) => {
                // A message that is refused for good says more than one that may still be taken.
                if !matches!(reason, Some(QueueError::Rejected(_))) {
                    reason = Some(error);
                }
                true
            }
            None => true,
        });
        if let Some(error @ QueueError::Rejected(_)) = reason {
            return Err(error);
        }
        attempt = if left.len() < before { 0 } else { attempt + 1 };
        if attempt == ATTEMPTS {
            let silent = || QueueError::Unavailable("it says nothing of a message".to_owned());
            return Err(reason.unwrap_or_else(silent));
        }
        if !left.is_empty() {
            sleep(WAIT * (1 << attempt)).await;
        }
    }
    Ok(())
}
