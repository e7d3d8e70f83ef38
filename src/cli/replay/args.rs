//! The arguments of `logferry replay`.

use clap::{Args as ClapArgs, Subcommand};

use super::letters_args::DeadLettersArgs;
use super::quarantine_args::QuarantineArgs;
use crate::cli::form::Form;
use crate::cli::stack_args::StackArgs;
use crate::cli::warehouse_args::{CopyArgs, WarehouseArgs};

/// Do again what failed
#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct ReplayArgs {
    #[command(subcommand)]
    pub(super) what: Replay,
}

#[derive(Debug, Subcommand)]
pub(super) enum Replay {
    Loads(LoadsArgs),
    DeadLetters(DeadLettersArgs),
    Quarantine(Box<QuarantineArgs>),
}

/// The loads that Firehose gave up: their manifests, each loaded once
///
/// Without --run it says of each manifest whether it is to load, loaded or LOST, and why its load
/// failed. Ends with 1 where something is to load or lost, with 3 where a load failed, with 130 behind
/// the load under way when Ctrl-C stops it; stopped or killed, the same command goes on.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  logferry replay loads --stack logferry.json
  logferry replay loads --stack logferry.json --run
  logferry replay loads --stack logferry.json --run --merge
  logferry replay loads --stack logferry.json --print-sql | psql \"host=...\"")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(super) struct LoadsArgs {
    /// Load what is to load
    #[arg(long)]
    pub(super) run: bool,

    /// All of it in one load: one COPY to pay for, and one bad file fails all
    #[arg(long, requires = "run")]
    pub(super) merge: bool,

    /// Print the statements instead, for whoever has another way to the warehouse
    #[arg(long, conflicts_with_all = ["run", "format"])]
    pub(super) print_sql: bool,

    /// Staging bucket and what the keys of its files begin with: `s3://BUCKET/PREFIX`; manifests are
    /// looked for in its `errors/` [default: the stack file's]
    #[arg(long, value_name = "S3-URL")]
    pub(super) staging: Option<String>,

    /// Who reads what is printed
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub(super) format: Form,

    /// Do not show progress, even on a terminal
    #[arg(long)]
    pub(super) no_progress: bool,

    #[command(flatten)]
    pub(super) copy: CopyArgs,

    #[command(flatten)]
    pub(super) warehouse: WarehouseArgs,

    #[command(flatten)]
    pub(super) stack: StackArgs,
}
