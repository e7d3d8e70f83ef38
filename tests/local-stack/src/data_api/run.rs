//! Statements on the warehouse: one transaction for those that came together, each a thread.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::refusal::Refusal;
use super::request::Submission;
use super::sessions::Sessions;
use super::settings::Settings;
use super::statements::{Statements, Status};
use crate::redshift::{Cell, Outcome, Session, Source, Warehouse, stands_alone};

/// Bytes of a row.
const ROW_BYTES_MAX: usize = 64 * 1024;
/// Statements that run at the same time; the others wait, as in a queue of Redshift's.
const RUNNING_MAX: usize = 15;

/// Runs statements.
#[derive(Debug)]
pub(super) struct Runner {
    pub(super) warehouse: Warehouse,
    pub(super) source: Source,
    pub(super) settings: Settings,
    pub(super) statements: Statements,
    sessions: Sessions,
    permits: Semaphore,
}

impl Runner {
    pub(super) fn new(warehouse: Warehouse, source: Source, settings: Settings) -> Self {
        let (statements, sessions) = (Statements::default(), Sessions::default());
        let permits = Semaphore::new(RUNNING_MAX);
        Self { warehouse, source, settings, statements, sessions, permits }
    }

    /// Takes statements and runs them, unless they are known by their token; gives their id.
    /// `fails` is with which words they fail instead.
    pub(super) fn submit(
        self: &Arc<Self>,
        mut submission: Submission,
        fails: Option<String>,
    ) -> Result<String, Refusal> {
        let max = self.settings.active_statements_max;
        // Before the session: a call that is made again must not find it busy with itself.
        let (id, is_new) = self.statements.add(&submission, max)?;
        if !is_new {
            return Ok(id);
        }
        let (session, keep_alive) = (submission.session.as_deref(), submission.keep_alive_seconds);
        let reserved = self.sessions.reserve(session, keep_alive, self.settings.sessions_max);
        submission.session = reserved.inspect_err(|_| self.statements.forget(&id))?;
        self.statements.set_session(&id, submission.session.clone());
        let (runner, runs) = (Arc::clone(self), id.clone());
        tokio::spawn(async move { runner.run(runs, submission, fails).await });
        Ok(id)
    }

    async fn run(self: Arc<Self>, id: String, submission: Submission, fails: Option<String>) {
        // Nobody closes it.
        let Ok(_permit) = self.permits.acquire().await else { return };
        self.statements.go(&id, Status::Picked, None);
        tokio::time::sleep(self.settings.latency).await;
        let runner = Arc::clone(&self);
        let work = move || {
            let kept = submission.session.as_deref().and_then(|id| runner.sessions.take(id));
            let session = match fails {
                Some(words) => Err(words),
                None => runner.session(kept, &submission),
            };
            let (session, ended) = match session {
                Ok(mut session) => {
                    let ended = runner.run_in(&mut session, &id, &submission);
                    (Some(session), ended)
                }
                Err(words) => (None, Err((0, words))),
            };
            // Before the end is told: whoever reads it may use the session again.
            if let Some(kept) = &submission.session {
                runner.sessions.give_back(kept, session);
            }
            match ended {
                Ok(()) => runner.statements.go(&id, Status::Finished, None),
                Err((failed, words)) => runner.end(&id, &submission, failed, words),
            }
        };
        // A panic would be a bug of the stack, and the statement would never end: seen by its test.
        let _done = tokio::task::spawn_blocking(work).await.is_ok();
    }

    fn session(&self, kept: Option<Session>, submission: &Submission) -> Result<Session, String> {
        let database = submission.place.database.as_deref();
        if let Some(other) = database.filter(|name| *name != self.settings.database) {
            return Err(format!("FATAL: database \"{other}\" does not exist"));
        }
        if let Some(session) = kept {
            return Ok(session);
        }
        let opened = self.warehouse.session(self.source.clone());
        opened.map_err(|error| error.to_string())
    }

    /// Runs statements to their end; or tells which one failed first, and why.
    fn run_in(
        &self,
        session: &mut Session,
        id: &str,
        submission: &Submission,
    ) -> Result<(), (usize, String)> {
        if let Ok(canceller) = session.canceller() {
            self.statements.set_canceller(id, canceller);
        }
        self.statements.go(id, Status::Started, None);
        let is_alone = !submission.is_batch && submission.sqls.iter().any(|sql| stands_alone(sql));
        let in_transaction = !submission.is_auto_commit && !is_alone;
        if in_transaction {
            session.begin().map_err(|words| (0, words))?;
        }
        let mut first_failed = None;
        for (at, sql) in submission.sqls.iter().enumerate() {
            let ran = self.run_part(session, id, at, sql, submission.is_auto_commit);
            let Err(words) = ran else { continue };
            if !submission.is_auto_commit {
                session.rollback();
                return Err((at, words));
            }
            self.statements.go_part(id, at, Status::Failed, Some(words.clone()), None);
            first_failed.get_or_insert((at, words));
        }
        if in_transaction && let Err(words) = session.commit() {
            session.rollback();
            return Err((submission.sqls.len().saturating_sub(1), words));
        }
        first_failed.map_or(Ok(()), Err)
    }

    fn run_part(
        &self,
        session: &mut Session,
        id: &str,
        at: usize,
        sql: &str,
        is_auto_commit: bool,
    ) -> Result<(), String> {
        if self.statements.see(id, |statement| statement.is_cancelled).unwrap_or(false) {
            return Err("Query cancelled on user's request".to_owned());
        }
        self.statements.go_part(id, at, Status::Started, None, None);
        let alone = is_auto_commit && !stands_alone(sql);
        if alone {
            session.begin()?;
        }
        let ran = session.run(sql).and_then(|outcome| self.check(outcome));
        let ran = match ran {
            Ok(outcome) if alone => session.commit().map(|()| outcome),
            other => other,
        };
        let outcome = ran.inspect_err(|_| {
            if alone {
                session.rollback();
            }
        })?;
        self.statements.go_part(id, at, Status::Finished, None, Some(outcome));
        Ok(())
    }

    /// A result within the limits.
    fn check(&self, outcome: Outcome) -> Result<Outcome, String> {
        let sizes = outcome.rows.iter().map(|row| row.iter().map(Cell::bytes).sum::<usize>());
        let (mut all, mut largest) = (0, 0);
        for size in sizes {
            all += size;
            largest = largest.max(size);
        }
        if largest > ROW_BYTES_MAX {
            let what = "ERROR: Packet for query is too large: a row of the result exceeds 64 KB";
            return Err(what.to_owned());
        }
        if all > self.settings.result_bytes_max {
            return Err("ERROR: Database response exceeded size limit".to_owned());
        }
        Ok(outcome)
    }

    /// Ends statements of which one failed: those after it were never run.
    fn end(&self, id: &str, submission: &Submission, failed: usize, words: String) {
        let cancelled = self.statements.see(id, |statement| statement.is_cancelled);
        let status = if cancelled.unwrap_or(false) { Status::Aborted } else { Status::Failed };
        self.statements.go_part(id, failed, status, Some(words.clone()), None);
        for at in failed + 1..submission.sqls.len() {
            self.statements.go_part(id, at, Status::Aborted, None, None);
        }
        let words = if submission.is_batch {
            format!("Query #{} failed with {words}", failed + 1)
        } else {
            words
        };
        self.statements.go(id, status, Some(words));
    }
}
