//! Redshift's SQL as the database underneath says it.
//!
//! What the files of `logferry::table` say is [`Dialect`]'s to know; here is what clients say beside
//! it. A statement that neither the database nor this page knows fails there, in its words.

use logferry::table::Dialect;

use super::tokens::{Kind, Token, tokens, words};

/// The schema that the table is known under. What lies underneath may have another, or none.
pub(super) const SCHEMA: &str = "public";

/// What becomes of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Translated {
    /// It is run like this.
    Run(String),
    /// There is nothing to do here that Redshift does.
    Nothing,
    /// It is not to be had: why.
    Refused(String),
}

/// What Redshift says, then `PostgreSQL` and `SQLite`. A longer text stands before one that is part
/// of it.
const WORDS: [(&[&str], &str, &str); 12] = [
    (&["WITH", "NO", "SCHEMA", "BINDING"], "", ""),
    (&["INFORMATION_SCHEMA", ".", "COLUMNS"], "information_schema.columns", "svv_columns"),
    (&[SCHEMA, "."], "", ""),
    (&["\"public\"", "."], "", ""),
    (&["GETDATE", "(", ")"], "LOCALTIMESTAMP", "CURRENT_TIMESTAMP"),
    (&["SYSDATE"], "LOCALTIMESTAMP", "CURRENT_TIMESTAMP"),
    (&["APPROXIMATE", "COUNT"], "COUNT", "COUNT"),
    (&["NVL", "("], "COALESCE(", "COALESCE("),
    (&["LEN", "("], "LENGTH(", "LENGTH("),
    (&["GREATEST", "("], "GREATEST(", "MAX("),
    (&["LEAST", "("], "LEAST(", "MIN("),
    // Whoever opens the embedded database may do everything.
    (&["HAS_TABLE_PRIVILEGE", "("], "has_table_privilege(", "'' < MAX("),
];

/// Attributes of a table and of its columns, each with how many words or brackets follow it.
const ATTRIBUTES: [(&str, usize); 7] = [
    ("DISTSTYLE", 1),
    ("DISTKEY", 0),
    ("COMPOUND", 0),
    ("INTERLEAVED", 0),
    ("SORTKEY", 0),
    ("ENCODE", 1),
    ("BACKUP", 1),
];

/// Says a statement in a dialect. `last_copy_count` is what `PG_LAST_COPY_COUNT()` answers.
pub(super) fn translate(dialect: Dialect, sql: &str, last_copy_count: u64) -> Translated {
    let spoken = words(sql);
    let (first, second) = (spoken.first(), spoken.get(1));
    let begins = |word: &str| first.is_some_and(|token| token.is(word));
    let of_transactions = ["BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT"];
    if first.is_none() {
        return Translated::Refused("an empty statement".to_owned());
    }
    if of_transactions.into_iter().any(begins) {
        let what = "transactions are made of batches: BEGIN and COMMIT are not served here";
        return Translated::Refused(what.to_owned());
    }
    if begins("UNLOAD") {
        return Translated::Refused("UNLOAD is not served by the local stack".to_owned());
    }
    if begins("VACUUM") || begins("SET") || begins("RESET") {
        return Translated::Nothing;
    }
    let is_sqlite = dialect == Dialect::Sqlite;
    if is_sqlite && begins("LOCK") {
        // It holds the write lock anyway; a table that is not there is still an error.
        let name =
            spoken.iter().skip(if second.is_some_and(|token| token.is("TABLE")) { 2 } else { 1 });
        return Translated::Run(format!("DELETE FROM {} WHERE 0", table_name(name)));
    }
    if is_sqlite && begins("TRUNCATE") {
        let name =
            spoken.iter().skip(if second.is_some_and(|token| token.is("TABLE")) { 2 } else { 1 });
        return Translated::Run(format!("DELETE FROM {}", table_name(name)));
    }
    let Some(sql) = dialect.translate(sql.trim()) else {
        return Translated::Refused("not to be had with the embedded database".to_owned());
    };
    let creates_table = begins("CREATE") && spoken.iter().take(4).any(|token| token.is("TABLE"));
    Translated::Run(say(is_sqlite, &sql, creates_table, last_copy_count))
}

