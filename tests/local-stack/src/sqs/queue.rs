//! A queue as SQS keeps it: messages that are hidden while somebody works on them.
//!
//! Invariant: a message is visible, in flight (until its visibility ends), deleted, or in the
//! dead-letter queue, and never two of these. Order is kept where SQS promises none; nothing here
//! may be used to rely on it. Time is the runtime's clock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;

use super::message::{Counts, Kept, Message};
use crate::event::{ACCOUNT, REGION};

/// How long a message is kept where nobody says otherwise: AWS's default.
const RETENTION: Duration = Duration::from_hours(4 * 24);

#[derive(Debug)]
pub(super) struct State {
    pub(super) kept: Vec<Kept>,
    pub(super) counts: Counts,
    pub(super) retention: Duration,
}

/// How a queue behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a received message stays hidden.
    pub visibility: Duration,
    /// Where a message goes after this many receives.
    pub redrive: Option<(Arc<Queue>, u32)>,
}

/// A queue.
#[derive(Debug)]
pub struct Queue {
    name: String,
    pub(super) settings: Settings,
    pub(super) created: OffsetDateTime,
    state: Mutex<State>,
    pub(super) changed: Notify,
}

impl Queue {
    /// An empty queue.
    #[must_use]
    pub fn new(name: &str, settings: Settings) -> Arc<Self> {
        let state = State { kept: Vec::new(), counts: Counts::default(), retention: RETENTION };
        let (state, changed) = (Mutex::new(state), Notify::new());
        let created = OffsetDateTime::now_utc();
        Arc::new(Self { name: name.to_owned(), settings, created, state, changed })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{}", self.name)
    }

    /// Sends a message that becomes visible after a delay; gives its identity.
    pub fn send(&self, body: impl Into<String>, delay: Duration) -> String {
        self.send_traced(body, delay, None)
    }

    /// The same for a sender that belongs to a trace.
    pub fn send_traced(
        &self,
        body: impl Into<String>,
        delay: Duration,
        trace: Option<String>,
    ) -> String {
        let now = OffsetDateTime::now_utc();
        let id = Uuid::new_v4().to_string();
        self.keep(
            Message {
                id: id.clone(),
                receipt: String::new(),
                body: body.into(),
                trace,
                receives: 0,
                sent: now,
                first_received: now,
                dead_letter_source: None,
            },
            delay,
        );
        id
    }

    fn keep(&self, message: Message, delay: Duration) {
        let mut state = self.lock();
        state.counts.sent += 1;
        state.kept.push(Kept { message, visible_at: Instant::now() + delay });
        drop(state);
        self.changed.notify_waiters();
    }

