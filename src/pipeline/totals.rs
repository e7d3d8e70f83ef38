//! The sums of a run, as the metrics report them.

use super::account::{Account, CallCounts};
use super::object::{ObjectErrorKind, ObjectOutcome};

/// The sums of a run, as the metrics report them.
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
    /// Objects whose rest is still to be read.
    pub objects_unfinished: u64,
    /// Lines that are not blank.
    pub lines: u64,
    /// Blank lines.
    pub blank_lines: u64,
    /// Rows given to the packer.
    pub rows: u64,
    /// Rows the sink acknowledged.
    pub rows_delivered: u64,
    /// Rows that were not acknowledged.
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
    /// Objects whose accounts do not balance, and one more when the run's sums do not.
    pub conservation_mismatches: u64,
    /// The most unknown trailing fields of a line.
    pub trailing_fields_max: usize,
}

impl Totals {
    /// Adds an account that was closed, and how its object ended.
    pub(super) fn add(&mut self, account: &Account, outcome: &ObjectOutcome, now_unix_s: i64) {
        let (intake, reading) = (&account.intake, &account.reading);
        self.lines += intake.lines;
        self.blank_lines += intake.blank;
        self.rows += intake.rows;
        self.rows_delivered += account.acknowledged;
        self.rows_lost += account.lost;
        self.rows_quarantined += intake.quarantined;
        self.rows_filtered += intake.filtered;
        self.trailing_fields_max = self.trailing_fields_max.max(intake.trailing_fields);
        self.count(outcome);
        let Some(reading) = reading else { return };
        self.bytes_read += reading.stored_bytes;
        let Some(written) = reading.last_modified_unix_s else { return };
        let lag = intake.oldest_request_unix_s.map(|oldest| written.saturating_sub(oldest).max(0));
        self.s3_lag_s = self.s3_lag_s.max(lag);
        self.own_lag_s = self.own_lag_s.max(Some(now_unix_s.saturating_sub(written).max(0)));
    }

    fn count(&mut self, outcome: &ObjectOutcome) {
        match outcome {
            ObjectOutcome::Done => self.objects_done += 1,
            ObjectOutcome::Missing => self.objects_missing += 1,
            ObjectOutcome::Unfinished(_) => self.objects_unfinished += 1,
            ObjectOutcome::Failed(error) => {
                self.objects_failed += 1;
                match error.kind {
                    ObjectErrorKind::NotAnAccessLog => self.objects_refused += 1,
                    ObjectErrorKind::Conservation { .. } => self.conservation_mismatches += 1,
                    _ => {}
                }
            }
        }
    }

    /// Adds what the calls came to, and checks that every row is settled. All accounts are in.
    pub(super) fn finish(mut self, calls: CallCounts) -> Self {
        self.records_delivered = calls.records_delivered;
        self.bytes_delivered = calls.bytes_delivered;
        self.billed_units = calls.billed_units;
        self.records_retried = calls.records_retried;
        self.throttles = calls.throttles;
        if self.rows != self.rows_delivered + self.rows_lost {
            self.conservation_mismatches += 1;
        }
        self
    }
}
