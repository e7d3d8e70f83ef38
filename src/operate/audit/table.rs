//! Level 2: what the table holds of each object.
//!
//! Pass 1 counts rows and sums up their offsets by object, without looking for copies: a row that is
//! lost beside one that is doubled leaves the count right and the sum wrong. Pass 2 looks at the places
//! of those objects alone that do not agree.

use std::collections::HashMap;

use super::delivered::Want;
use super::lines::{Rows, of_table};
use super::verdict::Verdict;
use crate::operate::error::OperateError;
use crate::ports::{Value, Warehouse, rows_of};
use crate::table::{ObjectRows, SqlNames, object_lines, object_places, object_rows};

/// The most keys of a statement, and their bytes: it takes 100 KB.
pub(super) const KEYS_MAX: usize = 500;
pub(super) const KEYS_BYTES_MAX: usize = 80_000;

/// What a key takes of them: a quote in it is written twice.
pub(super) fn key_bytes(key: &str) -> usize {
    2 * key.len() + 4
}

/// Rows of an object, and the sum of their offsets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Have {
    pub(super) rows: u64,
    pub(super) offset_sum: u128,
}

impl Have {
    /// Whether they are what the ledger says, row by row.
    pub(super) fn is(self, want: &Want) -> bool {
        self.rows == want.rows && self.offset_sum == want.offset_sum
    }
}

/// What is wrong with rows that are not as they should be, from the distinct places among them.
pub(super) fn verdict(places: Have, want: &Want) -> Verdict {
    if places.is(want) {
        Verdict::Copies
    } else if places.rows < want.rows {
        Verdict::MissingRows
    } else {
        Verdict::WrongRows
    }
}

/// Pass 1.
pub(super) async fn rows(
    warehouse: &impl Warehouse,
    names: &SqlNames,
    which: &ObjectRows<'_>,
) -> Result<HashMap<String, Have>, OperateError> {
    ask(warehouse, object_rows(names, which), "count the rows of each object").await
}

/// Pass 2.
pub(super) async fn places(
    warehouse: &impl Warehouse,
    names: &SqlNames,
    bucket: &str,
    keys: &[&str],
) -> Result<HashMap<String, Have>, OperateError> {
    let mut found = HashMap::new();
    let (mut from, mut bytes) = (0, 0);
    for (at, key) in keys.iter().enumerate() {
        let length = key_bytes(key);
        if at - from == KEYS_MAX || (at > from && bytes + length > KEYS_BYTES_MAX) {
            let sql = object_places(names, bucket, keys.get(from..at).unwrap_or_default());
            found.extend(ask(warehouse, sql, "count the places of rows").await?);
            (from, bytes) = (at, 0);
        }
        bytes += length;
    }
    if let Some(rest) = keys.get(from..).filter(|rest| !rest.is_empty()) {
        let sql = object_places(names, bucket, rest);
        found.extend(ask(warehouse, sql, "count the places of rows").await?);
    }
    Ok(found)
}

/// The rows of some objects, no more than fit a statement, by key and offset.
pub(super) async fn lines(
    warehouse: &impl Warehouse,
    names: &SqlNames,
    which: &ObjectRows<'_>,
    keys: &[&str],
) -> Result<HashMap<String, Rows>, OperateError> {
    let asked = "ask for the rows of objects that were read again";
    let rows = rows_of(warehouse, &[object_lines(names, which, keys)]).await;
    let rows = rows.map_err(|source| OperateError::Warehouse { asked, source })?;
    let mut found: HashMap<String, Rows> = HashMap::new();
    for (key, offset, cells) in rows.iter().filter_map(|row| of_table(row)) {
        found.entry(key).or_default().entry(offset).or_default().push(cells);
    }
    Ok(found)
}

async fn ask(
    warehouse: &impl Warehouse,
    sql: String,
    asked: &'static str,
) -> Result<HashMap<String, Have>, OperateError> {
    let rows = rows_of(warehouse, &[sql]).await;
    let rows = rows.map_err(|source| OperateError::Warehouse { asked, source })?;
    let have = |row: Vec<Value>| {
        let key = row.first().and_then(Value::text)?.to_owned();
        let rows = u64::try_from(row.get(1)?.whole()?).ok()?;
        let offset_sum = u128::try_from(row.get(2)?.whole()?).ok()?;
        Some((key, Have { rows, offset_sum }))
    };
    Ok(rows.into_iter().filter_map(have).collect())
}
