//! The environment variables: one table, [`VARIABLES`], is the only source of their names, defaults,
//! limits, parsers and meanings.
//!
//! [`Config::read`] goes through it, the reference in `docs/lambda.md` and the contract with the
//! Terraform module are made of it. What it does not do: the SDK's own variables
//! ([`crate::aws::AwsEnvironment`]).

use std::fmt::Display;
use std::num::NonZeroU64;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use tracing::Level;

use crate::pack::{
    BATCH_BYTES_DEFAULT, BATCH_BYTES_MAX, BatchSize, RECORD_TARGET_BYTES_DEFAULT,
    RECORD_TARGET_BYTES_MAX, RECORD_TARGET_BYTES_MIN,
};
use crate::pipeline::RESERVE_DEFAULT;

use super::config::{Config, ConfigError};
use super::kind::Kind;

/// The most objects or calls in flight that can be configured.
const IN_FLIGHT_MAX: usize = 64;

/// One environment variable.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub meaning: &'static str,
    kind: Kind,
}

const fn variable(name: &'static str, kind: Kind, meaning: &'static str) -> Variable {
    Variable { name, meaning, kind }
}

/// Every variable of logferry's own, in the order of the reference.
pub(crate) const VARIABLES: [Variable; 17] = [
    variable(
        "LOGFERRY_STREAM",
        Kind::Required(|config, name| config.stream = name),
        "Name of the Firehose delivery stream.",
    ),
    variable(
        "LOGFERRY_CONTINUATION_QUEUE_URL",
        Kind::QueueUrl(|config, url| config.continuation_queue_url = Some(url)),
        "SQS queue that takes the rest of an object when time runs out. Without it such an object \
         fails and is read again from its start.",
    ),
    variable(
        "LOGFERRY_FILTERS",
        Kind::Filters(|config, filters| config.settings.filters = Arc::new(filters)),
        "Filter rules, see filters.md.",
    ),
    variable(
        "LOGFERRY_RECORD_BYTES",
        Kind::Number {
            default: RECORD_TARGET_BYTES_DEFAULT,
            least: RECORD_TARGET_BYTES_MIN,
            most: RECORD_TARGET_BYTES_MAX,
            set: |config, bytes| config.settings.record_bytes = bytes,
        },
        "Size in bytes that rows are packed up to in one Firehose record, compressed where records \
         are.",
    ),
    variable(
        "LOGFERRY_RECORD_COMPRESSION",
        Kind::Choice {
            default: Some("none"),
            values: "none, gzip",
            set: |config, text| read(text, &mut config.settings.record_compression),
        },
        "Whether each record is one gzip member. Only for a stream that does not compress, and a COPY \
         with GZIP that was seen to read files of many members, see settings.md.",
    ),
    variable(
        "LOGFERRY_BATCH_BYTES",
        Kind::Number {
            default: BATCH_BYTES_DEFAULT,
            least: RECORD_TARGET_BYTES_MIN,
            most: BATCH_BYTES_MAX,
            set: |config, bytes| config.settings.batch = BatchSize::Call(bytes),
        },
        "Most bytes of rows in one call. Near the stream's quota per second, less leads to fewer \
         partial failures.",
    ),
    variable(
        "LOGFERRY_BYTES_PER_SECOND",
        Kind::OptionalNumber {
            least: 10_240,
            most: 1 << 30,
            set: |config, bytes| config.settings.bytes_per_second = NonZeroU64::new(bytes),
        },
        "Most bytes of rows put in a second, on average: the stream's quota divided by the functions \
         that run at the same time. Without it a function finds the quota by being throttled.",
    ),
    variable(
        "LOGFERRY_LEDGER_STREAM",
        Kind::OptionalText(|config, name| config.ledger_stream = Some(name)),
        "Name of the Firehose stream that takes a line for each delivered object, for the audit. \
         Without it there is no ledger.",
    ),
    variable(
        "LOGFERRY_MASK_SECRETS",
        Kind::Switch { default: true, set: |config, on| config.settings.rows.mask_secrets = on },
        "Mask the secrets of signed URLs, see settings.md.",
    ),
    variable(
        "LOGFERRY_SECRET_NAMES",
        Kind::Choice {
            default: None,
            values: "list with commas",
            set: |config, text| read(text, &mut config.settings.rows.secret_names),
        },
        "Names of further parameters whose values are masked.",
    ),
    variable(
        "LOGFERRY_DROP_COLUMNS",
        Kind::Choice {
            default: None,
            values: "list with commas",
            set: |config, text| read(text, &mut config.settings.rows.drop_columns),
        },
        "Columns that rows do not carry: they are null in the table, and cost nothing on the way.",
    ),
    variable(
        "LOGFERRY_ANONYMISE_IP",
        Kind::Choice {
            default: Some("none"),
            values: "none, truncate",
            set: |config, text| read(text, &mut config.settings.rows.anonymise_ip),
        },
        "What is kept of clients' addresses: truncate keeps 24 bits of an IPv4 and 48 of an IPv6 \
         address, and no bytes of quarantined lines. See privacy.md.",
    ),
    variable(
        "LOGFERRY_LOG_LEVEL",
        Kind::LogLevel { default: Level::INFO, set: |config, level| config.log_level = level },
        "What is logged: this level and what is graver.",
    ),
    variable(
        "LOGFERRY_METRICS_NAMESPACE",
        Kind::Text { default: "logferry", set: |config, name| config.metrics_namespace = name },
        "CloudWatch namespace of the metrics.",
    ),
    variable(
        "LOGFERRY_OBJECTS_IN_FLIGHT",
        Kind::Number {
            default: 4,
            least: 1,
            most: IN_FLIGHT_MAX,
            set: |config, objects| config.settings.objects_in_flight = objects,
        },
        "Objects read at the same time.",
    ),
    // Each call holds its rows and, while it is sent, two copies in the SDK. One, overlapped with
    // reading, already carries some tens of megabytes a second, several times the quota a stream
    // starts with.
    variable(
        "LOGFERRY_CALLS_IN_FLIGHT",
        Kind::Number {
            default: 1,
            least: 1,
            most: IN_FLIGHT_MAX,
            set: |config, calls| config.settings.calls_in_flight = calls,
        },
        "Calls to Firehose under way at the same time. Each takes some 10 MB of memory; more than \
         one pays on a stream with a raised quota.",
    ),
    variable(
        "LOGFERRY_DEADLINE_RESERVE_MS",
        Kind::Milliseconds {
            default: RESERVE_DEFAULT,
            least: Duration::from_secs(2),
            most: Duration::from_mins(15),
            set: |config, reserve| config.reserve = reserve,
        },
        "Time before the function's timeout at which reading stops, at most half of the timeout.",
    ),
];

