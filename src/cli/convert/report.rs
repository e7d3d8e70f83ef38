//! The account of a run, for people and for programs.

use std::fmt::{self, Display, Formatter};

use serde_json::{Value, json};

use super::inputs::Skipped;
use super::ledger::Ledger;
use crate::access_log::RequestTime;
use crate::pack::RECORD_TARGET_BYTES_DEFAULT;

/// What became of files and lines.
pub(super) struct Report<'r> {
    pub(super) files: u64,
    pub(super) failed: u64,
    pub(super) skipped: Skipped,
    pub(super) ledger: &'r Ledger,
}

impl Report<'_> {
    /// One object; `docs/tool.md` describes its keys.
    pub(super) fn json(&self) -> Value {
        let Ledger { bytes, lines, typed, filtered, blank, rows, times, tally, elapsed, .. } =
            self.ledger;
        let (first, last) = times.map(|(first, last)| (iso(first), iso(last))).unzip();
        let reasons = self.ledger.reasons().map(|(reason, found)| {
            let place = found.first.as_ref();
            json!({
                "parse_error": reason.code(),
                "rows": found.lines,
                "first_path": place.map(|place| place.path.to_string_lossy()),
                "first_offset": place.map(|place| place.offset),
            })
        });
        json!({
            "files": self.files,
            "files_failed": self.failed,
            "files_skipped": self.skipped.hidden + self.skipped.irregular,
            "log_bytes": bytes,
            "lines": lines,
            "lines_blank": blank,
            "lines_filtered": filtered,
            "rows": rows,
            "rows_typed": typed,
            "rows_quarantined": self.ledger.quarantined(),
            "quarantined": reasons.collect::<Vec<_>>(),
            "row_bytes": tally.bytes(),
            "records": tally.records(),
            "billed_units_5kb": tally.billed_units(),
            "request_time_first": first,
            "request_time_last": last,
            "seconds": elapsed.as_secs_f64(),
        })
    }
}

fn iso(time: RequestTime) -> String {
    String::from_utf8_lossy(&time.iso_8601()).into_owned()
}

impl Display for Report<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Ledger { bytes, lines, typed, filtered, blank, rows, times, tally, elapsed, .. } =
            self.ledger;
        let quarantined = self.ledger.quarantined();
        let mut line = |name: &str, number: u64, text: &str| {
            writeln!(f, "{name:<12}{:>14}  {text}", count(number))
        };
        line("files", self.files, &format!("{} failed{}", self.failed, skipped(self.skipped)))?;
        line("bytes", *bytes, "of log, uncompressed")?;
        let became = [(typed, "typed"), (&quarantined, "quarantined"), (filtered, "filtered")]
            .map(|(lines, what)| format!("{} {what}", count(*lines)));
        let blank = format!("; {} blank ones not counted", count(*blank));
        line("lines", *lines, &(became.join(", ") + &blank))?;
        line("rows", *rows, "typed and quarantined")?;
        for (reason, found) in self.ledger.reasons() {
            let place = found.first.as_ref().map(|place| {
                format!("first at byte {} of {}", count(place.offset), place.path.display())
            });
            let name = format!("  {}", reason.code());
            // The longest code leaves the numbers where they are.
            let number = count(found.lines);
            let width = 26_usize.saturating_sub(name.len());
            writeln!(f, "{name}{number:>width$}  {}", place.unwrap_or_default())?;
        }
        let mut line = |name: &str, number: u64, text: &str| {
            writeln!(f, "{name:<12}{:>14}  {text}", count(number))
        };
        line("row bytes", tally.bytes(), "of JSON, uncompressed")?;
        let records = format!(
            "of at most {} KiB, as the function packs rows",
            RECORD_TARGET_BYTES_DEFAULT / 1024
        );
        line("records", tally.records(), &records)?;
        line("units", tally.billed_units(), "of 5 KB billed by Firehose for them")?;
        if let Some((first, last)) = times {
            writeln!(f, "times       {} to {}", iso(*first), iso(*last))?;
        }
        let seconds = elapsed.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "for people to read")]
        let rate = *lines as f64 / seconds.max(1e-9);
        writeln!(f, "seconds     {seconds:>14.3}  {rate:.0} lines a second")
    }
}

fn skipped(skipped: Skipped) -> String {
    let (hidden, irregular) = (skipped.hidden, skipped.irregular);
    let kinds = [(hidden, "hidden"), (irregular, "no regular file")];
    let kinds: Vec<_> = kinds.into_iter().filter(|(files, _)| *files > 0).collect();
    let texts: Vec<_> = kinds.iter().map(|(files, what)| format!("{files} {what}")).collect();
    if texts.is_empty() { String::new() } else { format!(", skipped: {}", texts.join(", ")) }
}

/// A number with thousands separators.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
