//! What the Terraform module's output `operator` says of a deployment.
//!
//! Every part may be absent: flags fill in what is not there, and whoever needs a part asks for it
//! with the flag that gives it. Fields that are not known here are passed over, for a module may be
//! newer than the tool. What it does not do: read files.

use serde::Deserialize;
use thiserror::Error;

/// The version of the output that is read here.
const VERSION: u64 = 1;

/// A deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Stack {
    /// The Region.
    pub region: Option<String>,
    /// The account.
    pub account_id: Option<String>,
    /// How the buckets tell of new objects: `eventbridge`, `s3`, ...
    pub notification_mode: Option<String>,
    /// The buckets whose logs are read.
    pub log_buckets: Vec<LogBucket>,
    /// The function.
    pub function: Function,
    /// The queue before the function.
    pub queue: Queue,
    /// Where messages go that the function gave up on.
    pub dead_letter_queue: DeadLetterQueue,
    /// The stream of the rows.
    pub stream: Stream,
    /// Where the ledger is, if there is one.
    pub ledger: Option<Ledger>,
    /// Where Firehose puts the rows before they are loaded.
    pub staging: Staging,
    /// The function's metrics.
    pub metrics: Metrics,
    /// The warehouse.
    pub redshift: Redshift,
}

/// A bucket with logs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct LogBucket {
    /// Its name.
    pub bucket: String,
    /// What the keys of its logs begin with.
    pub prefixes: Vec<String>,
    /// Whose it is.
    pub account_id: Option<String>,
}

/// The function.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Function {
    /// Its name, after which the state machine of backfills is named as well.
    pub name: Option<String>,
    /// The longest an invocation may take, in seconds.
    pub timeout: Option<u64>,
    /// Its memory in MiB.
    pub memory_size: Option<u64>,
}

/// The queue before the function.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Queue {
    /// Its URL.
    pub url: Option<String>,
    /// Its ARN.
    pub arn: Option<String>,
    /// How long a received message stays hidden, in seconds.
    pub visibility_timeout: Option<u64>,
    /// How long a message is kept, in seconds.
    pub retention: Option<u64>,
    /// After how many receives a message goes to the dead-letter queue.
    pub max_receive_count: Option<u64>,
    /// The most messages of one invocation.
    pub batch_size: Option<u64>,
    /// The most invocations at a time.
    pub maximum_concurrency: Option<u64>,
}

/// The dead-letter queue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct DeadLetterQueue {
    /// Its URL.
    pub url: Option<String>,
    /// Its ARN.
    pub arn: Option<String>,
}

/// The stream of the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Stream {
    /// Its name.
    pub name: Option<String>,
    /// `redshift` or `extended_s3`.
    pub destination: Option<String>,
    /// The longest it holds rows back, in seconds.
    pub buffering_interval: Option<u64>,
    /// The longest it tries to load, in seconds.
    pub retry_duration: Option<u64>,
    /// How the staged files are compressed.
    pub compression: Option<String>,
}

/// The ledger of what was delivered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Ledger {
    /// The stream that writes it.
    pub stream: Option<String>,
    /// What its keys in the staging bucket begin with.
    pub prefix: Option<String>,
}

/// The staging bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Staging {
    /// Its name.
    pub bucket: Option<String>,
    /// What the keys of the rows begin with.
    pub prefix: Option<String>,
    /// After how many days a file is gone.
    pub expiration_days: Option<u64>,
}

/// The function's metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Metrics {
    /// The namespace that they are in.
    pub namespace: Option<String>,
}

/// The warehouse, and how to reach it through the Data API.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Redshift {
    /// The Serverless workgroup.
    pub workgroup: Option<String>,
    /// The provisioned cluster.
    pub cluster_identifier: Option<String>,
    /// The database.
    pub database: Option<String>,
    /// The secret with user and password.
    pub secret_arn: Option<String>,
    /// The user, where there is no secret.
    pub db_user: Option<String>,
    /// The schema of the table.
    pub schema: Option<String>,
    /// The table.
    pub table: Option<String>,
    /// The role that COPY reads with.
    pub copy_role_arn: Option<String>,
    /// The options of COPY.
    pub copy_options: Option<String>,
    /// The columns the rows have, comma separated.
    pub columns: Option<String>,
}

