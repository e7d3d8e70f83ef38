//! The configuration of the function, typed, and what can be wrong with it.
//!
//! Every mistake is reported at once. What it does not do: read, or know names, defaults and limits:
//! the table in `variables.rs` has them, and each of its lines fills in its field.

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tracing::Level;

use crate::filter::Filters;
use crate::pack::{BatchSize, RecordCompression};
use crate::pipeline::Settings;
use crate::row::RowOptions;

/// The configuration of the function.
#[derive(Debug, Clone)]
pub struct Config {
    /// The delivery stream.
    pub stream: String,
    /// Where the rest of an unfinished object goes.
    pub continuation_queue_url: Option<String>,
    /// The stream of the ledger.
    pub ledger_stream: Option<String>,
    /// Stands for the settings that decide what a line becomes: their hash.
    pub row_settings: String,
    /// How the pipeline works.
    pub settings: Settings,
    /// What is logged.
    pub log_level: Level,
    /// The namespace of the metrics.
    pub metrics_namespace: String,
    /// The time kept back before the timeout.
    pub reserve: Duration,
}

/// What is wrong with the configuration: every mistake, each with its variable.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[error("configuration: {}", .mistakes.join("; "))]
pub struct ConfigError {
    /// One sentence for each mistake.
    pub mistakes: Vec<String>,
}

impl Config {
    /// Nothing yet: what the table of variables fills in, field by field.
    pub(super) fn blank() -> Self {
        Self {
            stream: String::new(),
            continuation_queue_url: None,
            ledger_stream: None,
            row_settings: String::new(),
            settings: Settings {
                record_bytes: 0,
                record_compression: RecordCompression::None,
                batch: BatchSize::Call(0),
                objects_in_flight: 0,
                calls_in_flight: 0,
                bytes_per_second: None,
                rows: RowOptions::default(),
                filters: Arc::new(Filters::default()),
            },
            log_level: Level::INFO,
            metrics_namespace: String::new(),
            reserve: Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::variables::{VARIABLES, Variable};
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::read(|name| {
            variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_stream_is_enough() {
        let config = read(&[("LOGFERRY_STREAM", "logs"), ("LOGFERRY_FILTERS", "")]).unwrap();
        assert_eq!(config.stream, "logs");
        assert_eq!(config.settings.record_bytes, 262_144);
        assert!(config.settings.rows.mask_secrets);
        assert_eq!(config.reserve, Duration::from_secs(10));
        assert_eq!(config.metrics_namespace, "logferry");
    }

    #[test]
    fn every_mistake_is_told_with_its_variable() {
        let error = read(&[
            ("LOGFERRY_CONTINUATION_QUEUE_URL", "arn:aws:sqs:eu-west-1:111122223333:q"),
            ("LOGFERRY_RECORD_BYTES", "5119"),
            ("LOGFERRY_RECORD_COMPRESSION", "zip"),
            ("LOGFERRY_BATCH_BYTES", "3000001"),
            ("LOGFERRY_MASK_SECRETS", "maybe"),
            ("LOGFERRY_SECRET_NAMES", "x-token,a=b"),
            ("LOGFERRY_DROP_COLUMNS", "host_id,record_id"),
            ("LOGFERRY_ANONYMISE_IP", "yes"),
            ("LOGFERRY_FILTERS", r#"[{"operation": "*", "action": "dorp"}]"#),
            ("LOGFERRY_LOG_LEVEL", "loud"),
            ("LOGFERRY_OBJECTS_IN_FLIGHT", "0"),
            ("LOGFERRY_CALLS_IN_FLIGHT", "65"),
            ("LOGFERRY_DEADLINE_RESERVE_MS", "1999"),
            ("LOGFERRY_BYTES_PER_SECOND", "1"),
        ])
        .unwrap_err();
        let named = |variable: &&Variable| {
            error.mistakes.iter().any(|mistake| mistake.starts_with(variable.name))
        };
        let silent: Vec<&str> =
            VARIABLES.iter().filter(|v| !named(v)).map(|variable| variable.name).collect();
        assert_eq!(silent, ["LOGFERRY_LEDGER_STREAM", "LOGFERRY_METRICS_NAMESPACE"], "{error}");
    }

    #[test]
    fn the_ends_of_a_range_belong_to_it() {
        for bytes in ["5120", "1024000"] {
            assert!(read(&[("LOGFERRY_STREAM", "s"), ("LOGFERRY_RECORD_BYTES", bytes)]).is_ok());
        }
    }

    #[test]
    fn what_a_mistake_says_names_the_limits_of_the_table() {
        let error = read(&[("LOGFERRY_DEADLINE_RESERVE_MS", "900001")]).unwrap_err();
        let told = [
            "LOGFERRY_STREAM: is required",
            "LOGFERRY_DEADLINE_RESERVE_MS: must be a whole number from 2000 to 900000",
        ];
        assert_eq!(error.mistakes, told);
    }

    #[test]
    fn a_default_that_is_written_out_changes_nothing() {
        let written: Vec<(&str, String)> = VARIABLES
            .iter()
            .map(|variable| (variable.name, variable.default().unwrap_or_default()))
            .map(|(name, text)| (name, if name == "LOGFERRY_STREAM" { "s".into() } else { text }))
            .collect();
        let written: Vec<(&str, &str)> =
            written.iter().map(|(name, text)| (*name, &**text)).collect();
        let (written, unset) =
            (read(&written).unwrap(), read(&[("LOGFERRY_STREAM", "s")]).unwrap());
        assert_eq!(format!("{written:?}"), format!("{unset:?}"));
    }
}
