//! The arguments of `logferry backfill`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::copy_args::CopyingArgs;
use crate::cli::form::Form;
use crate::cli::s3_place::S3Place;
use crate::cli::selection_args::DateArgs;
use crate::cli::stack_args::StackArgs;
use crate::operate::backfill::BACKLOG_DEFAULT;

/// Bring logs that were there before into the table
///
/// Without --run it says what there is, what it costs and how long it takes, and changes nothing. With
/// --to-queue --run it sends a message for each object to the deployed function, only while the queue is
/// short, so that today's logs wait minutes. With --to-copy --run it makes the rows itself, past function
/// and stream, and has Redshift load them. Stopped or killed, the same command goes on; docs/backfill.md
/// has the rest.
#[derive(Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "each one is a switch of the command line")]
#[command(after_help = "\
Examples:
  export LOGFERRY_STACK=logferry.json    # instead of --stack
  logferry backfill s3://amber-logs/logs/ --from 2024-01-01 --to 2025-01-01
  logferry backfill s3://amber-logs/logs/ --to 2026-03-01 --to-queue --run
  logferry backfill s3://amber-logs/logs/ --to 2026-03-01 --to-copy --run
  logferry backfill s3://amber-logs --keys missing.txt --to-queue --run
  logferry backfill --inventory s3://reports/all/2026-03-14T00-00Z/manifest.json")]
pub(in crate::cli) struct BackfillArgs {
    /// Bucket and what the keys begin with: `s3://BUCKET/PREFIX` [default: the inventory's bucket, or the
    /// stack file's, if there is one]
    #[arg(value_name = "S3-URL")]
    pub(super) place: Option<S3Place>,

    /// Keys instead of a listing, one a line, as `KEY` or `s3://BUCKET/KEY`; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(super) keys: Option<PathBuf>,

    /// An S3 Inventory report in CSV instead of a listing: `s3://BUCKET/.../manifest.json`
    #[arg(long, value_name = "S3-URL", conflicts_with = "keys", value_parser = manifest)]
    pub(super) inventory: Option<String>,

    #[command(flatten)]
    pub(super) dates: DateArgs,

    /// A message for each object to the function's queue
    #[arg(long, group = "mode")]
    pub(super) to_queue: bool,

    /// Rows made on this machine, into gzipped files of the staging bucket, and those into the table,
    /// each once: a fraction of the cost, no quota, and neither the function nor its filters
    #[arg(long, group = "mode")]
    pub(super) to_copy: bool,

    /// Do it
    #[arg(long, requires = "mode")]
    pub(super) run: bool,

    /// The function's queue [default: the stack file's]
    #[arg(long, value_name = "URL")]
    pub(super) queue_url: Option<String>,

    /// How many messages may wait in the queue
    #[arg(long, value_name = "N", default_value_t = BACKLOG_DEFAULT, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) backlog: u64,

    /// MiB a second that the Firehose stream takes, for the time it takes
    #[arg(long, value_name = "MIB", default_value_t = 1.0, value_parser = rate)]
    pub(super) stream_rate: f64,

    /// Where to note how far it came [default: .logferry-backfill-ID.json, with an ID made of the
    /// settings]
    #[arg(long, value_name = "FILE")]
    pub(super) journal: Option<PathBuf>,

    /// Prices of your own, as `logferry cost` takes them
    #[arg(long, value_name = "FILE")]
    pub(super) prices: Option<PathBuf>,

    /// Who reads what is printed
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub(super) format: Form,

    /// Do not show progress, even on a terminal
    #[arg(long)]
    pub(super) no_progress: bool,

    #[command(flatten)]
    pub(super) copying: CopyingArgs,

    #[command(flatten)]
    pub(super) stack: StackArgs,
}

fn manifest(text: &str) -> Result<String, String> {
    let is_one = S3Place::below_a_bucket(text).is_some() && text.ends_with("/manifest.json");
    is_one.then(|| text.to_owned()).ok_or_else(|| "want s3://BUCKET/.../manifest.json".to_owned())
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok().filter(|rate| *rate > 0.0 && rate.is_finite());
    rate.ok_or_else(|| "want a number above 0".to_owned())
}
