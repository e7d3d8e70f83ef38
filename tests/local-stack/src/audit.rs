//! The audit: every line of every object against every row of the table.
//!
//! What must be there comes from the objects' own bytes and the library that `logferry convert`
//! uses; what is there comes from the table. Clean means: every line stands in the table at its
//! place, at least once, and nothing else does. Copies are counted; the view without copies must
//! then have one row for each distinct line.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use logferry::access_log::{Line, lines};
use logferry::row::{COLUMNS, ColumnType, Origin, Outcome, RecordId, RowEncoder, RowOptions};
use serde_json::{Map, Value};

use crate::redshift::{Error, Warehouse};

/// Where a line stands.
pub type Place = (String, u64);

/// What the objects say must be in the table.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// The `record_id` of each line that is a row, by its place.
    rows: BTreeMap<Place, RecordId>,
    /// The objects, for a comparison of every column.
    objects: Vec<(String, String, Bytes)>,
    /// Lines that are typed rows.
    pub typed: u64,
    /// Lines that are quarantined rows.
    pub quarantined: u64,
    /// Blank lines, which are no rows.
    pub blank: u64,
}

/// What the comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Lines that must be in the table.
    pub lines: u64,
    /// Rows in the table.
    pub rows: u64,
    /// Lines that are not in it.
    pub missing: Vec<Place>,
    /// Rows whose line is in no object, or differs from it.
    pub unexpected: Vec<Place>,
    /// Rows beyond the first of their place: delivered more than once.
    pub copies: u64,
    /// Rows of the view without copies.
    pub distinct_rows: u64,
    /// Distinct lines.
    pub distinct_lines: u64,
}

impl Audit {
    /// Whether nothing is lost, nothing invented, and the view has each distinct line once.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.missing.is_empty()
            && self.unexpected.is_empty()
            && self.rows == self.lines + self.copies
            && self.distinct_rows == self.distinct_lines
    }
}

impl Expected {
    /// Adds an object, plain or gzip by its content.
    ///
    /// # Errors
    /// When its compression is broken.
    pub fn add(&mut self, bucket: &str, key: &str, body: &Bytes) -> std::io::Result<()> {
        for_each_row(bucket, key, body, |line, whole, outcome, row| {
            match outcome {
                Outcome::Blank => self.blank += 1,
                Outcome::Row(_) => self.typed += 1,
                Outcome::Quarantined(_) => self.quarantined += 1,
            }
            if !row.is_empty() {
                self.rows.insert((key.to_owned(), line.offset), RecordId::of(whole));
            }
        })?;
        self.objects.push((bucket.to_owned(), key.to_owned(), body.clone()));
        Ok(())
    }

    /// How many rows must be there.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Compares places and identities with the table.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn audit(&self, warehouse: &Warehouse) -> Result<Audit, Error> {
        let table = &warehouse.schema().table;
        let sql = format!("SELECT log_key, log_offset, record_id FROM {table}");
        let answer = warehouse.query(&sql).await?;
        let mut found: BTreeMap<Place, u64> = BTreeMap::new();
        let mut audit = Audit { lines: self.rows(), ..Audit::default() };
        for row in answer.rows {
            audit.rows += 1;
            let [key, offset, id] = row.as_slice() else { continue };
            let offset =
                offset.as_deref().and_then(|offset| offset.parse().ok()).unwrap_or(u64::MAX);
            let place = (key.clone().unwrap_or_default(), offset);
            let expected = self.rows.get(&place).map(|id| id.hex());
            if expected
                .is_some_and(|expected| id.as_ref().is_some_and(|id| id.as_bytes() == expected))
            {
                let times = found.entry(place).or_default();
                audit.copies += u64::from(*times > 0);
                *times += 1;
            } else {
                audit.unexpected.push(place);
            }
        }
        audit.missing =
            self.rows.keys().filter(|place| !found.contains_key(*place)).cloned().collect();
        let distinct: BTreeSet<u128> = self.rows.values().map(|id| id.as_u128()).collect();
        audit.distinct_lines = distinct.len() as u64;
        let sql = format!("SELECT COUNT(*) FROM {table}_distinct");
        let count = warehouse.query(&sql).await?;
        audit.distinct_rows = count.single().and_then(|count| count.parse().ok()).unwrap_or(0);
        Ok(audit)
    }

    /// Compares every column of every row with the table, each place once; gives the differences.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn differences(&self, warehouse: &Warehouse) -> Result<Vec<String>, Error> {
        let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
        let table = &warehouse.schema().table;
        let sql = format!("SELECT {} FROM {table}", names.join(","));
        let mut stored: BTreeMap<Place, Vec<Option<String>>> = BTreeMap::new();
        for row in warehouse.query(&sql).await?.rows {
            let cell = |name: &str| {
                let at = names.iter().position(|one| *one == name)?;
                row.get(at)?.clone()
            };
            let offset =
                cell("log_offset").and_then(|offset| offset.parse().ok()).unwrap_or(u64::MAX);
            stored.insert((cell("log_key").unwrap_or_default(), offset), row);
        }
        let mut differences = Vec::new();
        for (bucket, key, body) in &self.objects {
            let compared = for_each_row(bucket, key, body, |line, _, _, row| {
                let place = (key.clone(), line.offset);
                if !row.is_empty() {
                    compare(&place, row, stored.get(&place), &mut differences);
                }
            });
            differences.extend(compared.err().map(|error| format!("{key}: {error}")));
        }
        Ok(differences)
    }
}

