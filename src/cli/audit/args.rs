//! The arguments of `logferry audit`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::cli::duration::seconds;
use crate::cli::form::Form;
use crate::cli::row_args::RowArgs;
use crate::cli::s3_place::S3Place;
use crate::cli::selection_args::DateArgs;
use crate::cli::stack_args::StackArgs;
use crate::cli::warehouse_args::WarehouseArgs;
use crate::operate::audit::Portion;
use crate::operate::date_or_time;

/// Prove that every log was delivered, and with --table that every row is there
///
/// Lists the bucket and holds each object against the ledger of the function. With --table it counts
/// the rows of each object in Redshift as well, and sums up where they stand; objects that do not agree,
/// and those that the ledger does not know, are read again to say which lines are missing. With --read
/// a part of the others is read again too, and held to its rows line by line. It changes nothing. Ends
/// with 0 where nothing is to be repaired, with 1 where something is, with 3 where something could not
/// be checked. Lines that S3 never wrote cannot be seen here.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  export LOGFERRY_STACK=logferry.json    # instead of --stack
  logferry audit s3://amber-logs/logs/ --from 2026-03-14 --to 2026-03-15
  logferry audit s3://amber-logs/logs/ --from 2026-03-14 --table
  logferry audit s3://amber-logs/ --from 2026-03-14 --table --read 1% --gaps
  logferry audit s3://amber-logs --format json |
    jq -r 'select(.type == \"finding\" and .repair == \"backfill\").key' |
    logferry backfill s3://amber-logs --keys - --to-queue --run")]
pub(in crate::cli) struct AuditArgs {
    /// Bucket and what the keys begin with: `s3://BUCKET/PREFIX`
    #[arg(value_name = "S3-URL")]
    pub(super) place: S3Place,

    #[command(flatten)]
    pub(super) dates: DateArgs,

    /// Count the rows in the table too
    #[arg(long)]
    pub(super) table: bool,

    /// Read so many of the objects again, line by line: 1% of them, 100 of them, or 3/7, the third of
    /// seven parts
    #[arg(long, value_name = "PART", requires = "table")]
    pub(super) read: Option<Portion>,

    /// Another part of the same size with another number
    #[arg(long, value_name = "N", default_value_t = 1, requires = "read")]
    pub(super) seed: u64,

    /// Find hours without any object, too
    #[arg(long)]
    pub(super) gaps: bool,

    /// Objects younger than this are in flight: 90m, 3h, 2d [default: what the stream may hold back and
    /// try to load, and 5 minutes]
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    pub(super) grace: Option<i64>,

    /// Where the ledger is: `s3://BUCKET/PREFIX` [default: the stack file's]
    #[arg(long, value_name = "S3-URL")]
    pub(super) ledger: Option<S3Place>,

    /// Read the ledger from this day on [default: the day of the first object]
    #[arg(long, value_name = "DATE", value_parser = date_or_time)]
    pub(super) ledger_from: Option<i64>,

    /// Queue in which to look for objects that were never delivered [default: the stack file's]
    #[arg(long, value_name = "URL")]
    pub(super) dead_letter_queue_url: Option<String>,

    /// Who reads what is printed
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub(super) format: Form,

    /// Do not show progress, even on a terminal
    #[arg(long)]
    pub(super) no_progress: bool,

    /// The rules of the function, so that a line that one of them dropped is not taken for lost
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "How the function makes rows, for what is read again"
    )]
    pub(super) filters: Option<PathBuf>,

    #[command(flatten, next_help_heading = "How the function makes rows, for what is read again")]
    pub(super) rows: RowArgs,

    #[command(flatten)]
    pub(super) warehouse: WarehouseArgs,

    #[command(flatten)]
    pub(super) stack: StackArgs,
}
