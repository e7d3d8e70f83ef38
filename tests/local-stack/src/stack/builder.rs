//! How a stack is put together: the defaults, what a test changes of them, and the wiring.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use logferry::row::column_list;
use logferry::table::{SqlNames, ddl};

use super::{
    Error, LEDGER_STREAM, LOG_BUCKET, POSTGRES_SCHEMA, Queues, STAGING_BUCKET, STREAM, Stack,
    private_folder,
};
use crate::data_api::{self, DataApi};
use crate::event::Envelope;
use crate::firehose::{self, Firehose, Stream};
use crate::function_binary::{self, Progress};
use crate::lambda::lineage::RECURSION_LIMIT;
use crate::lambda::{self, Function};
use crate::redshift::{Source, Warehouse};
use crate::s3::S3;
use crate::sqs::event_source::{EventSource, Mode};
use crate::sqs::{self, Queue, Sqs};

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
    data_api: data_api::Settings,
    database: Option<PathBuf>,
    postgres: Option<String>,
    binary: Option<PathBuf>,
    folder: Option<PathBuf>,
    ledger: bool,
}

impl Stack {
    /// A stack with the defaults for tests.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::new()
    }
}

impl Builder {
    pub(super) fn new() -> Self {
        let stream = firehose::Settings {
            name: STREAM.to_owned(),
            buffer_bytes: 32 * 1024 * 1024,
            buffer_interval: Duration::from_mins(1),
            bucket: STAGING_BUCKET.to_owned(),
            prefix: "rows/".to_owned(),
            gzip: true,
            gzip_records: false,
            versioned_error_manifests: false,
            members_read: firehose::MembersRead::First,
            to_s3: false,
            table: SqlNames::default().table,
            columns: column_list(),
            copy_options: "JSON 'auto' GZIP TIMEFORMAT 'auto'".to_owned(),
            retry_duration: Duration::from_hours(2),
            retry_interval: Duration::from_millis(200),
        };
        Self {
            envelope: Envelope::Sqs,
            visibility: Duration::from_mins(1),
            receives_max: 10,
            batch: 10,
            window: Duration::from_millis(100),
            // The binary is found when the stack starts.
            function: lambda::Settings::new("logferry", PathBuf::new()),
            stream,
            data_api: data_api::Settings::default(),
            database: None,
            postgres: None,
            binary: None,
            folder: None,
            ledger: false,
        }
    }

    /// Lets the function write a ledger, through a stream of its own into the staging bucket.
    #[must_use]
    pub fn ledger(self) -> Self {
        Self { ledger: true, ..self }
    }

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

