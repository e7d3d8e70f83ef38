//! Sessions that are kept between statements, each busy with one at most.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::refusal::Refusal;
use crate::redshift::Session;

#[derive(Debug)]
struct Kept {
    /// Nothing while a statement uses it, or before the first one did.
    session: Option<Session>,
    is_busy: bool,
    keep_alive: Duration,
    until: Instant,
}

/// The sessions.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    kept: Mutex<HashMap<String, Kept>>,
}

impl Sessions {
    /// Takes a session for a statement: a new one to be kept, or one that is there.
    pub(super) fn reserve(
        &self,
        id: Option<&str>,
        keep_alive: Option<u64>,
        max: usize,
    ) -> Result<Option<String>, Refusal> {
        let mut kept = self.lock();
        kept.retain(|_, session| session.is_busy || session.until > Instant::now());
        if let Some(id) = id {
            let what = "Session is not available.";
            let session = kept.get_mut(id).ok_or_else(|| Refusal::not_found(what, id))?;
            if session.is_busy {
                let what = "Session is busy: it runs one statement at a time.";
                return Err(Refusal::validation(what));
            }
            session.is_busy = true;
            if let Some(seconds) = keep_alive {
                session.keep_alive = Duration::from_secs(seconds);
            }
            return Ok(Some(id.to_owned()));
        }
        let Some(seconds) = keep_alive.filter(|seconds| *seconds > 0) else { return Ok(None) };
        if kept.len() >= max {
            let what = "Active sessions exceeded the allowed quota.";
            return Err(Refusal::new("ActiveSessionsExceededException", what));
        }
        let id = Uuid::new_v4().to_string();
        let keep_alive = Duration::from_secs(seconds);
        let until = Instant::now() + keep_alive;
        kept.insert(id.clone(), Kept { session: None, is_busy: true, keep_alive, until });
        Ok(Some(id))
    }

    /// The connection of a session that was reserved; nothing where it is still to be made.
    pub(super) fn take(&self, id: &str) -> Option<Session> {
        self.lock().get_mut(id).and_then(|kept| kept.session.take())
    }

    /// Gives a session back, for as long as it is to be kept.
    pub(super) fn give_back(&self, id: &str, session: Option<Session>) {
        if let Some(kept) = self.lock().get_mut(id) {
            kept.session = session;
            kept.is_busy = false;
            kept.until = Instant::now() + kept.keep_alive;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
