//! The arguments of `logferry cost`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::form::Form;
use super::row_args::RowArgs;
use crate::cost::NotificationMode;
use crate::pack::RecordCompression;

/// What a log costs on its way to Redshift, and what other ways cost
///
/// Bytes of lines and rows are measured: on a made-up log, or on yours. Prices are list prices of
/// us-east-1, without discounts and free tiers; docs/cost.md has each with its source.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  logferry cost --lines-per-day 100M --lines-per-object 1000
  logferry cost --lines-per-day 5M --sample access.log.gz --drop-columns host_id
  logferry cost --lines-per-day 1B --compression gzip --prices frankfurt.json")]
pub(super) struct CostArgs {
    /// How many lines a day: 5000000, 5M, 1.5B
    #[arg(long, value_name = "N", value_parser = count)]
    pub(super) lines_per_day: f64,

    /// How many lines an object has
    #[arg(long, value_name = "N", default_value = "1000", value_parser = count)]
    pub(super) lines_per_object: f64,

    /// A log of yours to measure, plain or compressed; its first 64 MB are read
    #[arg(long, value_name = "FILE")]
    pub(super) sample: Option<PathBuf>,

    /// How records are written, the function's `LOGFERRY_RECORD_COMPRESSION`: none or gzip
    #[arg(long, value_name = "HOW", default_value = "none")]
    pub(super) compression: RecordCompression,

    /// How the function hears of objects
    #[arg(long, value_name = "MODE", value_enum, default_value_t = Notification::Eventbridge)]
    pub(super) notification_mode: Notification,

    /// How often Redshift loads
    #[arg(long, value_name = "N", default_value = "96", value_parser = count)]
    pub(super) loads_per_day: f64,

    /// Base capacity of the Serverless workgroup, in processing units
    #[arg(long, value_name = "RPU", default_value = "8", value_parser = count)]
    pub(super) rpu: f64,

    /// Prices of your own, as JSON: `{"region": "eu-central-1", "firehose_gb": 0.031}`
    #[arg(long, value_name = "FILE")]
    pub(super) prices: Option<PathBuf>,

    /// Who reads what is printed
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub(super) format: Form,

    #[command(flatten)]
    pub(super) rows: RowArgs,
}

/// As the module's `notification_mode` has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Notification {
    /// S3 to EventBridge to the queue
    Eventbridge,
    /// S3 to the queue
    Bucket,
}

impl From<Notification> for NotificationMode {
    fn from(mode: Notification) -> Self {
        match mode {
            Notification::Eventbridge => Self::EventBridge,
            Notification::Bucket => Self::Bucket,
        }
    }
}

/// A number of at least 1, with k, M, B or T for thousands and on.
pub(super) fn count(text: &str) -> Result<f64, String> {
    const WANTED: &str = "want a number of at least 1, like 250000, 250k, 1.5M, 2B";
    let (digits, factor) = match text.char_indices().last() {
        Some((at, unit)) if !unit.is_ascii_digit() => {
            let factor = match unit {
                'k' | 'K' => 1e3,
                'm' | 'M' => 1e6,
                'b' | 'B' | 'g' | 'G' => 1e9,
                't' | 'T' => 1e12,
                _ => return Err(WANTED.into()),
            };
            (text.get(..at).unwrap_or_default(), factor)
        }
        _ => (text, 1.0),
    };
    let number = digits.replace(['_', ','], "").parse::<f64>().map_err(|_| WANTED.to_owned())?;
    let number = number * factor;
    if (1.0..=1e18).contains(&number) { Ok(number) } else { Err(WANTED.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_as_people_write_them() {
        for (text, expected) in
            [("1", 1.0), ("250k", 25e4), ("1.5M", 15e5), ("2B", 2e9), ("1_000", 1e3), ("1T", 1e12)]
        {
            assert!((count(text).unwrap() - expected).abs() < 1e-6, "{text}");
        }
        for text in ["", "0", "-1", "M", "1Q", "1e999", "NaN", "inf", "0.1"] {
            assert!(count(text).is_err(), "{text}");
        }
    }
}
