//! From process start to the loop of the Runtime API.
//!
//! Responsible for what is real: environment, clock, standard output, AWS clients, Lambda's runtime.
//! What it does not do: decide anything that a test could want to check without those.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use lambda_runtime::tower::util::MapResultLayer;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, Runtime, service_fn};
use serde_json::Value;
use serde_json::value::RawValue;
use tracing::{Level, error, info};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::aws::{AwsEnvironment, Clients, FirehoseSink, S3Source, SqsQueue};
use crate::pipeline::Pipeline;

use super::config::{Config, ConfigError};
use super::function::{Context, Function, LedgerStream};
use super::memory::warn_if_tight;
use super::metrics::{Counts, emf_line};
use super::response::FunctionError;

/// What is assumed when the deadline is plainly none: `cargo lambda watch` sends one of 1970.
const TIME_ASSUMED: Duration = Duration::from_mins(1);

/// A deadline further back than this is plainly none.
const DEADLINE_AGE_MAX: Duration = Duration::from_hours(1);

/// More time than any function gets; keeps arithmetic on a garbled deadline in range.
const TIME_MAX: Duration = Duration::from_hours(24);

/// Reads the configuration, builds the clients and serves events until Lambda ends the process.
///
/// # Errors
/// A configuration that cannot be used, and whatever the Runtime API client gives up on.
pub async fn start() -> Result<(), Error> {
    let (config, environment) = match read_environment() {
        Ok(read) => read,
        Err(error) => {
            start_logging(Level::INFO);
            error!(%error, "The function cannot start.");
            return Err(Box::new(error));
        }
    };
    start_logging(config.log_level);
    quiet_panics();
    let clients = Clients::connect(&environment);
    let source = Arc::new(S3Source::new(clients.s3));
    let sink = Arc::new(FirehoseSink::new(clients.firehose.clone(), config.stream.clone()));
    let ledger = config.ledger_stream.clone().map(|stream| LedgerStream {
        sink: FirehoseSink::new(clients.firehose, stream),
        settings: config.row_settings.clone(),
    });
    let queue = config.continuation_queue_url.clone();
    let queue = queue.map(|url| SqsQueue::new(clients.sqs, url));
    let pipeline = Pipeline::new(source, sink, config.settings.clone());
    let function = Function::new(pipeline, queue, config.reserve).with_ledger(ledger);
    warn_if_tight(&config.settings, std::env::var("AWS_LAMBDA_FUNCTION_MEMORY_SIZE").ok());
    info!(stream = %config.stream, "Ready.");
    let is_spent = AtomicBool::new(false);
    let handler = service_fn(|event| serve(&function, &config.metrics_namespace, &is_spent, event));
    // Lambda gives credentials to a process once. After the response that says they are bad, the process
    // ends, and the next invocation starts one with new ones.
    let end_when_spent = |responded: Result<(), Error>| match responded {
        Ok(()) if is_spent.load(Ordering::Relaxed) => Err(Error::from("the credentials are bad")),
        responded => responded,
    };
    Runtime::new(handler).layer(MapResultLayer::new(end_when_spent)).run().await
}

async fn serve(
    function: &Function<S3Source, FirehoseSink, SqsQueue>,
    namespace: &str,
    is_spent: &AtomicBool,
    event: LambdaEvent<Box<RawValue>>,
) -> Result<Value, FunctionError> {
    let (payload, lambda) = event.into_parts();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let context = Context {
        time: time_left(now, Duration::from_millis(lambda.deadline)),
        now_unix_s: i64::try_from(now.as_secs()).unwrap_or(i64::MAX),
        seed: u64::from(now.subsec_nanos()) ^ now.as_secs().rotate_left(32),
    };
    let response = function.handle(payload.get(), context).await;
    if response.credentials_are_bad {
        error!(
            "The credentials of this process are bad; it ends, for the next one to get new ones."
        );
        is_spent.store(true, Ordering::Relaxed);
    }
    let now_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    let name = &lambda.env_config.function_name;
    let counts = Counts {
        totals: &response.totals,
        continuations: response.continuations,
        ledger_lost: response.ledger_lost,
    };
    let line = emf_line(namespace, name, now_ms, &counts);
    // A metrics line that cannot be written is no reason to fail what was delivered.
    if let Err(error) = writeln!(std::io::stdout(), "{line}") {
        error!(%error, "Cannot write the metrics.");
    }
    response.result
}

/// The time until the deadline, both since 1970.
fn time_left(now: Duration, deadline: Duration) -> Duration {
    if deadline + DEADLINE_AGE_MAX < now {
        return TIME_ASSUMED;
    }
    deadline.saturating_sub(now).min(TIME_MAX)
}

fn read_environment() -> Result<(Config, AwsEnvironment), ConfigError> {
    let lookup = |name: &str| std::env::var(name).ok();
    match (Config::read(lookup), AwsEnvironment::read(lookup)) {
        (Ok(config), Ok(environment)) => Ok((config, environment)),
        (config, environment) => {
            let mut mistakes = config.err().map(|error| error.mistakes).unwrap_or_default();
            mistakes.extend(environment.err().unwrap_or_default());
            Err(ConfigError { mistakes })
        }
    }
}

/// JSON lines on standard output, which Lambda carries to CloudWatch. The libraries below only speak
/// up for warnings: at lower levels they may log requests, and those carry log lines.
fn start_logging(level: Level) {
    let ours = LevelFilter::from_level(level);
    let theirs = LevelFilter::WARN.min(ours);
    let targets = Targets::new().with_default(theirs).with_target("logferry", ours);
    let layer = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false);
    let started = tracing_subscriber::registry().with(layer).with(targets).try_init();
    // Somebody who embeds this has set up logging already.
    drop(started);
}

/// The default hook prints the panic's message, which may quote a log line. The place is enough.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        error!(%place, "A task panicked.");
    }));
}

impl From<FunctionError> for Diagnostic {
    fn from(error: FunctionError) -> Self {
        let error_type = match &error {
            FunctionError::Event(_) => "logferry.UnknownEvent",
            FunctionError::Objects { .. } => "logferry.ObjectsFailed",
        };
        Self { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_of_1970_is_none_and_one_just_missed_is_one() {
        let now = Duration::from_hours(500_000);
        assert_eq!(time_left(now, Duration::from_mins(10)), TIME_ASSUMED);
        assert_eq!(time_left(now + Duration::from_secs(1), now), Duration::ZERO);
        assert_eq!(time_left(now, now + Duration::from_secs(3)), Duration::from_secs(3));
    }
}