/// The name at the beginning of some words, without schema and quotes.
fn table_name<'a>(words: impl Iterator<Item = &'a Token<'a>>) -> String {
    let name: String = words.take_while(|token| !token.is(";")).map(|token| token.text).collect();
    let name = name.replace('"', "");
    name.strip_prefix("public.").unwrap_or(&name).to_owned()
}

fn say(is_sqlite: bool, sql: &str, creates_table: bool, last_copy_count: u64) -> String {
    let tokens = tokens(sql);
    let mut said = String::new();
    let mut at = 0;
    while let Some(rest) = tokens.get(at..).filter(|rest| !rest.is_empty()) {
        if creates_table && let Some(length) = attribute(rest) {
            at += length;
        } else if let Some(length) = matching(rest, &["PG_LAST_COPY_COUNT", "(", ")"]) {
            said.push_str(&last_copy_count.to_string());
            at += length;
        } else if is_sqlite && let Some((length, text)) = some_time_ago(rest) {
            said.push_str(&text);
            at += length;
        } else if let Some((length, text)) = replaced(is_sqlite, rest) {
            said.push_str(text);
            at += length;
        } else if let Some(token) = rest.first() {
            said.push_str(&one(is_sqlite, token));
            at += 1;
        }
    }
    said
}

/// A token as it stands; a literal without the escapes that `SQLite` does not know.
fn one(is_sqlite: bool, token: &Token<'_>) -> String {
    match token.value() {
        Some(value) if is_sqlite && token.text.contains('\\') => {
            format!("'{}'", value.replace('\'', "''"))
        }
        _ => token.text.to_owned(),
    }
}

fn replaced(is_sqlite: bool, rest: &[Token<'_>]) -> Option<(usize, &'static str)> {
    WORDS.iter().find_map(|(pattern, postgres, sqlite)| {
        let length = matching(rest, pattern)?;
        Some((length, if is_sqlite { *sqlite } else { *postgres }))
    })
}

/// `sysdate - INTERVAL '7 days'`, and what the crate's dialect made of it, for `SQLite`.
fn some_time_ago(rest: &[Token<'_>]) -> Option<(usize, String)> {
    let now = [&["SYSDATE", "-", "INTERVAL"][..], &["CURRENT_TIMESTAMP", "-", "INTERVAL"]];
    let length = now.iter().find_map(|pattern| matching(rest, pattern))?;
    let after = rest.get(length..)?;
    let spaces = after.iter().take_while(|token| token.kind == Kind::Space).count();
    let span = after.get(spaces)?.value()?;
    Some((length + spaces + 1, format!("DATETIME('now', '-{span}')")))
}

/// How many tokens say an attribute of a table.
fn attribute(rest: &[Token<'_>]) -> Option<usize> {
    let first = rest.first()?;
    let (_, arguments) = ATTRIBUTES.iter().find(|(word, _)| first.is(word))?;
    let mut length = 1;
    for _ in 0..*arguments {
        let tail = rest.get(length..)?;
        length += tail.iter().take_while(|token| token.kind == Kind::Space).count() + 1;
    }
    let tail = rest.get(length..).unwrap_or_default();
    let spaces = tail.iter().take_while(|token| token.kind == Kind::Space).count();
    if *arguments == 0 && tail.get(spaces).is_some_and(|token| token.is("(")) {
        length += tail.iter().position(|token| token.is(")"))? + 1;
    }
    Some(length)
}

/// How many tokens match words in any case, with or without spaces between them.
fn matching(rest: &[Token<'_>], pattern: &[&str]) -> Option<usize> {
    let mut length = 0;
    for (position, word) in pattern.iter().enumerate() {
        let tail = rest.get(length..)?;
        let spaces = match position {
            0 => 0,
            _ => tail.iter().take_while(|token| token.kind == Kind::Space).count(),
        };
        let token = tail.get(spaces)?;
        if !(token.is(word) || token.kind == Kind::Name && token.text == *word) {
            return None;
        }
        length += spaces + 1;
    }
    Some(length)
}
