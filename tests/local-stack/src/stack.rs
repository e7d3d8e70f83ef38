//! All components, wired the way the Terraform module wires them.
//!
//! Log bucket → announcement → queue → function → Firehose → staging bucket → COPY → table. One
//! value holds everything; dropping it ends every server, process and task. What a test wants
//! otherwise it says to the [`Builder`].

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use logferry::row::{SqlNames, column_list, ddl};
use tempfile::TempDir;

use crate::audit::{Audit, Expected};
use crate::event::{Envelope, ObjectCreated};
use crate::firehose::{self, Firehose, Stream};
use crate::function_binary::{self, Progress};
use crate::lambda::{self, Function};
use crate::redshift::{self, Warehouse};
use crate::s3::{self, S3};
use crate::sqs::event_source::{EventSource, Mode};
use crate::sqs::{self, Queue, Sqs};

/// The bucket that log objects are put into.
pub const LOG_BUCKET: &str = "access-logs";
/// The bucket that Firehose stages in.
pub const STAGING_BUCKET: &str = "firehose-staging";
/// The delivery stream.
pub const STREAM: &str = "s3-access-logs";

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
    Io(&'static str, std::io::Error),
    /// The warehouse, or a COPY option.
    #[error("the warehouse: {0}")]
    Warehouse(#[from] redshift::Error),
}

/// What a stack is made of, with defaults for tests.
#[derive(Clone, Debug)]
pub struct Builder {
    envelope: Envelope,
    visibility: Duration,
    receives_max: u32,
    batch: usize,
    window: Duration,
    function: lambda::Settings,
    stream: firehose::Settings,
    database: Option<PathBuf>,
    postgres: Option<String>,
    binary: Option<PathBuf>,
}

impl Builder {
    /// How announcements reach the function; SQS by default.
    #[must_use]
    pub fn envelope(self, envelope: Envelope) -> Self {
        Self { envelope, ..self }
    }

    /// How long a message hides while the function works on it; 60 s by default.
    #[must_use]
    pub fn visibility(self, visibility: Duration) -> Self {
        Self { visibility, ..self }
    }

    /// After how many receives a message goes to the dead letters; 10 by default.
    #[must_use]
    pub fn receives_max(self, receives_max: u32) -> Self {
        Self { receives_max, ..self }
    }

    /// Messages in a batch and the time to gather them; 10 and 100 ms by default.
    #[must_use]
    pub fn batch(self, batch: usize, window: Duration) -> Self {
        Self { batch, window, ..self }
    }

    /// The function's timeout; 30 s by default.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.function.timeout = timeout;
        self
    }

    /// The function's memory; 256 MiB by default.
    #[must_use]
    pub fn memory_mib(mut self, memory_mib: u64) -> Self {
        self.function.memory_mib = memory_mib;
        self
    }

    /// Environments of the function at once; 1 by default.
    #[must_use]
    pub fn concurrency(mut self, concurrency: usize) -> Self {
        self.function.concurrency = concurrency;
        self
    }

    /// A variable of the function.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.function.environment.insert(name.to_owned(), value.into());
        self
    }

    /// Changes the delivery stream.
    #[must_use]
    pub fn stream(mut self, change: impl FnOnce(&mut firehose::Settings)) -> Self {
        change(&mut self.stream);
        self
    }

    /// Keeps the embedded database in this file instead of a temporary one.
    #[must_use]
    pub fn database(self, file: PathBuf) -> Self {
        Self { database: Some(file), ..self }
    }

    /// Loads into `PostgreSQL` instead of the embedded database.
    #[must_use]
    pub fn postgres(self, url: Option<String>) -> Self {
        Self { postgres: url, ..self }
    }

    /// Uses a function binary instead of finding or building it.
    #[must_use]
    pub fn binary(self, binary: PathBuf) -> Self {
        Self { binary: Some(binary), ..self }
    }

    /// Starts everything.
    ///
    /// # Errors
    /// Names the component that could not start.
    pub async fn start(self) -> Result<Stack, Error> {
        let given = self.binary.clone();
        // Building may take a while, on a thread that may block.
        let found = tokio::task::spawn_blocking(|| {
            given.map_or_else(|| function_binary::find(Progress::Hidden), Ok)
        });
        let binary = found.await.map_err(|error| Error::Io("the build", error.into()))??;
        let folder = TempDir::new().map_err(|error| Error::Io("a temporary folder", error))?;
        let objects = folder.path().join("s3");
        std::fs::create_dir(&objects).map_err(|error| Error::Io("a temporary folder", error))?;
        let s3 = S3::start(&objects).await?;
        s3.create_bucket(LOG_BUCKET).await?;
        s3.create_bucket(STAGING_BUCKET).await?;

        let warehouse = self.warehouse(&folder).await?;
        let stream = Stream::start(self.stream.clone(), s3.client(), warehouse.clone())?;
        let firehose = Firehose::start(vec![Arc::clone(&stream)]).await;
        let firehose = firehose.map_err(|error| Error::Io("Firehose", error))?;

        let queues = self.queues();
        let sqs = Sqs::start(&[Arc::clone(&queues.events), Arc::clone(&queues.letters)]).await;
        let sqs = sqs.map_err(|error| Error::Io("SQS", error))?;

        let variables = [
            ("AWS_ENDPOINT_URL_S3", s3.url()),
            ("AWS_ENDPOINT_URL_FIREHOSE", firehose.url()),
            ("AWS_ENDPOINT_URL_SQS", sqs.url()),
            ("LOGFERRY_STREAM", STREAM.to_owned()),
            ("LOGFERRY_CONTINUATION_QUEUE_URL", sqs.queue_url(&queues.events)),
        ];
        let mut settings = lambda::Settings { binary, ..self.function.clone() };
        for (name, value) in variables {
            settings.environment.entry(name.to_owned()).or_insert(value);
        }
        let function = Function::new(settings);
        let sources = self.wire(&s3, &queues, &function);
        Ok(Stack {
            _sources: sources,
            _sqs: sqs,
            _firehose: firehose,
            s3,
            queues,
            function,
            stream,
            warehouse,
            _folder: folder,
        })
    }

    async fn warehouse(&self, folder: &TempDir) -> Result<Warehouse, Error> {
        let ddl = ddl(&SqlNames::default());
        let file = self.database.clone().unwrap_or_else(|| folder.path().join("redshift.sqlite"));
        Ok(match &self.postgres {
            Some(url) => Warehouse::postgres(url, &ddl).await?,
            None => Warehouse::embedded(&file, &ddl).await?,
        })
    }

    fn queues(&self) -> Queues {
        let visibility = self.visibility;
        let letters = Queue::new("s3-access-logs-dead", sqs::Settings { visibility, redrive: None });
        let redrive = Some((Arc::clone(&letters), self.receives_max));
        let events = Queue::new("s3-access-logs", sqs::Settings { visibility, redrive: redrive.clone() });
        // What a service keeps to itself of events that invoke a function directly.
        let direct = Queue::new("direct", sqs::Settings { visibility, redrive });
        Queues { events, direct, letters }
    }

    /// Announcements to the queue of their envelope, and both queues to the function.
    fn wire(&self, s3: &S3, queues: &Queues, function: &Arc<Function>) -> [EventSource; 2] {
        let envelope = self.envelope;
        let queue = if envelope.is_queued() { &queues.events } else { &queues.direct };
        let queue = Arc::clone(queue);
        s3.subscribe(LOG_BUCKET, "", move |object| {
            queue.send(envelope.wrap(&object), Duration::ZERO);
        });
        let batch = Mode::Batch { size: self.batch, window: self.window };
        let concurrency = self.function.concurrency;
        [(&queues.events, batch), (&queues.direct, Mode::Payload)].map(|(queue, mode)| {
            EventSource::start(Arc::clone(queue), Arc::clone(function), mode, concurrency)
        })
    }
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
    /// S3.
    pub s3: S3,
    /// The warehouse.
    pub warehouse: Warehouse,
    _sqs: Sqs,
    _firehose: Firehose,
    _folder: TempDir,
}

