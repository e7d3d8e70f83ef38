//! The lines of an object beside its rows in the table.
//!
//! Of a cell its hash is kept, so that a line takes a hundred bytes however long its texts are. What it
//! does not do: read either of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use twox_hash::XxHash3_64;

use crate::ports::Value;
use crate::table::LINE_COLUMNS;

/// The hashes of [`LINE_COLUMNS`]; 0 is NULL.
pub(super) type Cells = [u64; LINE_COLUMNS.len()];

/// Where `record_id` and `parse_error` stand among them.
const RECORD_ID: usize = 0;
const PARSE_ERROR: usize = 1;

/// What the lines of an object become, by offset.
pub(super) type Lines = BTreeMap<u64, Cells>;

/// What the table has of it, by offset; copies beside each other.
pub(super) type Rows = BTreeMap<u64, Vec<Cells>>;

/// A row as it is written now: key of its object, offset and cells.
pub(super) fn of_json(row: &[u8]) -> Option<(String, u64, Cells)> {
    let row: serde_json::Map<String, Json> = serde_json::from_slice(row).ok()?;
    let cells = LINE_COLUMNS.map(|name| match row.get(name) {
        None | Some(Json::Null) => 0,
        Some(Json::String(text)) => hash(name, text),
        Some(other) => hash(name, &other.to_string()),
    });
    Some((row.get("log_key")?.as_str()?.to_owned(), row.get("log_offset")?.as_u64()?, cells))
}

/// A row of the table: key, offset and cells.
pub(super) fn of_table(row: &[Value]) -> Option<(String, u64, Cells)> {
    let (key, offset) = (row.first()?.text()?, row.get(1)?.whole()?);
    let mut cells = [0; LINE_COLUMNS.len()];
    for ((cell, name), value) in cells.iter_mut().zip(LINE_COLUMNS).zip(row.get(2..)?) {
        *cell = match value {
            Value::Text(text) => hash(name, text),
            Value::Long(number) => hash(name, &number.to_string()),
            Value::Null | Value::Boolean(_) | Value::Double(_) => 0,
        };
    }
    Some((key.to_owned(), u64::try_from(offset).ok()?, cells))
}

/// Times are written with a T and a Z in rows and with neither in results.
fn hash(name: &str, text: &str) -> u64 {
    match (name, text.get(..19)) {
        ("request_time", Some(time)) => XxHash3_64::oneshot(time.replace('T', " ").as_bytes()),
        _ => XxHash3_64::oneshot(text.as_bytes()),
    }
}

/// What differs, by offset.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    /// Lines without a row.
    pub(super) missing: Vec<u64>,
    /// Rows where no line begins, and rows that say something else than their line.
    pub(super) wrong: Vec<u64>,
    /// In which columns they do.
    pub(super) columns: BTreeSet<&'static str>,
    /// Lines that can be read now and have a quarantined row alone.
    pub(super) readable: Vec<u64>,
}

