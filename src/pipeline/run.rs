//! A whole invocation: start readers, send what is left, close the books.
//!
//! What it does not do: hand unfinished objects on. It reports them, and an object nobody takes over
//! has failed.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::filter::Filters;
use crate::pack::ObjectIndex;

use super::budget::Budget;
use super::ledger::{Delivery, Intake, Loss, Totals, check_conservation};
use super::object::{ObjectError, ObjectErrorKind, ObjectOutcome, ObjectTask, Resume};
use super::reader::{Reader, ReaderEnd, Reading};
use super::shared::{Parts, Shared};
use super::sink::RecordSink;
use super::source::ObjectSource;

/// What stays the same from invocation to invocation.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The size rows are packed up to, in bytes.
    pub record_bytes: usize,
    /// The raw bytes a call holds at most.
    pub batch_bytes: usize,
    /// How many objects are read at the same time.
    pub objects_in_flight: usize,
    /// How many calls to the sink are under way at the same time, each with its batch in memory.
    pub calls_in_flight: usize,
    /// Whether secrets of signed URLs are masked.
    pub mask_secrets: bool,
    /// Which lines are wanted.
    pub filters: Arc<Filters>,
}

/// What is different for every invocation.
#[derive(Debug, Clone, Copy)]
pub struct Invocation {
    /// When to stop.
    pub budget: Budget,
    /// Seeds the waits after failures.
    pub seed: u64,
    /// The time of day, in seconds since 1970, for the lag metrics.
    pub now_unix_s: i64,
}

/// How an invocation ended.
#[derive(Debug)]
pub struct Report {
    /// One outcome for each object, in the order given.
    pub outcomes: Vec<ObjectOutcome>,
    /// The sums.
    pub totals: Totals,
}

/// A source, a sink, and how to get from one to the other.
pub struct Pipeline<S, K> {
    source: Arc<S>,
    sink: Arc<K>,
    settings: Settings,
}

impl<S: ObjectSource, K: RecordSink> Pipeline<S, K> {
    /// A pipeline between the two. Objects and calls in flight are held to at least one.
    #[must_use]
    pub fn new(source: Arc<S>, sink: Arc<K>, settings: Settings) -> Self {
        Self { source, sink, settings }
    }

    /// Reads the objects and delivers their rows.
    pub async fn run(&self, objects: Vec<ObjectTask>, invocation: Invocation) -> Report {
        let calls_in_flight = self.settings.calls_in_flight.max(1);
        let shared = Arc::new(Shared::new(Parts {
            source: Arc::clone(&self.source),
            sink: Arc::clone(&self.sink),
            filters: Arc::clone(&self.settings.filters),
            mask_secrets: self.settings.mask_secrets,
            budget: invocation.budget,
            seed: invocation.seed,
            record_bytes: self.settings.record_bytes,
            batch_bytes: self.settings.batch_bytes,
            calls_in_flight,
            objects: objects.len(),
        }));
        let endings = self.read_all(&shared, &objects).await;
        // The last rows share a record and a batch, whoever they belong to. The guard must go before
        // the books are closed, and no reader is left that could want it.
        let last = shared.outbox.lock().await.drain();
        for batch in last {
            shared.submit(batch).await;
        }
        // A delivery holds its permit until it has settled every record, so all permits together
        // mean that all deliveries have ended.
        let all = u32::try_from(calls_in_flight).unwrap_or(u32::MAX);
        let settled = shared.calls.acquire_many(all).await;
        let intakes = std::mem::take(&mut shared.outbox.lock().await.intakes);
        drop(settled);
        shared.with_books(|books| {
            let mut totals = Totals::default();
            totals.add_calls(books.calls);
            let closing = objects.iter().zip(endings).zip(intakes.iter().zip(&books.deliveries));
            let outcomes = closing
                .map(|((task, ending), (intake, delivery))| {
                    totals.add(intake, delivery, invocation.now_unix_s);
                    let outcome = close(task, ending, intake, delivery);
                    tally(&mut totals, &outcome);
                    outcome
                })
                .collect();
            if totals.rows != totals.rows_delivered + totals.rows_lost {
                totals.conservation_mismatches += 1;
            }
            Report { outcomes, totals }
        })
    }

