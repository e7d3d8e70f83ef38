//! One invocation: plan it, run it, continue what is left, respond.
//!
//! What it does not do: know the Runtime API or AWS; [`super::start`] brings those.

use std::time::Duration;

use futures_util::stream;
use serde_json::Value;
use tokio::time::Instant;
use tracing::{error, info};

use crate::event::{Payload, Trigger};
use crate::pipeline::{Budget, Invocation, ObjectOutcome, Pipeline, Totals};
use crate::ports::{MessageQueue, ObjectSource, RecordSink};

use super::continuation::continue_rest;
use super::plan::Plan;
use super::response::{FunctionError, to_other, to_sqs};

/// The last moments of an invocation, for its response to get out.
const RESPONSE_MARGIN: Duration = Duration::from_millis(200);

/// The function between a source, a sink and a queue.
pub struct Function<S, K, Q> {
    pipeline: Pipeline<S, K>,
    queue: Option<Q>,
    reserve: Duration,
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
}

impl<S: ObjectSource, K: RecordSink, Q: MessageQueue> Function<S, K, Q> {
    /// A function that keeps `reserve` back before its deadline.
    #[must_use]
    pub fn new(pipeline: Pipeline<S, K>, queue: Option<Q>, reserve: Duration) -> Self {
        Self { pipeline, queue, reserve }
    }

    /// Handles one payload.
    pub async fn handle(&self, payload: &Value, context: Context) -> Response {
        let started = Instant::now();
        let budget = Budget::new(started, context.time, self.reserve);
        let payload = Payload::read(payload);
        let trigger = payload.trigger;
        let plan = Plan::of(payload);
        for ignored in &plan.ignored {
            info!(reason = ignored.name(), "Ignored an event.");
        }
        let (now_unix_s, seed) = (context.now_unix_s, context.seed);
        let invocation = Invocation { budget, seed, now_unix_s };
        let (outcomes, totals) = self.run(&plan, invocation).await;
        let margin = RESPONSE_MARGIN.min(context.time / 20);
        let end = started + context.time.saturating_sub(margin);
        let results = continue_rest(self.queue.as_ref(), &plan.objects, outcomes, end).await;
        log_totals(&totals, results.continued);
        let result = match trigger {
            Trigger::Sqs => to_sqs(&plan.messages, &results.failures),
            Trigger::Other => to_other(&plan.messages, &results, &totals),
        };
        Response { result, totals, continuations: results.continued }
    }

    /// How each object ended; `None` for those that were not begun.
    async fn run(&self, plan: &Plan, run: Invocation) -> (Vec<Option<ObjectOutcome>>, Totals) {
        let mut outcomes: Vec<Option<ObjectOutcome>> = plan.objects.iter().map(|_| None).collect();
        let objects = stream::iter(plan.objects.iter().cloned());
        let mut totals = self
            .pipeline
            .run(objects, run, |settled| {
                if let Some(outcome) = outcomes.get_mut(settled.index) {
                    *outcome = Some(settled.outcome);
                }
            })
            .await;
        let not_begun = outcomes.iter().filter(|outcome| outcome.is_none()).count();
        totals.objects_unfinished += not_begun as u64;
        (outcomes, totals)
    }
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
