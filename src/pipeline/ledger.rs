//! The books of an invocation: what came in, what went out, for each object and in all.
//!
//! Two halves that different tasks write: the intake (lines to rows), counted where rows are
//! packed, and the delivery (rows to acknowledgements), counted where calls end. Invariants, checked
//! when an object ends: `lines = rows + filtered`, quarantined lines being rows too, and the rows of
//! a delivered object are all acknowledged. What it does not do: decide what a mismatch leads to.

use crate::pack::Share;

use super::object::ObjectErrorKind;

/// What was read of one object and turned into rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Intake {
    /// Lines that are not blank.
    pub lines: u64,
    /// Blank lines, counted apart.
    pub blank: u64,
    /// Lines that became typed rows.
    pub typed: u64,
    /// Lines that became quarantined rows.
    pub quarantined: u64,
    /// Lines that a filter dropped.
    pub filtered: u64,
    /// Rows given to the packer. `typed` and `quarantined` count outcomes, this counts rows.
    pub rows: u64,
    /// Bytes of text read, after decompression.
    pub text_bytes: u64,
    /// Stored bytes received from the source, those of repeated reads included.
    pub stored_bytes: u64,
    /// The earliest request time seen, in seconds since 1970.
    pub oldest_request_unix_s: Option<i64>,
    /// The most unknown trailing fields of a line.
    pub trailing_fields: usize,
    /// When the object was written, in seconds since 1970.
    pub last_modified_unix_s: Option<i64>,
}

/// What became of the rows of one object.
#[derive(Debug, Default)]
pub(super) struct Delivery {
    /// Rows the sink acknowledged.
    pub(super) acknowledged: u64,
    /// Rows that were given up.
    pub(super) lost: u64,
    /// The earliest line among the lost rows: everything before it is acknowledged.
    pub(super) lost_from: Option<u64>,
    /// The worst reason rows were lost for.
    pub(super) loss: Option<Loss>,
}

/// Why rows were given up. The later one is the worse.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Loss {
    /// Time was over: the rest can be handed on.
    OutOfTime,
    /// The task that delivered them ended without saying why.
    Unknown,
    /// The sink refused them.
    Refused(String),
}

impl Delivery {
    pub(super) fn acknowledge(&mut self, share: &Share) {
        self.acknowledged += share.rows;
    }

    pub(super) fn lose(&mut self, share: &Share, loss: &Loss) {
        self.lost += share.rows;
        let from = self.lost_from.map_or(share.first_offset, |from| from.min(share.first_offset));
        self.lost_from = Some(from);
        self.loss = self.loss.take().max(Some(loss.clone()));
    }

    /// Whether the object has failed already, so that reading on is of no use.
    pub(super) fn is_refused(&self) -> bool {
        matches!(self.loss, Some(Loss::Refused(_) | Loss::Unknown))
    }
}

/// The check of invariant 1 for one object whose rows are all accounted for.
pub(super) fn check_conservation(
    intake: &Intake,
    delivery: &Delivery,
) -> Result<(), ObjectErrorKind> {
    let lines_balance = intake.lines == intake.rows + intake.filtered;
    let rows_balance = intake.rows == intake.typed + intake.quarantined;
    let delivery_balances = intake.rows == delivery.acknowledged + delivery.lost;
    if lines_balance && rows_balance && delivery_balances {
        return Ok(());
    }
    Err(ObjectErrorKind::Conservation {
        lines: intake.lines,
        rows: intake.rows,
        filtered: intake.filtered,
        acknowledged: delivery.acknowledged,
    })
}

