//! `sys_load_error_detail`, `svv_columns` and `pg_last_copy_count`: what Redshift tells about itself.
//!
//! As tables and views beside the user's, with those of Redshift's columns that are known here.

use logferry::table::Dialect;

use super::error::LoadError;

/// Where load errors are shown. Its texts are CHAR, and so padded with blanks, as in Redshift.
const SYS_LOAD_ERROR_DETAIL: &str = "CREATE TABLE IF NOT EXISTS sys_load_error_detail (
  start_time    TIMESTAMP,
  file_name     CHAR(256),
  line_number   BIGINT,
  column_name   CHAR(127),
  column_type   CHAR(10),
  error_code    INTEGER,
  error_message CHAR(512)
)";

const SVV_COLUMNS_POSTGRES: &str = "CREATE OR REPLACE VIEW svv_columns AS
SELECT CAST('public' AS VARCHAR(128)) AS table_schema, table_name, column_name, ordinal_position,
  is_nullable, data_type, character_maximum_length, numeric_precision, numeric_scale
FROM information_schema.columns WHERE table_schema = CURRENT_SCHEMA";

const SVV_COLUMNS_SQLITE: &str = "CREATE VIEW IF NOT EXISTS svv_columns AS
SELECT 'public' AS table_schema, m.name AS table_name, p.name AS column_name,
  p.cid + 1 AS ordinal_position, CASE WHEN p.\"notnull\" THEN 'NO' ELSE 'YES' END AS is_nullable,
  CASE WHEN p.type LIKE 'VARCHAR%' THEN 'character varying'
       WHEN p.type = 'TIMESTAMP' THEN 'timestamp without time zone'
       ELSE LOWER(p.type) END AS data_type,
  CASE WHEN p.type LIKE 'VARCHAR(%' THEN CAST(SUBSTR(p.type, 9) AS INTEGER) END
    AS character_maximum_length
FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type IN ('table', 'view')";

/// What makes them, where they are not there.
pub(super) fn ddl(dialect: Dialect) -> [&'static str; 2] {
    let columns =
        if dialect == Dialect::Sqlite { SVV_COLUMNS_SQLITE } else { SVV_COLUMNS_POSTGRES };
    [SYS_LOAD_ERROR_DETAIL, columns]
}

/// What notes an error.
pub(super) fn insert(dialect: Dialect, error: &LoadError) -> String {
    let literal = |text: &str, width: usize| {
        let text: String = text.chars().take(width).filter(|c| *c != '\0').collect();
        let text = match dialect {
            Dialect::Sqlite => text,
            _ => text.replace('\\', "\\\\"),
        };
        format!("'{}'", text.replace('\'', "''"))
    };
    format!(
        "INSERT INTO sys_load_error_detail VALUES (CURRENT_TIMESTAMP, {}, {}, {}, {}, {}, {})",
        literal(&error.file_name, 256),
        error.line_number,
        literal(&error.column_name, 127),
        literal(&error.column_type, 10),
        error.error_code,
        literal(&error.error_message, 512),
    )
}
