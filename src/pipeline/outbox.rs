//! Rows of all objects on their way into calls.
//!
//! Bounded memory comes from here: there is one open record and one open batch; a batch that is
//! complete leaves only when a call is free for it, and until then nobody else writes. Invariant:
//! what leaves is a [`Consignment`], which writes its rows off when it is dropped, so none can vanish
//! from the ledger. What it does not do: read or send.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Mutex, MutexGuard, OwnedSemaphorePermit, Semaphore};

use crate::pack::{Batch, BatchSize, Batcher, ObjectIndex, Packer, Record, RecordCompression};
use crate::ports::Verdict;

use super::account::Loss;
use super::ledger::Ledger;

/// Where rows become batches.
pub(super) struct Outbox {
    /// Who packs keeps the lock while waiting for a call: that is the backpressure, for all objects
    /// together. An async mutex for that reason.
    packing: Mutex<Packing>,
    /// One permit for each call that may be in flight.
    calls: Arc<Semaphore>,
    /// To the deliveries. Bounded by the permits.
    consignments: UnboundedSender<Consignment>,
}

/// The open record and the open batch.
pub(super) struct Packing {
    packer: Packer,
    batcher: Batcher,
    ledger: Arc<Ledger>,
}

impl Outbox {
    /// An outbox for records of at most so many bytes, batches of that size, and calls of at most so many at
    /// the same time.
    pub(super) fn new(
        (record_bytes, batch, compression): (usize, BatchSize, RecordCompression),
        calls_in_flight: usize,
        consignments: UnboundedSender<Consignment>,
        ledger: Arc<Ledger>,
    ) -> Self {
        let packer = Packer::new(record_bytes, compression);
        let packing = Packing { packer, batcher: Batcher::new(batch), ledger };
        let calls = Arc::new(Semaphore::new(calls_in_flight));
        Self { packing: Mutex::new(packing), calls, consignments }
    }

    /// Waits until nobody else packs.
    pub(super) async fn packing(&self) -> MutexGuard<'_, Packing> {
        self.packing.lock().await
    }

    /// Waits for a free call and starts delivering in it.
    pub(super) async fn send(&self, mut consignment: Consignment) {
        // Neither the semaphore nor the channel is ever closed before. If one were, the consignment
        // would be dropped, and its rows written off.
        if let Ok(call) = Arc::clone(&self.calls).acquire_owned().await {
            consignment.call = Some(call);
            drop(self.consignments.send(consignment));
        }
    }

    /// Sends everything that is left, all objects having been read.
    pub(super) async fn flush(&self) {
        let last = self.packing().await.drain();
        for consignment in last {
            self.send(consignment).await;
        }
    }
}

impl Packing {
    /// Lets `write` append one row of the object; see [`Packer::append`]. Returns the consignment
    /// that became complete, if one did.
    pub(super) fn append<T>(
        &mut self,
        object: ObjectIndex,
        offset: u64,
        write: impl FnOnce(&mut Vec<u8>) -> T,
    ) -> (T, Option<Consignment>) {
        let (written, record) = self.packer.append(object, offset, write);
        let batch = record.and_then(|record| self.batcher.push(record));
        (written, batch.map(|batch| self.consign(batch)))
    }

    /// Everything that is left, in at most two consignments.
    fn drain(&mut self) -> Vec<Consignment> {
        let complete = self.packer.take().and_then(|record| self.batcher.push(record));
        let batches: Vec<Batch> = complete.into_iter().chain(self.batcher.take()).collect();
        batches.into_iter().map(|batch| self.consign(batch)).collect()
    }

    fn consign(&self, batch: Batch) -> Consignment {
        Consignment { batch, ledger: Arc::clone(&self.ledger), call: None }
    }
}

