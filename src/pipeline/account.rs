//! What is known of one object: what was read, what became of its rows, how reading ended.
//!
//! Two sides that different tasks write: the intake (lines to rows), where rows are packed, and the
//! delivery (rows to acknowledgements), where calls end. What an account does not do: decide how the
//! object ended, see [`super::closing`].

use crate::pack::Share;
use crate::ports::{Encoding, ObjectTask, Rejection};
use crate::row::RowFacts;

use super::object::ObjectErrorKind;

/// The account of one object.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) task: ObjectTask,
    pub(super) intake: Intake,
    /// How reading ended. `None` as long as it goes on.
    pub(super) reading: Option<Reading>,
    /// Rows the sink acknowledged.
    pub(super) acknowledged: u64,
    /// Rows that were lost.
    pub(super) lost: u64,
    /// The earliest line among the lost rows: everything before it is acknowledged.
    pub(super) lost_from: Option<u64>,
    /// The worst reason rows were lost for.
    pub(super) loss: Option<Loss>,
}

/// What was read of an object and turned into rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Intake {
    /// Lines that are not blank.
    pub(super) lines: u64,
    /// Blank lines, counted apart.
    pub(super) blank: u64,
    /// Lines that became typed rows.
    pub(super) typed: u64,
    /// Lines that became quarantined rows.
    pub(super) quarantined: u64,
    /// Lines that a filter dropped.
    pub(super) filtered: u64,
    /// Rows given to the packer. `typed` and `quarantined` count lines, this counts rows.
    pub(super) rows: u64,
    /// The earliest request time seen, in seconds since 1970.
    pub(super) oldest_request_unix_s: Option<i64>,
    /// The latest one.
    pub(super) newest_request_unix_s: Option<i64>,
    /// The sum of the offsets of all rows given to the packer.
    pub(super) offset_sum: u128,
    /// The most unknown trailing fields of a line.
    pub(super) trailing_fields: usize,
}

/// How reading ended, and from where on.
#[derive(Debug)]
pub(super) struct Reading {
    /// All lines were packed, or why not.
    pub(super) end: Result<(), Stop>,
    /// Where the object was read from. It is 0 once it was started again.
    pub(super) start: u64,
    /// How far it was read, in bytes of the text: everything before was packed.
    pub(super) offset: u64,
    /// The version and encoding that were read.
    pub(super) etag: Option<String>,
    pub(super) encoding: Encoding,
    /// Rows of an earlier version were packed too.
    pub(super) restarted: bool,
    /// Stored bytes received from the source, those of repeated reads included.
    pub(super) stored_bytes: u64,
    /// The size of the object, where the source told it.
    pub(super) object_bytes: Option<u64>,
    /// When the object was written, in seconds since 1970.
    pub(super) last_modified_unix_s: Option<i64>,
}

impl Reading {
    /// Whether anything of the object was read, by this invocation or one before it.
    pub(super) fn was_begun(&self) -> bool {
        self.stored_bytes > 0 || self.start > 0 || self.restarted
    }
}

/// Why reading stops before the end of the object.
#[derive(Debug)]
pub(super) enum Stop {
    OutOfTime,
    Missing,
    Failed(ObjectErrorKind),
}

/// Why rows were lost. The later one is the worse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Loss {
    /// Time was over: the rest can be continued.
    OutOfTime,
    /// The task that delivered them ended without saying why.
    Unknown,
    /// The sink says no to them.
    Rejected(Rejection),
}

/// What the calls of a run came to, whichever objects their rows belong to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CallCounts {
    pub(super) records_delivered: u64,
    pub(super) bytes_delivered: u64,
    pub(super) billed_units: u64,
    pub(super) records_retried: u64,
    pub(super) throttles: u64,
}

impl Account {
    pub(super) fn of(task: ObjectTask) -> Self {
        Self {
            task,
            intake: Intake::default(),
            reading: None,
            acknowledged: 0,
            lost: 0,
            lost_from: None,
            loss: None,
        }
    }

    pub(super) fn acknowledge(&mut self, share: &Share) {
        self.acknowledged += share.rows;
    }

