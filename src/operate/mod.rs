//! What an operator does: load what was, repair what failed, prove what is there.
//!
//! Purpose: the engines behind the verbs of `logferry` that talk to AWS. Each takes ports and
//! settings, and gives a plan, findings or a count of what it did.
//!
//! Invariants: a plan changes nothing; what acts is resumed by the same command or says why not; a
//! finding names the object it is about and what repairs it.
//!
//! What it does not do: read arguments, print, or know the SDK; [`crate::cli`] does that, and tests
//! run these engines with fakes.

pub mod audit;
pub mod backfill;
mod bucket;
pub mod doctor;
mod error;
mod inventory;
mod keys;
pub mod letters;
pub mod loads;
pub mod quarantine;
mod select;
mod stack;

pub use error::OperateError;
pub use inventory::{Inventory, InventoryError, InventoryKeys};
pub use keys::{Key, Keys, KeysError, ListedKeys, Place, WrittenKeys};
pub use select::{Choice, Selection, Window, date_or_time, key_date};
pub use stack::{
    DeadLetterQueue, Function, Ledger, LogBucket, Metrics, Queue, Redshift, Stack, StackError,
    Staging, Stream,
};
