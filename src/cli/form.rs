//! What a verb prints: text for people, or JSON lines for programs.
//!
//! Each JSON line has a `type`: `plan`, `progress`, `finding`, and as the last one `summary`. New
//! types may come; whoever reads passes over those it does not know.

use std::io::{Write as _, stdout};

use clap::ValueEnum;
use serde_json::Value;

use super::error::Error;

/// Who reads what is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// People
    #[default]
    Text,
    /// Programs: JSON lines, each with its `type`, the last one a `summary`
    Json,
}

/// Prints to standard output.
pub(super) fn print(text: &str) -> Result<(), Error> {
    let mut out = stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|source| Error::Write { to: "standard output".into(), source })
}

/// Prints what is written piece by piece, whole or not at all.
pub(super) fn print_written(
    write: impl FnOnce(&mut String) -> std::fmt::Result,
) -> Result<(), Error> {
    let mut text = String::new();
    // Writing to a string cannot fail.
    write(&mut text).unwrap_or_default();
    print(&text)
}

/// Prints one JSON line.
pub(super) fn print_line(value: &Value) -> Result<(), Error> {
    print(&format!("{value}\n"))
}
