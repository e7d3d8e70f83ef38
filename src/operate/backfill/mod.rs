//! Objects that were there before: their keys into the queue, for the deployed function to read.
//!
//! Purpose: `plan` says what there is, what it costs and how long it takes; `send` sends a message for
//! each object that is meant, only while the queue is short, and notes in a `journal` how far it came.
//!
//! Invariants: whatever stops it, no key is passed over when the same command goes on; what is sent
//! twice was under way. The journal never tells of a key whose message was not taken, nor of one behind
//! such a key. Memory is a page of keys and the calls under way.
//!
//! What it does not do: read objects whole, or wait for their rows.

pub mod copy;
mod counts;
mod flow;
mod journal;
mod plan;
mod prepared;
mod sampled;
mod send;
mod settings;

pub use counts::Counts;
pub use flow::{BACKLOG_DEFAULT, backlog_max};
pub use journal::{Begun, Journal, JournalError, failed_path};
pub use plan::{Plan, Seen, Ways, count, plan};
pub use prepared::{Copied, FailedObject, Prepared, StagedFile};
pub use sampled::{Sampled, measure};
pub use send::{Outcome, SendError, Sending, send};
pub use settings::{CopySettings, Settings, digest};
