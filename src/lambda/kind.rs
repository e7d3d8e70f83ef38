//! How the text of a variable is read, and where its value goes.
//!
//! A kind holds the default and the limits of its variable, so that the table of variables writes each
//! of them once: reading, messages, the reference and the contract all take them from there. What it
//! does not do: know names, or where a text comes from.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use tracing::Level;

use crate::filter::Filters;

use super::config::Config;

/// How a variable is read: its default where it has one, its limits, and where the value goes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Any text; it has to be set.
    Required(fn(&mut Config, String)),
    /// Any text.
    Text { default: &'static str, set: fn(&mut Config, String) },
    /// Any text, or none.
    OptionalText(fn(&mut Config, String)),
    /// The URL of an SQS queue, or none.
    QueueUrl(fn(&mut Config, String)),
    /// Filter rules, or none.
    Filters(fn(&mut Config, Filters)),
    /// A whole number.
    Number { default: usize, least: usize, most: usize, set: fn(&mut Config, usize) },
    /// A whole number, or none.
    OptionalNumber { least: u64, most: u64, set: fn(&mut Config, u64) },
    /// A whole number of milliseconds.
    Milliseconds {
        default: Duration,
        least: Duration,
        most: Duration,
        set: fn(&mut Config, Duration),
    },
    /// A choice about rows or records, which its own type reads; without a default, a list.
    Choice {
        default: Option<&'static str>,
        values: &'static str,
        set: fn(&mut Config, &str) -> Result<(), String>,
    },
    /// True or false.
    Switch { default: bool, set: fn(&mut Config, bool) },
    /// A level of logging.
    LogLevel { default: Level, set: fn(&mut Config, Level) },
}

/// The levels, as they are written.
const LEVELS: &str = "error, warn, info, debug, trace";

impl Kind {
    /// Whether it has to be set.
    pub(super) fn required(self) -> bool {
        matches!(self, Self::Required(_))
    }

    /// The default, as it would be written.
    pub(super) fn default(self) -> Option<String> {
        match self {
            Self::Required(_)
            | Self::OptionalText(_)
            | Self::OptionalNumber { .. }
            | Self::QueueUrl(_)
            | Self::Filters(_) => None,
            Self::Text { default, .. } => Some(default.to_owned()),
            Self::Choice { default, .. } => default.map(str::to_owned),
            Self::Number { default, .. } => Some(default.to_string()),
            Self::Milliseconds { default, .. } => Some(default.as_millis().to_string()),
            Self::Switch { default, .. } => Some(default.to_string()),
            Self::LogLevel { default, .. } => Some(default.as_str().to_ascii_lowercase()),
        }
    }

    /// The least and the most, of a number.
    pub(super) fn range(self) -> Option<(u128, u128)> {
        match self {
            Self::Number { least, most, .. } => Some((least as u128, most as u128)),
            Self::OptionalNumber { least, most, .. } => Some((least.into(), most.into())),
            Self::Milliseconds { least, most, .. } => Some((least.as_millis(), most.as_millis())),
            _ => None,
        }
    }

    /// What may be written, for people.
    pub(super) fn values(self) -> String {
        match self {
            Self::Required(_) | Self::Text { .. } | Self::OptionalText(_) => "text".to_owned(),
            Self::QueueUrl(_) => "queue URL".to_owned(),
            Self::Choice { values, .. } => values.to_owned(),
            Self::Filters(_) => "JSON array".to_owned(),
            Self::Switch { .. } => "true, false".to_owned(),
            Self::LogLevel { .. } => LEVELS.to_owned(),
            Self::Number { .. } | Self::OptionalNumber { .. } | Self::Milliseconds { .. } => {
                self.range().map(|(least, most)| format!("{least} to {most}")).unwrap_or_default()
            }
        }
    }

    /// Puts what is written, or the default, into the configuration.
    ///
    /// # Errors
    /// What is wrong with the text, one sentence for each mistake.
    pub(super) fn read(self, text: Option<&str>, config: &mut Config) -> Result<(), Vec<String>> {
        match (self, text) {
            (Self::Required(_), None) => return Err(vec!["is required".to_owned()]),
            (
                Self::QueueUrl(_)
                | Self::Filters(_)
                | Self::OptionalText(_)
                | Self::OptionalNumber { .. },
                None,
            ) => {}
            (Self::OptionalText(set), Some(text)) => set(config, text.to_owned()),
            (Self::OptionalNumber { least, most, set }, Some(text)) => {
                set(config, whole(text, least, most)?);
            }
            (Self::Required(set), Some(text)) => set(config, text.to_owned()),
            (Self::Text { default, set }, text) => set(config, text.unwrap_or(default).to_owned()),
            (Self::QueueUrl(set), Some(text)) => set(config, queue_url(text)?),
            (Self::Filters(set), Some(text)) => {
                set(config, Filters::from_json(text).map_err(|error| error.mistakes)?);
            }
            (Self::Number { default, least, most, set }, text) => {
                set(config, text.map_or(Ok(default), |text| whole(text, least, most))?);
            }
            (Self::Milliseconds { default, least, most, set }, text) => {
                let read = |text| whole(text, least.as_millis(), most.as_millis());
                let written = text.map(read).transpose()?;
                // The limit is a duration, so what is within it is one too.
                let written = written.and_then(|ms| u64::try_from(ms).ok());
                set(config, written.map_or(default, Duration::from_millis));
            }
            (Self::Choice { default, set, .. }, text) => {
                if let Some(text) = text.or(default) {
                    set(config, text).map_err(|mistake| vec![mistake])?;
                }
            }
            (Self::Switch { default, set }, text) => {
                set(config, text.map_or(Ok(default), switch)?);
            }
            (Self::LogLevel { default, set }, text) => {
                set(config, text.map_or(Ok(default), level)?);
            }
        }
        Ok(())
    }
}

fn whole<N: Copy + FromStr + PartialOrd + Display>(
    text: &str,
    least: N,
    most: N,
) -> Result<N, Vec<String>> {
    let number = text.parse().ok().filter(|number| (&least..=&most).contains(&number));
    number.ok_or_else(|| vec![format!("must be a whole number from {least} to {most}")])
}

fn switch(text: &str) -> Result<bool, Vec<String>> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(vec!["must be true or false".to_owned()]),
    }
}

fn level(text: &str) -> Result<Level, Vec<String>> {
    text.parse().map_err(|_| vec![format!("must be one of {LEVELS}")])
}

fn queue_url(text: &str) -> Result<String, Vec<String>> {
    if text.starts_with("http") {
        return Ok(text.to_owned());
    }
    Err(vec!["must be a queue URL, not a name or ARN".to_owned()])
}
