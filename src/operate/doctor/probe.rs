//! One made-up log object from end to end, and where it stopped if its row does not come.

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::check::Check;
use super::gzip::left;
use super::made_up::{key, line, request_id, sql_time, unique};
use super::probe_ports::ProbePorts;
use super::text::duration;
use super::whereabouts::{Place, whereabouts};
use crate::operate::bucket::url;
use crate::operate::error::OperateError;
use crate::operate::stack::Stack;
use crate::ports::{
    Deployment, ObjectListing, ObjectRemover, ObjectSource, ObjectWriter, Value, Warehouse,
    WarehouseError, rows_of,
};
use crate::table::{SqlNames, rows_of_request};

const ID: &str = "probe.row";

/// The clocks of this machine and of the warehouse need not agree.
const SKEW_S: i64 = 86_400;

/// What is sent where, and how long its row is waited for.
#[derive(Debug, Clone)]
pub struct Probe {
    /// The log bucket.
    pub bucket: String,
    /// A prefix that is watched.
    pub prefix: String,
    /// What the table is called.
    pub names: SqlNames,
    /// How long the row is waited for.
    pub timeout: Duration,
    /// How long from one look into the table to the next.
    pub pause: Duration,
    /// Now, in seconds since 1970.
    pub now_unix_s: i64,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probed {
    /// What was found.
    Checks(Vec<Check>),
    /// It was stopped, and took the object back.
    Interrupted,
}

/// Puts the object, waits for its row, says where it is if none comes, and removes the object.
/// `waits` is told how long the wait has been and how long it will be at most.
///
/// # Errors
/// [`OperateError`] where the object could not be written or the warehouse not be asked.
pub async fn send_probe<O, L, S, D, W>(
    ports: &ProbePorts<'_, O, L, S, D, W>,
    stack: &Stack,
    probe: &Probe,
    mut stop: watch::Receiver<bool>,
    waits: impl FnMut(Duration, Duration),
) -> Result<Probed, OperateError>
where
    O: ObjectWriter + ObjectRemover,
    L: ObjectListing,
    S: ObjectSource,
    D: Deployment,
    W: Warehouse,
{
    let unique = unique();
    let (key, id) = (key(&probe.prefix, probe.now_unix_s, unique), request_id(unique));
    let object = url(&probe.bucket, &key);
    let letters = letters(ports.deployment, stack).await;
    let body = Bytes::from(line(probe.now_unix_s, &id));
    let put = ports.objects.write(&probe.bucket, &key, body).await;
    put.map_err(|source| OperateError::Write { url: object.clone(), source })?;
    let came = tokio::select! {
        came = wait(ports.warehouse, probe, &id, waits) => Some(came),
        Ok(_) = stop.wait_for(|stop| *stop) => None,
    };
    let found = match came {
        Some(Ok(false)) => {
            let place = whereabouts(ports, stack, &id, probe.now_unix_s).await;
            let more = match (letters, self::letters(ports.deployment, stack).await) {
                (Some(before), Some(now)) => now > before,
                _ => false,
            };
            Some(stopped(&object, probe, if more { Place::DeadLetters } else { place }))
        }
        Some(Ok(true)) => Some(arrived(probe, &id)),
        Some(Err(_)) | None => None,
    };
    let removed = ports.objects.remove(&probe.bucket, &key).await;
    if let Some(Err(source)) = came {
        return Err(OperateError::Warehouse { asked: "look for the probe's row", source });
    }
    let mut checks: Vec<Check> = found.into_iter().collect();
    checks.extend(removed.err().map(|error| left(&object, &error)));
    Ok(if checks.is_empty() { Probed::Interrupted } else { Probed::Checks(checks) })
}

/// How many dead letters there are, where that can be seen.
async fn letters(deployment: &impl Deployment, stack: &Stack) -> Option<u64> {
    let url = stack.dead_letter_queue.url.as_deref()?;
    let facts = deployment.queue(url).await.ok()?;
    Some(facts.waiting + facts.in_flight)
}

/// Whether the row came in time. A warehouse that does not answer for a moment is asked again.
async fn wait(
    warehouse: &impl Warehouse,
    probe: &Probe,
    id: &str,
    mut waits: impl FnMut(Duration, Duration),
) -> Result<bool, WarehouseError> {
    let question = rows_of_request(&probe.names, id, &sql_time(probe.now_unix_s - SKEW_S));
    let begun = Instant::now();
    let end = begun + probe.timeout;
    loop {
        match rows_of(warehouse, std::slice::from_ref(&question)).await {
            Ok(rows) => {
                let count = rows.first().and_then(|row| row.first()).and_then(Value::whole);
                if count.is_some_and(|count| count > 0) {
                    return Ok(true);
                }
            }
            Err(WarehouseError::Unavailable(_)) => {}
            Err(error) => return Err(error),
        }
        let now = Instant::now();
        if now >= end {
            return Ok(false);
        }
        waits(now - begun, end - now);
        sleep_until((now + probe.pause).min(end)).await;
    }
}

fn arrived(probe: &Probe, id: &str) -> Check {
    let table = probe.names.qualified();
    let text = format!("the row came; DELETE FROM {table} WHERE request_id = '{id}' removes it");
    Check::ok(ID, text)
}

fn stopped(object: &str, probe: &Probe, place: Place) -> Check {
    let waited = duration(probe.timeout.as_secs());
    let (where_it_is, remedy) = match place {
        Place::DeadLetters => (
            "a message came to the dead-letter queue meanwhile".to_owned(),
            "logferry replay dead-letters, and the function's log".to_owned(),
        ),
        Place::LoadFailed { manifest } => {
            (format!("its load failed: {manifest}"), "logferry replay loads says why".to_owned())
        }
        Place::Staged { file } => (
            format!("it is staged in {file} and not loaded"),
            "wait for the load; else see firehose.copy_options and the log group of the stream"
                .to_owned(),
        ),
        Place::Queue { waiting, in_flight } => (
            format!("{waiting} messages wait in the queue, {in_flight} are in work"),
            "--timeout longer; else see event_source.enabled and the function's log".to_owned(),
        ),
        Place::Nowhere => (
            "it is neither in the queue, nor among the dead letters, nor staged: it was never \
             announced, is filtered, or Firehose still holds it"
                .to_owned(),
            "see notification.*, the function's filters and its log; --timeout longer than the \
             stream buffers"
                .to_owned(),
        ),
        Place::Unknown { why } => {
            (format!("where it is could not be looked up: {why}"), "logferry doctor".to_owned())
        }
    };
    Check::fail(ID, format!("no row of {object} within {waited}; {where_it_is}"), remedy)
}
