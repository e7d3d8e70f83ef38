//! From a table that an earlier version made to this version's.
//!
//! What each version made is kept as it was, in `sql/released/*.sql`; the difference is found, not
//! written down. A release that differs in a way that nothing here bridges fails a test.

use super::dialect::{CREATE_REPEATABLE, Dialect};
use super::names::SqlNames;
use super::script::split;
use super::statements::{Kind, ddl, maintenance_sql, statements, table_sql, with_columns};

/// Version, and all that its `logferry schema ddl` printed.
pub const RELEASES: [(&str, &str); 1] = [("0.1.0", include_str!("sql/released/0.1.0.sql"))];

/// This version.
const CURRENT: &str = env!("CARGO_PKG_VERSION");

/// There is no table of such a version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no table of version {version}; there are those of {}", known())]
pub struct UnknownRelease {
    version: String,
}

fn known() -> String {
    let versions: Vec<&str> =
        RELEASES.iter().map(|(version, _)| *version).chain([CURRENT]).collect();
    versions.join(", ")
}

/// The statements that make the table, views and procedures of `from` those of this version, in
/// order; rows and grants stay. For Redshift and PostgreSQL.
///
/// # Errors
/// When no version `from` was released.
pub fn upgrade(names: &SqlNames, from: &str) -> Result<String, UnknownRelease> {
    if from == CURRENT {
        return Ok(format!("-- The table is that of {CURRENT} already.\n"));
    }
    let Some((_, released)) = RELEASES.iter().find(|(version, _)| *version == from) else {
        return Err(UnknownRelease { version: from.to_owned() });
    };
    Ok(steps(names, from, released))
}

fn steps(names: &SqlNames, from: &str, released: &str) -> String {
    let (old, new) = (Shape::read(released), Shape::read(&ddl(&SqlNames::default())));
    let table = names.qualified();
    let redshift = names.dialect == Dialect::Redshift;
    let mut script = format!(
        "-- From {from} to {CURRENT}. Run it as the owner of the table, from top to bottom, and one statement after the other\n\
         -- (psql does; no transaction around it). It may run again from the top: what was done changes nothing, or says so. Loads may go on.\n"
    );
    let mut step = |about: &str, sql: &str| script.extend(["\n-- ", about, "\n", sql, "\n"]);

    for (name, kind) in new.columns.iter().filter(|(name, _)| old.kind_of(name).is_none()) {
        let exists = if redshift { "" } else { "IF NOT EXISTS " };
        let about = "A new column, behind the others: costs no time. (In Redshift, where it exists: an error; go on.)";
        step(about, &format!("ALTER TABLE {table} ADD COLUMN {exists}{name} {kind};"));
    }
    if redshift && old.attributes != new.attributes {
        let about = "Each row to where its record_id leads: Redshift writes the whole table anew, as a deep copy would. For a quiet hour.";
        step(about, &format!("ALTER TABLE {table} ALTER DISTSTYLE KEY DISTKEY record_id;"));
    }
    let tables = split(&table_sql(names));
    for sql in tables.iter().skip(1) {
        let about = if sql.starts_with("CREATE INDEX") {
            "An index in place of the sort key: reads the table once."
        } else {
            "A table of its own, empty: costs no time."
        };
        step(about, &format!("{sql};"));
    }
    step(
        "Views dropped and made again, grants on them kept, all or nothing. Where a view of yours reads one of them, it is an error, and nothing is changed: drop yours first.",
        &replace_views(names, &old, &new),
    );
    let replace = format!("CALL {table}_replace_views();\nDROP PROCEDURE {table}_replace_views();");
    step("Costs no time; queries wait for a moment.", &replace);
    step("The procedures.", maintenance_sql(names).trim_end());
    for (name, kind) in &new.columns {
        if redshift && old.kind_of(name).is_some_and(|old| old != kind) {
            let about = "Narrower, for less memory in queries: costs no time. Where the table holds a longer text it is an error, and may stay as it was.";
            step(about, &format!("ALTER TABLE {table} ALTER COLUMN {name} TYPE {kind};"));
        }
    }
    script
}

