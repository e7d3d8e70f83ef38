//! The table and its views as SQL.
//!
//! The statements stand in `table.sql` and `views/*.sql`: valid Redshift, in the subset that PostgreSQL
//! and SQLite also run, apart from the table attributes (`DISTSTYLE`, `SORTKEY`) and `DEFAULT sysdate`:
//! so days and hours are cut from the timestamp's text, and copies are dropped with `ROW_NUMBER` in a
//! subquery instead of QUALIFY. The first line of a file says what its statement answers; `{table}`
//! stands for the table's name, `{columns}` and `{definitions}` for what the schema table lists.

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
    /// The statement with these names.
    fn fill(&self, statement: &Statement) -> String {
        let schema = self.schema.as_deref().map(|schema| format!("{schema}."));
        let table = format!("{}{}", schema.unwrap_or_default(), self.table);
        let create = if self.replace { CREATE_REPEATABLE } else { "CREATE VIEW" };
        let sql = statement.sql.replacen(CREATE_REPEATABLE, create, 1).replace("{table}", &table);
        format!("{sql};\n")
    }
}

/// How the files create a view.
const CREATE_REPEATABLE: &str = "CREATE OR REPLACE VIEW";

/// A statement of the SQL that ships.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// `table`, or what the view's name has behind the table's and an underscore.
    pub name: &'static str,
    /// What it answers.
    pub about: &'static str,
    /// The SQL without its semicolon, repeatable; `{table}` stands for the table's name, qualified.
    pub sql: String,
}

/// The table, as (nothing behind its name, what it holds, text).
const TABLE: (&str, &str, &str) = file("", include_str!("table.sql"));

/// The view without copies, the only one that the others read.
const DISTINCT: (&str, &str, &str) = file("_distinct", include_str!("views/distinct.sql"));

/// The other views as (suffix of the name, what it answers, text).
pub const VIEWS: [(&str, &str, &str); 7] = [
    file("_requests_per_day", include_str!("views/requests_per_day.sql")),
    file("_top_keys", include_str!("views/top_keys.sql")),
    file("_errors_per_hour", include_str!("views/errors_per_hour.sql")),
    file("_old_tls", include_str!("views/old_tls.sql")),
    file("_requesters", include_str!("views/requesters.sql")),
    file("_quarantined", include_str!("views/quarantined.sql")),
    file("_copies", include_str!("views/copies.sql")),
];

/// A file taken apart: its first line is a comment, the rest its statement.
const fn file(
    suffix: &'static str,
    text: &'static str,
) -> (&'static str, &'static str, &'static str) {
    let (mut head, mut rest) = (0, text.as_bytes());
    while let [byte, tail @ ..] = rest
        && *byte != b'\n'
    {
        head += 1;
        rest = tail;
    }
    let (about, statement) = text.split_at(head);
    let (_, about) = about.split_at("-- ".len());
    let (_, statement) = statement.split_at("\n".len());
    (suffix, about, statement)
}

/// Every statement, in an order in which they run: the table, the view without copies, the others.
#[must_use]
pub fn statements() -> Vec<Statement> {
    let files = [TABLE, DISTINCT].into_iter().chain(VIEWS);
    let statement = |(suffix, about, text): (&'static str, &'static str, &str)| Statement {
        name: suffix.strip_prefix('_').unwrap_or("table"),
        about,
        sql: listed(text.trim_end().trim_end_matches(';')),
    };
    files.map(statement).collect()
}

/// The statement with what the schema table lists, each at the indent of its placeholder.
fn listed(sql: &str) -> String {
    let columns: Vec<&str> =
        COLUMNS.iter().map(|column| column.name).chain([LOADED_AT.0]).collect();
    let width = columns.iter().map(|name| name.len()).max().unwrap_or(0);
    let types = COLUMNS.iter().map(|column| column.column_type.sql()).chain([LOADED_AT.1.into()]);
    let definitions: Vec<String> =
        columns.iter().zip(types).map(|(name, kind)| format!("{name:width$} {kind}")).collect();
    let mut sql = sql.replace("{definitions}", &definitions.join(",\n  "));
    for indent in ["\n  ", "\n    "] {
        let list = columns.join(&format!(",{indent}"));
        sql = sql.replace(&format!("{indent}{{columns}}"), &format!("{indent}{list}"));
    }
    sql
}

/// Table and views: what `logferry schema ddl` prints.
#[must_use]
pub fn ddl(names: &SqlNames) -> String {
    format!("{}\n{}", table_sql(names), views_sql(names))
}

/// The CREATE TABLE statement.
#[must_use]
pub fn table_sql(names: &SqlNames) -> String {
    statements().iter().take(1).map(|table| names.fill(table)).collect()
}

/// The CREATE VIEW statements.
#[must_use]
pub fn views_sql(names: &SqlNames) -> String {
    let statements = statements();
    let views = statements.iter().skip(1);
    let views: Vec<String> =
        views.map(|view| format!("-- {}\n{}", view.about, names.fill(view))).collect();
    views.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_creates_what_its_name_says() {
        for Statement { name, about, sql } in statements() {
            let created = match name {
                "table" => "CREATE TABLE IF NOT EXISTS {table} (".to_owned(),
                view => format!("{CREATE_REPEATABLE} {{table}}_{view} AS"),
            };
            assert_eq!(sql.lines().next(), Some(&*created));
            assert!(about.ends_with('.'), "{name}: {about}");
            let placeholders = sql.replace("{table}", "");
            assert!(!placeholders.contains(['{', '}', ';']), "{name}: {sql}");
        }
    }
}
