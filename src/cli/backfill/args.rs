//! The arguments of `logferry backfill`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args as ClapArgs;

use crate::cli::form::Form;
use crate::cli::stack_args::StackArgs;
use crate::operate::backfill::BACKLOG_DEFAULT;
use crate::operate::date_or_time;

/// Send logs that were there before through the deployed function
///
/// Without --run it says what there is, what it costs and how long it takes, and sends nothing. With
/// --to-queue --run it sends a message for each object, only while the queue is short, so that today's
/// logs wait minutes. Stopped or killed, the same command goes on; docs/backfill.md has the rest.
#[derive(Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "each one is a switch of the command line")]
#[command(after_help = "\
Examples:
  logferry backfill s3://amber-logs/access-logs/ --from 2024-01-01 --to 2025-01-01
  logferry backfill s3://amber-logs/access-logs/ --to 2026-03-01 --stack logferry.json --to-queue --run
  logferry backfill s3://amber-logs --keys missing.txt --stack logferry.json --to-queue --run")]
pub(in crate::cli) struct BackfillArgs {
    /// Bucket and what the keys begin with: `s3://BUCKET/PREFIX` [default: the stack file's bucket, if
    /// there is one]
    #[arg(value_name = "S3-URL")]
    pub(super) place: Option<S3Place>,

    /// Keys instead of a listing, one a line, as `KEY` or `s3://BUCKET/KEY`; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(super) keys: Option<PathBuf>,

    /// From this day or time on, by the date in the key, UTC: 2026-03-14 or 2026-03-14T09:00:00Z
    #[arg(long, value_name = "DATE", value_parser = date_or_time)]
    pub(super) from: Option<i64>,

    /// Up to this day or time, which itself is not meant
    #[arg(long, value_name = "DATE", value_parser = date_or_time)]
    pub(super) to: Option<i64>,

    /// Keys without a date too, where dates are asked for
    #[arg(long)]
    pub(super) undated: bool,

    /// A message for each object to the function's queue
    #[arg(long)]
    pub(super) to_queue: bool,

    /// Do it
    #[arg(long, requires = "to_queue")]
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
    pub(super) stack: StackArgs,
}

/// A bucket and what keys begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct S3Place {
    pub(super) bucket: String,
    pub(super) prefix: String,
}

impl FromStr for S3Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = text.strip_prefix("s3://").unwrap_or_default();
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        if bucket.is_empty() {
            return Err("want s3://BUCKET or s3://BUCKET/PREFIX".into());
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok().filter(|rate| *rate > 0.0 && rate.is_finite());
    rate.ok_or_else(|| "want a number above 0".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_urls_of_s3() {
        for (text, bucket, prefix) in
            [("s3://b", "b", ""), ("s3://b/", "b", ""), ("s3://b/a/c-", "b", "a/c-")]
        {
            let place = text.parse::<S3Place>().unwrap();
            assert_eq!((place.bucket.as_str(), place.prefix.as_str()), (bucket, prefix));
        }
        for text in ["", "b/a", "s3://", "s3:///a", "https://b"] {
            assert!(text.parse::<S3Place>().is_err(), "{text}");
        }
    }
}
