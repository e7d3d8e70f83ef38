//! A load that runs once.

use super::names::{SqlNames, literal};
use super::script::split;
use super::statements::{comment_and_text, with_columns};

/// A manifest and how to load it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardedLoad {
    /// `s3://` URL of the manifest, which is also what it is remembered by.
    pub manifest: String,
    /// Who loads: `replay`, `backfill`, ... (at most 32 bytes).
    pub source: String,
    /// ARN of the role that Redshift reads S3 with.
    pub iam_role: String,
    /// The other COPY options, as the module's output `copy_options` has them.
    pub options: String,
}

const LOAD_ONCE: &str = include_str!("sql/load_once.sql");

/// The four statements, to be run in one transaction, in order. The second divides by zero where the
/// manifest was loaded before, so that the transaction ends and nothing is loaded twice; the first
/// makes others wait that load anything at the same time. (Primary keys bind nothing in Redshift.)
///
/// Only Redshift runs the COPY.
#[must_use]
pub fn guarded_load(names: &SqlNames, load: &GuardedLoad) -> Vec<String> {
    let (_, text) = comment_and_text(LOAD_ONCE);
    let sql = with_columns(text)
        .replace("{table}", &names.qualified())
        .replace("{options}", &load.options)
        .replace("{source}", &literal(&load.source))
        .replace("{iam_role}", &literal(&load.iam_role))
        .replace("{manifest}", &literal(&load.manifest));
    split(&sql)
}

/// The same on behalf of what the manifest covers: other manifests whose files it lists, or files. None
/// of them may have been loaded before, and each is noted. Nothing covered is the manifest alone.
#[must_use]
pub fn guarded_load_of(names: &SqlNames, load: &GuardedLoad, covered: &[String]) -> Vec<String> {
    let mut statements = guarded_load(names, load);
    let others: Vec<&String> = covered.iter().filter(|one| **one != load.manifest).collect();
    if others.is_empty() {
        return statements;
    }
    let literals: Vec<String> = others.iter().map(|one| literal(one)).collect();
    let manifest = literal(&load.manifest);
    let one = format!("WHERE manifest = {manifest}");
    let all = format!("WHERE manifest IN ({manifest}, {})", literals.join(", "));
    if let Some(guard) = statements.get_mut(1) {
        *guard = guard.replace(&one, &all);
    }
    let source = literal(&load.source);
    let notes: Vec<String> = literals.iter().map(|one| format!("({one}, {source})")).collect();
    let table = names.qualified();
    statements
        .push(format!("INSERT INTO {table}_loads (manifest, source) VALUES {}", notes.join(", ")));
    statements
}

/// Asks how many rows the load of a manifest brought.
#[must_use]
pub fn loaded_rows(names: &SqlNames, manifest: &str) -> String {
    let (table, manifest) = (names.qualified(), literal(manifest));
    format!("SELECT loaded_rows FROM {table}_loads WHERE manifest = {manifest}")
}

/// Asks what was loaded: manifest, source, rows, time.
#[must_use]
pub fn noted_loads(names: &SqlNames) -> String {
    let table = names.qualified();
    format!(
        "SELECT manifest, source, loaded_rows, CAST(loaded_at AS VARCHAR(19)) FROM {table}_loads"
    )
}

/// Asks for the newest errors of loads: file, column, message. Redshift keeps them for seven days and
/// shows a user their own.
#[must_use]
pub fn load_errors() -> String {
    "SELECT file_name, column_name, error_message FROM sys_load_error_detail \
     ORDER BY start_time LIMIT 10000"
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_covered_is_guarded_and_noted() {
        let load = GuardedLoad {
            manifest: "s3://staging/replay/m".into(),
            source: "replay".into(),
            iam_role: "arn:aws:iam::123456789012:role/copy".into(),
            options: "JSON 'auto' GZIP".into(),
        };
        let names = SqlNames::default();
        let covered = ["s3://staging/errors/o'b".to_owned(), "s3://staging/errors/2".to_owned()];
        let statements = guarded_load_of(&names, &load, &covered);
        assert!(statements[1].contains(
            "IN ('s3://staging/replay/m', 's3://staging/errors/o''b', 's3://staging/errors/2')"
        ));
        assert!(statements[4].ends_with(
            "VALUES ('s3://staging/errors/o''b', 'replay'), ('s3://staging/errors/2', 'replay')"
        ));
        let alone = [load.manifest.clone()];
        assert_eq!(guarded_load_of(&names, &load, &alone), guarded_load(&names, &load));
    }

    fn load() -> GuardedLoad {
        GuardedLoad {
            manifest: "s3://staging/replay/m".into(),
            source: "replay".into(),
            iam_role: "arn:aws:iam::123456789012:role/copy".into(),
            options: "JSON 'auto' GZIP".into(),
        }
    }

    /// How often a text stands in another.
    fn times(sql: &str, text: &str) -> usize {
        sql.matches(text).count()
    }

    #[test]
    fn each_of_many_is_guarded_once_and_noted_once() {
        let covered: Vec<String> = (0..400).map(|at| format!("s3://staging/{at:04}/")).collect();
        // The manifest among them is guarded and noted by what is said of it anyway.
        let with_itself = [covered.clone(), vec![load().manifest]].concat();
        let statements = guarded_load_of(&SqlNames::default(), &load(), &with_itself);
        assert_eq!(statements.len(), 5);
        for one in &covered {
            let found = statements.iter().map(|sql| times(sql, &format!("'{one}'")));
            assert_eq!(found.collect::<Vec<_>>(), [0, 1, 0, 0, 1], "{one}");
        }
        let of_manifest = statements.iter().map(|sql| times(sql, "'s3://staging/replay/m'"));
        assert_eq!(of_manifest.collect::<Vec<_>>(), [0, 1, 1, 1, 0]);
        assert_eq!(times(&statements[4], "'replay'"), 400);
    }

    #[test]
    fn questions_name_the_table_of_the_names() {
        let schema = Some("logs".to_owned());
        let names = SqlNames { schema, table: "requests".into(), ..SqlNames::default() };
        let statements = guarded_load_of(&names, &load(), &["s3://staging/1".into()]);
        for sql in statements.iter().chain([&noted_loads(&names), &loaded_rows(&names, "o'b")]) {
            assert!(sql.contains("logs.requests"), "{sql}");
            assert!(!sql.contains("s3_access_log"), "{sql}");
        }
        assert!(loaded_rows(&names, "o'b").ends_with("WHERE manifest = 'o''b'"));
        // The guard divides by the count of what was loaded: none gives 1, some 0.
        let guard = &statements[1];
        let counts = guard.find("COUNT(*) = 0 THEN 1 ELSE 0").zip(guard.find("1 /"));
        assert!(counts.is_some_and(|(count, divide)| divide < count), "{guard}");
    }

    #[test]
    fn texts_are_literals_and_the_order_is_lock_guard_copy_note() {
        let load = GuardedLoad {
            manifest: "s3://staging/o'brien; x".into(),
            source: "replay".into(),
            iam_role: "arn:aws:iam::123456789012:role/copy".into(),
            options: "JSON 'auto' GZIP".into(),
        };
        let statements = guarded_load(&SqlNames::default(), &load);
        let begins: Vec<_> =
            statements.iter().filter_map(|sql| sql.split_whitespace().next()).collect();
        assert_eq!(begins, ["LOCK", "SELECT", "COPY", "INSERT"]);
        let named = statements.iter().filter(|sql| sql.contains("'s3://staging/o''brien; x'"));
        assert_eq!(named.count(), 3);
        assert!(!statements.concat().contains(['{', '}']), "{statements:?}");
    }
}
