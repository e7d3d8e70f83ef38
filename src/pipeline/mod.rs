//! Objects in, acknowledged batches out.
//!
//! An invocation reads its objects concurrently, turns their lines into rows, packs the rows of all
//! of them into shared records, and keeps a bounded number of calls to the sink under way while it
//! reads on. An object is done when it was read to its end and the sink acknowledged every row of it;
//! nothing else counts as success.
//!
//! Invariants:
//! - Conservation, for each object and for the invocation: `lines = rows + filtered`, and rows put =
//!   rows acknowledged + rows given up. A mismatch fails the object.
//! - Memory is bounded by the objects and the calls in flight, whatever the objects hold.
//! - A record that is lost fails the objects with rows in it, and no other.
//! - A panic while reading one object fails that object only.
//!
//! What it does not do: know AWS, events or queues. Source and sink are traits; the clock is the
//! runtime's, which tests pause; randomness comes from a seed.

mod budget;
mod deliver;
mod inflate;
mod ledger;
mod lines;
mod object;
mod probe;
mod queue;
mod reader;
mod run;
mod shared;
mod sink;
mod source;
mod throttle;

pub use budget::{Budget, RESERVE_DEFAULT};
pub use ledger::{Intake, Totals};
pub use object::{Encoding, ObjectError, ObjectErrorKind, ObjectOutcome, ObjectTask, Resume};
pub use queue::{HandoverQueue, QueueError};
pub use run::{Invocation, Pipeline, Report, Settings};
pub use sink::{RecordSink, SinkError, Verdict};
pub use source::{ObjectBody, ObjectSource, Opened, SourceError};
pub use throttle::{BACKOFF_MAX, BACKOFF_MIN, Jitter, Throttle};
