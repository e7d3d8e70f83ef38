//! What was read of an object and turned into rows, in numbers.
//!
//! Invariant: `lines` is `typed`, `quarantined` and `filtered` together once a line is through. What
//! it does not do: say what became of the rows, see [`super::account`].

use crate::row::RowFacts;

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
