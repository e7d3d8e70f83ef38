//! Table, views and procedures.
//!
//! The first line of a file says what its statement answers or does; `{table}` stands for the table's
//! name, `{columns}`, `{definitions}` and the like for what the schema table lists.

use super::names::SqlNames;
use crate::row::{COLUMNS, LOADED_AT, column_list};

/// What a statement creates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A table.
    Table,
    /// A view. Those behind the first may read it and the tables, nothing else.
    View,
    /// A stored procedure.
    Procedure,
}

/// A statement of the SQL that ships.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// `table`, or what the name of what it creates has behind the table's and an underscore.
    pub name: &'static str,
    /// What it creates.
    pub kind: Kind,
    /// What it answers, or does.
    pub about: &'static str,
    /// The SQL without its semicolon, repeatable; `{table}` stands for the table's name, qualified.
    pub sql: String,
}

/// A file: what it creates, and its text.
type File = (&'static str, Kind, &'static str);

const FILES: [File; 13] = [
    ("table", Kind::Table, include_str!("sql/table.sql")),
    ("loads", Kind::Table, include_str!("sql/loads.sql")),
    ("distinct", Kind::View, include_str!("sql/views/distinct.sql")),
    ("requests_per_day", Kind::View, include_str!("sql/views/requests_per_day.sql")),
    ("top_keys", Kind::View, include_str!("sql/views/top_keys.sql")),
    ("errors_per_hour", Kind::View, include_str!("sql/views/errors_per_hour.sql")),
    ("old_tls", Kind::View, include_str!("sql/views/old_tls.sql")),
    ("requesters", Kind::View, include_str!("sql/views/requesters.sql")),
    ("quarantined", Kind::View, include_str!("sql/views/quarantined.sql")),
    ("copies", Kind::View, include_str!("sql/views/copies.sql")),
    ("remove_copies", Kind::Procedure, include_str!("sql/maintenance/remove_copies.sql")),
    (
        "remove_quarantined_copies",
        Kind::Procedure,
        include_str!("sql/maintenance/remove_quarantined_copies.sql"),
    ),
    ("maintain", Kind::Procedure, include_str!("sql/maintenance/maintain.sql")),
];

const DAILY: &str = include_str!("sql/daily.sql");

/// What the longest name has behind the table's.
pub const SUFFIX_BYTES_MAX: usize = "_remove_quarantined_copies".len();

/// Every statement, in an order in which they run: tables, the view that shows each line once, the
/// other views, procedures.
#[must_use]
pub fn statements() -> Vec<Statement> {
    let statement = |(name, kind, file): File| {
        let (about, text) = comment_and_text(file);
        Statement { name, kind, about, sql: with_columns(text) }
    };
    FILES.map(statement).into()
}

/// The names of the views.
pub const VIEWS: [&str; 8] = [
    "distinct",
    "requests_per_day",
    "top_keys",
    "errors_per_hour",
    "old_tls",
    "requesters",
    "quarantined",
    "copies",
];

/// A file taken apart: its first line is a comment, the rest its text, without a last semicolon.
pub(super) fn comment_and_text(file: &'static str) -> (&'static str, &'static str) {
    let (head, text) = file.split_once('\n').unwrap_or((file, ""));
    (head.trim_start_matches("-- "), text.trim_end().trim_end_matches(';'))
}

/// The text with what the schema table lists, lists each at the indent of their placeholder.
pub(super) fn with_columns(sql: &str) -> String {
    let columns: Vec<&str> =
        COLUMNS.iter().map(|column| column.name).chain([LOADED_AT.0]).collect();
    let width = columns.iter().map(|name| name.len()).max().unwrap_or(0);
    let types = COLUMNS.iter().map(|column| column.column_type.sql()).chain([LOADED_AT.1.into()]);
    let definitions: Vec<String> =
        columns.iter().zip(types).map(|(name, kind)| format!("{name:width$} {kind}")).collect();
    let quoted: Vec<String> = columns.iter().map(|name| format!("'{name}'")).collect();
    let mut sql = sql
        .replace("{definitions}", &definitions.join(",\n  "))
        .replace("{quoted_columns}", &quoted.join(", "))
        .replace("{column_count}", &columns.len().to_string())
        .replace("{column_list}", &column_list())
        .replace("{all_columns}", &columns.join(","));
    for indent in ["\n  ", "\n    ", "\n      "] {
        let list = columns.join(&format!(",{indent}"));
        sql = sql.replace(&format!("{indent}{{columns}}"), &format!("{indent}{list}"));
    }
    sql
}