/// Reads a choice with its own type.
fn read<T: FromStr<Err: Display>>(text: &str, choice: &mut T) -> Result<(), String> {
    *choice = text.parse().map_err(|error: T::Err| error.to_string())?;
    Ok(())
}

impl Variable {
    /// Whether the function does not start without it.
    #[must_use]
    pub(crate) fn required(&self) -> bool {
        self.kind.required()
    }

    /// Its default, as it would be written, if it has one.
    #[must_use]
    pub(crate) fn default(&self) -> Option<String> {
        self.kind.default()
    }

    /// The least and the most it may be, if it is a number.
    #[must_use]
    pub(crate) fn range(&self) -> Option<(u128, u128)> {
        self.kind.range()
    }
}

impl Config {
    /// Reads the configuration through `lookup`, which gives `None` for a variable that is not set.
    /// A variable that is set to nothing counts as not set.
    ///
    /// # Errors
    /// [`ConfigError`] with every mistake found.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut config = Self::blank();
        let mut mistakes = Vec::new();
        for Variable { name, kind, .. } in VARIABLES {
            let text = lookup(name);
            let text = text.as_deref().map(str::trim).filter(|text| !text.is_empty());
            let found = kind.read(text, &mut config).err().unwrap_or_default();
            mistakes.extend(found.into_iter().map(|mistake| format!("{name}: {mistake}")));
        }
        config.row_settings = fingerprint(&lookup);
        if mistakes.is_empty() { Ok(config) } else { Err(ConfigError { mistakes }) }
    }
}

/// The variables that decide what a line becomes.
const OF_ROWS: [&str; 5] = [
    "LOGFERRY_FILTERS",
    "LOGFERRY_MASK_SECRETS",
    "LOGFERRY_SECRET_NAMES",
    "LOGFERRY_DROP_COLUMNS",
    "LOGFERRY_ANONYMISE_IP",
];

/// Eight hexadecimal digits for the settings that decide what a line becomes: two receipts with other
/// digits may rightly count the same lines otherwise.
fn fingerprint(lookup: impl Fn(&str) -> Option<String>) -> String {
    let of_rows = VARIABLES.iter().filter(|variable| OF_ROWS.contains(&variable.name));
    let texts = of_rows.map(|variable| {
        let text = lookup(variable.name).map(|text| text.trim().to_owned());
        text.filter(|text| !text.is_empty()).or_else(|| variable.default()).unwrap_or_default()
    });
    let hash = twox_hash::XxHash3_64::oneshot(texts.collect::<Vec<_>>().join("\0").as_bytes());
    format!("{:08x}", hash >> 32)
}

/// The reference of the variables, in Markdown.
#[must_use]
pub fn variable_reference() -> String {
    let line = |variable: &Variable| {
        let absent = if variable.required() { "required" } else { "none" };
        let default = variable.default().unwrap_or_else(|| absent.to_owned());
        let Variable { name, meaning, kind } = variable;
        format!("| `{name}` | {} | {default} | {meaning} |\n", kind.values())
    };
    let lines: Vec<String> = VARIABLES.iter().map(line).collect();
    format!("| name | values | default | meaning |\n|---|---|---|---|\n{}", lines.concat())
}