/// The sums of an invocation, as the metrics report them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Objects read to their end and delivered.
    pub objects_done: u64,
    /// Objects that failed, the refused ones included.
    pub objects_failed: u64,
    /// Objects that were gone.
    pub objects_missing: u64,
    /// Objects that are no access logs.
    pub objects_refused: u64,
    /// Objects to be handed on.
    pub objects_unfinished: u64,
    /// Lines that are not blank.
    pub lines: u64,
    /// Blank lines.
    pub blank_lines: u64,
    /// Rows given to the packer.
    pub rows: u64,
    /// Rows the sink acknowledged.
    pub rows_delivered: u64,
    /// Rows given up.
    pub rows_lost: u64,
    /// Lines that became quarantined rows.
    pub rows_quarantined: u64,
    /// Lines that a filter dropped.
    pub rows_filtered: u64,
    /// Stored bytes received.
    pub bytes_read: u64,
    /// Records the sink acknowledged.
    pub records_delivered: u64,
    /// Bytes of those records, before base64.
    pub bytes_delivered: u64,
    /// Billed units of those records.
    pub billed_units: u64,
    /// Records sent again.
    pub records_retried: u64,
    /// Calls that were throttled, as a whole or in part.
    pub throttles: u64,
    /// The longest time between a request and the writing of its log object, in seconds.
    pub s3_lag_s: Option<i64>,
    /// The longest time between the writing of an object and its delivery, in seconds.
    pub own_lag_s: Option<i64>,
    /// Objects whose books do not balance, and one more when the invocation's do not.
    pub conservation_mismatches: u64,
    /// The most unknown trailing fields of a line.
    pub trailing_fields_max: usize,
}

/// What the calls of an invocation came to, whoever's rows they carried.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CallTotals {
    pub(super) records_delivered: u64,
    pub(super) bytes_delivered: u64,
    pub(super) billed_units: u64,
    pub(super) records_retried: u64,
    pub(super) throttles: u64,
}

impl Totals {
    /// Adds the books of one object.
    pub(super) fn add(&mut self, intake: &Intake, delivery: &Delivery, now_unix_s: i64) {
        self.lines += intake.lines;
        self.blank_lines += intake.blank;
        self.rows += intake.rows;
        self.rows_delivered += delivery.acknowledged;
        self.rows_lost += delivery.lost;
        self.rows_quarantined += intake.quarantined;
        self.rows_filtered += intake.filtered;
        self.bytes_read += intake.stored_bytes;
        self.trailing_fields_max = self.trailing_fields_max.max(intake.trailing_fields);
        let Some(written) = intake.last_modified_unix_s else { return };
        let lag = intake.oldest_request_unix_s.map(|oldest| written.saturating_sub(oldest).max(0));
        self.s3_lag_s = self.s3_lag_s.max(lag);
        self.own_lag_s = self.own_lag_s.max(Some(now_unix_s.saturating_sub(written).max(0)));
    }

    /// Adds what the calls came to.
    pub(super) fn add_calls(&mut self, calls: CallTotals) {
        self.records_delivered += calls.records_delivered;
        self.bytes_delivered += calls.bytes_delivered;
        self.billed_units += calls.billed_units;
        self.records_retried += calls.records_retried;
        self.throttles += calls.throttles;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let delivery = || Delivery { acknowledged: 4, ..Delivery::default() };
        assert!(check_conservation(&intake, &delivery()).is_ok());
        for wrong in [
            Intake { lines: 6, ..intake },
            Intake { typed: 2, ..intake },
            Intake { filtered: 0, ..intake },
            Intake { rows: 5, lines: 6, ..intake },
        ] {
            assert!(check_conservation(&wrong, &delivery()).is_err(), "{wrong:?}");
        }
        let short = Delivery { acknowledged: 3, ..Delivery::default() };
        assert!(check_conservation(&intake, &short).is_err());
    }

    #[test]
    fn the_worst_loss_and_the_earliest_line_are_kept() {
        let mut delivery = Delivery::default();
        let share = |first_offset| Share { object: 0, rows: 2, first_offset };
        delivery.lose(&share(50), &Loss::Refused("X".to_owned()));
        delivery.lose(&share(20), &Loss::OutOfTime);
        delivery.lose(&share(90), &Loss::Unknown);
        assert_eq!(delivery.lost, 6);
        assert_eq!(delivery.lost_from, Some(20));
        assert_eq!(delivery.loss, Some(Loss::Refused("X".to_owned())));
    }
}