/// Tables, views and procedures: what `logferry schema ddl` prints.
#[must_use]
pub fn ddl(names: &SqlNames) -> String {
    let parts = [table_sql(names), views_sql(names), maintenance_sql(names)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The CREATE TABLE statements.
#[must_use]
pub fn table_sql(names: &SqlNames) -> String {
    of_kind(names, Kind::Table)
}

/// The CREATE VIEW statements.
#[must_use]
pub fn views_sql(names: &SqlNames) -> String {
    of_kind(names, Kind::View)
}

/// The CREATE PROCEDURE statements; nothing where the dialect has no procedures.
#[must_use]
pub fn maintenance_sql(names: &SqlNames) -> String {
    of_kind(names, Kind::Procedure)
}

fn of_kind(names: &SqlNames, kind: Kind) -> String {
    let statements = statements();
    let statements = statements.iter().filter(|statement| statement.kind == kind);
    let texts: Vec<String> =
        statements.filter_map(|one| commented(names, one.about, &one.sql)).collect();
    texts.join("\n")
}

/// The daily aggregate, for those who want one; nothing where the dialect has no materialized views.
#[must_use]
pub fn daily_sql(names: &SqlNames) -> String {
    let (about, text) = comment_and_text(DAILY);
    commented(names, about, text).unwrap_or_default()
}

fn commented(names: &SqlNames, about: &str, sql: &str) -> Option<String> {
    Some(format!("-- {about}\n{};\n", names.fill(sql)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Dialect, split};

    #[test]
    fn a_file_creates_what_its_name_says() {
        for Statement { name, kind, about, sql } in statements() {
            let created = match (kind, name) {
                (Kind::Table, "table") => "CREATE TABLE IF NOT EXISTS {table} (".to_owned(),
                (Kind::Table, _) => format!("CREATE TABLE IF NOT EXISTS {{table}}_{name} ("),
                (Kind::View, _) => format!("CREATE OR REPLACE VIEW {{table}}_{name} AS"),
                (Kind::Procedure, _) => format!("CREATE OR REPLACE PROCEDURE {{table}}_{name}("),
            };
            assert!(sql.starts_with(&created), "{name}: {sql}");
            assert!(about.ends_with('.'), "{name}: {about}");
            let placeholders = sql.replace("{table}", "");
            assert!(!placeholders.contains(['{', '}']), "{name}: {sql}");
            assert_eq!(split(&sql).len(), 1, "{name}");
            assert!(name.len() < SUFFIX_BYTES_MAX, "{name}");
        }
        let statements = statements();
        let views = statements.iter().filter(|one| one.kind == Kind::View).map(|one| one.name);
        assert_eq!(views.collect::<Vec<_>>(), VIEWS);
    }

    #[test]
    fn other_databases_are_spared_what_only_redshift_knows() {
        for dialect in [Dialect::Postgres, Dialect::Sqlite, Dialect::DuckDb] {
            let ddl = ddl(&SqlNames { dialect, ..SqlNames::default() }).to_uppercase();
            for word in ["DISTKEY", "DISTSTYLE", "SORTKEY", "SCHEMA BINDING", "SYSDATE"] {
                assert!(!ddl.contains(word), "{dialect:?} is told {word}");
            }
            assert_eq!(ddl.contains("PROCEDURE"), dialect == Dialect::Postgres);
            assert_eq!(ddl.contains("CREATE INDEX"), dialect != Dialect::DuckDb);
        }
    }
}
