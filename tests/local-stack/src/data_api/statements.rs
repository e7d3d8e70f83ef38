//! The statements that were submitted, and what became of them.
//!
//! Invariant: a statement goes from SUBMITTED by way of PICKED and STARTED to FINISHED, FAILED or
//! ABORTED, and what ended never changes again.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;

use super::refusal::Refusal;
use super::request::Submission;
use crate::redshift::{Canceller, Outcome};

/// How far a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Submitted,
    Picked,
    Started,
    Finished,
    Failed,
    Aborted,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Submitted => "SUBMITTED",
            Self::Picked => "PICKED",
            Self::Started => "STARTED",
            Self::Finished => "FINISHED",
            Self::Failed => "FAILED",
            Self::Aborted => "ABORTED",
        }
    }

    pub(super) fn is_end(self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Aborted)
    }
}

/// How far a statement, or one of a batch, is and since when.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    pub(super) status: Status,
    pub(super) error: Option<String>,
    pub(super) updated: OffsetDateTime,
    started: Option<Instant>,
    pub(super) duration: Duration,
}

impl Progress {
    fn new() -> Self {
        let updated = OffsetDateTime::now_utc();
        let (started, duration) = (None, Duration::ZERO);
        Self { status: Status::Submitted, error: None, updated, started, duration }
    }

    fn go(&mut self, status: Status, error: Option<String>) {
        if self.status.is_end() {
            return;
        }
        self.updated = OffsetDateTime::now_utc();
        let started = *self.started.get_or_insert_with(Instant::now);
        self.duration = started.elapsed();
        (self.status, self.error) = (status, error);
    }
}

/// One of the statements that were submitted together.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) progress: Progress,
    pub(super) outcome: Option<Outcome>,
}

/// Statements that were submitted together.
pub(super) struct Statement {
    pub(super) id: String,
    pub(super) submission: Submission,
    pub(super) parts: Vec<Part>,
    pub(super) progress: Progress,
    pub(super) created: OffsetDateTime,
    /// What ends it, while it runs.
    canceller: Option<Canceller>,
    pub(super) is_cancelled: bool,
}

#[derive(Default)]
struct State {
    statements: BTreeMap<String, Statement>,
    /// Their ids, the oldest first.
    order: Vec<String>,
}

/// Every statement so far.
#[derive(Default)]
pub(super) struct Statements {
    state: Mutex<State>,
    changed: Notify,
}

impl std::fmt::Debug for Statements {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Statements").finish_non_exhaustive()
    }
}

impl Statements {
    /// Notes a submission; gives its id, and whether it is new: the same token is the same
    /// statement.
    pub(super) fn add(
        &self,
        submission: &Submission,
        max: usize,
    ) -> Result<(String, bool), Refusal> {
        let mut state = self.lock();
        let token = submission.client_token.as_ref();
        let known = state
            .statements
            .values()
            .find(|one| token.is_some() && one.submission.client_token.as_ref() == token);
        if let Some(known) = known {
            let same = known.submission.texts == submission.texts
                && known.submission.parameters == submission.parameters;
            if same {
                return Ok((known.id.clone(), false));
            }
            let what = "ClientToken was used for another statement.";
            return Err(Refusal::validation(what));
        }
        let active = state.statements.values().filter(|one| !one.progress.status.is_end()).count();
        if active >= max {
            let what = "Active statements exceeded the allowed quota.";
            return Err(Refusal::new("ActiveStatementsExceededException", what));
        }
        let id = Uuid::new_v4().to_string();
        let part = |_: &String| Part { progress: Progress::new(), outcome: None };
        let statement = Statement {
            id: id.clone(),
            submission: submission.clone(),
            parts: submission.sqls.iter().map(part).collect(),
            progress: Progress::new(),
            created: OffsetDateTime::now_utc(),
            canceller: None,
            is_cancelled: false,
        };
        state.statements.insert(id.clone(), statement);
        state.order.push(id.clone());
        Ok((id, true))
    }

    /// Looks at a statement.
    pub(super) fn see<T>(
        &self,
        id: &str,
        look: impl FnOnce(&Statement) -> T,
    ) -> Result<T, Refusal> {
        let state = self.lock();
        let statement = state.statements.get(id);
        statement.map(look).ok_or_else(|| Refusal::not_found("Query does not exist.", id))
    }

    /// Looks at all of them, the newest first.
    pub(super) fn see_all<T>(&self, look: impl Fn(&Statement) -> Option<T>) -> Vec<T> {
        let state = self.lock();
        let newest = state.order.iter().rev().filter_map(|id| state.statements.get(id));
        newest.filter_map(look).collect()
    }

    /// Says how far a statement is.
    pub(super) fn go(&self, id: &str, status: Status, error: Option<String>) {
        self.change(id, |statement| {
            statement.progress.go(status, error);
            if status.is_end() {
                statement.canceller = None;
            }
        });
    }

    /// Says how far one of a batch is.
    pub(super) fn go_part(
        &self,
        id: &str,
        part: usize,
        status: Status,
        error: Option<String>,
        outcome: Option<Outcome>,
    ) {
        self.change(id, |statement| {
            if let Some(part) = statement.parts.get_mut(part) {
                part.progress.go(status, error);
                part.outcome = outcome.or(part.outcome.take());
            }
        });
    }

    /// Says which session a statement runs in.
    pub(super) fn set_session(&self, id: &str, session: Option<String>) {
        self.change(id, |statement| statement.submission.session = session);
    }

    /// Forgets a statement that was refused after all.
    pub(super) fn forget(&self, id: &str) {
        let mut state = self.lock();
        state.statements.remove(id);
        state.order.retain(|one| one != id);
    }

    /// Keeps what ends a statement.
    pub(super) fn set_canceller(&self, id: &str, canceller: Canceller) {
        self.change(id, |statement| statement.canceller = Some(canceller));
    }

    /// Ends a statement that is not ended.
    pub(super) fn cancel(&self, id: &str) -> Result<(), Refusal> {
        let status = self.see(id, |statement| statement.progress.status)?;
        if status.is_end() {
            let status = status.name();
            let what =
                format!("Could not cancel a query that is already in {status} state with ID: {id}");
            return Err(Refusal::validation(what));
        }
        self.change(id, |statement| {
            statement.is_cancelled = true;
            if let Some(cancel) = &statement.canceller {
                cancel();
            }
        });
        Ok(())
    }

    /// Waits until a statement ended, or until the time is over.
    pub(super) async fn wait(&self, id: &str, at_most: Duration) -> Result<(), Refusal> {
        let end = Instant::now() + at_most;
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.see(id, |statement| statement.progress.status.is_end())? {
                return Ok(());
            }
            if tokio::time::timeout_at(end, changed).await.is_err() {
                return Ok(());
            }
        }
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Statement)) {
        if let Some(statement) = self.lock().statements.get_mut(id) {
            change(statement);
        }
        self.changed.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