#[expect(clippy::disallowed_methods, reason = "the objects are in memory anyway")]
/// Calls back for each line of an object with what it becomes and its row, empty where it has none.
fn for_each_row(
    bucket: &str,
    key: &str,
    body: &Bytes,
    mut with: impl FnMut(&Line<'_>, &[u8], Outcome, &[u8]),
) -> std::io::Result<()> {
    let mut text = Vec::new();
    if body.starts_with(&[0x1F, 0x8B]) {
        MultiGzDecoder::new(body.as_ref()).read_to_end(&mut text)?;
    } else {
        text.extend_from_slice(body);
    }
    let origin = Origin::new(Some(bucket), key);
    let mut encoder = RowEncoder::new(RowOptions::default());
    let mut row = Vec::new();
    for line in lines(&text) {
        row.clear();
        let outcome = encoder.encode(&line, &origin, &mut row);
        with(&line, whole_line(&text, line.offset), outcome, &row);
    }
    Ok(())
}

/// All bytes of the line that begins there, also of one that is longer than is kept: its id covers
/// them. Found without the splitter, which is what is checked.
fn whole_line(text: &[u8], offset: u64) -> &[u8] {
    let from = usize::try_from(offset).unwrap_or(usize::MAX);
    let rest = text.get(from..).unwrap_or_default();
    // A byte order mark belongs to no line.
    let rest = if from == 0 { rest.strip_prefix(b"\xef\xbb\xbf").unwrap_or(rest) } else { rest };
    let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Notes every column in which a row and what is stored of it differ.
fn compare(
    place: &Place,
    row: &[u8],
    stored: Option<&Vec<Option<String>>>,
    differences: &mut Vec<String>,
) {
    let row: Map<String, Value> = serde_json::from_slice(row).unwrap_or_default();
    for (at, column) in COLUMNS.iter().enumerate() {
        let expected = row.get(column.name).map(|json| as_stored(column.column_type, json));
        let found = stored.and_then(|row| row.get(at)?.clone());
        if expected != found.map(|text| as_read(column.column_type, text)) {
            differences.push(format!("{place:?} {}: {expected:?} is expected", column.name));
        }
    }
}

/// A value of the row as the database prints it.
fn as_stored(kind: ColumnType, json: &Value) -> String {
    match (kind, json) {
        (ColumnType::Timestamp, Value::String(text)) => text.replace('T', " ").replace('Z', ""),
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

/// What the database printed, where databases differ.
fn as_read(kind: ColumnType, text: String) -> String {
    match (kind, text.as_str()) {
        (ColumnType::Boolean, "1" | "t") => "true".to_owned(),
        (ColumnType::Boolean, "0" | "f") => "false".to_owned(),
        _ => text,
    }
}
