//! The demo: a day of logs through the whole path, with a throttle and a crash on the way.
//!
//! What is printed is what the components counted and what the table answers; the demo fails when
//! the ledger does not balance or the audit is not clean.

mod error;
mod objects;
mod operator;
mod options;
mod refused;
mod report;
mod terminal;
pub mod text;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::audit::Expected;
use crate::firehose::Fault;
use crate::function_binary::{self, Progress};
use crate::stack::{Builder, LOG_BUCKET, POSTGRES_SCHEMA, STAGING_BUCKET, STREAM, Stack};
pub use error::Error;
use objects::{LogObject, Told};
pub use options::Options;
use terminal::{DIM, FAULT, PLAIN, Status, heading, tell};
use text::{count, size};

/// Runs the demo; gives whether everything balanced.
///
/// # Errors
/// When a component cannot start, or the logs cannot be read.
pub async fn run(options: Options) -> Result<bool, Error> {
    let logs = if options.paths.is_empty() {
        objects::made_up_day(options.seed)
    } else {
        objects::from_paths(&options.paths).map_err(Error::Logs)?
    };
    let mut expected = Expected::default();
    for object in logs.iter().filter(|object| object.is_log) {
        let add = expected.add(LOG_BUCKET, &object.key, &object.body);
        add.map_err(|error| Error::File(object.key.clone(), error))?;
    }
    let binary = tokio::task::spawn_blocking(|| function_binary::find(Progress::Shown)).await;
    let binary = binary.map_err(|error| Error::File("cargo".to_owned(), error.into()))??;
    let tool = tokio::task::spawn_blocking(|| function_binary::tool(Progress::Shown)).await;
    let tool = tool.map_err(|error| Error::File("cargo".to_owned(), error.into()))??;
    let begin = Instant::now();
    let stack = start(&options, binary).await?;
    introduce(&stack, &options);

    let bytes = logs.iter().map(|object| object.body.len() as u64).sum();
    heading("On its way");
    let status = Status::new();
    tokio::select! {
        done = ferry(&stack, &logs, &status) => done?,
        () = watch(&stack, &status, logs.len()) => {}
    }
    stack.settle().await;
    stack.stream.drain().await;
    status.end();
    tell("  ", 2, &format!("settled after {:.1} s", begin.elapsed().as_secs_f64()), PLAIN);

    let as_expected = refused::report(&stack, &logs);
    let repaired = operator::work(&stack, &options.folder, tool, &logs).await?;
    let audit = stack.finish(&expected).await?;
    report::answers(&stack.warehouse, &expected).await?;
    let access_logs = logs.iter().filter(|object| object.is_log).count() as u64;
    let totals = report::Totals { objects: logs.len() as u64, logs: access_logs, bytes };
    let balanced = report::ledger(&stack, &expected, &audit, &totals);
    report::next(&options);
    Ok(balanced && as_expected && repaired)
}

async fn start(options: &Options, binary: PathBuf) -> Result<Stack, Error> {
    let file = &options.database;
    if let Some(folder) = file.parent() {
        let made = std::fs::create_dir_all(folder);
        made.map_err(|error| Error::File(folder.display().to_string(), error))?;
    }
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(Error::File(file.display().to_string(), error));
        }
        _ => {}
    }
    let builder: Builder = Stack::builder()
        .binary(binary)
        .folder(options.folder.clone())
        .database(file.clone())
        .postgres(options.postgres.clone())
        .ledger()
        .concurrency(2)
        .receives_max(3)
        .visibility(Duration::from_secs(6))
        .timeout(Duration::from_mins(1))
        .stream(|stream| {
            stream.buffer_bytes = 16 * 1024 * 1024;
            stream.buffer_interval = Duration::from_secs(1);
        });
    Ok(builder.start().await?)
}

