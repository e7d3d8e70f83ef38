//! What a checkup asks the warehouse, and what it tries there.

use super::names::{SqlNames, literal};
use super::statements::VIEWS;
use crate::row::column_list;

/// Asks for the columns of the table, of the table of loads and of the views, as far as they are there:
/// relation, column, width of a text.
#[must_use]
pub fn relation_columns(names: &SqlNames) -> String {
    let schema = literal(names.schema.as_deref().unwrap_or("public"));
    let suffixes = VIEWS.iter().copied().chain(["loads"]);
    let relations = suffixes.map(|suffix| literal(&format!("{}_{suffix}", names.table)));
    let relations: Vec<_> = std::iter::once(literal(&names.table)).chain(relations).collect();
    format!(
        "SELECT table_name, column_name, character_maximum_length\nFROM svv_columns\n\
         WHERE table_schema = {schema} AND table_name IN ({})",
        relations.join(", ")
    )
}

/// Asks whether the user may read and fill the table.
#[must_use]
pub fn table_privileges(names: &SqlNames) -> String {
    let table = literal(&names.qualified());
    format!("SELECT has_table_privilege({table}, 'SELECT'), has_table_privilege({table}, 'INSERT')")
}

/// Asks for the newest request of each log bucket, of the last seven days.
#[must_use]
pub fn newest_requests(names: &SqlNames) -> String {
    let table = names.qualified();
    format!(
        "SELECT log_bucket, CAST(MAX(request_time) AS VARCHAR(19))\nFROM {table}\n\
         WHERE request_time >= sysdate - INTERVAL '7 days'\nGROUP BY log_bucket"
    )
}

/// Asks for the capacity of a Serverless workgroup when it was last used, in processing units.
#[must_use]
pub fn serverless_capacity() -> String {
    "SELECT compute_capacity FROM sys_serverless_usage WHERE compute_capacity > 0\n\
     ORDER BY start_time DESC LIMIT 1"
        .to_owned()
}

/// Counts the rows of a request, none of which is older than a time written as `2026-03-14 09:00:00`.
#[must_use]
pub fn rows_of_request(names: &SqlNames, request_id: &str, since: &str) -> String {
    let (table, request_id, since) = (names.qualified(), literal(request_id), literal(since));
    format!(
        "SELECT COUNT(*) FROM {table}\nWHERE request_time >= {since} AND request_id = {request_id}"
    )
}

/// Loads a gzip file of rows into a table that is gone with the transaction, and counts them. To be run
/// together.
#[must_use]
pub fn trial_load(names: &SqlNames, url: &str, iam_role: &str) -> Vec<String> {
    let (table, url, iam_role) = (names.qualified(), literal(url), literal(iam_role));
    let (trial, columns) = (format!("{}_trial", names.table), column_list());
    vec![
        format!("CREATE TEMP TABLE {trial} (LIKE {table})"),
        format!(
            "COPY {trial} ({columns})\nFROM {url}\nIAM_ROLE {iam_role}\n\
             JSON 'auto' GZIP TIMEFORMAT 'auto' COMPUPDATE OFF"
        ),
        format!("SELECT COUNT(*) FROM {trial}"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_relation_is_asked_for_and_texts_are_literals() {
        let names = SqlNames { schema: Some("logs".into()), ..SqlNames::default() };
        let sql = relation_columns(&names);
        for relation in ["'s3_access_log'", "'s3_access_log_distinct'", "'s3_access_log_loads'"] {
            assert!(sql.contains(relation), "{sql}");
        }
        assert!(sql.contains("table_schema = 'logs'"), "{sql}");
        let sql = rows_of_request(&names, "o'id", "2026-03-14 09:00:00");
        assert!(sql.ends_with("request_id = 'o''id'"), "{sql}");
        let load = trial_load(&names, "s3://staging/o'k", "arn:role");
        assert!(load[1].contains("FROM 's3://staging/o''k'\nIAM_ROLE 'arn:role'"), "{load:?}");
    }
}
