//! The arguments of every verb.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use super::row_args::RowArgs;

/// Amazon S3 server access logs into Amazon Redshift, every line accounted for.
#[derive(Debug, Parser)]
#[command(name = "logferry", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "\
Exit codes: 0 done; 1 done, but --fail-on-quarantine found quarantined lines; 2 wrong usage;
3 some of the work could not be done.")]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    Convert(ConvertArgs),
    Schema(SchemaArgs),
    Sample(SampleArgs),
}

/// Convert access logs to rows, one JSON object per line
///
/// Reads plain or gzipped logs (recognised by content), each line of which becomes exactly one
/// row: typed, or quarantined with its bytes in `raw_line_base64`. Rows keep the order of the files
/// as given (folders sorted by name) and of the lines in them.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  logferry convert access-logs/ --stats > rows.ndjson
  aws s3 cp s3://my-log-bucket/logs/2026-03-14-09-26-53-0123456789ABCDEF - | logferry convert
  logferry convert logs/ | jq -c 'select(.parse_error)'
  logferry convert logs/ --output rows.ndjson --fail-on-quarantine")]
pub(super) struct ConvertArgs {
    /// Files and folders to read; `-` or nothing reads standard input
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,

    /// Write the rows to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,

    /// Bucket that the logs were copied from, for the column `log_bucket`
    #[arg(long, value_name = "BUCKET")]
    pub(super) log_bucket: Option<String>,

    #[command(flatten)]
    pub(super) rows: RowArgs,

    /// Print to standard error what became of every line
    #[arg(long)]
    pub(super) stats: bool,

    /// Exit with code 1 when a line was quarantined
    #[arg(long)]
    pub(super) fail_on_quarantine: bool,

    /// Do not show progress, even on a terminal
    #[arg(long)]
    pub(super) no_progress: bool,
}

/// Describe the table the rows go to
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  logferry schema ddl | psql \"host=my-cluster.example.eu-west-1.redshift.amazonaws.com port=5439\"
  logferry schema ddl --schema logs --table s3_access_log --replace
  logferry schema columns")]
pub(super) struct SchemaArgs {
    /// What to print
    #[arg(value_enum)]
    pub(super) what: SchemaPart,

    /// Schema to qualify the names with (for ddl, table and views)
    #[arg(long, value_name = "NAME", value_parser = identifier)]
    pub(super) schema: Option<String>,

    /// Name of the table, and prefix of the views' names
    #[arg(long, value_name = "NAME", default_value = "s3_access_log", value_parser = identifier)]
    pub(super) table: String,

    /// Replace views that exist (Redshift and PostgreSQL, not SQLite)
    #[arg(long)]
    pub(super) replace: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaPart {
    /// The table and its views as SQL
    Ddl,
    /// The table alone
    Table,
    /// The views alone
    Views,
    /// The columns of a row for Firehose's `DataTableColumns`, comma separated
    Columns,
    /// The column reference as Markdown
    Markdown,
}

/// Write a realistic, made-up log to try things on
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  logferry sample --lines 100000 > access.log
  logferry sample --lines 1000 --hostile 50 --seed 7 | logferry convert --stats > rows.ndjson")]
pub(super) struct SampleArgs {
    /// How many lines
    #[arg(long, default_value_t = 1000)]
    pub(super) lines: u64,

    /// Lines in a thousand that hold what breaks other parsers
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub(super) hostile: u32,

    /// The same seed gives the same log
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
}

/// Longest name that Redshift keeps, in bytes.
/// Source: Amazon Redshift Database Developer Guide, "Names and identifiers".
const IDENTIFIER_BYTES_MAX: usize = 127;

/// A name that needs no quotes in SQL. COPY matches JSON keys to lower-case columns only.
fn identifier(name: &str) -> Result<String, String> {
    let starts = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    let word = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '_');
    // The longest suffix of a view's name must fit as well.
    let fits = name.len() <= IDENTIFIER_BYTES_MAX - "_requests_per_day".len();
    if starts && fits && name.chars().all(word) {
        Ok(name.to_owned())
    } else {
        Err("want lower-case letters, digits and underscores, not a digit first, at most 110"
            .into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_need_no_quotes_are_taken() {
        let longest = "a".repeat(110);
        for name in ["s3_access_log", "_logs", "a", "a1", &longest] {
            assert_eq!(identifier(name).as_deref(), Ok(name));
        }
        for name in ["", "1a", "Logs", "a-b", "a b", "a;drop", "é", &format!("{longest}a")] {
            assert!(identifier(name).is_err(), "{name}");
        }
    }
}
