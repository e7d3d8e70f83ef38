//! The verdict on one object, all of its rows being settled.
//!
//! Responsible for invariant 1: an account that does not balance fails its object.

use crate::ports::Resume;

use super::account::{Account, Loss, Stop};
use super::object::{Delivered, ObjectError, ObjectErrorKind, ObjectOutcome, Receipt};

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
        Err(Stop::Missing) if reading.was_begun() => {
            return failed(reading.offset, ObjectErrorKind::Vanished);
        }
        Err(Stop::Missing) => return ObjectOutcome::Missing,
        Err(Stop::Failed(kind)) => return failed(reading.offset, kind.clone()),
    };
    if !balances(account) {
        return failed(reading.offset, unbalanced(account));
    }
    let Some(offset) = stopped.into_iter().chain(account.lost_from).min() else {
        return ObjectOutcome::Done;
    };
    // A position in a version that is gone is worth nothing.
    let stale = reading.restarted && account.lost > 0;
    let offset = if stale { 0 } else { offset.max(reading.start) };
    let (etag, encoding) = (reading.etag.clone(), reading.encoding);
    ObjectOutcome::Unfinished(Resume { offset, etag, encoding })
}

/// What may be said to be delivered of it, if reading it began and nothing of it failed.
pub(super) fn receipt(account: &Account, outcome: &ObjectOutcome) -> Option<Receipt> {
    let reading = account.reading.as_ref()?;
    let intake = &account.intake;
    let (text_to, is_end) = match outcome {
        ObjectOutcome::Done => (reading.offset, true),
        ObjectOutcome::Unfinished(resume) if resume.offset > reading.start => {
            (resume.offset, false)
        }
        ObjectOutcome::Unfinished(_) | ObjectOutcome::Missing | ObjectOutcome::Failed(_) => {
            return None;
        }
    };
    // Of an object that was started again, rows of an earlier version were delivered too; of one that
    // is not at its end, rows behind the place where it is continued.
    let exact = is_end && !reading.restarted;
    let lines = exact.then_some(Delivered {
        lines: intake.lines,
        typed: intake.typed,
        quarantined: intake.quarantined,
        filtered: intake.filtered,
        blank: intake.blank,
        offset_sum: intake.offset_sum,
        first_request_unix_s: intake.oldest_request_unix_s,
        last_request_unix_s: intake.newest_request_unix_s,
    });
    Some(Receipt {
        etag: reading.etag.clone(),
        object_bytes: reading.object_bytes,
        text_from: reading.start,
        text_to,
        is_end,
        last_modified_unix_s: reading.last_modified_unix_s,
        lines,
    })
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
    use super::super::account::Reading;
    use super::super::intake::Intake;
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
            object_bytes: None,
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
