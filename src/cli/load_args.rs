//! The arguments of `logferry load`.

use clap::Args as ClapArgs;

use super::form::Form;
use super::stack_args::StackArgs;
use super::warehouse_args::{CopyArgs, WarehouseArgs};

/// Load the staged files that are not in the table yet, each once
///
/// For a stream whose destination is S3 (`extended_s3`), from a schedule: a warehouse that wakes up once
/// a day instead of every few minutes, and one that Firehose cannot reach. Nothing else may load the
/// files: no COPY JOB. Without --run it says what it would load. Stopped by Ctrl-C it ends with 130 behind
/// the load under way; stopped or killed, the same command goes on.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  logferry load --stack logferry.json
  logferry load --stack logferry.json --run
  logferry load --stack logferry.json --run --format json | tail -n 1")]
pub(super) struct LoadVerbArgs {
    /// Load them
    #[arg(long)]
    pub(super) run: bool,

    /// Staging bucket and what the keys of its files begin with: `s3://BUCKET/PREFIX` [default: the
    /// stack file's]
    #[arg(long, value_name = "S3-URL")]
    pub(super) staging: Option<String>,

    /// The stream's destination is S3, which the stack file would say
    #[arg(long)]
    pub(super) extended_s3: bool,

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
