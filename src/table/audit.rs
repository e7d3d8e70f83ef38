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

impl ObjectRows<'_> {
    fn range(&self) -> String {
        let Some((from, to)) = self.between else { return String::new() };
        let (from, to) = (literal(from), literal(to));
        format!("\n  AND (request_time IS NULL OR request_time BETWEEN {from} AND {to})")
    }
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
    format!(
        "SELECT log_key, COUNT(*), SUM(log_offset)\nFROM {table}\nWHERE \
         log_bucket = {bucket}{prefix}{}\nGROUP BY log_key",
        which.range()
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

/// What [`object_lines`] asks of a row beside its place: who it is, whether it could be read, and of the
/// typed columns those that are short.
pub const LINE_COLUMNS: [&str; 11] = [
    "record_id",
    "parse_error",
    "request_time",
    "bucket",
    "operation",
    "http_status",
    "bytes_sent",
    "object_size",
    "total_time_ms",
    "remote_ip",
    "request_id",
];

/// Asks for the rows of some keys: key, offset, then [`LINE_COLUMNS`].
#[must_use]
pub fn object_lines(names: &SqlNames, which: &ObjectRows<'_>, keys: &[&str]) -> String {
    let (table, bucket) = (names.qualified(), literal(which.bucket));
    let keys: Vec<String> = keys.iter().map(|key| literal(key)).collect();
    let columns = LINE_COLUMNS.map(|name| match name {
        "request_time" => "CAST(request_time AS VARCHAR(19))",
        name => name,
    });
    format!(
        "SELECT log_key, log_offset, {}\nFROM {table}\nWHERE log_bucket = {bucket} AND log_key IN \
         ({}){}",
        columns.join(", "),
        keys.join(", "),
        which.range()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::COLUMNS;

    #[test]
    fn what_is_compared_are_columns_of_the_table() {
        for name in LINE_COLUMNS {
            assert!(COLUMNS.iter().any(|column| column.name == name), "{name}");
        }
    }

    #[test]
    fn texts_are_literals_and_quarantined_rows_are_in_every_range() {
        let between = Some(("2026-03-13 00:00:00", "2026-03-16 00:00:00"));
        let which = ObjectRows { bucket: "b'c", prefix: "", between };
        let names = SqlNames::default();
        let lines = object_lines(&names, &which, &["k'", "l"]);
        for sql in [&object_rows(&names, &which), &lines] {
            assert!(sql.contains("log_bucket = 'b''c'"), "{sql}");
            let range = "(request_time IS NULL OR request_time BETWEEN '2026-03-13 00:00:00' AND \
                         '2026-03-16 00:00:00')";
            assert!(sql.contains(range), "{sql}");
        }
        assert!(lines.contains("IN ('k''', 'l')"), "{lines}");
    }
}
