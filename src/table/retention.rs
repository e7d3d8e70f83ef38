//! Rows that have to go: by age, and by whom they tell of.
//!
//! For Redshift and PostgreSQL; the tables of the other dialects are made anew from the logs.

use super::dialect::Dialect;
use super::names::{SqlNames, literal};
use super::statements::with_columns;

/// Where rows are copied before they are deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unload {
    /// `s3://` prefix, ending in a slash.
    pub to: String,
    /// ARN of the role that Redshift writes with.
    pub iam_role: String,
}

/// Whose rows go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// Of a requester: canonical id or ARN, exactly.
    Requester(String),
    /// Of an address, as `remote_ip` has it.
    RemoteIp(String),
}

/// What deletes the rows that are older than so many days, as Parquet before that where asked for.
/// The day that runs does not count.
///
/// UNLOAD is Redshift's alone.
#[must_use]
pub fn retention(names: &SqlNames, days: u32, unload: Option<&Unload>) -> String {
    let unload = unload.map(|unload| {
        include_str!("sql/unload.sql")
            .replace("{to}", &literal(&unload.to))
            .replace("{iam_role}", &literal(&unload.iam_role))
    });
    let sql = include_str!("sql/retention.sql")
        .replace("{unload}", &unload.unwrap_or_default())
        .replace("{days}", &days.to_string());
    finished(names, &sql)
}

/// What deletes every row of a requester or an address, quarantined lines that name them included.
#[must_use]
pub fn erasure(names: &SqlNames, whose: &Erasure) -> String {
    let (column, value) = match whose {
        Erasure::Requester(value) => ("requester", value),
        Erasure::RemoteIp(value) => ("remote_ip", value),
    };
    // Between blanks, as fields stand: 192.0.2.1 is not in 192.0.2.10.
    let hex: Vec<String> = format!(" {value} ").bytes().map(|byte| format!("{byte:02x}")).collect();
    let sql = include_str!("sql/erasure.sql")
        .replace("{column}", column)
        .replace("{value}", &literal(value))
        .replace("{hex}", &hex.concat());
    finished(names, &sql)
}

/// What only Redshift knows, and PostgreSQL's word for it.
const WORDS: [(&str, &str); 2] = [
    ("VACUUM DELETE ONLY {table} TO 100 PERCENT", "VACUUM {table}"),
    (
        "LOWER(TO_HEX(SUBSTRING(TO_VARBYTE(raw_line_base64, 'base64'), 1, 16384)))",
        "ENCODE(SUBSTRING(DECODE(raw_line_base64, 'base64'), 1, 16384), 'hex')",
    ),
];

fn finished(names: &SqlNames, sql: &str) -> String {
    let mut sql = with_columns(sql);
    if names.dialect != Dialect::Redshift {
        for (redshift, postgres) in WORDS {
            sql = sql.replace(redshift, postgres);
        }
    }
    names.fill(&sql).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::split;

    #[test]
    fn nothing_is_deleted_before_it_is_unloaded_or_outside_of_the_transaction() {
        let unload = Unload {
            to: "s3://archive/2026/".into(),
            iam_role: "arn:aws:iam::123456789012:role/unload".into(),
        };
        let sql = retention(&SqlNames::default(), 400, Some(&unload));
        let statements = split(&sql);
        let words: Vec<_> =
            statements.iter().filter_map(|sql| sql.split_whitespace().next()).collect();
        assert_eq!(words, ["BEGIN", "LOCK", "UNLOAD", "DELETE", "DELETE", "COMMIT", "VACUUM"]);
        assert!(!sql.contains(['{', '}']), "{sql}");
        let limits = sql.matches("DATE_TRUNC('day', sysdate) - INTERVAL '400 days'").count();
        assert_eq!(limits, 2);
        assert!(statements.concat().contains("INTERVAL ''400 days''"));
    }

    #[test]
    fn a_name_with_a_quote_stays_a_literal() {
        let sql = erasure(&SqlNames::default(), &Erasure::Requester("o'brien".into()));
        assert!(sql.contains("WHERE requester = 'o''brien';"), "{sql}");
        assert!(sql.contains("LIKE '%206f27627269656e20%'"), "{sql}");
    }
}
