//! Rows as CSV: the columns of the table in their order, with their names on the first line.
//!
//! Purpose: what spreadsheets and old loaders read. A null is an empty field, which no text of a row
//! is; numbers and times stand as in NDJSON.
//!
//! Source: RFC 4180, with a line feed between records and quotes only where a field needs them.

use std::io;

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};
use serde_json::{Map, Value};

use crate::row::{COLUMNS, DropColumns};

/// Writes rows as CSV, without the columns that they do not carry.
pub(super) struct CsvForm(Vec<&'static str>);

impl CsvForm {
    pub(super) fn new(dropped: DropColumns) -> Self {
        let carried = COLUMNS.iter().filter(|spec| !dropped.contains(spec.column));
        Self(carried.map(|spec| spec.name).collect())
    }

    /// The names of the columns.
    pub(super) fn header(&self) -> io::Result<Vec<u8>> {
        let mut writer = writer(Vec::new());
        writer.write_record(&self.0)?;
        finish(writer)
    }

    /// The same rows, given as NDJSON.
    pub(super) fn rows(&self, ndjson: &[u8]) -> io::Result<Vec<u8>> {
        let mut writer = writer(Vec::with_capacity(ndjson.len()));
        for row in serde_json::Deserializer::from_slice(ndjson).into_iter::<Map<String, Value>>() {
            let row = row?;
            for name in &self.0 {
                match row.get(*name) {
                    None | Some(Value::Null) => writer.write_field("")?,
                    Some(Value::String(text)) => writer.write_field(text)?,
                    Some(other) => writer.write_field(other.to_string())?,
                }
            }
            writer.write_record(None::<&[u8]>)?;
        }
        finish(writer)
    }
}

fn writer(to: Vec<u8>) -> Writer<Vec<u8>> {
    let mut builder = WriterBuilder::new();
    builder.terminator(Terminator::Any(b'\n')).quote_style(QuoteStyle::Necessary);
    builder.from_writer(to)
}

fn finish(writer: Writer<Vec<u8>>) -> io::Result<Vec<u8>> {
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}