    pub(super) fn lose(&mut self, share: &Share, loss: &Loss) {
        self.lost += share.rows;
        let from = self.lost_from.map_or(share.first_offset, |from| from.min(share.first_offset));
        self.lost_from = Some(from);
        if self.loss.as_ref().is_none_or(|known| loss.rank() > known.rank()) {
            self.loss = Some(loss.clone());
        }
    }

    /// Whether the object has failed already, so that reading on is of no use.
    pub(super) fn has_failed(&self) -> bool {
        matches!(self.loss, Some(Loss::Rejected(_) | Loss::Unknown))
    }

    /// Whether nothing more can come: it was read, and all of its rows are settled.
    pub(super) fn is_settled(&self) -> bool {
        self.reading.is_some() && self.acknowledged + self.lost >= self.intake.rows
    }
}

impl Loss {
    fn rank(&self) -> u8 {
        match self {
            Self::OutOfTime => 0,
            Self::Unknown => 1,
            Self::Rejected(_) => 2,
        }
    }
}

impl Intake {
    /// Counts a quarantined row of the line at that offset.
    pub(super) fn count_quarantined(&mut self, offset: u64) {
        self.quarantined += 1;
        self.rows += 1;
        self.offset_sum += u128::from(offset);
    }

    /// Counts a typed row of the line at that offset.
    pub(super) fn count_row(&mut self, offset: u64, facts: RowFacts) {
        self.typed += 1;
        self.rows += 1;
        self.offset_sum += u128::from(offset);
        self.trailing_fields = self.trailing_fields.max(facts.extra_fields);
        let time = facts.request_time.unix_seconds();
        let oldest = self.oldest_request_unix_s.map_or(time, |oldest| oldest.min(time));
        self.oldest_request_unix_s = Some(oldest);
        self.newest_request_unix_s = self.newest_request_unix_s.max(Some(time));
    }

    pub(super) fn add(&mut self, more: &Self) {
        self.lines += more.lines;
        self.blank += more.blank;
        self.typed += more.typed;
        self.quarantined += more.quarantined;
        self.filtered += more.filtered;
        self.rows += more.rows;
        let times = [self.oldest_request_unix_s, more.oldest_request_unix_s];
        self.oldest_request_unix_s = times.into_iter().flatten().min();
        self.newest_request_unix_s = self.newest_request_unix_s.max(more.newest_request_unix_s);
        self.offset_sum += more.offset_sum;
        self.trailing_fields = self.trailing_fields.max(more.trailing_fields);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Resource;

    #[test]
    fn the_worst_loss_and_the_earliest_line_are_kept() {
        let mut account = Account::of(ObjectTask::whole("logs", "k"));
        let share = |first_offset| Share { object: 0, rows: 2, first_offset };
        let rejected = Loss::Rejected(Rejection::other(Resource::Stream("s".to_owned()), "no"));
        account.lose(&share(50), &rejected);
        account.lose(&share(20), &Loss::OutOfTime);
        account.lose(&share(90), &Loss::Unknown);
        assert_eq!((account.lost, account.lost_from), (6, Some(20)));
        assert_eq!(account.loss, Some(rejected));
        assert!(account.has_failed());
    }

    #[test]
    fn intakes_add_up() {
        let one = Intake {
            lines: 5,
            blank: 1,
            typed: 3,
            quarantined: 1,
            filtered: 1,
            rows: 4,
            oldest_request_unix_s: Some(70),
            newest_request_unix_s: Some(80),
            offset_sum: 30,
            trailing_fields: 2,
        };
        let other = Intake {
            oldest_request_unix_s: Some(60),
            newest_request_unix_s: Some(75),
            trailing_fields: 1,
            ..one
        };
        let mut sum = Intake::default();
        sum.add(&one);
        assert_eq!(sum, one);
        sum.add(&other);
        let expected = Intake {
            lines: 10,
            blank: 2,
            typed: 6,
            quarantined: 2,
            filtered: 2,
            rows: 8,
            oldest_request_unix_s: Some(60),
            newest_request_unix_s: Some(80),
            offset_sum: 60,
            trailing_fields: 2,
        };
        assert_eq!(sum, expected);
    }
}
