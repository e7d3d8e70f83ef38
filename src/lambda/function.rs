//! One invocation: plan it, run it, continue what is left, respond.
//!
//! What it does not do: know the Runtime API or AWS; [`super::start`] brings those.

use std::time::Duration;

use futures_util::stream;
use serde_json::Value;
use tokio::time::Instant;
use tracing::{error, info};

use crate::event::{Payload, Trigger};
use crate::pipeline::{Budget, Invocation, ObjectErrorKind, ObjectOutcome, Pipeline, Totals};
use crate::ports::{Cause, MessageQueue, ObjectSource, QueueError, RecordSink};

use super::continuation::{Results, continue_rest};
use super::plan::Plan;
use super::receipts::Receipts;
use super::response::{FunctionError, to_map, to_other, to_sqs};

/// The last moments of an invocation, for its response to get out.
const RESPONSE_MARGIN: Duration = Duration::from_millis(200);

/// The function between a source, a sink and a queue.
pub struct Function<S, K, Q> {
    pipeline: Pipeline<S, K>,
    queue: Option<Q>,
    ledger: Option<LedgerStream<K>>,
    reserve: Duration,
}

/// Where receipts go.
pub struct LedgerStream<K> {
    /// Takes them.
    pub sink: K,
    /// Stands in each receipt for the settings that decide what a line becomes.
    pub settings: String,
}

/// What is known of an invocation besides its payload.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// How long it may take.
    pub time: Duration,
    /// The time of day, in seconds since 1970.
    pub now_unix_s: i64,
    /// Seeds the waits after failures.
    pub seed: u64,
}

/// What comes of an invocation.
#[derive(Debug)]
pub struct Response {
    /// What Lambda is told, or why the event failed as a whole.
    pub result: Result<Value, FunctionError>,
    /// The sums, for the metrics.
    pub totals: Totals,
    /// Objects that another invocation continues.
    pub continuations: u64,
    /// Receipts that the ledger's stream did not take.
    pub ledger_lost: u64,
    /// A service does not take the function's credentials. They do not change while it lives.
    pub credentials_are_bad: bool,
}

impl<S: ObjectSource, K: RecordSink, Q: MessageQueue> Function<S, K, Q> {
    /// A function that keeps `reserve` back before its deadline.
    #[must_use]
    pub fn new(pipeline: Pipeline<S, K>, queue: Option<Q>, reserve: Duration) -> Self {
        Self { pipeline, queue, ledger: None, reserve }
    }

    /// The same function, which writes down in the ledger what was delivered.
    #[must_use]
    pub fn with_ledger(self, ledger: Option<LedgerStream<K>>) -> Self {
        Self { ledger, ..self }
    }

    /// Handles one payload, the JSON of an event.
    pub async fn handle(&self, payload: &str, context: Context) -> Response {
        let started = Instant::now();
        let payload = Payload::read(payload);
        let trigger = payload.trigger;
        let plan = Plan::of(payload);
        for ignored in &plan.ignored {
            info!(reason = ignored.name(), "Ignored an event.");
        }
        let (now_unix_s, seed) = (context.now_unix_s, context.seed);
        let to_hand_on = if self.queue.is_some() { plan.objects.len() } else { 0 };
        let budget = Budget::new(started, context.time, self.reserve, to_hand_on);
        let invocation = Invocation { budget, seed, now_unix_s };
        let (outcomes, totals, receipts) = self.run(&plan, invocation).await;
        let margin = RESPONSE_MARGIN.min(context.time / 20);
        let end = started + context.time.saturating_sub(margin);
        let (results, ledger_lost) = tokio::join!(
            continue_rest(self.queue.as_ref(), &plan.objects, outcomes, end),
            self.write_down(receipts, end),
        );
        let continuations = results.continuations();
        log_totals(&totals, continuations);
        let credentials_are_bad = credentials_are_bad(&results);
        let result = match trigger {
            Trigger::Sqs => to_sqs(&plan.messages, &results.failures),
            Trigger::Map => to_map(&plan, &results, &totals),
            Trigger::Other => to_other(&plan.messages, &results, &totals),
        };
        Response { result, totals, continuations, ledger_lost, credentials_are_bad }
    }

    /// How each object ended; `None` for those that were not begun.
    async fn run(
        &self,
        plan: &Plan,
        run: Invocation,
    ) -> (Vec<Option<ObjectOutcome>>, Totals, Receipts) {
        let mut outcomes: Vec<Option<ObjectOutcome>> = plan.objects.iter().map(|_| None).collect();
        let split: &[usize] = if self.queue.is_some() { &plan.split } else { &[] };
        let to_read: Vec<usize> = (0..plan.objects.len())
            .filter(|position| split.binary_search(position).is_err())
            .collect();
        let tasks = to_read.iter().filter_map(|position| plan.objects.get(*position)).cloned();
        // The stream says how many there are, by which the pipeline shares its time out.
        let objects = stream::iter(tasks.collect::<Vec<_>>());
        let mut receipts = Receipts::new(self.ledger.as_ref().map(|ledger| &*ledger.settings));
        let mut totals = self
            .pipeline
            .run(objects, run, |settled| {
                receipts.take(&settled, run.now_unix_s);
                let position = to_read.get(settled.index);
                if let Some(outcome) = position.and_then(|position| outcomes.get_mut(*position)) {
                    *outcome = Some(settled.outcome);
                }
            })
            .await;
        let not_begun = outcomes.iter().filter(|outcome| outcome.is_none()).count();
        totals.objects_unfinished += not_begun as u64;
        (outcomes, totals, receipts)
    }

    /// How many receipts were lost.
    async fn write_down(&self, receipts: Receipts, end: Instant) -> u64 {
        match &self.ledger {
            Some(ledger) => receipts.write(&ledger.sink, end).await,
            None => 0,
        }
    }
}

/// Whether an object failed because of the function's own credentials.
fn credentials_are_bad(results: &Results) -> bool {
    results.failures.iter().flatten().any(|failure| match &failure.kind {
        ObjectErrorKind::AccessRejected(rejection)
        | ObjectErrorKind::Undeliverable(rejection)
        | ObjectErrorKind::NotContinued(QueueError::Rejected(rejection)) => {
            rejection.cause == Cause::Credentials
        }
        _ => false,
    })
}

fn log_totals(totals: &Totals, continuations: u64) {
    if totals.conservation_mismatches > 0 {
        error!(mismatches = totals.conservation_mismatches, "The ledger does not balance.");
    }
    info!(
        objects_done = totals.objects_done,
        objects_failed = totals.objects_failed,
        objects_missing = totals.objects_missing,
        objects_unfinished = totals.objects_unfinished,
        continuations,
        lines = totals.lines,
        rows_delivered = totals.rows_delivered,
        rows_quarantined = totals.rows_quarantined,
        rows_filtered = totals.rows_filtered,
        records = totals.records_delivered,
        records_retried = totals.records_retried,
        "Done with an event.",
    );
}