    /// Starts readers, a bounded number at a time, and collects how each ended.
    async fn read_all(&self, shared: &Arc<Shared<S, K>>, objects: &[ObjectTask]) -> Vec<Ending> {
        let mut endings: Vec<Ending> = objects.iter().map(|_| Ending::NotStarted).collect();
        let mut waiting = objects.iter().enumerate();
        let mut readers: JoinSet<(ObjectIndex, Reading)> = JoinSet::new();
        loop {
            while readers.len() < self.settings.objects_in_flight.max(1)
                && !shared.budget.reading_is_over()
                && let Some((object, task)) = waiting.next()
            {
                // What is started and never reports back has panicked.
                if let Some(ending) = endings.get_mut(object) {
                    *ending = Ending::Panicked;
                }
                let reader = Reader::new(Arc::clone(shared), object, task.clone());
                readers.spawn(async move { (object, reader.read().await) });
            }
            match readers.join_next().await {
                None => return endings,
                Some(Ok((object, reading))) => {
                    if let Some(ending) = endings.get_mut(object) {
                        *ending = Ending::Read(reading);
                    }
                }
                // The panic's payload may quote a line: it is not logged.
                Some(Err(_)) => {}
            }
        }
    }
}

/// How reading an object ended, if it did.
#[derive(Debug)]
enum Ending {
    NotStarted,
    Panicked,
    Read(Reading),
}

/// The verdict on one object, all calls having ended.
fn close(task: &ObjectTask, ending: Ending, intake: &Intake, delivery: &Delivery) -> ObjectOutcome {
    let start = task.start_offset();
    let failed = |offset: u64, kind: ObjectErrorKind| {
        let (bucket, key) = (task.bucket.clone(), task.key.clone());
        ObjectOutcome::Failed(ObjectError { bucket, key, offset, kind })
    };
    let reading = match ending {
        Ending::Read(reading) => reading,
        Ending::Panicked => return failed(start, ObjectErrorKind::Panicked),
        Ending::NotStarted => return ObjectOutcome::NotStarted,
    };
    // Refused rows are the reason behind whatever reading ended with.
    match &delivery.loss {
        Some(Loss::Refused(reason)) => {
            let kind = ObjectErrorKind::Undeliverable { reason: reason.clone() };
            return failed(reading.offset, kind);
        }
        Some(Loss::Unknown) => return failed(reading.offset, ObjectErrorKind::DeliveryLost),
        Some(Loss::OutOfTime) | None => {}
    }
    let stopped = match reading.end {
        ReaderEnd::Missing => return ObjectOutcome::Missing,
        ReaderEnd::Failed(kind) => return failed(reading.offset, kind),
        ReaderEnd::Finished => None,
        ReaderEnd::Stopped => Some(reading.offset),
    };
    if let Err(kind) = check_conservation(intake, delivery) {
        return failed(reading.offset, kind);
    }
    let Some(resume) = earliest(stopped, delivery.lost_from) else {
        return ObjectOutcome::Done;
    };
    // A position in a version that is gone is worth nothing, and without progress the next
    // invocation would be no better off: then the object fails, so that attempts are counted.
    let stale = reading.restarted && delivery.lost > 0;
    if stale || resume <= reading.start {
        return failed(resume, ObjectErrorKind::OutOfTime);
    }
    let (etag, encoding) = (reading.etag, reading.encoding);
    ObjectOutcome::Unfinished(Resume { offset: resume, etag, encoding })
}

fn earliest(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn tally(totals: &mut Totals, outcome: &ObjectOutcome) {
    match outcome {
        ObjectOutcome::Done => totals.objects_done += 1,
        ObjectOutcome::Missing => totals.objects_missing += 1,
        ObjectOutcome::Unfinished(_) | ObjectOutcome::NotStarted => totals.objects_unfinished += 1,
        ObjectOutcome::Failed(error) => {
            totals.objects_failed += 1;
            match error.kind {
                ObjectErrorKind::NotAnAccessLog => totals.objects_refused += 1,
                ObjectErrorKind::Conservation { .. } => totals.conservation_mismatches += 1,
                _ => {}
            }
        }
    }
}
