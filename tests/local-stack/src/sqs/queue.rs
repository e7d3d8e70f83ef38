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

use crate::event::{ACCOUNT, REGION};

/// A message handed to a receiver.
#[derive(Clone, Debug)]
pub struct Message {
    /// The identity that stays with the message.
    pub id: String,
    /// The handle of this very receive.
    pub receipt: String,
    /// The text.
    pub body: String,
    /// What the sender's request said of the trace that it belongs to (`AWSTraceHeader`).
    pub trace: Option<String>,
    /// How often it was received, this time included.
    pub receives: u32,
    /// When it was sent.
    pub sent: OffsetDateTime,
    /// When it was first received.
    pub first_received: OffsetDateTime,
}

#[derive(Debug)]
struct Kept {
    message: Message,
    visible_at: Instant,
}

/// What a queue has seen and holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages sent to it.
    pub sent: u64,
    /// Receives of a message that had been received before.
    pub redelivered: u64,
    /// Messages deleted.
    pub deleted: u64,
    /// Messages moved to the dead-letter queue.
    pub dead_lettered: u64,
    /// Messages in it now, visible or not.
    pub held: usize,
}

#[derive(Debug, Default)]
struct State {
    kept: Vec<Kept>,
    counts: Counts,
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
    settings: Settings,
    state: Mutex<State>,
    changed: Notify,
}

impl Queue {
    /// An empty queue.
    #[must_use]
    pub fn new(name: &str, settings: Settings) -> Arc<Self> {
        let (state, changed) = (Mutex::default(), Notify::new());
        Arc::new(Self { name: name.to_owned(), settings, state, changed })
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
        let message = Message {
            id: id.clone(),
            receipt: String::new(),
            body: body.into(),
            trace,
            receives: 0,
            sent: now,
            first_received: now,
        };
        let mut state = self.lock();
        state.counts.sent += 1;
        state.kept.push(Kept { message, visible_at: Instant::now() + delay });
        drop(state);
        self.changed.notify_waiters();
        id
    }

    /// Takes up to `max` visible messages, hiding them; moves worn-out ones to the dead letters.
    pub fn receive(&self, max: usize) -> Vec<Message> {
        let now = Instant::now();
        let mut dead = Vec::new();
        let mut state = self.lock();
        if let Some((_, limit)) = &self.settings.redrive {
            let worn = |kept: &mut Kept| kept.visible_at <= now && kept.message.receives >= *limit;
            dead.extend(state.kept.extract_if(.., worn).map(|kept| kept.message.body));
        }
        state.counts.dead_lettered += dead.len() as u64;
        let mut redelivered = 0;
        let taken: Vec<Message> = state
            .kept
            .iter_mut()
            .filter(|kept| kept.visible_at <= now)
            .take(max)
            .map(|kept| {
                kept.visible_at = now + self.settings.visibility;
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
            for body in &dead {
                letters.send(body, Duration::ZERO);
            }
        }
        drop(state);
        // Waiters look again only when something changed, or two of them would wake for ever.
        if !(taken.is_empty() && dead.is_empty()) {
            self.changed.notify_waiters();
        }
        taken
    }

    /// Takes up to `max` messages, waiting until there is at least one.
    pub async fn receive_some(&self, max: usize) -> Vec<Message> {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let taken = self.receive(max);
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

    /// What it has seen and holds.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let state = self.lock();
        Counts { held: state.kept.len(), ..state.counts }
    }

    /// The texts it holds now.
    #[must_use]
    pub fn bodies(&self) -> Vec<String> {
        self.lock().kept.iter().map(|kept| kept.message.body.clone()).collect()
    }

    /// Waits until it satisfies a condition.
    pub async fn wait_until(&self, condition: impl Fn(Counts) -> bool) -> Counts {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let counts = self.counts();
            if condition(counts) {
                return counts;
            }
            changed.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
