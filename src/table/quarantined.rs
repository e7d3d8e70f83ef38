//! Quarantined rows: asked for by their places, and replaced where their lines are typed by now.

use super::names::{SqlNames, literal};
use super::script::split;
use super::statements::{comment_and_text, with_columns};

/// The longest `raw_line_base64` that is asked for: the Data API gives rows of at most 64 KB, and most
/// lines are far shorter.
const RAW_BYTES_MAX: usize = 8_192;

/// Where a page of quarantined rows begins: behind this place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AfterPlace {
    /// The log object's key.
    pub key: String,
    /// Where the line begins.
    pub offset: u64,
    /// The identity of the line.
    pub record_id: String,
}

/// Rows that take the place of quarantined ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// `s3://` URL of the file with the rows, which is also what it is remembered by.
    pub file: String,
    /// ARN of the role that Redshift reads S3 with.
    pub iam_role: String,
    /// The other COPY options, as the module's output `copy_options` has them.
    pub options: String,
}

const REPLACE: &str = include_str!("sql/replace_quarantined.sql");

/// Asks for places of quarantined rows, each once, in order: bucket, key, offset, `record_id`, reason,
/// and the base64 of the line where it is short.
#[must_use]
pub fn quarantined_places(names: &SqlNames, after: Option<&AfterPlace>, most: usize) -> String {
    let table = names.qualified();
    let after = after.map(|AfterPlace { key, offset, record_id }| {
        let (key, id) = (literal(key), literal(record_id));
        format!(
            "\n  AND (log_key > {key} OR log_key = {key} AND (log_offset > {offset} OR log_offset = \
             {offset} AND record_id > {id}))"
        )
    });
    format!(
        "SELECT MIN(log_bucket), log_key, log_offset, record_id, MIN(parse_error),\n  MIN(CASE WHEN \
         LENGTH(raw_line_base64) <= {RAW_BYTES_MAX} THEN raw_line_base64 END)\nFROM {table}\nWHERE \
         request_time IS NULL AND parse_error IS NOT NULL{}\nGROUP BY log_key, log_offset, \
         record_id\nORDER BY log_key, log_offset, record_id\nLIMIT {most}",
        after.unwrap_or_default()
    )
}

/// The statements that put the rows of a file in place of the quarantined rows of the same lines at the
/// same places, to be run in one transaction, in order. A file is taken once: the transaction divides by
/// zero where it was taken before. Of its rows those count whose line is still quarantined, so that two
/// who read the same lines at the same time write each once.
///
/// Only Redshift runs the COPY.
#[must_use]
pub fn replace_quarantined(names: &SqlNames, by: &Replacement) -> Vec<String> {
    let (_, text) = comment_and_text(REPLACE);
    let sql = with_columns(text)
        .replace("{table}", &names.qualified())
        .replace("{options}", &by.options)
        .replace("{iam_role}", &literal(&by.iam_role))
        .replace("{file}", &literal(&by.file));
    split(&sql)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_comes_before_the_quarantined_one_goes_and_all_is_locked_first() {
        let by = Replacement {
            file: "s3://staging/o'brien.gz".into(),
            iam_role: "arn:aws:iam::123456789012:role/copy".into(),
            options: "JSON 'auto' GZIP".into(),
        };
        let statements = replace_quarantined(&SqlNames::default(), &by);
        let begins: Vec<_> =
            statements.iter().filter_map(|sql| sql.split_whitespace().next()).collect();
        assert_eq!(
            begins,
            [
                "LOCK", "LOCK", "SELECT", "CREATE", "COPY", "CREATE", "DELETE", "CREATE", "INSERT",
                "DELETE", "INSERT", "DROP", "DROP", "DROP"
            ]
        );
        assert!(!statements.concat().contains(['{', '}']), "{statements:?}");
        assert!(statements[2].contains("'s3://staging/o''brien.gz'"));
        // Nothing but quarantined rows is deleted from the table.
        assert!(statements[9].contains("request_time IS NULL AND parse_error IS NOT NULL AND"));
    }

    #[test]
    fn a_page_begins_behind_a_place() {
        let after = AfterPlace { key: "a'b".into(), offset: 7, record_id: "ff".into() };
        let sql = quarantined_places(&SqlNames::default(), Some(&after), 10);
        assert!(sql.contains("log_key > 'a''b' OR log_key = 'a''b' AND (log_offset > 7 OR"));
        assert!(sql.ends_with("LIMIT 10"));
        assert!(!quarantined_places(&SqlNames::default(), None, 10).contains("log_key >"));
    }
}
