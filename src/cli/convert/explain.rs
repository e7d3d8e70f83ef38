//! `--explain`: what each rule would match, keep and drop, and what that saves.

use std::fmt::{self, Display, Formatter};

use super::ledger::{Ledger, Place};
use super::report::count;
use crate::filter::{Decision, Filters};
use crate::pack::Tally;

/// What the rules did to the lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Explanation {
    rules: Vec<Rule>,
    /// The lines that no rule matches.
    no_rule: u64,
    /// The rows of the lines that were dropped.
    dropped: Vec<u8>,
    dropped_tally: Tally,
}

/// What one rule did.
#[derive(Clone, Debug, Default)]
struct Rule {
    /// Lines that it matches, also those that a rule before it decided about.
    matched: u64,
    kept: u64,
    dropped: u64,
    first_kept: Option<Place>,
    first_dropped: Option<Place>,
}

impl Explanation {
    pub(super) fn of(filters: &Filters) -> Self {
        Self { rules: vec![Rule::default(); filters.texts().len()], ..Self::default() }
    }

    /// `place` is called for the first line that a rule keeps or drops.
    pub(super) fn count(
        &mut self,
        matching: impl Iterator<Item = usize>,
        decision: Decision,
        place: impl FnOnce() -> Place,
    ) {
        for index in matching {
            if let Some(rule) = self.rules.get_mut(index) {
                rule.matched += 1;
            }
        }
        let Some(rule) = decision.rule.and_then(|index| self.rules.get_mut(index)) else {
            self.no_rule += 1;
            return;
        };
        let (lines, first) = if decision.keep {
            (&mut rule.kept, &mut rule.first_kept)
        } else {
            (&mut rule.dropped, &mut rule.first_dropped)
        };
        *lines += 1;
        first.get_or_insert_with(place);
    }

    /// The row that a dropped line would have been.
    pub(super) fn take_dropped(&mut self, row: &[u8]) {
        self.dropped.extend_from_slice(row);
    }

    /// Adds what came later.
    pub(super) fn add(&mut self, later: Self) {
        self.no_rule += later.no_rule;
        self.dropped_tally.add(&later.dropped);
        for (own, later) in self.rules.iter_mut().zip(later.rules) {
            own.matched += later.matched;
            own.kept += later.kept;
            own.dropped += later.dropped;
            own.first_kept = own.first_kept.take().or(later.first_kept);
            own.first_dropped = own.first_dropped.take().or(later.first_dropped);
        }
    }

    /// For people to read.
    pub(super) fn display<'e>(
        &'e self,
        filters: &'e Filters,
        ledger: &'e Ledger,
    ) -> impl Display + 'e {
        Shown { explanation: self, filters, ledger }
    }
}

struct Shown<'e> {
    explanation: &'e Explanation,
    filters: &'e Filters,
    ledger: &'e Ledger,
}

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Explanation { rules, no_rule, dropped_tally, .. } = self.explanation;
        for (index, (rule, text)) in rules.iter().zip(self.filters.texts()).enumerate() {
            writeln!(f, "rule {}  {text}", index + 1)?;
            rule.fmt(f)?;
        }
        writeln!(f, "no rule    {:>12}  kept", count(*no_rule))?;
        let quarantined = self.ledger.quarantined();
        writeln!(f, "quarantined{:>12}  kept: never filtered", count(quarantined))?;
        let Ledger { lines, filtered, tally, .. } = self.ledger;
        let kept = lines - filtered;
        writeln!(
            f,
            "lines      {:>12}  {} of them kept, {} dropped",
            count(*lines),
            count(kept),
            count(*filtered)
        )?;
        let all = tally.bytes() + dropped_tally.bytes();
        // Filtered and unfiltered rows pack alike, so bytes tell the share of the bill as well.
        let saved = (dropped_tally.bytes() * 100).checked_div(all).unwrap_or(0);
        writeln!(
            f,
            "row bytes  {:>12}  {} without the rules: {saved} % less",
            count(tally.bytes()),
            count(all)
        )?;
        writeln!(f, "units      {:>12}  of 5 KB billed by Firehose", count(tally.billed_units()))
    }
}

impl Display for Rule {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let decided = self.kept + self.dropped;
        let first = |place: &Option<Place>| match place {
            Some(Place { path, offset }) => {
                format!(", first at byte {} of {}", count(*offset), path.display())
            }
            None => String::new(),
        };
        match self.matched - decided {
            0 => writeln!(f, "  matched  {:>12}", count(self.matched))?,
            earlier => writeln!(
                f,
                "  matched  {:>12}  {} of them decided by a rule before it",
                count(self.matched),
                count(earlier)
            )?,
        }
        writeln!(f, "  kept     {:>12}{}", count(self.kept), first(&self.first_kept))?;
        writeln!(f, "  dropped  {:>12}{}", count(self.dropped), first(&self.first_dropped))
    }
}