fn introduce(stack: &Stack, options: &Options) {
    heading("A local stack: the real function, everything around it on this machine");
    let here = std::env::current_dir().unwrap_or_default();
    let from_here = |path: &Path| path.strip_prefix(&here).unwrap_or(path).display().to_string();
    let mut binary = from_here(&stack.function.settings().binary);
    if cfg!(debug_assertions) {
        binary.push_str(" (a development build; it ships smaller)");
    }
    let table = if options.postgres.is_some() {
        format!("PostgreSQL, schema {POSTGRES_SCHEMA}, loaded by Redshift's COPY rules")
    } else {
        let file = from_here(&options.database);
        format!("SQLite, loaded by Redshift's COPY rules: {file}")
    };
    for (name, text) in [
        ("S3", format!("{} (s3s), bucket {LOG_BUCKET} announces to SQS", stack.s3.url())),
        ("Lambda", binary),
        ("Firehose", format!("stream {STREAM}, stages gzip in {STAGING_BUCKET}")),
        ("Redshift", table),
    ] {
        tell(&format!("  {name:<10}"), 12, &text, PLAIN);
    }
}

/// Puts the objects, and breaks something on the way.
async fn ferry(stack: &Stack, logs: &[LogObject], status: &Status) -> Result<(), Error> {
    let bytes: u64 = logs.iter().map(|object| object.body.len() as u64).sum();
    status.say(&format!("{} log objects, {}", count(logs.len() as u64), size(bytes)), PLAIN);
    // What is broken is told when it breaks something.
    let throttled = async {
        stack.stream.wait_until(|counts| counts.calls_refused > 0).await;
        status.say("Firehose throttles: one call refused whole, two in part", FAULT);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        done = put_all(stack, logs, status) => done,
        () = throttled => Ok(()),
    }
}

async fn put_all(stack: &Stack, logs: &[LogObject], status: &Status) -> Result<(), Error> {
    let half = logs.len() / 2;
    let (first, second) = logs.split_at_checked(half).unwrap_or((logs, &[]));
    for object in first {
        put(stack, object).await?;
    }
    // There may be no log among the first ones, and then there is no record to wait for.
    tokio::select! {
        _ = stack.stream.wait_until(|counts| counts.records > 0) => {}
        () = stack.settle() => {}
    }
    for fault in [Fault::Throttle, Fault::Partial(vec![0, 1]), Fault::Partial(vec![0])] {
        stack.stream.faults().script(fault);
    }
    for object in second {
        put(stack, object).await?;
    }
    crash(stack, status).await;
    stack.settle().await;
    Ok(())
}

async fn put(stack: &Stack, object: &LogObject) -> Result<(), Error> {
    stack.announce(object.told == Told::AtOnce);
    stack.put(&object.key, object.body.clone()).await?;
    stack.announce(true);
    Ok(())
}

/// Kills the function while it works: after it has delivered something more.
async fn crash(stack: &Stack, status: &Status) {
    let starts = stack.function.counts().starts;
    let records = stack.stream.counts().records;
    tokio::select! {
        _ = stack.stream.wait_until(|counts| counts.records > records + 2) => {}
        () = stack.settle() => return,
    }
    let failures = stack.function.counts().failures;
    stack.function.kill();
    let text = "the function is killed with SIGKILL in the middle of its objects";
    status.say(text, FAULT);
    tokio::select! {
        _ = stack.function.wait_until(|counts| counts.failures > failures) => {
            status.say("its messages become visible again when their timeout ends", DIM);
        }
        _ = stack.function.wait_until(|counts| counts.starts > starts) => {}
        () = stack.settle() => {}
    }
}

/// Shows how far the work is, for ever.
async fn watch(stack: &Stack, status: &Status, objects: usize) {
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    loop {
        ticks.tick().await;
        let (stream, queue) = (stack.stream.counts(), stack.queues.events.counts());
        status.show(format!(
            "{} of {} objects done · {} records · {} staged · {} rows loaded · {} redelivered",
            count(queue.deleted),
            count(objects as u64),
            count(stream.records),
            size(stream.bytes),
            count(stream.rows),
            count(queue.redelivered),
        ));
    }
}
