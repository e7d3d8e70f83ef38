//! What all tasks of one invocation share: the outbox, the books, the gate, the clock.
//!
//! Bounded memory comes from here: there is one outbox, so one open record and one open batch; a
//! complete batch leaves it only when a call slot is free, and until then nobody else writes into
//! it. What it does not do: read or send.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use crate::filter::Filters;
use crate::pack::{Batch, Batcher, ObjectIndex, Packer, Record};

use super::budget::Budget;
use super::deliver::deliver;
use super::ledger::{CallTotals, Delivery, Intake, Loss};
use super::sink::RecordSink;
use super::throttle::Throttle;

/// The state of one invocation.
pub(super) struct Shared<S, K> {
    pub(super) source: Arc<S>,
    pub(super) sink: Arc<K>,
    pub(super) filters: Arc<Filters>,
    pub(super) mask_secrets: bool,
    pub(super) budget: Budget,
    pub(super) throttle: Throttle,
    /// Seeds the waits of readers that open again after a broken connection.
    pub(super) seed: u64,
    /// Where rows become batches. Its holder keeps the lock while it waits for a call slot: that is
    /// the backpressure, for all objects together. An async mutex for that reason.
    pub(super) outbox: tokio::sync::Mutex<Outbox>,
    /// Who got acknowledgements. Locked for moments only, never across an await, and never while
    /// waiting for the outbox.
    books: Mutex<Books>,
    /// One permit for each call that may be in flight. A delivery holds its permit until every one
    /// of its records is settled.
    pub(super) calls: Arc<Semaphore>,
}

/// The half of the books that deliveries write.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) deliveries: Vec<Delivery>,
    pub(super) calls: CallTotals,
}

/// Rows on their way into batches, with the half of the books that readers write.
pub(super) struct Outbox {
    packer: Packer,
    batcher: Batcher,
    pub(super) intakes: Vec<Intake>,
}

impl Outbox {
    pub(super) fn new(record_bytes: usize, batch_bytes: usize, objects: usize) -> Self {
        Self {
            packer: Packer::new(record_bytes),
            batcher: Batcher::new(batch_bytes),
            intakes: vec![Intake::default(); objects],
        }
    }

    /// Lets `write` append one row or nothing; see [`Packer::append`]. Returns the batch that became
    /// complete, if one did.
    pub(super) fn append<T>(
        &mut self,
        object: ObjectIndex,
        offset: u64,
        write: impl FnOnce(&mut Vec<u8>) -> T,
    ) -> (T, Option<Batch>) {
        let (outcome, record) = self.packer.append(object, offset, write);
        (outcome, record.and_then(|record| self.batcher.push(record)))
    }

    /// Everything that is left, in at most two batches.
    pub(super) fn drain(&mut self) -> Vec<Batch> {
        let complete = self.packer.take().and_then(|record| self.batcher.push(record));
        complete.into_iter().chain(self.batcher.take()).collect()
    }
}

impl<S: Send + Sync + 'static, K: RecordSink> Shared<S, K> {
    pub(super) fn new(parts: Parts<S, K>) -> Self {
        let deliveries = (0..parts.objects).map(|_| Delivery::default()).collect();
        Self {
            source: parts.source,
            sink: parts.sink,
            filters: parts.filters,
            mask_secrets: parts.mask_secrets,
            budget: parts.budget,
            throttle: Throttle::new(parts.seed),
            seed: parts.seed,
            outbox: tokio::sync::Mutex::new(Outbox::new(
                parts.record_bytes,
                parts.batch_bytes,
                parts.objects,
            )),
            books: Mutex::new(Books { deliveries, calls: CallTotals::default() }),
            calls: Arc::new(Semaphore::new(parts.calls_in_flight)),
        }
    }

    /// Waits for a call slot and starts delivering the batch in it.
    pub(super) async fn submit(self: &Arc<Self>, batch: Batch) {
        let Ok(permit) = Arc::clone(&self.calls).acquire_owned().await else {
            // The semaphore is never closed. If it were, the rows must not vanish from the books.
            return self.lose(&batch, &Loss::Unknown);
        };
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            deliver(shared, batch).await;
            drop(permit);
        });
    }

    /// Gives up all records of a batch.
    pub(super) fn lose(&self, batch: &Batch, loss: &Loss) {
        self.with_books(|books| {
            for share in batch.records().iter().flat_map(Record::shares) {
                if let Some(delivery) = books.deliveries.get_mut(share.object) {
                    delivery.lose(share, loss);
                }
            }
        });
    }

    /// Whether rows of the object were refused, so that it has failed.
    pub(super) fn is_refused(&self, object: ObjectIndex) -> bool {
        self.with_books(|books| books.deliveries.get(object).is_some_and(Delivery::is_refused))
    }

    /// Reads or writes the delivery books.
    pub(super) fn with_books<T>(&self, act: impl FnOnce(&mut Books) -> T) -> T {
        act(&mut self.books.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a [`Shared`] is made of.
pub(super) struct Parts<S, K> {
    pub(super) source: Arc<S>,
    pub(super) sink: Arc<K>,
    pub(super) filters: Arc<Filters>,
    pub(super) mask_secrets: bool,
    pub(super) budget: Budget,
    pub(super) seed: u64,
    pub(super) record_bytes: usize,
    pub(super) batch_bytes: usize,
    pub(super) calls_in_flight: usize,
    pub(super) objects: usize,
}
