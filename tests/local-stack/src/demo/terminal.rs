//! How the demo looks: headings, colours, and a status line that rewrites itself.
//!
//! Colour, the moving line and lines that fit only on a terminal; in a file or a CI log the same text
//! stands plain, each thing in one line.

use anstyle::{AnsiColor, Style};
use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::text::wrapped;

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
