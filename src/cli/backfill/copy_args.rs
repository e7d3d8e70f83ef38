//! The arguments of `logferry backfill` that `--to-copy` alone has.

use std::path::PathBuf;

use clap::Args;

use crate::cli::row_args::RowArgs;
use crate::cli::warehouse_args::{CopyArgs, WarehouseArgs};
use crate::operate::backfill::copy::PortionSize;

/// How rows are copied
#[derive(Debug, Args)]
#[command(next_help_heading = "With --to-copy")]
pub(super) struct CopyingArgs {
    /// Keep, drop or sample lines by the rules in this file, as `LOGFERRY_FILTERS` has them; those of the
    /// function do not apply by themselves
    #[arg(long, value_name = "FILE", conflicts_with = "to_queue")]
    pub(super) filters: Option<PathBuf>,

    /// Bucket to stage files in, under `backfill/` [default: the stack file's]
    #[arg(long, value_name = "BUCKET", conflicts_with = "to_queue")]
    pub(super) staging_bucket: Option<String>,

    /// MB of log that are loaded together, at most; fewer are done again after a kill, and each load wakes
    /// up a Serverless warehouse for a minute
    #[arg(long, value_name = "MB", default_value_t = 24_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) load_mb: u64,

    /// Objects that are loaded together, at most
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(super) load_objects: u64,

    /// Objects in a row that may be denied or out of reach before it gives up
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) failures_in_a_row: u64,

    /// Base capacity of the Serverless workgroup in processing units, for the cost
    #[arg(long, value_name = "RPU", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) rpu: u32,

    #[command(flatten)]
    pub(super) rows: RowArgs,

    #[command(flatten)]
    pub(super) load: CopyArgs,

    #[command(flatten)]
    pub(super) warehouse: WarehouseArgs,
}

impl CopyingArgs {
    /// How much is loaded together.
    pub(super) fn portion(&self) -> PortionSize {
        PortionSize { objects: self.load_objects, bytes: self.load_mb.saturating_mul(1_000_000) }
    }
}
