//! Rows to Firehose records to `PutRecordBatch` calls.
//!
//! Firehose bills every record rounded up to 5 KB and takes 500 records a call, so rows are packed:
//! many rows a record, many records a call, rows of several objects in one record where they meet.
//! Every record remembers whose rows it carries, so that its failure fails exactly those objects.
//!
//! A record can be one gzip member of its rows, packed by what they are compressed.
//!
//! Invariants: a record holds whole rows only and is never empty; no record and no batch is over
//! its limit; the sum of the shares of a record is its row count.
//!
//! What it does not do: send, retry, or know what a row means. Pure, without I/O.

mod batch;
mod compression;
mod limits;
mod record;
mod tally;

pub use batch::{Batch, BatchSize, Batcher};
pub use compression::RecordCompression;
pub use limits::{
    BATCH_BYTES_DEFAULT, BATCH_BYTES_MAX, BATCH_RECORDS_MAX, BILLED_UNIT_BYTES, RECORD_BYTES_MAX,
    RECORD_TARGET_BYTES_DEFAULT, billed_units,
};
#[cfg(feature = "lambda")]
pub(crate) use limits::{RECORD_TARGET_BYTES_MAX, RECORD_TARGET_BYTES_MIN};
pub use record::{ObjectIndex, Packer, Record, Share};
pub use tally::Tally;