/// Holds the lines of an object to its rows. Of copies one has to agree.
pub(super) fn compare(lines: &Lines, rows: &Rows) -> Difference {
    let mut found = Difference::default();
    for (offset, line) in lines {
        let Some(rows) = rows.get(offset) else {
            found.missing.push(*offset);
            continue;
        };
        if rows.contains(line) {
            continue;
        }
        let is_typed = |cells: &&Cells| cells.get(PARSE_ERROR) == Some(&0);
        let typed = rows.iter().find(is_typed);
        let same_line = |row: &Cells| row.get(RECORD_ID) == line.get(RECORD_ID);
        if is_typed(&line) && typed.is_none() && rows.iter().any(same_line) {
            found.readable.push(*offset);
            continue;
        }
        found.wrong.push(*offset);
        let row = typed.or(rows.first()).into_iter().flatten();
        let differing = LINE_COLUMNS.iter().zip(line.iter().zip(row)).filter(|(_, (a, b))| a != b);
        found.columns.extend(differing.map(|(name, _)| *name));
    }
    found.wrong.extend(rows.keys().filter(|offset| !lines.contains_key(offset)));
    found.wrong.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access_log::lines;
    use crate::row::{Origin, RowEncoder, RowOptions};
    use crate::sample::Sample;

    /// The rows of a made-up log with one line that is none, as JSON.
    fn written() -> Vec<Vec<u8>> {
        let mut log = Vec::new();
        Sample::new(3).append_lines(20, &mut log);
        log.extend_from_slice(b"no line\n");
        let mut encoder = RowEncoder::new(RowOptions::default());
        let origin = Origin::new(Some("b"), "k");
        let row = |line| {
            let mut row = Vec::new();
            encoder.encode(&line, &origin, &mut row);
            row
        };
        lines(&log).map(row).collect()
    }

    /// A row as the table gives it back.
    fn in_table(row: &[u8]) -> Vec<Value> {
        let row: serde_json::Map<String, Json> = serde_json::from_slice(row).unwrap();
        let value = |name: &&str| match row.get(*name) {
            None => Value::Null,
            Some(Json::String(text)) if *name == "request_time" => {
                Value::Text(text.replace('T', " ").replace('Z', ""))
            }
            Some(Json::String(text)) => Value::Text(text.clone()),
            Some(number) => Value::Long(number.as_i64().unwrap()),
        };
        ["log_key", "log_offset"].iter().chain(&LINE_COLUMNS).map(value).collect()
    }

    fn both() -> (Lines, Rows) {
        let (mut all, mut rows) = (Lines::new(), Rows::new());
        for row in written() {
            let (key, offset, cells) = of_json(&row).unwrap();
            assert_eq!(key, "k");
            all.insert(offset, cells);
            let (_, offset, cells) = of_table(&in_table(&row)).unwrap();
            rows.entry(offset).or_default().push(cells);
        }
        (all, rows)
    }

    #[test]
    fn what_was_loaded_as_it_was_written_does_not_differ() {
        let (lines, mut rows) = both();
        assert_eq!(lines.len(), 21);
        assert_eq!(compare(&lines, &rows), Difference::default());
        let copy = rows[&0][0];
        rows.get_mut(&0).unwrap().push(copy);
        assert_eq!(compare(&lines, &rows), Difference::default(), "a copy is none");
    }

    #[test]
    fn a_fault_in_any_column_is_seen_with_its_name() {
        for (at, name) in LINE_COLUMNS.iter().enumerate() {
            let (lines, mut rows) = both();
            rows.get_mut(&0).unwrap()[0][at] ^= 1;
            let found = compare(&lines, &rows);
            if *name == "parse_error" {
                // A quarantined row of a line that can be read is a case of its own.
                assert_eq!(found.readable, [0]);
                continue;
            }
            assert_eq!((found.wrong.as_slice(), found.missing.len()), (&[0][..], 0), "{name}");
            assert_eq!(found.columns.into_iter().collect::<Vec<_>>(), [*name]);
        }
    }

    #[test]
    fn lost_strange_and_readable_rows_are_told_apart() {
        let (lines, mut rows) = both();
        let offsets: Vec<u64> = lines.keys().copied().collect();
        rows.remove(&offsets[4]);
        rows.insert(1, rows[&0].clone());
        let quarantined = rows.get_mut(&offsets[7]).unwrap();
        quarantined[0][PARSE_ERROR] = 7;
        quarantined[0][PARSE_ERROR + 1..].fill(0);
        let found = compare(&lines, &rows);
        assert_eq!(found.missing, [offsets[4]]);
        assert_eq!((found.wrong.as_slice(), found.columns.len()), (&[1][..], 0));
        assert_eq!(found.readable, [offsets[7]]);
        // A typed row beside it is what counts.
        rows.get_mut(&offsets[7]).unwrap().push(lines[&offsets[7]]);
        assert!(compare(&lines, &rows).readable.is_empty());
    }
}
