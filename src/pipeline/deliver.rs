//! Consignments to the sink, until each of their records is settled.
//!
//! Responsible for sending again exactly the records that may not have been taken, behind the gate
//! that all calls share, until the budget is over. Invariant: every record ends up acknowledged or
//! lost in the ledger, even when a call panics. What it does not do: bound how many are under way;
//! a consignment comes with the permit for its call.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;

use crate::ports::{RecordSink, SinkError};

use super::account::Loss;
use super::budget::Budget;
use super::outbox::Consignment;
use super::throttle::Throttle;

/// Puts to one sink, with one backoff for all calls.
pub(super) struct Courier<K> {
    sink: Arc<K>,
    throttle: Throttle,
    budget: Budget,
}

impl<K: RecordSink> Courier<K> {
    pub(super) fn new(sink: Arc<K>, budget: Budget, throttle: Throttle) -> Self {
        Self { sink, throttle, budget }
    }

    /// Delivers what comes, several at the same time, until the channel is closed and all calls have
    /// ended.
    pub(super) async fn deliver_all(self, mut consignments: UnboundedReceiver<Consignment>) {
        let courier = Arc::new(self);
        let mut calls = JoinSet::new();
        while let Some(consignment) = consignments.recv().await {
            let courier = Arc::clone(&courier);
            calls.spawn(async move { courier.deliver(consignment).await });
            // A call that panicked dropped its consignment. The panic's payload may quote a line: it
            // is not logged.
            while calls.try_join_next().is_some() {}
        }
        while calls.join_next().await.is_some() {}
    }

    async fn deliver(&self, mut consignment: Consignment) {
        // What was not taken has not used up its part of the quota: it is paid for once.
        let mut unpaid = consignment.bytes();
        loop {
            let call = async {
                self.throttle.wait_turn(std::mem::take(&mut unpaid)).await;
                self.sink.put(consignment.records()).await
            };
            let verdicts = match self.budget.while_delivering(call).await {
                // Nobody knows whether the records were taken. They count as lost and may come twice.
                None => return consignment.give_up(&Loss::OutOfTime),
                Some(Err(SinkError::Rejected(rejection))) => {
                    return consignment.give_up(&Loss::Rejected(rejection));
                }
                Some(Err(SinkError::Throttled(_) | SinkError::Unavailable(_))) => Vec::new(),
                Some(Ok(verdicts)) => verdicts,
            };
            if consignment.settle(&verdicts) {
                return self.throttle.relax();
            }
            self.throttle.slow_down();
        }
    }
}
