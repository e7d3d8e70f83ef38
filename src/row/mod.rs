//! The row: what a line becomes, one JSON object that Redshift is sure to load.
//!
//! Purpose: turn an [`crate::access_log::Entry`], or a line without one, into a row of the table
//! `s3_access_log`; and describe that table.
//!
//! Invariants:
//! - One table, [`COLUMNS`], is the only source of names, order, types, widths and docs. The SQL,
//!   the column list for Firehose, the column reference and the clipping all come from it.
//! - Every row loads with `JSON 'auto' TIMEFORMAT 'auto'`: valid UTF-8 without NUL and without the
//!   code points that Redshift refuses, texts within their width in bytes, numbers within their
//!   range, one line per row, far below 4 MB.
//! - Secrets of signed URLs do not leave, unless masking is switched off.
//! - Nothing is allocated per line once the buffers have grown.
//!
//! What it does not do: no I/O, no batching, no knowledge of Firehose.

mod anonymise;
mod buffer;
mod encode;
mod flags;
mod json;
mod mask;
mod origin;
mod record_id;
mod schema;
mod settings;
mod writer;

pub use encode::{Outcome, RowEncoder, RowFacts};
pub use mask::SECRET_PARAMETERS;
pub use origin::Origin;
pub use record_id::RecordId;
pub use schema::{
    COLUMNS, Column, ColumnSpec, ColumnType, LOADED_AT, ROW_BYTES_MAX, column_list,
    column_reference,
};
pub use settings::{AnonymiseIp, DropColumns, RowOptions, SecretNames, SettingError};
