//! What is looked up of a deployment: plain facts, each by one call.
//!
//! Facts are what a service says, unjudged: what should be so is known further up. An implementation
//! does not try to repair, and reads only.

use std::collections::BTreeMap;
use std::future::Future;

use thiserror::Error;

/// Looks up what is deployed.
pub trait Deployment: Send + Sync + 'static {
    /// Whose credentials these are.
    ///
    /// # Errors
    /// [`LookupError`], as of every call here.
    fn identity(&self) -> impl Future<Output = Result<Identity, LookupError>> + Send;

    /// The attributes of the queue at that URL.
    ///
    /// # Errors
    /// [`LookupError`]
    fn queue(&self, url: &str) -> impl Future<Output = Result<QueueFacts, LookupError>> + Send;

    /// The configuration of a function.
    ///
    /// # Errors
    /// [`LookupError`]
    fn function(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<FunctionFacts, LookupError>> + Send;

    /// Whether Lambda lets the function go round a queue: `Allow` or `Terminate`.
    ///
    /// # Errors
    /// [`LookupError`]
    fn recursion(&self, name: &str) -> impl Future<Output = Result<String, LookupError>> + Send;

    /// The mapping from a queue to a function, if there is one.
    ///
    /// # Errors
    /// [`LookupError`]
    fn event_source(
        &self,
        function: &str,
        queue_arn: &str,
    ) -> impl Future<Output = Result<Option<EventSourceFacts>, LookupError>> + Send;

    /// Whom a bucket tells of new objects.
    ///
    /// # Errors
    /// [`LookupError`]
    fn notification(
        &self,
        bucket: &str,
    ) -> impl Future<Output = Result<NotificationFacts, LookupError>> + Send;

    /// Where a bucket's own access logs go, if they are written.
    ///
    /// # Errors
    /// [`LookupError`]
    fn logging(
        &self,
        bucket: &str,
    ) -> impl Future<Output = Result<Option<LoggingFacts>, LookupError>> + Send;

    /// A delivery stream.
    ///
    /// # Errors
    /// [`LookupError`]
    fn stream(&self, name: &str) -> impl Future<Output = Result<StreamFacts, LookupError>> + Send;

    /// The values of metrics between two times, in seconds since 1970, the newest first, each list as
    /// long as there are values.
    ///
    /// # Errors
    /// [`LookupError`]
    fn metrics(
        &self,
        asked: &[Metric],
        from_unix_s: i64,
        to_unix_s: i64,
    ) -> impl Future<Output = Result<Vec<Vec<f64>>, LookupError>> + Send;

    /// Those of some actions that a role's own policies do not allow on a resource.
    ///
    /// # Errors
    /// [`LookupError`]
    fn not_allowed(
        &self,
        role_arn: &str,
        actions: &[&str],
        resource_arn: &str,
    ) -> impl Future<Output = Result<Vec<String>, LookupError>> + Send;
}

/// Whose credentials.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The account.
    pub account_id: String,
    /// The user or role.
    pub arn: String,
    /// The Region that is asked.
    pub region: String,
}

/// A queue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueFacts {
    /// Its ARN.
    pub arn: String,
    /// How long a received message stays hidden.
    pub visibility_s: u64,
    /// How long a message is kept.
    pub retention_s: u64,
    /// Messages that wait, about.
    pub waiting: u64,
    /// Messages that somebody received and has not deleted, about.
    pub in_flight: u64,
    /// Where messages go that were received too often.
    pub redrive: Option<Redrive>,
}

/// Where messages go that were received too often.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redrive {
    /// The ARN of the queue.
    pub target_arn: String,
    /// How often is too often.
    pub receives_max: u64,
}

/// A function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FunctionFacts {
    /// `Active`, `Pending`, `Inactive`, `Failed`.
    pub state: String,
    /// Why it is not active.
    pub state_reason: Option<String>,
    /// `Successful`, `InProgress`, `Failed`.
    pub last_update: String,
    /// `arm64` or `x86_64`.
    pub architecture: String,
    /// `provided.al2023` and the like.
    pub runtime: String,
    /// The longest an invocation may take.
    pub timeout_s: u64,
    /// The role it runs as.
    pub role_arn: String,
    /// Its variables.
    pub variables: BTreeMap<String, String>,
}

/// The mapping from a queue to a function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventSourceFacts {
    /// `Enabled`, `Disabled` and what lies between.
    pub state: String,
    /// The most messages of one invocation.
    pub batch_size: u64,
    /// How long messages are gathered.
    pub window_s: u64,
    /// Whether the function's answer names the messages that failed.
    pub reports_items: bool,
}

/// Whom a bucket tells of new objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotificationFacts {
    /// Whether everything goes to `EventBridge`.
    pub eventbridge: bool,
    /// Queues, functions and topics.
    pub targets: Vec<NotificationTarget>,
}

/// One of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotificationTarget {
    /// Its ARN.
    pub arn: String,
    /// Of which events.
    pub events: Vec<String>,
    /// What the keys begin with; empty for all.
    pub prefix: String,
}

/// Where a bucket's own access logs go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoggingFacts {
    /// The bucket.
    pub bucket: String,
    /// What their keys begin with.
    pub prefix: String,
}

/// A delivery stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamFacts {
    /// `ACTIVE`, `CREATING`, ...
    pub status: String,
    /// What is wrong with it, where the service says so.
    pub failure: Option<String>,
    /// `redshift` or `extended_s3`; empty for any other.
    pub destination: String,
    /// The role it writes as.
    pub role_arn: String,
    /// Where it puts its files, where the service says so.
    pub staging: Option<StagingFacts>,
    /// The COPY command, of a stream to Redshift.
    pub copy: Option<CopyFacts>,
}

/// Where a stream puts its files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StagingFacts {
    /// The ARN of the bucket.
    pub bucket_arn: String,
    /// What the keys of the files begin with.
    pub prefix: String,
    /// How they are compressed: `GZIP`, `UNCOMPRESSED`, ...
    pub compression: String,
}

/// A stream's COPY command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopyFacts {
    /// The table.
    pub table: String,
    /// Its columns, comma separated.
    pub columns: String,
    /// The options.
    pub options: String,
}

/// A metric, summed up over periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric {
    /// `AWS/SQS` and the like.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The one dimension it is asked by, and its value.
    pub dimension: (&'static str, String),
    /// `Sum`, `Average`, `Maximum`, `Minimum`.
    pub statistic: &'static str,
    /// The period in seconds, a multiple of 60.
    pub period_s: u32,
}

/// Why something could not be looked up.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LookupError {
    /// There is none of that name in this Region and account.
    #[error("there is none in this Region and account")]
    Missing,
    /// A permission is missing.
    #[error("not permitted; it needs {needs}")]
    Denied {
        /// Which, on what.
        needs: &'static str,
    },
    /// The service says no for another reason.
    #[error("{0}")]
    Refused(String),
    /// No usable response.
    #[error("unavailable: {0}")]
    Unavailable(String),
}
