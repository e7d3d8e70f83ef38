//! The table and its views as SQL.
//!
//! Valid Redshift, in the subset that PostgreSQL and SQLite also run, apart from the table
//! attributes (`DISTSTYLE`, `SORTKEY`) and `DEFAULT sysdate`: so days and hours are cut from the
//! timestamp's text, and copies are dropped with ROW_NUMBER in a subquery instead of QUALIFY.

use super::COLUMNS;
use super::schema::LOADED_AT;

/// What the table is called and how its views are created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlNames {
    /// Schema to qualify every name with.
    pub schema: Option<String>,
    /// Name of the table and prefix of the views' names.
    pub table: String,
    /// `CREATE OR REPLACE VIEW`, which Redshift and PostgreSQL know but SQLite does not.
    pub replace: bool,
}

impl Default for SqlNames {
    fn default() -> Self {
        Self { schema: None, table: "s3_access_log".into(), replace: false }
    }
}

impl SqlNames {
    /// Qualified name of the table, or of the view with this suffix.
    fn name(&self, suffix: &str) -> String {
        let schema = self.schema.as_deref().map(|schema| format!("{schema}."));
        format!("{}{}{suffix}", schema.unwrap_or_default(), self.table)
    }
}

/// Table and views: what `logferry schema ddl` prints.
#[must_use]
pub fn ddl(names: &SqlNames) -> String {
    format!("{}\n{}", table_sql(names), views_sql(names))
}

/// The CREATE TABLE statement.
#[must_use]
pub fn table_sql(names: &SqlNames) -> String {
    let width = COLUMNS.iter().map(|column| column.name.len()).max().unwrap_or(0);
    let columns = COLUMNS.iter().map(|column| (column.name, column.column_type.sql()));
    let columns: Vec<String> = columns
        .chain([(LOADED_AT.0, LOADED_AT.1.into())])
        .map(|(name, column_type)| format!("  {name:width$} {column_type}"))
        .collect();
    format!(
        "CREATE TABLE IF NOT EXISTS {} (\n{}\n)\nDISTSTYLE AUTO\nSORTKEY (request_time);\n",
        names.name(""),
        columns.join(",\n")
    )
}

/// The views as (suffix of the name, what it answers, query). `{distinct}` stands for the view
/// without copies, which is the first.
pub const VIEWS: [(&str, &str, &str); 7] = [
    (
        "_requests_per_day",
        "Requests and bytes per day, bucket and status.",
        "SELECT
  SUBSTRING(CAST(request_time AS VARCHAR(32)), 1, 10) AS request_day,
  bucket,
  http_status,
  COUNT(*) AS requests,
  SUM(bytes_sent) AS bytes_sent
FROM {distinct}
WHERE parse_error IS NULL
GROUP BY SUBSTRING(CAST(request_time AS VARCHAR(32)), 1, 10), bucket, http_status",
    ),
    (
        "_top_keys",
        "What is downloaded: requests and bytes per object.",
        "SELECT
  bucket,
  key,
  COUNT(*) AS requests,
  SUM(bytes_sent) AS bytes_sent
FROM {distinct}
WHERE parse_error IS NULL AND key IS NOT NULL
GROUP BY bucket, key",
    ),
    (
        "_errors_per_hour",
        "Share of requests that failed, per hour and bucket.",
        "SELECT
  SUBSTRING(CAST(request_time AS VARCHAR(32)), 1, 13) AS request_hour,
  bucket,
  COUNT(*) AS requests,
  SUM(CASE WHEN http_status BETWEEN 400 AND 499 THEN 1 ELSE 0 END) AS client_errors,
  SUM(CASE WHEN http_status >= 500 THEN 1 ELSE 0 END) AS server_errors,
  100.0 * SUM(CASE WHEN http_status >= 400 THEN 1 ELSE 0 END) / COUNT(*) AS error_percent
FROM {distinct}
WHERE parse_error IS NULL
GROUP BY SUBSTRING(CAST(request_time AS VARCHAR(32)), 1, 13), bucket",
    ),
    (
        "_old_tls",
        "Who still speaks TLS below 1.2.",
        "SELECT
  bucket,
  requester,
  remote_ip,
  user_agent,
  tls_version,
  COUNT(*) AS requests,
  MAX(request_time) AS last_request_time
FROM {distinct}
WHERE UPPER(tls_version) IN ('SSLV3', 'TLSV1', 'TLSV1.0', 'TLSV1.1')
GROUP BY bucket, requester, remote_ip, user_agent, tls_version",
    ),
    (
        "_requesters",
        "Who asks, how often, how much, and when last.",
        "SELECT
  bucket,
  requester,
  COUNT(*) AS requests,
  SUM(bytes_sent) AS bytes_sent,
  SUM(CASE WHEN http_status = 403 THEN 1 ELSE 0 END) AS denied,
  MAX(request_time) AS last_request_time
FROM {distinct}
WHERE parse_error IS NULL
GROUP BY bucket, requester",
    ),
    (
        "_quarantined",
        "Lines that are no typed row: why, where they stand, and their bytes.",
        "SELECT
  parse_error,
  log_bucket,
  log_key,
  log_offset,
  flags,
  raw_line_base64,
  record_id,
  loaded_at
FROM {distinct}
WHERE parse_error IS NOT NULL",
    ),
    (
        "_copies",
        "Rows that were delivered more than once, which the other views count once.",
        "SELECT
  record_id,
  COUNT(*) AS copies,
  MIN(loaded_at) AS first_loaded_at,
  MAX(loaded_at) AS last_loaded_at
FROM {table}
GROUP BY record_id
HAVING COUNT(*) > 1",
    ),
];

/// The CREATE VIEW statements.
#[must_use]
pub fn views_sql(names: &SqlNames) -> String {
    let create = if names.replace { "CREATE OR REPLACE VIEW" } else { "CREATE VIEW" };
    let columns: Vec<&str> =
        COLUMNS.iter().map(|column| column.name).chain([LOADED_AT.0]).collect();
    let distinct = format!(
        "SELECT\n  {columns}\nFROM (\n  SELECT\n    {inner},\n    \
         ROW_NUMBER() OVER (PARTITION BY record_id ORDER BY loaded_at) AS copy_number\n  \
         FROM {table}\n) AS copies\nWHERE copy_number = 1",
        columns = columns.join(",\n  "),
        inner = columns.join(",\n    "),
        table = names.name("")
    );
    let about = "One row per record_id: what to query.";
    let head = format!("-- {about}\n{create} {} AS\n{distinct};\n", names.name("_distinct"));
    let rest = VIEWS.iter().map(|(suffix, about, query)| {
        let query = query
            .replace("{distinct}", &names.name("_distinct"))
            .replace("{table}", &names.name(""));
        format!("\n-- {about}\n{create} {} AS\n{query};\n", names.name(suffix))
    });
    std::iter::once(head).chain(rest).collect()
}
