//! How other databases say what the files say in Redshift's SQL.

/// How the files create a view.
pub(super) const CREATE_REPEATABLE: &str = "CREATE OR REPLACE VIEW";

/// Whose SQL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Amazon Redshift: what the files hold.
    #[default]
    Redshift,
    /// `PostgreSQL` 15 and later. Its index on `request_time` does what the sort key does in Redshift.
    Postgres,
    /// `SQLite` 3.30 and later: table, index and views.
    Sqlite,
    /// `DuckDB` 1.0 and later: table and views; it needs no index to skip what a range leaves out.
    DuckDb,
}

/// What Redshift says, then `PostgreSQL`, `SQLite` and `DuckDB`; a longer text before one that is part
/// of it. `sysdate` is when the transaction began, in the session's zone: UTC in Redshift and by
/// default nearly everywhere.
const WORDS: [(&str, [&str; 3]); 6] = [
    ("\nWITH NO SCHEMA BINDING", ["", "", ""]),
    ("\nSORTKEY (request_day)\nAUTO REFRESH YES", ["", "", ""]),
    (
        "DEFAULT sysdate",
        ["DEFAULT LOCALTIMESTAMP", "DEFAULT CURRENT_TIMESTAMP", "DEFAULT CURRENT_LOCALTIMESTAMP()"],
    ),
    ("sysdate", ["LOCALTIMESTAMP", "CURRENT_TIMESTAMP", "CURRENT_LOCALTIMESTAMP()"]),
    (
        "CAST(request_time AS DATE)",
        ["CAST(request_time AS DATE)", "DATE(request_time)", "CAST(request_time AS DATE)"],
    ),
    (
        "DATE_TRUNC('hour', request_time)",
        [
            "DATE_TRUNC('hour', request_time)",
            "STRFTIME('%Y-%m-%d %H:00:00', request_time)",
            "DATE_TRUNC('hour', request_time)",
        ],
    ),
];

impl Dialect {
    /// A statement of the files in this dialect, with statements beside it where it needs them;
    /// nothing where the database has no such thing (procedures, materialized views).
    #[must_use]
    pub fn translate(self, statement: &str) -> Option<String> {
        let at = match self {
            Self::Redshift => return Some(statement.to_owned()),
            Self::Postgres => 0,
            Self::Sqlite => 1,
            Self::DuckDb => 2,
        };
        let upper = statement.to_ascii_uppercase();
        let of_servers = upper.contains("PROCEDURE ") || upper.contains("MATERIALIZED VIEW");
        if of_servers && self != Self::Postgres {
            return None;
        }
        let mut sql = if upper.starts_with("CREATE TABLE") {
            self.table(statement)
        } else {
            statement.to_owned()
        };
        for (redshift, others) in WORDS {
            sql = sql.replace(redshift, others.get(at).copied().unwrap_or_default());
        }
        if self == Self::Sqlite
            && let Some(view) = sql.strip_prefix(CREATE_REPEATABLE)
        {
            let name = view.split_whitespace().next().unwrap_or_default();
            sql = format!("DROP VIEW IF EXISTS {name};\nCREATE VIEW{view}");
        }
        Some(sql)
    }

    /// CREATE TABLE without Redshift's attributes, which stand behind the columns. A sort key is an
    /// index where rows lie in no order.
    fn table(self, statement: &str) -> String {
        let Some((head, body)) = statement.split_once('(') else { return statement.to_owned() };
        let Some((columns, attributes)) = split_at_close(body) else { return statement.to_owned() };
        let table = head.split_whitespace().last().unwrap_or_default();
        let create = format!("{head}({columns})");
        let sort_key = attributes.split_once("SORTKEY (").and_then(|(_, key)| key.split_once(')'));
        match sort_key {
            Some((key, _)) if self != Self::DuckDb => {
                let bare = table.rsplit('.').next().unwrap_or_default();
                let index = format!("{bare}_{}", key.replace(", ", "_"));
                // In SQLite the schema stands before the index, not before its table.
                let (index, table) = match table.split_once('.') {
                    Some((schema, bare)) if self == Self::Sqlite => {
                        (format!("{schema}.{index}"), bare)
                    }
                    _ => (index, table),
                };
                format!("{create};\nCREATE INDEX IF NOT EXISTS {index} ON {table} ({key})")
            }
            _ => create,
        }
    }
}

/// Splits at the bracket that closes an open one.
fn split_at_close(text: &str) -> Option<(&str, &str)> {
    let mut depth = 1_usize;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((text.get(..at)?, text.get(at + 1..)?));
        }
    }
    None
}
