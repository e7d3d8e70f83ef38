//! The account of a run: what became of every line, and what the rows would cost.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::access_log::{Reason, RequestTime, count_newlines};
use crate::pack::Tally;

/// Where a line stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) path: Arc<Path>,
    /// Of its first byte, in the uncompressed log.
    pub(super) offset: u64,
}

/// How many lines became what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ledger {
    /// Bytes of log, uncompressed.
    pub(super) bytes: u64,
    /// Lines that are not blank.
    pub(super) lines: u64,
    /// Typed rows.
    pub(super) typed: u64,
    /// Lines that a rule dropped.
    pub(super) filtered: u64,
    pub(super) blank: u64,
    /// Rows found in the output, typed or quarantined: counted apart, to check the rest.
    pub(super) rows: u64,
    quarantined: [Quarantined; Reason::ALL.len()],
    /// The first and the last request among the typed rows.
    pub(super) times: Option<(RequestTime, RequestTime)>,
    /// What the rows would be packed into.
    pub(super) tally: Tally,
    pub(super) elapsed: Duration,
}

/// The lines of one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Quarantined {
    pub(super) lines: u64,
    /// The first of them.
    pub(super) first: Option<Place>,
}

impl Ledger {
    pub(super) fn count_typed(&mut self, time: RequestTime) {
        self.lines += 1;
        self.typed += 1;
        self.widen(time, time);
    }

    pub(super) fn count_filtered(&mut self) {
        self.lines += 1;
        self.filtered += 1;
    }

    /// `place` is called for the first line of a reason.
    pub(super) fn count_quarantined(&mut self, reason: Reason, place: impl FnOnce() -> Place) {
        self.lines += 1;
        let index = Reason::ALL.iter().position(|known| *known == reason);
        if let Some(entry) = index.and_then(|index| self.quarantined.get_mut(index)) {
            entry.lines += 1;
            entry.first.get_or_insert_with(place);
        }
    }

    /// Takes note of rows that are about to be written.
    pub(super) fn check_output(&mut self, rows: &[u8]) {
        self.rows += count_newlines(rows);
    }

    /// Adds what came later.
    pub(super) fn add(&mut self, later: &Self) {
        self.bytes += later.bytes;
        self.lines += later.lines;
        self.typed += later.typed;
        self.filtered += later.filtered;
        self.blank += later.blank;
        self.rows += later.rows;
        if let Some((first, last)) = later.times {
            self.widen(first, last);
        }
        for (own, later) in self.quarantined.iter_mut().zip(&later.quarantined) {
            own.lines += later.lines;
            if own.first.is_none() {
                own.first.clone_from(&later.first);
            }
        }
    }

    fn widen(&mut self, first: RequestTime, last: RequestTime) {
        let (from, to) = self.times.unwrap_or((first, last));
        self.times = Some((from.min(first), to.max(last)));
    }

    pub(super) fn quarantined(&self) -> u64 {
        self.quarantined.iter().map(|entry| entry.lines).sum()
    }

    /// The reasons that occur.
    pub(super) fn reasons(&self) -> impl Iterator<Item = (Reason, &Quarantined)> {
        let all = Reason::ALL.iter().copied().zip(&self.quarantined);
        all.filter(|(_, entry)| entry.lines > 0)
    }

    /// Every line became exactly one row, which was written, or was dropped by a rule.
    pub(super) fn balances(&self) -> bool {
        let rows = self.typed + self.quarantined();
        self.lines == rows + self.filtered && self.rows == rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(offset: u64) -> Place {
        Place { path: Path::new("log").into(), offset }
    }

    #[test]
    fn balances_and_keeps_the_first_place_of_a_reason() {
        let mut ledger = Ledger { blank: 1, ..Ledger::default() };
        ledger.count_filtered();
        ledger.count_quarantined(Reason::BadTime, || place(7));
        let mut later = ledger.clone();
        later.count_quarantined(Reason::LineTooLong, || place(9));
        later.count_quarantined(Reason::BadTime, || place(11));
        let mut sum = ledger.clone();
        sum.add(&later);
        assert!(!sum.balances(), "nothing is written yet");
        sum.check_output(b"{}\n{}\n{}\n{}\n");
        assert!(sum.balances());
        assert_eq!((sum.lines, sum.blank, sum.filtered, sum.quarantined()), (6, 2, 2, 4));
        let reasons: Vec<_> = sum.reasons().collect();
        let of = |lines, offset| Quarantined { lines, first: Some(place(offset)) };
        assert_eq!(reasons, [(Reason::BadTime, &of(3, 7)), (Reason::LineTooLong, &of(1, 9))]);
    }

    #[test]
    fn times_span_all_blocks() {
        let time = |day: &str| {
            RequestTime::parse(format!("[{day}/Mar/2026:00:00:00 +0000]").as_bytes()).unwrap()
        };
        let mut sum = Ledger::default();
        for day in ["14", "12", "13"] {
            let mut block = Ledger::default();
            block.count_typed(time(day));
            sum.add(&block);
        }
        sum.add(&Ledger::default());
        assert_eq!(sum.times, Some((time("12"), time("14"))));
    }
}
