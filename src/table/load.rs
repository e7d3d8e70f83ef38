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

#[cfg(test)]
mod tests {
    use super::*;

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
