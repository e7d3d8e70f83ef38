//! What logferry needs of the outside, and the words for it.
//!
//! Purpose: let the pipeline and the tool read, list, put and send without knowing who does it. S3, Firehose and SQS
//! stand behind these traits in [`crate::aws`], fakes in the tests, and both pass the same cases.
//!
//! Invariants: an implementation does one request and says what became of it; whether to try again is
//! the caller's to decide. Errors carry facts (which resource, which permission, which status); whose
//! role or which variable is said further up.
//!
//! What it does not do: any I/O.

mod dead_letters;
mod deployment;
mod listing;
mod object;
mod queue;
mod rejection;
mod remover;
mod sink;
mod source;
mod warehouse;
mod writer;

pub use dead_letters::{DeadLetters, Letter, MOVES_PER_SECOND_MAX, MoveStatus, MoveTask};
pub use deployment::{
    CopyFacts, Deployment, EventSourceFacts, FunctionFacts, Identity, LoggingFacts, LookupError,
    Metric, NotificationFacts, NotificationTarget, QueueFacts, Redrive, StagingFacts, StreamFacts,
};
pub use listing::{ListFrom, ListPage, ListRequest, ListedObject, ListingError, ObjectListing};
pub use object::{Encoding, Journey, ObjectTask, Resume};
pub use queue::{MESSAGES_BYTES_MAX, MESSAGES_MAX, MessageQueue, QueueError, QueueWatch};
pub use rejection::{Cause, Rejection, Resource};
pub use remover::ObjectRemover;
pub use sink::{RecordSink, SinkError, Verdict};
pub use source::{ObjectBody, ObjectSource, Opened, SourceError};
pub use warehouse::{
    Ran, RowPage, STATEMENT_BYTES_MAX, STATEMENTS_MAX, Value, Warehouse, WarehouseError, rows_of,
};
pub use writer::{ObjectWriter, WriteError};
