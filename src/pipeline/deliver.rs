//! One batch, from its first call until every record is settled.
//!
//! Responsible for resending exactly the records that may not have been taken, behind the gate that
//! all calls share, until the budget is over. Invariant: every record of the batch ends up either
//! acknowledged or lost in the books, even when this task panics. What it does not do: bound how many
//! batches are under way; whoever starts it does.

use std::sync::Arc;

use tokio::time::timeout_at;

use crate::pack::{Batch, billed_units};

use super::ledger::Loss;
use super::shared::Shared;
use super::sink::{RecordSink, SinkError, Verdict};

/// Delivers the batch, or books what could not be delivered as lost.
pub(super) async fn deliver<S, K>(shared: Arc<Shared<S, K>>, batch: Batch)
where
    S: Send + Sync + 'static,
    K: RecordSink,
{
    let end = shared.budget.stop_delivering;
    let mut unsettled = Unsettled { shared, batch };
    while !unsettled.batch.records().is_empty() {
        if !unsettled.shared.throttle.wait_turn(end).await {
            return unsettled.give_up(&Loss::OutOfTime);
        }
        let call = unsettled.shared.sink.put(unsettled.batch.records());
        match timeout_at(end, call).await {
            // Nobody knows whether the records were taken. They count as lost and may come twice.
            Err(_) => return unsettled.give_up(&Loss::OutOfTime),
            Ok(Ok(verdicts)) => unsettled.settle(&verdicts),
            Ok(Err(SinkError::Refused(reason))) => {
                return unsettled.give_up(&Loss::Refused(reason));
            }
            Ok(Err(SinkError::Throttled(_) | SinkError::Unavailable(_))) => unsettled.settle(&[]),
        }
    }
}

/// The records of a batch nobody has settled yet. Dropped with records in it, it books them as lost:
/// that is what happens when a call panics.
struct Unsettled<S: Send + Sync + 'static, K: RecordSink> {
    shared: Arc<Shared<S, K>>,
    batch: Batch,
}

impl<S: Send + Sync + 'static, K: RecordSink> Unsettled<S, K> {
    /// Books what the verdicts settle and keeps the rest. A record without a verdict is kept: an
    /// answer that is too short is no acknowledgement.
    fn settle(&mut self, verdicts: &[Verdict]) {
        let before = self.batch.records().len();
        self.shared.with_books(|books| {
            for (record, verdict) in self.batch.records().iter().zip(verdicts) {
                let deliveries = &mut books.deliveries;
                match verdict {
                    Verdict::Retry => {}
                    Verdict::Refused(code) => {
                        let loss = Loss::Refused(code.clone());
                        for share in record.shares() {
                            if let Some(delivery) = deliveries.get_mut(share.object) {
                                delivery.lose(share, &loss);
                            }
                        }
                    }
                    Verdict::Accepted => {
                        for share in record.shares() {
                            if let Some(delivery) = deliveries.get_mut(share.object) {
                                delivery.acknowledge(share);
                            }
                        }
                        books.calls.records_delivered += 1;
                        books.calls.bytes_delivered += record.data().len() as u64;
                        books.calls.billed_units += billed_units(record.data().len());
                    }
                }
            }
        });
        self.batch.retain(|position| matches!(verdicts.get(position), None | Some(Verdict::Retry)));
        let left = self.batch.records().len();
        assert!(left <= before, "settling adds no records");
        if left == 0 {
            return self.shared.throttle.relax();
        }
        self.shared.throttle.slow_down();
        self.shared.with_books(|books| {
            books.calls.throttles += 1;
            books.calls.records_retried += left as u64;
        });
    }

    fn give_up(mut self, loss: &Loss) {
        self.shared.lose(&self.batch, loss);
        self.batch = Batch::default();
    }
}

impl<S: Send + Sync + 'static, K: RecordSink> Drop for Unsettled<S, K> {
    fn drop(&mut self) {
        if !self.batch.records().is_empty() {
            self.shared.lose(&self.batch, &Loss::Unknown);
        }
    }
}