/// The records of a batch that are not settled yet. Dropped with records in it, for whatever reason,
/// it writes them off: that is what happens when a call panics.
#[must_use = "dropped, it writes its rows off"]
pub(super) struct Consignment {
    batch: Batch,
    ledger: Arc<Ledger>,
    /// Held from the sending on, until everything is settled.
    call: Option<OwnedSemaphorePermit>,
}

impl Consignment {
    /// What is still to be delivered.
    pub(super) fn records(&self) -> &[Record] {
        self.batch.records()
    }

    /// Their size in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.records().iter().map(|record| record.data().len() as u64).sum()
    }

    /// Writes down what the verdicts settle and keeps the other records; true when none is left. A
    /// record without a verdict is kept: a response that is too short is no acknowledgement.
    pub(super) fn settle(&mut self, verdicts: &[Verdict]) -> bool {
        self.ledger.settle(self.batch.records(), verdicts);
        self.batch.retain(|position| matches!(verdicts.get(position), None | Some(Verdict::Retry)));
        if self.records().is_empty() {
            return true;
        }
        self.ledger.count_retry(self.records().len());
        false
    }

    /// Writes off what is left.
    pub(super) fn give_up(mut self, loss: &Loss) {
        self.ledger.lose(self.batch.records(), loss);
        self.batch = Batch::default();
    }
}

impl Drop for Consignment {
    fn drop(&mut self) {
        self.ledger.lose(self.batch.records(), &Loss::Unknown);
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::super::account::{Account, Reading};
    use super::super::intake::Intake;
    use super::*;
    use crate::ports::{Encoding, ObjectTask};

    type Settled = UnboundedReceiver<(ObjectIndex, Account)>;

    /// An outbox of one call whose records hold one row, and whose batches one record.
    fn outbox() -> (Outbox, UnboundedReceiver<Consignment>, Arc<Ledger>, Settled) {
        let (settled, accounts) = unbounded_channel();
        let ledger = Arc::new(Ledger::new(settled));
        let (consignments, sent) = unbounded_channel();
        let outbox = Outbox::new(
            (1, BatchSize::Call(1), RecordCompression::None),
            1,
            consignments,
            Arc::clone(&ledger),
        );
        (outbox, sent, ledger, accounts)
    }

    /// Three lines, read to the end.
    fn read() -> Reading {
        Reading {
            end: Ok(()),
            start: 0,
            offset: 300,
            etag: None,
            encoding: Encoding::Plain,
            restarted: false,
            stored_bytes: 300,
            object_bytes: None,
            last_modified_unix_s: None,
        }
    }

    /// Packs three rows and lets each complete consignment go through `pass`.
    async fn account(pass: impl AsyncFn(&Outbox, Consignment)) -> Account {
        let (outbox, sent, ledger, mut settled) = outbox();
        let open = ledger.open(ObjectTask::whole("logs", "k"));
        for line in 0..3 {
            let mut packing = outbox.packing().await;
            let ((), complete) = packing.append(open.object(), line * 100, |out| out.push(b'\n'));
            drop(packing);
            if let Some(consignment) = complete {
                pass(&outbox, consignment).await;
            }
        }
        open.take_in(&Intake { lines: 3, typed: 3, rows: 3, ..Intake::default() });
        open.close(read());
        assert!(settled.try_recv().is_err(), "rows are still packed");
        drop(sent);
        outbox.flush().await;
        settled.try_recv().expect("all rows are settled").1
    }

    #[tokio::test]
    async fn a_consignment_that_is_dropped_writes_its_rows_off() {
        let account = account(async |_, consignment| drop(consignment)).await;
        assert_eq!((account.acknowledged, account.lost, account.lost_from), (0, 3, Some(0)));
        assert_eq!(account.loss, Some(Loss::Unknown));
    }

    #[tokio::test]
    async fn what_cannot_be_sent_is_written_off_too() {
        let account = account(async |outbox, consignment| {
            outbox.calls.close();
            outbox.send(consignment).await;
        });
        assert_eq!(account.await.lost, 3);
    }
}