/// What is wrong with the description of a deployment.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StackError {
    /// Not JSON of this form.
    #[error("it is no stack file ({0}); `terraform output -raw operator` writes one")]
    Malformed(String),
    /// Of a newer module.
    #[error("it has version {0}, this logferry reads version {VERSION}; use a newer one")]
    Version(u64),
    /// A part that is needed is not there.
    #[error("{field} is not known; give {flag}, or a stack file that has it with --stack")]
    Missing {
        /// Its path in the stack file.
        field: &'static str,
        /// What gives it otherwise.
        flag: &'static str,
    },
}

impl Stack {
    /// Reads the output's text.
    ///
    /// # Errors
    /// [`StackError::Malformed`] and [`StackError::Version`]; nothing but another text helps.
    pub fn read(text: &str) -> Result<Self, StackError> {
        #[derive(Deserialize)]
        struct Head {
            logferry: Option<String>,
            version: Option<u64>,
        }
        let malformed = |error: serde_json::Error| StackError::Malformed(error.to_string());
        let head: Head = serde_json::from_str(text).map_err(malformed)?;
        if head.logferry.as_deref() != Some("stack") {
            return Err(StackError::Malformed("it lacks \"logferry\": \"stack\"".to_owned()));
        }
        match head.version {
            Some(VERSION) => serde_json::from_str(text).map_err(malformed),
            Some(version) => Err(StackError::Version(version)),
            None => Err(StackError::Malformed("it lacks its version".to_owned())),
        }
    }

    /// A part that somebody needs, by its path in the stack file and the flag that gives it.
    ///
    /// # Errors
    /// [`StackError::Missing`] where it is not there or empty.
    pub fn need<'s>(
        part: &'s Option<String>,
        field: &'static str,
        flag: &'static str,
    ) -> Result<&'s str, StackError> {
        let part = part.as_deref().filter(|part| !part.is_empty());
        part.ok_or(StackError::Missing { field, flag })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_read_and_the_rest_passed_over() {
        let text = r#"{"logferry":"stack","version":1,"region":"eu-west-1","colour":"amber",
            "log_buckets":[{"bucket":"amber-logs","prefixes":["a/"],"account_id":"123456789012"}],
            "queue":{"url":"https://q","retention":1209600,"weight":3},"ledger":null,
            "redshift":{"workgroup":"logs","cluster_identifier":null}}"#;
        let stack = Stack::read(text).unwrap();
        assert_eq!(stack.region.as_deref(), Some("eu-west-1"));
        assert_eq!(stack.log_buckets[0].prefixes, ["a/"]);
        assert_eq!((stack.queue.retention, stack.ledger), (Some(1_209_600), None));
        assert_eq!(stack.redshift.cluster_identifier, None);
        let url = Stack::need(&stack.queue.url, "queue.url", "--queue-url");
        assert_eq!(url, Ok("https://q"));
    }

    #[test]
    fn what_is_missing_is_named_with_its_flag() {
        let error = Stack::need(&Some(String::new()), "queue.url", "--queue-url").unwrap_err();
        assert_eq!(
            error.to_string(),
            "queue.url is not known; give --queue-url, or a stack file that has it with --stack"
        );
    }

    #[test]
    fn another_file_is_no_stack_file() {
        for text in ["", "[]", "{}", r#"{"logferry":"continuation","version":1}"#] {
            assert!(matches!(Stack::read(text), Err(StackError::Malformed(_))), "{text}");
        }
        let newer = Stack::read(r#"{"logferry":"stack","version":2}"#);
        assert_eq!(newer, Err(StackError::Version(2)));
        let empty = r#"{"logferry":"stack","version":1}"#;
        assert_eq!(Stack::read(empty), Ok(Stack::default()));
    }
}
