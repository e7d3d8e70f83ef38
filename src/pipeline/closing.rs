//! The verdict on one object, all of its rows being settled.
//!
//! Responsible for invariant 1: an account that does not balance fails its object.

use crate::ports::Resume;

use super::account::{Account, Loss, Stop};
use super::object::{ObjectError, ObjectErrorKind, ObjectOutcome};

/// How the object of this account ended.
pub(super) fn close(account: &Account) -> ObjectOutcome {
    let failed =
        |offset, kind| ObjectOutcome::Failed(ObjectError::new(&account.task, offset, kind));
    let Some(reading) = &account.reading else {
        return failed(account.task.start_offset(), unbalanced(account));
    };
    // Rejected rows are the reason behind whatever reading ended with.
    match &account.loss {
        Some(Loss::Rejected(rejection)) => {
            return failed(reading.offset, ObjectErrorKind::Undeliverable(rejection.clone()));
        }
        Some(Loss::Unknown) => return failed(reading.offset, ObjectErrorKind::DeliveryLost),
        Some(Loss::OutOfTime) | None => {}
    }
    let stopped = match &reading.end {
        Ok(()) => None,
        Err(Stop::OutOfTime) => Some(reading.offset),
        Err(Stop::Missing) => return ObjectOutcome::Missing,
        Err(Stop::Failed(kind)) => return failed(reading.offset, kind.clone()),
    };
    if !balances(account) {
        return failed(reading.offset, unbalanced(account));
    }
    let Some(offset) = stopped.into_iter().chain(account.lost_from).min() else {
        return ObjectOutcome::Done;
    };
    // A position in a version that is gone is worth nothing, and without progress the next
    // invocation would be no better off: then the object fails, so that attempts are counted.
    let stale = reading.restarted && account.lost > 0;
    if stale || offset <= reading.start {
        return failed(offset, ObjectErrorKind::OutOfTime);
    }
    let (etag, encoding) = (reading.etag.clone(), reading.encoding);
    ObjectOutcome::Unfinished(Resume { offset, etag, encoding })
}

fn balances(account: &Account) -> bool {
    let intake = &account.intake;
    intake.lines == intake.rows + intake.filtered
        && intake.rows == intake.typed + intake.quarantined
        && intake.rows == account.acknowledged + account.lost
}

fn unbalanced(account: &Account) -> ObjectErrorKind {
    ObjectErrorKind::Conservation {
        lines: account.intake.lines,
        rows: account.intake.rows,
        filtered: account.intake.filtered,
        acknowledged: account.acknowledged,
    }
}

#[cfg(test)]
mod tests {
    use super::super::account::{Intake, Reading};
    use super::*;
    use crate::ports::{Encoding, ObjectTask};

    fn account(intake: Intake, acknowledged: u64) -> Account {
        let reading = Reading {
            end: Ok(()),
            start: 0,
            offset: 500,
            etag: None,
            encoding: Encoding::Plain,
            restarted: false,
            stored_bytes: 500,
            last_modified_unix_s: None,
        };
        let account = Account::of(ObjectTask::whole("logs", "k"));
        Account { intake, acknowledged, reading: Some(reading), ..account }
    }

    #[test]
    fn a_lost_line_a_lost_row_and_a_lost_acknowledgement_are_all_seen() {
        let intake = Intake {
            lines: 5,
            typed: 3,
            quarantined: 1,
            filtered: 1,
            rows: 4,
            ..Intake::default()
        };
        assert!(matches!(close(&account(intake, 4)), ObjectOutcome::Done));
        for (wrong, acknowledged) in [
            (Intake { lines: 6, ..intake }, 4),
            (Intake { typed: 2, ..intake }, 4),
            (Intake { filtered: 0, ..intake }, 4),
            (Intake { rows: 5, lines: 6, ..intake }, 4),
            (intake, 3),
            (intake, 5),
        ] {
            let outcome = close(&account(wrong, acknowledged));
            let ObjectOutcome::Failed(error) = &outcome else { panic!("{outcome:?}") };
            assert!(matches!(error.kind, ObjectErrorKind::Conservation { .. }), "{error}");
        }
    }

    #[test]
    fn an_account_that_reading_never_closed_is_a_mismatch() {
        let account = Account { reading: None, ..account(Intake::default(), 0) };
        assert!(matches!(close(&account), ObjectOutcome::Failed(_)));
    }
}
