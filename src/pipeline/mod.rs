//! Objects in, acknowledged batches out.
//!
//! A run takes a stream of objects, reads some of them at the same time, turns their lines into rows,
//! packs the rows of all of them into shared records, and keeps a bounded number of calls to the sink
//! under way while it reads on. An object is done when it was read to its end and the sink
//! acknowledged every row of it; nothing else counts as success.
//!
//! ```text
//! run ─▶ reader ─▶ rows ─▶ outbox ═▶ deliver ─▶ ledger ═▶ run, which closes the account
//! ```
//!
//! The double arrows are channels. Invariants:
//! - Conservation, for each object and for the run: `lines = rows + filtered`, and rows put = rows
//!   acknowledged + rows lost. A mismatch fails the object.
//! - Memory is bounded by the objects and the calls in flight, whatever the objects hold and however
//!   many they are: an account is closed, reported and forgotten when the last of its rows is settled.
//! - A record that is lost fails the objects with rows in it, and no other.
//! - A panic while one object is read fails that object only.
//!
//! What it does not do: know AWS, events or queues. Source and sink are the traits of
//! [`crate::ports`]; the clock is the runtime's, which tests pause; randomness comes from a seed.

mod account;
mod budget;
mod closing;
mod deliver;
mod inflate;
mod intake;
mod ledger;
mod object;
mod outbox;
mod position;
mod reader;
mod receipt;
mod rows;
mod run;
mod throttle;
mod totals;

pub use budget::{Budget, RESERVE_DEFAULT};
pub use object::{Delivered, ObjectError, ObjectErrorKind, ObjectOutcome, Receipt, Settled};
pub use receipt::ledger_line;
pub use run::{Invocation, Pipeline, Settings};
pub use throttle::Jitter;
pub use totals::Totals;