/// The procedure that replaces the views in one transaction.
fn replace_views(names: &SqlNames, old: &Shape, new: &Shape) -> String {
    let table = names.qualified();
    let stays = old.views.iter().filter(|view| new.views.contains(view));
    let stays: Vec<String> = stays.map(|view| format!("'{table}_{view}'")).collect();
    let grants = match names.dialect {
        Dialect::Redshift => include_str!("sql/grants_redshift.sql"),
        _ => include_str!("sql/grants_postgres.sql"),
    };
    let mut drops: Vec<String> =
        old.views.iter().map(|view| format!("  DROP VIEW IF EXISTS {table}_{view};")).collect();
    drops.extend(
        new.views
            .iter()
            .filter(|view| !old.views.contains(view))
            .map(|view| format!("  DROP VIEW IF EXISTS {table}_{view};")),
    );
    // The last made first: they read those before them.
    drops.reverse();
    let statements = statements();
    let views = statements.iter().filter(|statement| statement.kind == Kind::View);
    let creates: Vec<String> = views
        .filter_map(|view| names.fill(&view.sql.replacen(CREATE_REPEATABLE, "CREATE VIEW", 1)))
        .map(|sql| format!("  {};", sql.replace('\n', "\n  ")))
        .collect();
    let sql = include_str!("sql/replace_views.sql")
        .replace("{grants}", grants.trim_end())
        .replace("{views}", &stays.join(", "))
        .replace("{drops}", &drops.join("\n"))
        .replace("{creates}", &creates.join("\n"))
        .replace("{table}", &table);
    with_columns(sql.trim_end())
}

/// What a version's DDL makes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Shape {
    /// Names and types, in order, types as the DDL has them.
    columns: Vec<(String, String)>,
    /// What stands behind the columns.
    attributes: String,
    /// What the views' names have behind the table's and an underscore, in order.
    views: Vec<String>,
}

impl Shape {
    fn read(ddl: &str) -> Self {
        let mut shape = Self::default();
        for statement in split(ddl) {
            let words: Vec<&str> = statement.split_whitespace().collect();
            if statement.starts_with("CREATE TABLE IF NOT EXISTS s3_access_log (") {
                let body = statement.split_once("(\n").map_or("", |(_, body)| body);
                let (columns, attributes) = body.split_once("\n)").unwrap_or((body, ""));
                shape.attributes = attributes.split_whitespace().collect::<Vec<_>>().join(" ");
                shape.columns = columns.lines().filter_map(column).collect();
            } else if let ["CREATE", "VIEW", name, ..] = words.as_slice() {
                shape.views.extend(name.strip_prefix("s3_access_log_").map(str::to_owned));
            }
        }
        shape
    }

    fn kind_of(&self, name: &str) -> Option<&String> {
        self.columns.iter().find(|(column, _)| column == name).map(|(_, kind)| kind)
    }
}

/// A line of the column list.
fn column(line: &str) -> Option<(String, String)> {
    let (name, kind) = line.trim().trim_end_matches(',').split_once(' ')?;
    Some((name.to_owned(), kind.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::COLUMNS;

    fn width(kind: &str) -> Option<usize> {
        kind.strip_prefix("VARCHAR(")?.strip_suffix(')')?.parse().ok()
    }

    /// What [`steps`] bridges: new columns, narrower texts, new attributes, whatever views.
    #[test]
    fn each_release_differs_by_what_an_upgrade_bridges() {
        let new = Shape::read(&ddl(&SqlNames::default()));
        assert_eq!(new.columns.len(), COLUMNS.len() + 1);
        assert_eq!(
            new.attributes,
            "DISTSTYLE KEY DISTKEY (record_id) COMPOUND SORTKEY (request_time)"
        );
        for (version, released) in RELEASES {
            let old = Shape::read(released);
            assert!(
                old.columns.len() > 30 && old.views.len() > 5,
                "{version} is not read: {old:?}"
            );
            assert!(old.attributes.contains("SORTKEY (request_time)"), "{version}");
            for (name, kind) in &old.columns {
                let now = new.kind_of(name).unwrap_or_else(|| panic!("{version} has {name}"));
                let narrower = width(now) < width(kind);
                assert!(now == kind || narrower, "{name} of {version} was {kind}, is {now}");
            }
        }
    }

    #[test]
    fn what_a_release_lacks_is_appended_and_no_more() {
        let (_, released) = RELEASES[0];
        let older = released.replace("  source_region       VARCHAR(32),\n", "");
        assert_ne!(older, released);
        for (dialect, added) in [
            (Dialect::Redshift, "ALTER TABLE s3_access_log ADD COLUMN source_region VARCHAR(32)"),
            (
                Dialect::Postgres,
                "ALTER TABLE s3_access_log ADD COLUMN IF NOT EXISTS source_region VARCHAR(32)",
            ),
        ] {
            let names = SqlNames { dialect, ..SqlNames::default() };
            let script = split(&steps(&names, "0.0.9", &older));
            let columns = script.iter().filter(|sql| sql.contains("ADD COLUMN"));
            assert_eq!(columns.collect::<Vec<_>>(), [added]);
            assert!(!script.concat().contains(['{', '}']), "{script:?}");
        }
    }

    #[test]
    fn an_unknown_version_is_an_error_that_names_the_known_ones() {
        let error = upgrade(&SqlNames::default(), "9.9.9").unwrap_err().to_string();
        assert!(error.contains("9.9.9") && error.contains("0.1.0, "), "{error}");
        let same = upgrade(&SqlNames::default(), CURRENT).unwrap();
        assert_eq!(split(&same).len(), 0);
    }
}
