//! How the demo looks: numbers with separators, bars, and a status line that rewrites itself.
//!
//! Colour and the moving line only on a terminal; in a file or a CI log the same text stands plain.

use std::io::{IsTerminal, Write};

use anstyle::{AnsiColor, Style};

/// Headings.
pub(super) const HEAD: Style = Style::new().bold();
/// What is good.
pub(super) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What is bad.
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What was done to the stack on purpose.
pub(super) const FAULT: Style = AnsiColor::Yellow.on_default();
/// What matters less.
pub(super) const DIM: Style = Style::new().dimmed();

/// A text in a style.
pub(super) fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// A heading with a line of air above.
pub(super) fn heading(text: &str) {
    anstream::println!("\n{}", styled(HEAD, text));
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

/// A size in the unit that fits.
pub(super) fn size(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", count(bytes / unit), bytes % unit * 10 / unit);
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} KB", tenths(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        _ => format!("{} GB", tenths(1_000_000_000)),
    }
}

/// A bar of eighths, `width` characters long for the largest value.
pub(super) fn bar(value: u64, largest: u64, width: u64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (value * width * 8).checked_div(largest).unwrap_or(0);
    // What is not nothing is seen.
    let eighths = eighths.max(u64::from(value > 0));
    let full = usize::try_from(eighths / 8).unwrap_or(0);
    let part = usize::try_from(eighths % 8).ok().and_then(|part| EIGHTHS.get(part));
    format!("{}{}", "█".repeat(full), part.copied().unwrap_or_default())
}

/// The line that tells how far the work is.
#[derive(Debug)]
pub(super) struct Status {
    moving: bool,
}

impl Status {
    pub(super) fn new() -> Self {
        Self { moving: std::io::stdout().is_terminal() }
    }

    /// Rewrites the line, where that can be done.
    pub(super) fn show(&self, text: &str) {
        if self.moving {
            let mut out = std::io::stdout().lock();
            // A terminal that went away ends the demo at the next real line.
            write!(out, "\r\x1b[2K  {text}").and_then(|()| out.flush()).unwrap_or_default();
        }
    }

    /// Prints a line that stays.
    pub(super) fn say(&self, text: &str) {
        if self.moving {
            print!("\r\x1b[2K");
        }
        anstream::println!("  {text}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([5, 1_500, 62_340_000].map(size), ["5 B", "1.5 KB", "62.3 MB"]);
    }

    #[test]
    fn bars_grow_by_eighths_and_never_vanish() {
        assert_eq!([0, 1, 50, 100].map(|value| bar(value, 100, 4)), ["", "▏", "██", "████"]);
        assert_eq!(bar(1, 1_000_000, 4), "▏");
        assert_eq!(bar(0, 0, 4), "");
    }
}