    /// Switches Lambda's guard against loops on. The Terraform module switches it off.
    #[must_use]
    pub fn guarded_against_loops(mut self) -> Self {
        self.function.recursion_limit = Some(RECURSION_LIMIT);
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

    /// Changes the Data API.
    #[must_use]
    pub fn data_api(mut self, change: impl FnOnce(&mut data_api::Settings)) -> Self {
        change(&mut self.data_api);
        self
    }

    /// Keeps the embedded database in this file instead of a temporary one.
    #[must_use]
    pub fn database(self, file: PathBuf) -> Self {
        Self { database: Some(file), ..self }
    }

    /// Loads into `PostgreSQL` instead of the embedded database, into [`POSTGRES_SCHEMA`], which is
    /// made anew.
    #[must_use]
    pub fn postgres(self, url: Option<String>) -> Self {
        Self { postgres: url, ..self }
    }

    /// Uses a function binary instead of finding or building it.
    #[must_use]
    pub fn binary(self, binary: PathBuf) -> Self {
        Self { binary: Some(binary), ..self }
    }

    /// Keeps the objects in this folder, which must be empty, instead of one that goes with the
    /// stack.
    #[must_use]
    pub fn folder(self, folder: PathBuf) -> Self {
        Self { folder: Some(folder), ..self }
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
        let own = || private_folder().map_err(|error| Error::Io("a temporary folder", error));
        let own_folder = if self.folder.is_some() { None } else { Some(own()?) };
        let own_path = own_folder.as_ref().map(|own| own.path().to_owned());
        let folder = self.folder.clone().or(own_path).unwrap_or_default();
        let objects = folder.join("s3");
        std::fs::create_dir(&objects).map_err(|error| Error::Io("a temporary folder", error))?;
        let s3 = S3::start(&objects).await?;
        s3.create_bucket(LOG_BUCKET).await?;
        s3.create_bucket(STAGING_BUCKET).await?;

        let warehouse = self.warehouse(&folder).await?;
        let stream = Stream::start(self.stream.clone(), s3.client(), warehouse.clone())?;
        let ledger = self.ledger.then(|| self.ledger_stream(&s3, warehouse.clone())).transpose()?;
        let streams = [Some(Arc::clone(&stream)), ledger.clone()].into_iter().flatten().collect();
        let firehose = Firehose::start(streams).await;
        let firehose = firehose.map_err(|error| Error::Io("Firehose", error))?;

        let source = Source::new(s3.client(), self.stream.members_read);
        let data_api = DataApi::start(warehouse.clone(), source, self.data_api.clone()).await;
        let data_api = data_api.map_err(|error| Error::Io("the Data API", error))?;

        let queues = self.queues();
        let sqs = Sqs::start(&[&queues.events, &queues.letters].map(Arc::clone)).await;
        let sqs = sqs.map_err(|error| Error::Io("SQS", error))?;

        let variables = [
            ("AWS_ENDPOINT_URL_S3", s3.url()),
            ("AWS_ENDPOINT_URL_FIREHOSE", firehose.url()),
            ("AWS_ENDPOINT_URL_SQS", sqs.url()),
            ("LOGFERRY_STREAM", STREAM.to_owned()),
            ("LOGFERRY_CONTINUATION_QUEUE_URL", sqs.queue_url(&queues.events)),
        ];
        let of_ledger = ("LOGFERRY_LEDGER_STREAM", LEDGER_STREAM.to_owned());
        let variables = variables.into_iter().chain(ledger.is_some().then_some(of_ledger));
        let mut settings = lambda::Settings { binary, ..self.function.clone() };
        for (name, value) in variables {
            settings.environment.entry(name.to_owned()).or_insert(value);
        }
        let function = Function::new(settings);
        let is_announced = Arc::new(AtomicBool::new(true));
        let sources = self.wire(&s3, &is_announced, &queues, &function);
        Ok(Stack {
            _sources: sources,
            sqs,
            firehose,
            data_api,
            s3,
            is_announced,
            queues,
            function,
            stream,
            ledger,
            warehouse,
            _folder: own_folder,
        })
    }

    async fn warehouse(&self, folder: &Path) -> Result<Warehouse, Error> {
        let ddl = ddl(&SqlNames::default());
        let file = self.database.clone().unwrap_or_else(|| folder.join("redshift.sqlite"));
        Ok(match &self.postgres {
            Some(url) => Warehouse::postgres_anew(url, POSTGRES_SCHEMA, &ddl).await?,
            None => Warehouse::embedded(&file, &ddl).await?,
        })
    }

    /// The stream of the ledger, to S3, under the day's prefix as the module has it.
    fn ledger_stream(&self, s3: &S3, warehouse: Warehouse) -> Result<Arc<Stream>, Error> {
        let settings = firehose::Settings {
            name: LEDGER_STREAM.to_owned(),
            prefix: format!("ledger/dt={}/", time::OffsetDateTime::now_utc().date()),
            gzip: true,
            gzip_records: false,
            copy_options: "JSON 'auto' GZIP".to_owned(),
            to_s3: true,
            ..self.stream.clone()
        };
        Ok(Stream::start(settings, s3.client(), warehouse)?)
    }

    fn queues(&self) -> Queues {
        let visibility = self.visibility;
        let letters =
            Queue::new("s3-access-logs-dead", sqs::Settings { visibility, redrive: None });
        let redrive = Some((Arc::clone(&letters), self.receives_max));
        let events =
            Queue::new("s3-access-logs", sqs::Settings { visibility, redrive: redrive.clone() });
        // What a service keeps to itself of events that invoke a function directly.
        let direct = Queue::new("direct", sqs::Settings { visibility, redrive });
        Queues { events, direct, letters }
    }

    /// Announcements to the queue of their envelope, and both queues to the function.
    fn wire(
        &self,
        s3: &S3,
        is_announced: &Arc<AtomicBool>,
        queues: &Queues,
        function: &Arc<Function>,
    ) -> [EventSource; 2] {
        let envelope = self.envelope;
        let queue = if envelope.is_queued() { &queues.events } else { &queues.direct };
        let queue = Arc::clone(queue);
        let is_announced = Arc::clone(is_announced);
        s3.subscribe(LOG_BUCKET, "", move |object| {
            if is_announced.load(Ordering::Relaxed) {
                queue.send(envelope.wrap(&object), Duration::ZERO);
            }
        });
        let batch = Mode::Batch { size: self.batch, window: self.window };
        let concurrency = self.function.concurrency;
        [(&queues.events, batch), (&queues.direct, Mode::Payload)].map(|(queue, mode)| {
            EventSource::start(Arc::clone(queue), Arc::clone(function), mode, concurrency)
        })
    }
}
