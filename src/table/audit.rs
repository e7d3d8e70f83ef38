//! What an audit asks the table.

use super::names::{SqlNames, literal};

/// Which rows are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectRows<'a> {
    /// The log bucket.
    pub bucket: &'a str,
    /// What the keys of the log objects begin with.
    pub prefix: &'a str,
    /// The oldest and the newest time of a request, as `2026-03-14 09:00:00`; quarantined rows have
    /// none and are always counted.
    pub between: Option<(&'a str, &'a str)>,
}

/// Asks for rows and the sum of their offsets, by key. The sum of a BIGINT is a NUMERIC(38, 0), which no
/// log fills.
#[must_use]
pub fn object_rows(names: &SqlNames, which: &ObjectRows<'_>) -> String {
    let (table, bucket) = (names.qualified(), literal(which.bucket));
    let prefix = match which.prefix {
        "" => String::new(),
        prefix => {
            let (length, prefix) = (prefix.chars().count(), literal(prefix));
            format!("\n  AND SUBSTRING(log_key, 1, {length}) = {prefix}")
        }
    };
    let between = which.between.map(|(from, to)| {
        let (from, to) = (literal(from), literal(to));
        format!("\n  AND (request_time IS NULL OR request_time BETWEEN {from} AND {to})")
    });
    format!(
        "SELECT log_key, COUNT(*), SUM(log_offset)\nFROM {table}\nWHERE \
         log_bucket = {bucket}{prefix}{}\nGROUP BY log_key",
        between.unwrap_or_default()
    )
}

/// Asks for the distinct places of rows and the sum of their offsets, of some keys.
#[must_use]
pub fn object_places(names: &SqlNames, bucket: &str, keys: &[&str]) -> String {
    let (table, bucket) = (names.qualified(), literal(bucket));
    let keys: Vec<String> = keys.iter().map(|key| literal(key)).collect();
    format!(
        "SELECT log_key, COUNT(*), SUM(log_offset)\nFROM (\n  SELECT \
         DISTINCT log_key, log_offset FROM {table}\n  WHERE log_bucket = {bucket} AND log_key IN \
         ({})\n) AS places\nGROUP BY log_key",
        keys.join(", ")
    )
}