impl Stack {
    /// A stack with the defaults for tests.
    #[must_use]
    pub fn builder() -> Builder {
        let mut function = lambda::Settings::new("logferry", PathBuf::new());
        function.environment = BTreeMap::new();
        let stream = firehose::Settings {
            name: STREAM.to_owned(),
            buffer_bytes: 32 * 1024 * 1024,
            buffer_interval: Duration::from_secs(60),
            bucket: STAGING_BUCKET.to_owned(),
            prefix: "rows/".to_owned(),
            gzip: true,
            table: SqlNames::default().table,
            columns: column_list(),
            copy_options: "JSON 'auto' GZIP TIMEFORMAT 'auto'".to_owned(),
            retry_duration: Duration::from_secs(7200),
            retry_interval: Duration::from_millis(200),
        };
        Builder {
            envelope: Envelope::Sqs,
            visibility: Duration::from_secs(60),
            receives_max: 10,
            batch: 10,
            window: Duration::from_millis(100),
            function,
            stream,
            database: None,
            postgres: None,
            binary: None,
        }
    }

    /// Puts a log object.
    ///
    /// # Errors
    /// When S3 refuses it.
    pub async fn put(&self, key: &str, body: impl Into<Bytes> + Send) -> Result<ObjectCreated, s3::Error> {
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
