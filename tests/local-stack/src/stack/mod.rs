//! All components, wired the way the Terraform module wires them.
//!
//! Log bucket → announcement → queue → function → Firehose → staging bucket → COPY → table. One
//! value holds everything; dropping it ends every server, process and task. What a test wants
//! otherwise it says to the [`Builder`].

mod builder;

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::json;
use tempfile::TempDir;

use crate::audit::{Audit, Expected};
use crate::data_api::DataApi;
use crate::event::{ObjectCreated, REGION};
use crate::firehose::{Firehose, Stream};
use crate::function_binary;
use crate::lambda::Function;
use crate::redshift::{self, Warehouse};
use crate::s3::{self, S3};
use crate::sqs::event_source::EventSource;
use crate::sqs::{self, Queue, Sqs};
pub use builder::Builder;

/// The bucket that log objects are put into.
pub const LOG_BUCKET: &str = "access-logs";
/// The bucket that Firehose stages in.
pub const STAGING_BUCKET: &str = "firehose-staging";
/// The bucket of made-up logs, where there is one.
pub const MADE_UP_BUCKET: &str = "made-up-logs";
/// The schema of a `PostgreSQL` that stands for Redshift.
pub const POSTGRES_SCHEMA: &str = "logferry_demo";
/// The delivery stream.
pub const STREAM: &str = "s3-access-logs";
/// The delivery stream of the ledger, where there is one.
pub const LEDGER_STREAM: &str = "s3-access-logs-ledger";

/// A temporary folder that nobody else may look into: logs are nobody else's business, not even
/// copies of them on the same machine.
///
/// # Errors
/// When there is no room for one.
pub fn private_folder() -> io::Result<TempDir> {
    tempfile::Builder::new().permissions(Permissions::from_mode(0o700)).tempdir()
}

/// Which component could not start, and why.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The function binary.
    #[error("the function: {0}")]
    Binary(#[from] function_binary::Error),
    /// S3.
    #[error(transparent)]
    S3(#[from] s3::Error),
    /// Firehose or SQS found no port, or there is no room for files.
    #[error("{0}: {1}")]
    Io(&'static str, io::Error),
    /// The warehouse, or a COPY option.
    #[error("the warehouse: {0}")]
    Warehouse(#[from] redshift::Error),
}

/// The queues of a stack.
#[derive(Debug)]
pub struct Queues {
    /// Announcements and continuations.
    pub events: Arc<Queue>,
    /// Events on their way to a direct invocation.
    pub direct: Arc<Queue>,
    /// What was given up.
    pub letters: Arc<Queue>,
}

/// A running stack.
#[derive(Debug)]
pub struct Stack {
    // Dropped in this order: what polls and calls goes before what it calls.
    _sources: [EventSource; 2],
    /// The function.
    pub function: Arc<Function>,
    /// The queues.
    pub queues: Queues,
    /// The delivery stream.
    pub stream: Arc<Stream>,
    /// The stream of the ledger, where there is one.
    pub ledger: Option<Arc<Stream>>,
    /// S3.
    pub s3: S3,
    /// The warehouse.
    pub warehouse: Warehouse,
    /// How clients without a connection reach the warehouse.
    pub data_api: DataApi,
    /// The endpoint of the queues.
    pub sqs: Sqs,
    firehose: Firehose,
    _folder: Option<TempDir>,
}

impl Stack {
    /// The environment in which a process of its own finds this stack as it would find AWS.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL_S3", self.s3.url()),
            ("AWS_ENDPOINT_URL_SQS", self.sqs.url()),
            ("AWS_ENDPOINT_URL_FIREHOSE", self.firehose.url()),
            ("AWS_ENDPOINT_URL_REDSHIFT_DATA", self.data_api.url()),
            ("AWS_ACCESS_KEY_ID", s3::ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", s3::SECRET_KEY.to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            // What boto3 and the AWS CLI call it.
            ("AWS_DEFAULT_REGION", REGION.to_owned()),
            // Nothing on this machine speaks for an instance.
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }

    /// Where everything is, as JSON for whoever started it.
    #[must_use]
    pub fn whereabouts(&self) -> String {
        let environment: BTreeMap<_, _> = self.environment().into_iter().collect();
        let data_api = self.data_api.settings();
        json!({
            "environment": environment,
            "log_bucket": LOG_BUCKET,
            "staging_bucket": STAGING_BUCKET,
            "made_up_bucket": MADE_UP_BUCKET,
            "queue_url": self.queue_url(&self.queues.events),
            "dead_letter_queue_url": self.queue_url(&self.queues.letters),
            "database": data_api.database,
            "workgroup": data_api.workgroup,
            "table": format!("public.{}", self.warehouse.schema().table),
        })
        .to_string()
    }

    /// The URL of one of its queues.
    #[must_use]
    pub fn queue_url(&self, queue: &Queue) -> String {
        self.sqs.queue_url(queue)
    }

    /// Puts a log object.
    ///
    /// # Errors
    /// When S3 refuses it.
    pub async fn put(
        &self,
        key: &str,
        body: impl Into<Bytes> + Send,
    ) -> Result<ObjectCreated, s3::Error> {
        self.s3.put(LOG_BUCKET, key, body).await
    }

    /// Waits until no event is left to be worked on: each was done or given up.
    pub async fn settle(&self) {
        let empty = |counts: sqs::Counts| counts.held == 0;
        loop {
            self.queues.direct.wait_until(empty).await;
            self.queues.events.wait_until(empty).await;
            if empty(self.queues.direct.counts()) && empty(self.queues.events.counts()) {
                return;
            }
        }
    }

    /// Waits until every event is done and every row delivered, then compares with the table.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn finish(&self, expected: &Expected) -> Result<Audit, redshift::Error> {
        self.settle().await;
        self.stream.drain().await;
        expected.audit(&self.warehouse).await
    }
}
