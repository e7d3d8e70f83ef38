//! How the demo looks: numbers with separators, bars, and a status line that rewrites itself.
//!
//! Colour, the moving line and lines that fit only on a terminal; in a file or a CI log the same text
//! stands plain, each thing in one line.

use anstyle::{AnsiColor, Style};
use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Headings.
pub(super) const HEAD: Style = Style::new().bold();
/// As it stands.
pub(super) const PLAIN: Style = Style::new();
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

/// How many characters a line may have: those of the terminal, or any number where there is none.
pub(super) fn width() -> usize {
    let size = Term::stdout().size_checked();
    size.map_or(usize::MAX, |(_, columns)| usize::from(columns).max(WIDTH_MIN))
}

/// Below this nothing is laid out any more.
const WIDTH_MIN: usize = 40;

/// Prints a text behind a lead, whose length is told because it may hold styles. What does not fit
/// the line goes on below the beginning of the text.
pub(super) fn tell(lead: &str, lead_width: usize, text: &str, style: Style) {
    let room = width().saturating_sub(lead_width).max(WIDTH_MIN / 2);
    let indent = " ".repeat(lead_width);
    for (at, line) in wrapped(text, room).iter().enumerate() {
        let lead = if at == 0 { lead } else { &indent };
        anstream::println!("{lead}{}", styled(style, line));
    }
}

/// Prints a command behind a lead, in one line where it fits, else as shells take it in several.
pub(super) fn tell_command(lead: &str, parts: &[&str]) {
    let line = format!("{lead}{}", parts.join(" "));
    if line.chars().count() <= width() {
        anstream::println!("{line}");
        return;
    }
    let indent = " ".repeat(lead.chars().count() + 2);
    anstream::println!("{lead}{}", parts.join(&format!(" \\\n{indent}")));
}

/// A text in lines of at most so many characters, broken between words where that can be done.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() || line.chars().count() + 1 + word.chars().count() <= room {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
        // A path may be longer than a line.
        while let Some(line) = lines.last_mut()
            && let Some((at, _)) = line.char_indices().nth(room)
        {
            let rest = line.split_off(at);
            lines.push(rest);
        }
    }
    lines
}

/// A name of at most so many characters: its beginning and its end.
pub(super) fn shortened(name: &str, room: usize) -> String {
    let length = name.chars().count();
    if length <= room {
        return name.to_owned();
    }
    let (head, tail) = (room.saturating_sub(1) / 2, room.saturating_sub(1).div_ceil(2));
    let begin: String = name.chars().take(head).collect();
    let end: String = name.chars().skip(length - tail.min(length)).collect();
    format!("{begin}…{end}")
}

/// The line that tells how far the work is, clipped to the terminal; nothing where there is none.
#[derive(Debug)]
pub(super) struct Status(ProgressBar);

impl Status {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout());
        let style = ProgressStyle::with_template("  {wide_msg}");
        Self(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner())))
    }

    /// Rewrites the line.
    pub(super) fn show(&self, text: String) {
        self.0.set_message(text);
        self.0.tick();
    }

    /// Prints something that stays.
    pub(super) fn say(&self, text: &str, style: Style) {
        self.0.suspend(|| tell("  ", 2, text, style));
    }

    /// Takes the line away.
    pub(super) fn end(&self) {
        self.0.finish_and_clear();
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
    fn texts_break_between_words_and_long_words_anywhere() {
        assert_eq!(wrapped("one two three", usize::MAX), ["one two three"]);
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("a /very/long/path (x)", 6), ["a", "/very/", "long/p", "ath", "(x)"]);
        assert_eq!(wrapped("ünï cödé", 4), ["ünï", "cödé"]);
        assert_eq!(wrapped("", 5), [""]);
    }

    #[test]
    fn names_keep_their_beginning_and_end() {
        assert_eq!(shortened("abcdef", 6), "abcdef");
        assert_eq!(shortened("abcdefg", 6), "ab…efg");
        assert_eq!(shortened("abcdefg", 5), "ab…fg");
    }

    #[test]
    fn bars_grow_by_eighths_and_never_vanish() {
        assert_eq!([0, 1, 50, 100].map(|value| bar(value, 100, 4)), ["", "▏", "██", "████"]);
        assert_eq!(bar(1, 1_000_000, 4), "▏");
        assert_eq!(bar(0, 0, 4), "");
    }
}
