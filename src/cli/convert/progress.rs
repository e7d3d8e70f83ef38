//! A progress bar on a terminal, nothing elsewhere.

use std::io::{IsTerminal as _, stderr, stdout};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::ConvertArgs;
use super::inputs::Inputs;
use super::output::Destination;

/// How far the reading is, in bytes before decompression.
#[derive(Clone)]
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Shown on a terminal, unless rows are printed there too.
    pub(super) fn start(inputs: &Inputs, args: &ConvertArgs) -> Self {
        let destination = Destination::new(args.output.as_deref());
        let rows_on_terminal = destination.is_standard_output() && stdout().is_terminal();
        if args.no_progress || rows_on_terminal || !stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let target = ProgressDrawTarget::stderr();
        let (bar, style) = match inputs.bytes {
            Some(bytes) => (
                ProgressBar::with_draw_target(Some(bytes), target),
                "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
            ),
            None => {
                (ProgressBar::with_draw_target(None, target), "{spinner} {bytes}, {bytes_per_sec}")
            }
        };
        Self(bar.with_style(
            ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
        ))
    }

    pub(super) fn advance(&self, bytes: u64) {
        self.0.inc(bytes);
    }

    /// Prints something while the bar is out of the way.
    pub(super) fn suspend(&self, print: impl FnOnce()) {
        self.0.suspend(print);
    }

    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
