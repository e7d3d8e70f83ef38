//! How the sending of a backfill ended, on standard output.

use std::path::Path;

use serde_json::json;

use crate::cli::amounts::number;
use crate::cli::cost::grouped;
use crate::cli::error::{Error, Exit};
use crate::cli::form::{Form, print, print_line};
use crate::operate::backfill::{Counts, Outcome};

/// The end of sending.
pub(super) fn sent(form: Form, outcome: &Outcome, journal: &Path) -> Result<Exit, Error> {
    let counts = &outcome.counts;
    if form == Form::Json {
        print_line(&json!({
            "type": "summary",
            "sent": counts.objects,
            "bytes": counts.bytes,
            "outside": counts.outside,
            "undated": counts.undated,
            "empty": counts.empty,
            "archived": counts.archived,
            "stopped": outcome.is_stopped,
            "journal": journal.display().to_string(),
        }))?;
    }
    if outcome.is_stopped {
        return Ok(stopped(counts, journal));
    }
    if form == Form::Text {
        print(&format!("{} sent; {}\n", grouped(number(counts.objects)), left_out(counts)))?;
    }
    Ok(Exit::Done)
}

/// The end before the end, which is told to standard error in any case.
pub(super) fn stopped(counts: &Counts, journal: &Path) -> Exit {
    eprintln!(
        "Stopped. {} sent. Go on with the same command: journal {}",
        grouped(number(counts.objects)),
        journal.display()
    );
    Exit::Stopped
}

pub(super) fn left_out(counts: &Counts) -> String {
    let all = [
        (counts.outside, "of another date"),
        (counts.undated, "without a date (--undated takes them)"),
        (counts.empty, "empty"),
        (counts.archived, "archived (restore them first)"),
    ];
    let all: Vec<_> = all
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, why)| format!("{} {why}", grouped(number(count))))
        .collect();
    if all.is_empty() {
        "none left out".to_owned()
    } else {
        format!("left out: {}", all.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_told() {
        let counts = Counts { undated: 37, archived: 2_418, ..Counts::default() };
        assert_eq!(
            left_out(&counts),
            "left out: 37 without a date (--undated takes them), 2,418 archived (restore them first)"
        );
        assert_eq!(left_out(&Counts::default()), "none left out");
    }
}
