//! How far a verb is: a bar on a terminal, JSON lines for programs, nothing elsewhere.

use std::fmt::Write;
use std::io::{IsTerminal as _, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use serde_json::json;

use super::form::{Form, print_line};

/// How long between two JSON lines.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// How often a bar moves while nothing is told.
const TICK: Duration = Duration::from_millis(200);

/// Shows it, one kind of work after the other.
pub(super) struct Progress {
    form: Form,
    is_shown: bool,
    bar: ProgressBar,
    /// What the bar is about.
    work: &'static str,
    line_at: Instant,
}

impl Progress {
    /// Nothing yet.
    pub(super) fn new(form: Form, is_wanted: bool) -> Self {
        let is_shown = is_wanted && form == Form::Text && stderr().is_terminal();
        Self { form, is_shown, bar: ProgressBar::hidden(), work: "", line_at: Instant::now() }
    }

    /// So many, and nobody knows of how many.
    pub(super) fn counting(&mut self, work: &'static str, done: u64) {
        self.begin(work, None, "{spinner} {human_pos} {msg}, {rate}");
        self.bar.set_position(done);
        self.line(done, None);
    }

    /// So many of all.
    pub(super) fn of(&mut self, work: &'static str, done: u64, of: u64) {
        let style = "{bar:20} {human_pos} of {human_len} {msg}, {rate}, {eta} left";
        self.begin(work, Some(of), style);
        self.bar.set_length(of);
        self.bar.set_position(done);
        self.line(done, Some(of));
    }

    /// Somebody else works.
    pub(super) fn waiting(&mut self, work: &'static str) {
        self.begin(work, None, "{spinner} {msg}, {elapsed}");
    }

    /// Does something that prints, without a bar in its way.
    pub(super) fn beside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    /// Takes it away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn begin(&mut self, work: &'static str, of: Option<u64>, style: &str) {
        if self.work == work {
            return;
        }
        self.work = work;
        if !self.is_shown {
            return;
        }
        self.bar.finish_and_clear();
        let bar = ProgressBar::with_draw_target(of, ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template(style);
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = bar.with_style(style.with_key("rate", rate));
        self.bar = bar.with_message(work);
        self.bar.enable_steady_tick(TICK);
    }

    fn line(&mut self, done: u64, of: Option<u64>) {
        if self.form == Form::Json && self.line_at.elapsed() >= LINE_EVERY {
            self.line_at = Instant::now();
            let line = json!({"type": "progress", "work": self.work, "done": done, "of": of});
            // Whoever reads may have gone: the work is done all the same.
            drop(print_line(&line));
        }
    }
}

/// Whole ones a second, or tenths where they are few; the library's own has four decimals.
fn rate(state: &ProgressState, to: &mut dyn Write) {
    let a_second = state.per_sec();
    let decimals = usize::from(a_second < 10.0);
    // What cannot be shown is not shown.
    write!(to, "{a_second:.decimals$}/s").unwrap_or_default();
}
