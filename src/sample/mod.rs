//! Realistic logs from a seed, to try logferry on, to measure it and to test it.
//!
//! Invariants: the same seed gives the same bytes, on every machine; every value is invented (the
//! addresses are documentation ranges); lines are 600 to 700 bytes long on average, as busy buckets
//! have them. Lines asked for as hostile hold what breaks other parsers; each of them still is one
//! typed or one quarantined row. Every day the same things happen, each at its hours (`story`), so that
//! there is something to find in the table.
//!
//! What it does not do: it is no model of any real bucket's traffic, and nothing that ships to AWS
//! uses it.

mod hostile;
mod line;
mod random;
mod story;

use random::Random;
use story::{DAY_SECONDS, FIRST_DAY};

/// Writes the lines of a made-up log.
///
/// ```
/// let mut sample = logferry::sample::Sample::new(7);
/// let mut log = Vec::new();
/// sample.append_line(&mut log);
/// assert!(log.ends_with(b"\n"));
/// ```
#[derive(Clone, Debug)]
pub struct Sample {
    random: Random,
    /// Time of the next request, in milliseconds since 1970.
    now: i64,
    /// Requests per day.
    per_day: u32,
    hostile_per_mille: u32,
}

impl Sample {
    /// A log of some ten thousand requests a day, none of them hostile.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let random = Random::new(seed);
        Self { random, now: FIRST_DAY * 1000, per_day: 10_000, hostile_per_mille: 0 }
    }

    /// How many requests make up a day: sets the pace of the times in the log.
    #[must_use]
    pub fn requests_per_day(self, per_day: u32) -> Self {
        Self { per_day: per_day.max(1), ..self }
    }

    /// How many lines in a thousand are hostile.
    #[must_use]
    pub fn hostile_per_mille(self, hostile_per_mille: u32) -> Self {
        Self { hostile_per_mille, ..self }
    }

    /// Appends one line with its newline.
    pub fn append_line(&mut self, log: &mut Vec<u8>) {
        self.advance();
        let (random, now) = (&mut self.random, self.now / 1000);
        if random.below(1000) < self.hostile_per_mille {
            hostile::append(random, now, log);
        } else if let Some(line) = story::line(random, now) {
            log.extend_from_slice(line.as_bytes());
        } else {
            line::append(random, now, log);
        }
        log.push(b'\n');
    }

    /// Appends so many lines.
    pub fn append_lines(&mut self, lines: usize, log: &mut Vec<u8>) {
        for _ in 0..lines {
            self.append_line(log);
        }
    }

    /// On average a day passes in `per_day` lines, its hours by [`story::HOURS`].
    fn advance(&mut self) {
        let hour = story::HOURS.get(story::hour(self.now / 1000) as usize).copied().unwrap_or(100);
        let mean_gap = (u64::from(DAY_SECONDS) * 100_000)
            .checked_div(u64::from(self.per_day) * u64::from(hour))
            .and_then(|gap| u32::try_from(gap).ok())
            .unwrap_or(0);
        self.now += i64::from(self.random.below(mean_gap.saturating_mul(2).saturating_add(1)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access_log::lines;
    use crate::row::{Origin, Outcome, RowEncoder, RowOptions};

    fn outcomes(log: &[u8]) -> Vec<Outcome> {
        let mut encoder = RowEncoder::new(RowOptions::default());
        let origin = Origin::new(None, "sample");
        let mut rows = Vec::new();
        lines(log).map(|line| encoder.encode(&line, &origin, &mut rows)).collect()
    }

    #[test]
    fn the_seed_decides_everything() {
        let log = |seed| {
            let mut log = Vec::new();
            Sample::new(seed).hostile_per_mille(100).append_lines(100, &mut log);
            log
        };
        assert_eq!(log(1), log(1));
        assert_ne!(log(1), log(2));
    }

    #[test]
    fn requests_come_at_the_pace_asked_for() {
        for per_day in [5_000, 50_000] {
            let mut sample = Sample::new(5).requests_per_day(per_day);
            let mut log = Vec::new();
            sample.append_lines(per_day as usize, &mut log);
            let days = f64::from(u32::try_from(sample.now / 1000 - FIRST_DAY).unwrap()) / 86_400.0;
            assert!((0.95..1.05).contains(&days), "{days} days for {per_day} lines");
        }
    }

    #[test]
    fn plain_samples_are_typed_and_as_long_as_real_lines() {
        let mut log = Vec::new();
        Sample::new(3).append_lines(2000, &mut log);
        assert!(outcomes(&log).iter().all(|outcome| matches!(outcome, Outcome::Row(_))));
        assert!((600..700).contains(&(log.len() / 2000)), "{} bytes a line", log.len() / 2000);
    }

    #[test]
    fn hostile_samples_are_one_row_each() {
        let mut log = Vec::new();
        Sample::new(4).hostile_per_mille(1000).append_lines(500, &mut log);
        let outcomes = outcomes(&log);
        assert_eq!(outcomes.len(), 500);
        let quarantined =
            outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Quarantined(_))).count();
        assert!((50..400).contains(&quarantined), "{quarantined} quarantined");
    }
}
