//! The account of a run: what became of every line.

use std::fmt;
use std::time::Duration;

use crate::access_log::Reason;
use crate::row::Outcome;

/// How many lines became what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ledger {
    /// Bytes of log, uncompressed.
    pub(super) bytes: u64,
    /// Lines that are not blank.
    pub(super) lines: u64,
    /// Typed rows.
    pub(super) rows: u64,
    pub(super) blank: u64,
    /// Rows found in the output, typed or quarantined: counted apart, to check the rest.
    pub(super) rows_written: u64,
    by_reason: [u64; Reason::ALL.len()],
    pub(super) elapsed: Duration,
}

impl Ledger {
    pub(super) fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Blank => {
                self.blank += 1;
                return;
            }
            // `convert` keeps every line.
            Outcome::Row(_) => self.rows += 1,
            Outcome::Quarantined(reason) => {
                let count = Reason::ALL.iter().position(|known| *known == reason);
                if let Some(count) = count.and_then(|index| self.by_reason.get_mut(index)) {
                    *count += 1;
                }
            }
        }
        self.lines += 1;
    }

    /// Takes note of the rows that were written.
    pub(super) fn check_output(&mut self, rows: &[u8]) {
        self.rows_written += memchr::memchr_iter(b'\n', rows).count() as u64;
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.bytes += other.bytes;
        self.lines += other.lines;
        self.rows += other.rows;
        self.blank += other.blank;
        self.rows_written += other.rows_written;
        for (own, others) in self.by_reason.iter_mut().zip(other.by_reason) {
            *own += others;
        }
    }

    pub(super) fn quarantined(&self) -> u64 {
        self.by_reason.iter().sum()
    }

    /// Every line became exactly one row, which was written.
    pub(super) fn balances(&self) -> bool {
        self.lines == self.rows + self.quarantined() && self.lines == self.rows_written
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "bytes        {:>14}", self.bytes)?;
        writeln!(f, "lines        {:>14}", self.lines)?;
        writeln!(f, "rows         {:>14}", self.rows)?;
        writeln!(f, "quarantined  {:>14}", self.quarantined())?;
        for (reason, count) in Reason::ALL.iter().zip(self.by_reason) {
            if count > 0 {
                writeln!(f, "  {:<22} {count:>3}", reason.code())?;
            }
        }
        writeln!(f, "blank        {:>14}", self.blank)?;
        #[expect(clippy::cast_precision_loss, reason = "for people to read")]
        let rate = self.lines as f64 / self.elapsed.as_secs_f64().max(1e-9);
        writeln!(f, "seconds      {:>14.3}", self.elapsed.as_secs_f64())?;
        writeln!(f, "lines/s      {rate:>14.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balances_and_names_the_reasons() {
        let mut ledger = Ledger::default();
        ledger.count(Outcome::Blank);
        ledger.count(Outcome::Quarantined(Reason::BadTime));
        ledger.count(Outcome::Quarantined(Reason::LineTooLong));
        let mut sum = ledger.clone();
        sum.add(&ledger);
        assert!(!sum.balances(), "nothing is written yet");
        sum.check_output(b"{}\n{}\n{}\n{}\n");
        assert!(sum.balances());
        assert_eq!((sum.lines, sum.blank, sum.quarantined()), (4, 2, 4));
        let text = sum.to_string();
        assert!(text.contains("bad_time"), "{text}");
        assert!(!text.contains("truncated"), "{text}");
    }
}
