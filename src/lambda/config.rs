//! Configuration from environment variables: read once, typed, every mistake reported at once.
//!
//! What it does not do: the SDK's own variables ([`crate::aws::AwsEnvironment`]).

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tracing::Level;

use crate::filter::Filters;
use crate::pack::{
    BATCH_BYTES_DEFAULT, BATCH_BYTES_MAX, RECORD_TARGET_BYTES_DEFAULT, RECORD_TARGET_BYTES_MAX,
    RECORD_TARGET_BYTES_MIN,
};
use crate::pipeline::{RESERVE_DEFAULT, Settings};
use crate::row::RowOptions;

/// Objects read at the same time, unless configured.
const OBJECTS_IN_FLIGHT_DEFAULT: usize = 4;

/// Calls to Firehose under way at the same time, unless configured. Each holds its rows and, while it
/// is sent, two copies in the SDK. One call, overlapped with reading, already carries some tens of
/// megabytes a second, several times the quota a stream starts with.
const CALLS_IN_FLIGHT_DEFAULT: usize = 1;

/// The most objects or calls in flight that can be configured.
const IN_FLIGHT_MAX: usize = 64;

/// The configuration of the function.
#[derive(Debug, Clone)]
pub struct Config {
    /// The delivery stream.
    pub stream: String,
    /// Where the rest of an unfinished object goes.
    pub continuation_queue_url: Option<String>,
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
    /// Reads the configuration through `lookup`, which gives `None` for a variable that is not set.
    /// A variable that is set to nothing counts as not set.
    ///
    /// # Errors
    /// [`ConfigError`] with every mistake found.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader { lookup, mistakes: Vec::new() };
        let stream = reader.text("LOGFERRY_STREAM");
        if stream.is_none() {
            reader.mistake("LOGFERRY_STREAM", "is required: the name of the delivery stream");
        }
        let queue = reader.text("LOGFERRY_CONTINUATION_QUEUE_URL");
        if queue.as_ref().is_some_and(|url| !url.starts_with("http")) {
            reader.mistake(
                "LOGFERRY_CONTINUATION_QUEUE_URL",
                "must be a queue URL, not a name or ARN",
            );
        }
        let target = RECORD_TARGET_BYTES_MIN..=RECORD_TARGET_BYTES_MAX;
        let settings = Settings {
            record_bytes: reader
                .number("LOGFERRY_RECORD_BYTES", target)
                .unwrap_or(RECORD_TARGET_BYTES_DEFAULT),
            batch_bytes: reader
                .number("LOGFERRY_BATCH_BYTES", RECORD_TARGET_BYTES_MIN..=BATCH_BYTES_MAX)
                .unwrap_or(BATCH_BYTES_DEFAULT),
            objects_in_flight: reader
                .number("LOGFERRY_OBJECTS_IN_FLIGHT", 1..=IN_FLIGHT_MAX)
                .unwrap_or(OBJECTS_IN_FLIGHT_DEFAULT),
            calls_in_flight: reader
                .number("LOGFERRY_CALLS_IN_FLIGHT", 1..=IN_FLIGHT_MAX)
                .unwrap_or(CALLS_IN_FLIGHT_DEFAULT),
            rows: RowOptions {
                mask_secrets: reader.switch("LOGFERRY_MASK_SECRETS").unwrap_or(true),
            },
            filters: Arc::new(reader.filters()),
        };
        let log_level = reader.level();
        let namespace = reader.text("LOGFERRY_METRICS_NAMESPACE");
        let reserve_ms = reader.number("LOGFERRY_DEADLINE_RESERVE_MS", 0..=900_000);
        let reserve = reserve_ms.map_or(RESERVE_DEFAULT, |ms| Duration::from_millis(ms as u64));
        match stream {
            Some(stream) if reader.mistakes.is_empty() => Ok(Self {
                stream,
                continuation_queue_url: queue,
                settings,
                log_level,
                metrics_namespace: namespace.unwrap_or_else(|| "logferry".to_owned()),
                reserve,
            }),
            _ => Err(ConfigError { mistakes: reader.mistakes }),
        }
    }
}

struct Reader<L> {
    lookup: L,
    mistakes: Vec<String>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    fn text(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    fn number(&mut self, name: &str, range: std::ops::RangeInclusive<usize>) -> Option<usize> {
        let text = self.text(name)?;
        let number = text.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            let (least, most) = (range.start(), range.end());
            self.mistake(name, &format!("must be a whole number from {least} to {most}"));
        }
        number
    }

    fn switch(&mut self, name: &str) -> Option<bool> {
        let text = self.text(name)?.to_ascii_lowercase();
        let value = match text.as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => None,
        };
        if value.is_none() {
            self.mistake(name, "must be true or false");
        }
        value
    }

    fn level(&mut self) -> Level {
        let Some(text) = self.text("LOGFERRY_LOG_LEVEL") else { return Level::INFO };
        text.parse().unwrap_or_else(|_| {
            self.mistake("LOGFERRY_LOG_LEVEL", "must be error, warn, info, debug or trace");
            Level::INFO
        })
    }

    fn filters(&mut self) -> Filters {
        let Some(json) = self.text("LOGFERRY_FILTERS") else { return Filters::default() };
        Filters::from_json(&json).unwrap_or_else(|error| {
            for mistake in error.mistakes {
                self.mistake("LOGFERRY_FILTERS", &mistake);
            }
            Filters::default()
        })
    }

    fn mistake(&mut self, name: &str, what: &str) {
        self.mistakes.push(format!("{name}: {what}"));
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
            ("LOGFERRY_BATCH_BYTES", "3000001"),
            ("LOGFERRY_MASK_SECRETS", "maybe"),
            ("LOGFERRY_FILTERS", r#"[{"operation": "*", "action": "dorp"}]"#),
            ("LOGFERRY_LOG_LEVEL", "loud"),
            ("LOGFERRY_OBJECTS_IN_FLIGHT", "0"),
            ("LOGFERRY_CALLS_IN_FLIGHT", "65"),
            ("LOGFERRY_DEADLINE_RESERVE_MS", "-1"),
        ])
        .unwrap_err();
        let named = |variable: &&Variable| {
            error.mistakes.iter().any(|mistake| mistake.starts_with(variable.name))
        };
        let silent: Vec<&str> =
            VARIABLES.iter().filter(|v| !named(v)).map(|variable| variable.name).collect();
        assert_eq!(silent, ["LOGFERRY_METRICS_NAMESPACE"], "{error}");
    }

    #[test]
    fn the_ends_of_a_range_belong_to_it() {
        for bytes in ["5120", "1024000"] {
            assert!(read(&[("LOGFERRY_STREAM", "s"), ("LOGFERRY_RECORD_BYTES", bytes)]).is_ok());
        }
    }
}
