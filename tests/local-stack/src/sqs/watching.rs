//! What can be seen of a queue, and waited for.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::Instant;

use super::message::{Counts, Depth};
use super::queue::Queue;

impl Queue {
    /// What it has seen and holds.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let state = self.lock();
        Counts { held: state.kept.len(), ..state.counts }
    }

    /// How many messages can be received, and how many cannot.
    #[must_use]
    pub fn depth(&self) -> Depth {
        let now = Instant::now();
        let mut depth = Depth::default();
        for kept in &self.lock().kept {
            match (kept.visible_at <= now, kept.message.receives) {
                (true, _) => depth.visible += 1,
                (false, 0) => depth.delayed += 1,
                (false, _) => depth.in_flight += 1,
            }
        }
        depth
    }

    /// How long a message is kept, as it is told; nothing here is ever so old.
    #[must_use]
    pub fn retention(&self) -> Duration {
        self.lock().retention
    }

    /// Tells another retention.
    pub fn set_retention(&self, retention: Duration) {
        self.lock().retention = retention;
    }

    /// How long a received message stays hidden.
    #[must_use]
    pub fn visibility(&self) -> Duration {
        self.settings.visibility
    }

    /// The dead letters, and after how many receives a message goes there.
    #[must_use]
    pub fn redrive(&self) -> Option<&(Arc<Self>, u32)> {
        self.settings.redrive.as_ref()
    }

    /// When it was made.
    #[must_use]
    pub fn created(&self) -> OffsetDateTime {
        self.created
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
}
