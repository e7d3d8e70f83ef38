//! The accounts of all objects whose rows are not settled yet.
//!
//! One lock, held for moments and never across an await. Invariant: an account leaves the ledger,
//! on the channel to the run, when its object was read and each of its rows is acknowledged or lost;
//! so the ledger holds no more objects than are read, packed and in flight. What it does not do:
//! judge, see [`super::closing`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use crate::pack::{ObjectIndex, Record, billed_units};
use crate::ports::{Encoding, ObjectTask, Verdict};

use super::account::{Account, CallCounts, Loss, Reading, Stop};
use super::intake::Intake;
use super::object::ObjectErrorKind;

/// Owns every account.
#[derive(Debug)]
pub(super) struct Ledger {
    accounts: Mutex<Accounts>,
    /// Takes the accounts that are settled.
    settled: UnboundedSender<(ObjectIndex, Account)>,
}

#[derive(Debug, Default)]
struct Accounts {
    open: HashMap<ObjectIndex, Account>,
    opened: ObjectIndex,
    calls: CallCounts,
}

impl Ledger {
    pub(super) fn new(settled: UnboundedSender<(ObjectIndex, Account)>) -> Self {
        Self { accounts: Mutex::default(), settled }
    }

    /// Opens the account of the next object of the run.
    pub(super) fn open(self: &Arc<Self>, task: ObjectTask) -> OpenAccount {
        self.with(|accounts| {
            let object = accounts.opened;
            accounts.opened += 1;
            accounts.open.insert(object, Account::of(task));
            OpenAccount { ledger: Arc::clone(self), object, closed: false }
        })
    }

    /// Writes down what became of each record of a call. Records without a verdict are not settled.
    pub(super) fn settle(&self, records: &[Record], verdicts: &[Verdict]) {
        for (record, verdict) in records.iter().zip(verdicts) {
            match verdict {
                Verdict::Retry => {}
                Verdict::Rejected(rejection) => {
                    self.lose(std::slice::from_ref(record), &Loss::Rejected(rejection.clone()));
                }
                Verdict::Accepted => self.with(|accounts| {
                    accounts.calls.records_delivered += 1;
                    accounts.calls.bytes_delivered += record.data().len() as u64;
                    accounts.calls.billed_units += billed_units(record.data().len());
                    for share in record.shares() {
                        self.change(accounts, share.object, |account| account.acknowledge(share));
                    }
                }),
            }
        }
    }

    /// Writes all rows of the records off.
    pub(super) fn lose(&self, records: &[Record], loss: &Loss) {
        self.with(|accounts| {
            for share in records.iter().flat_map(Record::shares) {
                self.change(accounts, share.object, |account| account.lose(share, loss));
            }
        });
    }

    /// Counts a call after which so many records are to be sent again.
    pub(super) fn count_retry(&self, records: usize) {
        self.with(|accounts| {
            accounts.calls.throttles += 1;
            accounts.calls.records_retried += records as u64;
        });
    }

    /// Ends the ledger, everything having ended that writes to it: the accounts that nothing
    /// settled, which a defect alone can leave, and what the calls came to.
    pub(super) fn finish(&self) -> (Vec<(ObjectIndex, Account)>, CallCounts) {
        self.with(|accounts| (accounts.open.drain().collect(), accounts.calls))
    }

    /// Changes an open account, and lets it go when that settles it.
    fn change(
        &self,
        accounts: &mut Accounts,
        object: ObjectIndex,
        change: impl FnOnce(&mut Account),
    ) {
        let Some(account) = accounts.open.get_mut(&object) else { return };
        change(account);
        if account.is_settled()
            && let Some(account) = accounts.open.remove(&object)
        {
            // The run holds the other end until every account is in.
            drop(self.settled.send((object, account)));
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Accounts) -> T) -> T {
        act(&mut self.accounts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The reading side of an account. Dropped before it is closed, it says that reading panicked.
pub(super) struct OpenAccount {
    ledger: Arc<Ledger>,
    object: ObjectIndex,
    closed: bool,
}

impl OpenAccount {
    pub(super) fn object(&self) -> ObjectIndex {
        self.object
    }

    /// Adds what was read and packed.
    pub(super) fn take_in(&self, intake: &Intake) {
        self.change(|account| account.intake.add(intake));
    }

    /// Whether the object has failed already, so that reading on is of no use.
    pub(super) fn has_failed(&self) -> bool {
        self.ledger
            .with(|accounts| accounts.open.get(&self.object).is_some_and(Account::has_failed))
    }

    /// Closes it: nothing more of the object will be read.
    pub(super) fn close(mut self, reading: Reading) {
        self.closed = true;
        self.change(|account| account.reading = Some(reading));
    }

    fn change(&self, change: impl FnOnce(&mut Account)) {
        self.ledger.with(|accounts| self.ledger.change(accounts, self.object, change));
    }
}

impl Drop for OpenAccount {
    fn drop(&mut self) {
        if self.closed {
            return;
        }
        self.change(|account| {
            let offset = account.task.start_offset();
            account.reading = Some(Reading {
                end: Err(Stop::Failed(ObjectErrorKind::Panicked)),
                start: offset,
                offset,
                etag: None,
                encoding: Encoding::Plain,
                restarted: false,
                stored_bytes: 0,
                object_bytes: None,
                last_modified_unix_s: None,
            });
        });
    }
}
