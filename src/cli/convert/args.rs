//! The arguments of `logferry convert`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::format::{Format, format};
use crate::cli::row_args::RowArgs;

/// Convert access logs to rows, one JSON object per line
///
/// Reads plain, gzipped or zstd-compressed logs (recognised by content), each line of which becomes
/// exactly one row: typed, or quarantined with its bytes in `raw_line_base64`. Rows keep the order
/// of the files as given (folders sorted by name) and of the lines in them. A file that is no access
/// log is refused by name, and the others are still converted.
#[derive(Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "each one is a switch of the command line")]
#[command(after_help = "\
Examples:
  logferry convert access-logs/ --stats > rows.ndjson
  logferry convert access-logs/ --output rows.ndjson.zst --fail-on-quarantine
  logferry convert access-logs/ | jq -c 'select(.parse_error)'
  logferry convert access-logs/ --filters rules.json --explain
  aws s3 cp --recursive s3://amber-logs/logs/ logs/
  logferry convert logs/ --log-bucket amber-logs --log-prefix logs/ -o r.ndjson")]
pub(in crate::cli) struct ConvertArgs {
    /// Files and folders to read; `-` or nothing reads standard input
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,

    /// Read hidden files and folders too, those whose name begins with a dot
    #[arg(long)]
    pub(super) hidden: bool,

    /// Write the rows to this file, which is replaced once they are complete; `-` is standard
    /// output. A name in `.gz` or `.zst` compresses them, one in `.csv` makes CSV of them
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,

    /// Format of the rows, whatever the output's name says: `ndjson` or `csv`
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    pub(super) format: Option<Format>,

    /// Bucket that the logs were copied from, for the column `log_bucket`
    #[arg(long, value_name = "BUCKET")]
    pub(super) log_bucket: Option<String>,

    /// What stands in the bucket before each path, mostly with a slash at its end: `log_key` is this
    /// and the path relative to the argument; of standard input, this alone
    #[arg(long, value_name = "PREFIX")]
    pub(super) log_prefix: Option<String>,

    /// Keep, drop or sample lines by the rules in this file, as `LOGFERRY_FILTERS` has them
    #[arg(long, value_name = "FILE")]
    pub(super) filters: Option<PathBuf>,

    /// Instead of rows, print what each rule matches, keeps and drops, and what that saves
    #[arg(long, requires = "filters", conflicts_with = "output")]
    pub(super) explain: bool,

    #[command(flatten)]
    pub(super) rows: RowArgs,

    /// Print to standard error what became of every line
    #[arg(
        long,
        value_name = "FORM",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "text"
    )]
    pub(super) stats: Option<StatsForm>,

    /// Exit with code 1 when a line was quarantined
    #[arg(long)]
    pub(super) fail_on_quarantine: bool,

    /// Do not show progress, even on a terminal
    #[arg(long)]
    pub(super) no_progress: bool,
}

/// How the account of a run is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum StatsForm {
    /// For people
    Text,
    /// One JSON object on one line
    Json,
}
