//! What the checks found, for people and programs.

use std::fmt::Write as _;

use serde_json::json;

use crate::cli::error::{Error, Exit};
use crate::cli::form::{Form, print, print_line};
use crate::cli::terminal::{broken, columns};
use crate::operate::doctor::{Check, Verdict};

/// The least that an id takes on its line.
const ID_WIDTH: usize = 22;

/// Prints checks and how they end.
pub(super) fn told(format: Form, checks: &[Check]) -> Result<Exit, Error> {
    match format {
        Form::Text => print(&text(checks, columns()))?,
        Form::Json => print_json(checks)?,
    }
    Ok(exit(checks))
}

fn count(checks: &[Check], verdict: Verdict) -> usize {
    checks.iter().filter(|check| check.verdict == verdict).count()
}

fn exit(checks: &[Check]) -> Exit {
    let bad = count(checks, Verdict::Warn) + count(checks, Verdict::Fail);
    let undone = checks.iter().any(|check| check.is_undone);
    match (bad, undone) {
        (1.., _) => Exit::Found,
        (0, true) => Exit::Failed,
        (0, false) => Exit::Done,
    }
}

/// A String takes everything: no write fails.
fn text(checks: &[Check], columns: Option<usize>) -> String {
    let widest = checks.iter().map(|check| check.id.chars().count()).max().unwrap_or(0);
    let width = widest.max(ID_WIDTH);
    let mut text = String::new();
    for check in checks {
        let name = match check.verdict {
            Verdict::Ok => "ok",
            Verdict::Warn => "WARN",
            Verdict::Fail => "FAIL",
            Verdict::Skip => "SKIP",
        };
        let told = broken(&check.text, "WARN  ".len() + width + "  ".len(), columns);
        let _written = writeln!(text, "{name:<4}  {:<width$}  {told}", check.id);
        if let Some(remedy) = &check.remedy {
            let _written = writeln!(text, "      {:<width$}  -> {remedy}", "");
        }
    }
    let of = [(Verdict::Fail, "FAIL"), (Verdict::Warn, "WARN"), (Verdict::Skip, "SKIP")];
    for (verdict, name) in of {
        let number = count(checks, verdict);
        if number > 0 {
            let _written = write!(text, "{number} {name}, ");
        }
    }
    let _written = writeln!(text, "{} ok", count(checks, Verdict::Ok));
    text
}

fn print_json(checks: &[Check]) -> Result<(), Error> {
    for check in checks {
        print_line(&json!({
            "type": "finding", "id": check.id, "verdict": check.verdict.name(),
            "text": check.text, "remedy": check.remedy, "undone": check.is_undone,
        }))?;
    }
    let undone = checks.iter().filter(|check| check.is_undone).count();
    print_line(&json!({
        "type": "summary", "ok": count(checks, Verdict::Ok), "warn": count(checks, Verdict::Warn),
        "fail": count(checks, Verdict::Fail), "skip": count(checks, Verdict::Skip),
        "undone": undone,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(verdict: Verdict, is_undone: bool) -> Check {
        let (id, remedy) = ("queue.redrive".to_owned(), None);
        Check { id, verdict, text: "as it is".to_owned(), remedy, is_undone }
    }

    #[test]
    fn what_is_found_goes_before_what_could_not_be_done() {
        let (ok, skip) = (check(Verdict::Ok, false), check(Verdict::Skip, false));
        let undone = check(Verdict::Skip, true);
        assert_eq!(exit(&[ok.clone(), skip]), Exit::Done);
        assert_eq!(exit(&[ok, undone.clone()]), Exit::Failed);
        for verdict in [Verdict::Warn, Verdict::Fail] {
            assert_eq!(exit(&[undone.clone(), check(verdict, false)]), Exit::Found);
        }
    }

    #[test]
    fn a_remedy_stands_under_its_check_and_all_are_counted() {
        let fail = Check { remedy: Some("do this".to_owned()), ..check(Verdict::Fail, false) };
        assert_eq!(
            text(&[check(Verdict::Ok, false), fail], None),
            "ok    queue.redrive           as it is\n\
             FAIL  queue.redrive           as it is\n\
             \x20                             -> do this\n\
             1 FAIL, 1 ok\n"
        );
    }
    #[test]
    fn on_a_terminal_a_long_text_goes_on_under_itself() {
        let long = "4 days, no longer than the queue keeps its messages: a letter may be gone";
        let warn = Check { text: long.to_owned(), ..check(Verdict::Warn, false) };
        assert_eq!(
            text(&[warn], Some(80)),
            "WARN  queue.redrive           4 days, no longer than the queue keeps its\n\
             \x20                             messages: a letter may be gone\n\
             1 WARN, 0 ok\n"
        );
    }
}
