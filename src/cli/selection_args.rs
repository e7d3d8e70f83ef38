//! The arguments of every verb that goes through the objects of a log bucket: of which days.

use clap::Args;

use crate::operate::{Selection, Window, date_or_time};

/// Which objects, by the date in their keys
#[derive(Debug, Args)]
pub(super) struct DateArgs {
    /// From this day or time on, by the date in the key, UTC: 2026-03-14 or 2026-03-14T09:00:00Z
    #[arg(long, value_name = "DATE", value_parser = date_or_time)]
    pub(super) from: Option<i64>,

    /// Up to this day or time, which itself is not meant
    #[arg(long, value_name = "DATE", value_parser = date_or_time)]
    pub(super) to: Option<i64>,

    /// Keys without a date too, where dates are asked for
    #[arg(long)]
    pub(super) undated: bool,
}

impl DateArgs {
    /// What is meant.
    pub(super) fn selection(&self) -> Selection {
        Selection { window: Window::new(self.from, self.to), undated: self.undated }
    }
}
