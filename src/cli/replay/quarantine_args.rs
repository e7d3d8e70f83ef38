//! The arguments of `logferry replay quarantine`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::cli::form::Form;
use crate::cli::row_args::RowArgs;
use crate::cli::selection_args::DateArgs;
use crate::cli::stack_args::StackArgs;
use crate::cli::warehouse_args::{CopyArgs, WarehouseArgs};

/// Quarantined lines, read again by this version: typed rows where they parse by now
///
/// Each line is taken from its row where that holds it whole, else read at its place in the log object.
/// Without --run it counts what would become typed. With --run the typed rows take the place of the
/// quarantined ones, up to 10,000 in a transaction. Give the choices about rows, and the rules, as the
/// function has them.
/// Ends with 1 where rows would become typed, with 3 where lines could not be read.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  logferry replay quarantine --stack logferry.json
  logferry replay quarantine --stack logferry.json --from 2026-03-01 --run
  logferry replay quarantine --stack logferry.json --format json |
    jq 'select(.still > 0)'")]
pub(super) struct QuarantineArgs {
    /// Replace the rows
    #[arg(long)]
    pub(super) run: bool,

    /// Staging bucket; the rows are written to `replay/quarantine/` in it: `s3://BUCKET/PREFIX` [default:
    /// the stack file's]
    #[arg(long, value_name = "S3-URL")]
    pub(super) staging: Option<String>,

    #[command(flatten)]
    pub(super) dates: DateArgs,

    /// Who reads what is printed
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub(super) format: Form,

    /// The rules of the function: a line that parses by now and that one of them drops stays quarantined
    #[arg(long, value_name = "FILE")]
    pub(super) filters: Option<PathBuf>,

    #[command(flatten)]
    pub(super) rows: RowArgs,

    #[command(flatten)]
    pub(super) copy: CopyArgs,

    #[command(flatten)]
    pub(super) warehouse: WarehouseArgs,

    #[command(flatten)]
    pub(super) stack: StackArgs,
}