    /// Moves a visible message to where `destination` says for the ARN of the queue that it was
    /// moved from, as a new message. Nothing where none is visible, false where it has nowhere to
    /// go and stays.
    pub(super) fn move_one<'a>(
        &self,
        destination: impl FnOnce(Option<&str>) -> Option<&'a Self>,
    ) -> Option<bool> {
        let now = Instant::now();
        let mut state = self.lock();
        let kept = state.kept.iter_mut().find(|kept| kept.visible_at <= now)?;
        let from = kept.message.dead_letter_source.as_deref();
        let Some(to) = destination(from) else { return Some(false) };
        // Hidden here until it is there: two queues must not be locked in both orders, and a
        // message must never be in neither.
        kept.visible_at = now + self.settings.visibility;
        let moved = kept.message.clone();
        drop(state);
        to.send_traced(moved.body, Duration::ZERO, moved.trace);
        self.lock().kept.retain(|kept| kept.message.id != moved.id);
        self.changed.notify_waiters();
        Some(true)
    }

    /// Takes up to `max` visible messages, hiding them; moves worn-out ones to the dead letters.
    pub fn receive(&self, max: usize) -> Vec<Message> {
        self.receive_for(max, None)
    }

    /// The same, hiding them for another time than the queue's.
    pub(super) fn receive_for(&self, max: usize, visibility: Option<Duration>) -> Vec<Message> {
        let visibility = visibility.unwrap_or(self.settings.visibility);
        let now = Instant::now();
        let mut dead = Vec::new();
        let mut state = self.lock();
        if let Some((_, limit)) = &self.settings.redrive {
            let worn = |kept: &mut Kept| kept.visible_at <= now && kept.message.receives >= *limit;
            dead.extend(state.kept.extract_if(.., worn).map(|kept| kept.message));
        }
        state.counts.dead_lettered += dead.len() as u64;
        let has_dead = !dead.is_empty();
        let mut redelivered = 0;
        let taken: Vec<Message> = state
            .kept
            .iter_mut()
            .filter(|kept| kept.visible_at <= now)
            .take(max)
            .map(|kept| {
                kept.visible_at = now + visibility;
                redelivered += u64::from(kept.message.receives > 0);
                if kept.message.receives == 0 {
                    kept.message.first_received = OffsetDateTime::now_utc();
                }
                kept.message.receives += 1;
                kept.message.receipt = Uuid::new_v4().to_string();
                kept.message.clone()
            })
            .collect();
        state.counts.redelivered += redelivered;
        // Under the lock, so that a message is never in neither queue.
        if let Some((letters, _)) = &self.settings.redrive {
            for message in dead {
                let dead_letter_source = Some(self.arn());
                letters
                    .keep(Message { dead_letter_source, receives: 0, ..message }, Duration::ZERO);
            }
        }
        drop(state);
        // Waiters look again only when something changed, or two of them would wake for ever.
        if !taken.is_empty() || has_dead {
            self.changed.notify_waiters();
        }
        taken
    }

    /// Takes up to `max` messages, waiting until there is at least one.
    pub async fn receive_some(&self, max: usize) -> Vec<Message> {
        self.receive_some_for(max, None).await
    }

    /// The same, hiding them for another time than the queue's.
    pub(super) async fn receive_some_for(
        &self,
        max: usize,
        visibility: Option<Duration>,
    ) -> Vec<Message> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let taken = self.receive_for(max, visibility);
            if !taken.is_empty() {
                return taken;
            }
            let next = self.lock().kept.iter().map(|kept| kept.visible_at).min();
            match next {
                Some(at) => {
                    // Whatever comes first: a new message, or an old one that shows itself again.
                    tokio::select! { () = changed => {}, () = tokio::time::sleep_until(at) => {} }
                }
                None => changed.await,
            }
        }
    }

    /// Lets every visibility and delay end now, as if the time had passed.
    pub fn expire(&self) {
        let now = Instant::now();
        self.lock().kept.iter_mut().for_each(|kept| kept.visible_at = now);
        self.changed.notify_waiters();
    }

    /// Deletes a message by the handle of its latest receive; an older handle deletes nothing.
    pub fn delete(&self, receipt: &str) -> bool {
        let mut state = self.lock();
        let before = state.kept.len();
        state.kept.retain(|kept| kept.message.receipt != receipt);
        let deleted = state.kept.len() < before;
        state.counts.deleted += u64::from(deleted);
        drop(state);
        self.changed.notify_waiters();
        deleted
    }

    /// Hides a message in flight for a time from now, or shows it at once, by the handle of its
    /// latest receive; false where it is not in flight.
    pub(super) fn change_visibility(&self, receipt: &str, visibility: Duration) -> bool {
        let now = Instant::now();
        let mut state = self.lock();
        let found = state
            .kept
            .iter_mut()
            .find(|kept| kept.message.receipt == receipt && kept.visible_at > now);
        let changed = found.map(|kept| kept.visible_at = now + visibility).is_some();
        drop(state);
        self.changed.notify_waiters();
        changed
    }

    /// Moves a message to the dead letters by the handle of its latest receive, if there are any.
    pub fn dead_letter(&self, receipt: &str) {
        let Some((letters, _)) = &self.settings.redrive else { return };
        let mut state = self.lock();
        let found = state.kept.extract_if(.., |kept| kept.message.receipt == receipt);
        let bodies: Vec<String> = found.map(|kept| kept.message.body).collect();
        state.counts.dead_lettered += bodies.len() as u64;
        for body in bodies {
            letters.send(body, Duration::ZERO);
        }
        drop(state);
        self.changed.notify_waiters();
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
