//! A whole run: starts readers, sends what is left, closes the accounts.
//!
//! What it does not do: see to unfinished objects. It reports them, and an object nobody goes on with
//! has failed.

use std::num::NonZeroU64;
use std::pin::pin;
use std::sync::Arc;

use futures_util::{Stream, StreamExt as _};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

use crate::filter::Filters;
use crate::pack::{BatchSize, ObjectIndex, RecordCompression};
use crate::ports::{ObjectSource, ObjectTask, RecordSink};
use crate::row::RowOptions;

use super::account::Account;
use super::budget::Budget;
use super::closing::{close, receipt};
use super::deliver::Courier;
use super::ledger::Ledger;
use super::object::Settled;
use super::outbox::Outbox;
use super::reader::Reader;
use super::rows::Rows;
use super::throttle::Throttle;
use super::totals::Totals;

/// What stays the same from run to run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The size rows are packed up to, in bytes.
    pub record_bytes: usize,
    /// Whether records are compressed; then `record_bytes` counts compressed bytes.
    pub record_compression: RecordCompression,
    /// How much a call to the sink holds at most.
    pub batch: BatchSize,
    /// How many objects are read at the same time; at least one is.
    pub objects_in_flight: usize,
    /// How many calls to the sink are under way at the same time, each with its batch in memory; at
    /// least one is.
    pub calls_in_flight: usize,
    /// The most bytes of rows that a second gets on average: this run's part of the sink's quota.
    pub bytes_per_second: Option<NonZeroU64>,
    /// How rows are written.
    pub rows: RowOptions,
    /// Which lines are wanted.
    pub filters: Arc<Filters>,
}

/// What is different for every run.
#[derive(Debug, Clone, Copy)]
pub struct Invocation {
    /// When to stop.
    pub budget: Budget,
    /// Seeds the waits after failures.
    pub seed: u64,
    /// The time of day, in seconds since 1970, for the lag metrics.
    pub now_unix_s: i64,
}

/// A source, a sink, and how to get from one to the other.
pub struct Pipeline<S, K> {
    source: Arc<S>,
    sink: Arc<K>,
    settings: Settings,
}

/// The end of the ledger at which accounts come out.
type Accounts = UnboundedReceiver<(ObjectIndex, Account)>;

impl<S: ObjectSource, K: RecordSink> Pipeline<S, K> {
    /// A pipeline between the two.
    #[must_use]
    pub fn new(source: Arc<S>, sink: Arc<K>, settings: Settings) -> Self {
        Self { source, sink, settings }
    }

    /// Reads the objects and delivers their rows. Each object is reported as soon as its rows are
    /// settled, in whatever order that happens. When time is over, no more objects are taken from the
    /// stream: those that are not reported were not begun.
    pub async fn run(
        &self,
        objects: impl Stream<Item = ObjectTask>,
        invocation: Invocation,
        report: impl FnMut(Settled),
    ) -> Totals {
        let (settled, accounts) = unbounded_channel();
        let ledger = Arc::new(Ledger::new(settled));
        let (consignments, sent) = unbounded_channel();
        let calls_in_flight = self.settings.calls_in_flight.max(1);
        let Settings { record_bytes, batch, record_compression, .. } = self.settings;
        let sizes = (record_bytes, batch, record_compression);
        let outbox = Outbox::new(sizes, calls_in_flight, consignments, Arc::clone(&ledger));
        let outbox = Arc::new(outbox);
        let throttle = Throttle::new(invocation.seed, self.settings.bytes_per_second);
        let courier = Courier::new(Arc::clone(&self.sink), invocation.budget, throttle);
        // A set, so that the deliveries end with the run when somebody drops it.
        let mut deliveries = JoinSet::new();
        deliveries.spawn(courier.deliver_all(sent));

        let mut closing =
            Closing { now_unix_s: invocation.now_unix_s, totals: Totals::default(), report };
        let accounts = self.read_all(objects, invocation, &ledger, &outbox, accounts, &mut closing);
        let mut accounts = accounts.await;
        outbox.flush().await;
        // No reader is left, so this is the last one: the deliveries end when they are through.
        drop(outbox);
        while deliveries.join_next().await.is_some() {}
        let (unsettled, calls) = ledger.finish();
        let rest = std::iter::from_fn(|| accounts.try_recv().ok()).chain(unsettled);
        rest.for_each(|(object, account)| closing.close(object, account));
        closing.totals.finish(calls)
    }

    /// Starts readers, a bounded number at a time, until the stream or the time is over and the last
    /// one has ended. Accounts that are settled meanwhile are closed.
    async fn read_all(
        &self,
        objects: impl Stream<Item = ObjectTask>,
        invocation: Invocation,
        ledger: &Arc<Ledger>,
        outbox: &Arc<Outbox>,
        mut accounts: Accounts,
        closing: &mut Closing<impl FnMut(Settled)>,
    ) -> Accounts {
        let budget = invocation.budget;
        let at_once = self.settings.objects_in_flight.max(1);
        let more_than_at_once = objects.size_hint().0 > at_once;
        let mut objects = pin!(objects);
        let mut readers = JoinSet::new();
        let mut more = true;
        while more || !readers.is_empty() {
            let free = readers.len() < at_once;
            tokio::select! {
                biased;
                Some((object, account)) = accounts.recv() => closing.close(object, account),
                // A reader that panicked has said so in its account. The panic's payload may quote a
                // line: it is not logged.
                Some(_) = readers.join_next() => {}
                next = budget.while_reading(objects.next()), if more && free => match next.flatten() {
                    Some(task) => {
                        let own = if more_than_at_once { budget.shared() } else { budget };
                        let invocation = Invocation { budget: own, ..invocation };
                        readers.spawn(self.reader(task, invocation, ledger, outbox).read());
                    }
                    None => more = false,
                },
            }
        }
        accounts
    }

    fn reader(
        &self,
        task: ObjectTask,
        invocation: Invocation,
        ledger: &Arc<Ledger>,
        outbox: &Arc<Outbox>,
    ) -> Reader<S> {
        let account = ledger.open(task.clone());
        let seed = invocation.seed ^ (account.object() as u64).rotate_left(32);
        let choices = (self.settings.rows.clone(), Arc::clone(&self.settings.filters));
        let rows = Rows::new(account, &task, Arc::clone(outbox), choices, invocation.budget);
        Reader::new(Arc::clone(&self.source), task, rows, invocation.budget, seed)
    }
}

/// Closes accounts, adds them up and reports their objects.
struct Closing<R> {
    now_unix_s: i64,
    totals: Totals,
    report: R,
}

impl<R: FnMut(Settled)> Closing<R> {
    fn close(&mut self, index: ObjectIndex, account: Account) {
        let outcome = close(&account);
        self.totals.add(&account, &outcome, self.now_unix_s);
        let receipt = receipt(&account, &outcome);
        (self.report)(Settled { index, task: account.task, outcome, receipt });
    }
}
