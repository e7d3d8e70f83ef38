//! How far it is: a bar on a terminal, JSON lines for programs, nothing elsewhere.

use std::io::{IsTerminal as _, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use super::args::BackfillArgs;
use crate::cli::form::{Form, print_line};
use crate::operate::backfill::copy::Progress as Copying;
use crate::operate::backfill::{Begun, Counts};

/// How long between two JSON lines.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Shows it.
pub(super) struct Progress {
    bar: ProgressBar,
    form: Form,
    total: Option<Counts>,
    line_at: Instant,
}

impl Progress {
    /// Of going through the keys.
    pub(super) fn of_counting(args: &BackfillArgs) -> Self {
        Self::new(args, None, "{spinner} {pos} objects found, {per_sec}")
    }

    /// Of sending.
    pub(super) fn of_sending(args: &BackfillArgs, begun: &Begun) -> Self {
        let style = match begun.total {
            Some(_) => {
                "{bar:20} {human_pos} of {human_len} objects, {per_sec}, queue {msg}, {eta} left"
            }
            None => "{spinner} {human_pos} objects, {per_sec}, queue {msg}",
        };
        let progress = Self::new(args, begun.total, style);
        progress.bar.set_position(begun.counts.objects);
        // What was sent before is no part of the rate.
        progress.bar.reset_eta();
        progress
    }

    /// Of copying: by bytes, where they are known.
    pub(super) fn of_copying(args: &BackfillArgs, begun: &Begun) -> Self {
        let of = begun.total.filter(|total| total.bytes > 0);
        let style = match of {
            Some(_) => {
                "{bar:20} {bytes} of {total_bytes} of log, {bytes_per_sec}, {msg}, {eta} left"
            }
            None => "{spinner} {bytes} of log, {bytes_per_sec}, {msg}",
        };
        let progress = Self::new(args, begun.total, style);
        match of {
            Some(total) => progress.bar.set_length(total.bytes),
            None => progress.bar.unset_length(),
        }
        progress.bar.set_position(begun.counts.bytes);
        // What was copied before is no part of the rate.
        progress.bar.reset_eta();
        progress
    }

    fn new(args: &BackfillArgs, total: Option<Counts>, style: &str) -> Self {
        let form = args.format;
        let shown = !args.no_progress && form == Form::Text && stderr().is_terminal();
        let target =
            if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(total.map(|total| total.objects), target);
        let style = ProgressStyle::with_template(style);
        let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, form, total, line_at: Instant::now() }
    }

    pub(super) fn counted(&self, counts: &Counts) {
        self.bar.set_position(counts.objects);
    }

    pub(super) fn sent(&mut self, counts: &Counts, waiting: u64) {
        self.bar.set_position(counts.objects);
        self.bar.set_message(waiting.to_string());
        if self.form == Form::Json && self.line_at.elapsed() >= LINE_EVERY {
            self.line_at = Instant::now();
            let line = json!({
                "type": "progress",
                "sent": counts.objects,
                "bytes": counts.bytes,
                "of": self.total.map(|total| total.objects),
                "queue": waiting,
            });
            // Whoever reads may have gone: the messages are sent all the same.
            drop(print_line(&line));
        }
    }

    pub(super) fn read(&mut self, read: &Copying) {
        self.bar.set_position(read.bytes);
        self.bar.set_message(format!("{} objects", read.objects));
        if self.form == Form::Json && self.line_at.elapsed() >= LINE_EVERY {
            self.line_at = Instant::now();
            let line = json!({
                "type": "progress",
                "state": "reading",
                "objects": read.objects,
                "bytes": read.bytes,
                "rows": read.rows,
                "of": self.total.map(|total| total.objects),
                "of_bytes": self.total.map(|total| total.bytes),
            });
            // As above.
            drop(print_line(&line));
        }
    }

    /// Does something that prints, without a bar in its way.
    pub(super) fn beside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
