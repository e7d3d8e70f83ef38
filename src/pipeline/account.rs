//! What is known of one object: what was read, what became of its rows, how reading ended.
//!
//! Two sides that different tasks write: the intake (lines to rows), where rows are packed, and the
//! delivery (rows to acknowledgements), where calls end. What an account does not do: decide how the
//! object ended, see [`super::closing`].

use crate::pack::Share;
use crate::ports::{Encoding, ObjectTask, Rejection};

use super::intake::Intake;
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
}
