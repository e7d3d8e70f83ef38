//! The table against the schema of this version, and how new its rows are.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::check::Check;
use super::text::duration;
use crate::operate::stack::LogBucket;
use crate::ports::Value;
use crate::row::{COLUMNS, ColumnType, LOADED_AT};
use crate::table::{SqlNames, VIEWS};

/// The checks of the table and its views, in order.
pub(super) const IDS: [&str; 5] =
    ["table.exists", "table.columns", "table.widths", "table.loads", "table.view"];

/// By relation, its columns with the widths of texts.
type Relations = BTreeMap<String, BTreeMap<String, Option<i128>>>;

/// What the answer to [`crate::table::relation_columns`] comes down to.
pub(super) fn checks(names: &SqlNames, rows: &[Vec<Value>]) -> Vec<Check> {
    let mut relations = Relations::new();
    for row in rows {
        if let [Value::Text(relation), Value::Text(column), width] = row.as_slice() {
            let of = relations.entry(relation.trim().to_owned()).or_default();
            of.insert(column.trim().to_owned(), width.whole());
        }
    }
    let [exists, columns, widths, loads, view] = IDS;
    let qualified = names.qualified();
    let Some(table) = relations.get(&names.table) else {
        let text = format!("{qualified} is not there, or its columns are not to be seen");
        let mut checks = vec![Check::fail(exists, text, "logferry schema ddl, or terraform apply")];
        checks.extend(
            [columns, widths, loads, view].map(|id| Check::skip(id, format!("see {exists}"))),
        );
        return checks;
    };
    let has_loads = relations.contains_key(&format!("{}_loads", names.table));
    vec![
        Check::ok(exists, format!("{qualified}, {} columns", table.len())),
        lacking(columns, &qualified, table),
        narrow(widths, &qualified, table),
        if has_loads {
            Check::ok(loads, format!("{qualified}_loads"))
        } else {
            let text = format!("{qualified}_loads is not there: load and replay need it");
            Check::warn(loads, text, "logferry schema ddl, or terraform apply")
        },
        views(view, names, &relations),
    ]
}

/// Every column of this version with its type.
fn wanted() -> impl Iterator<Item = (&'static str, String)> {
    let of_rows = COLUMNS.iter().map(|column| (column.name, column.column_type.sql()));
    of_rows.chain([(LOADED_AT.0, LOADED_AT.1.to_owned())])
}

fn lacking(id: &str, table: &str, columns: &BTreeMap<String, Option<i128>>) -> Check {
    let lacks: Vec<_> = wanted().filter(|(name, _)| !columns.contains_key(*name)).collect();
    if lacks.is_empty() {
        return Check::ok(id, format!("{table} has every column of this version"));
    }
    let names: Vec<_> = lacks.iter().map(|(name, _)| *name).collect();
    let alter: Vec<_> = lacks
        .iter()
        .map(|(name, kind)| format!("ALTER TABLE {table} ADD COLUMN {name} {kind};"))
        .collect();
    Check::fail(
        id,
        format!("{table} lacks {}", names.join(", ")),
        format!("run: {}", alter.join(" ")),
    )
}

/// A text longer than its column is cut, or refused with its whole file.
fn narrow(id: &str, table: &str, columns: &BTreeMap<String, Option<i128>>) -> Check {
    let is_narrow = |name: &str, wanted: usize| {
        let width = columns.get(name).copied().flatten();
        width.filter(|width| usize::try_from(*width).is_ok_and(|width| width < wanted))
    };
    let narrow: Vec<_> = COLUMNS
        .iter()
        .filter_map(|column| match column.column_type {
            ColumnType::Text(wanted) => {
                Some((column.name, is_narrow(column.name, wanted)?, wanted))
            }
            _ => None,
        })
        .collect();
    if narrow.is_empty() {
        return Check::ok(id, "every text is as wide as in this version");
    }
    let told: Vec<_> =
        narrow.iter().map(|(name, width, wanted)| format!("{name} {width} < {wanted}")).collect();
    let alter: Vec<_> = narrow
        .iter()
        .map(|(name, _, wanted)| {
            format!("ALTER TABLE {table} ALTER COLUMN {name} TYPE VARCHAR({wanted});")
        })
        .collect();
    Check::fail(id, told.join(", "), format!("run, each by itself: {}", alter.join(" ")))
}

/// A view of an earlier version lacks the columns that came since, or is not there.
fn views(id: &str, names: &SqlNames, relations: &Relations) -> Check {
    let qualified = names.qualified();
    let remedy = "terraform apply, or logferry schema views --replace";
    let missing: Vec<_> = VIEWS
        .iter()
        .map(|view| format!("{}_{view}", names.table))
        .filter(|view| !relations.contains_key(view))
        .collect();
    if !missing.is_empty() {
        return Check::warn(id, format!("not there: {}", missing.join(", ")), remedy);
    }
    let distinct = relations.get(&format!("{}_distinct", names.table));
    let old = distinct.and_then(|columns| wanted().find(|(name, _)| !columns.contains_key(*name)));
    match old {
        Some((lacks, _)) => Check::warn(
            id,
            format!("{qualified}_distinct is older than this version: it lacks {lacks}"),
            remedy,
        ),
        None => Check::ok(id, format!("{qualified}_distinct and {} others", VIEWS.len() - 1)),
    }
}

/// What the answer to [`crate::table::table_privileges`] comes down to.
pub(super) fn privileges(rows: &[Vec<Value>]) -> Check {
    let id = "table.privileges";
    let is_true = |value: Option<&Value>| match value {
        Some(Value::Boolean(is)) => *is,
        Some(value) => value.whole() == Some(1) || matches!(value.text(), Some("t" | "true")),
        None => false,
    };
    let row = rows.first();
    let (select, insert) =
        (is_true(row.and_then(|row| row.first())), is_true(row.and_then(|row| row.get(1))));
    let lacks = match (select, insert) {
        (true, true) => return Check::ok(id, "the user of the Data API may SELECT and INSERT"),
        (true, false) => "INSERT: load and replay need it",
        (false, true) => "SELECT: audit needs it",
        (false, false) => "SELECT and INSERT",
    };
    Check::warn(
        id,
        format!("the user of the Data API may not {lacks}"),
        "terraform output user_sql",
    )
}

/// How old the newest request of a bucket may be, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// What is warned of.
    pub warn_s: u64,
    /// What is a failure.
    pub fail_s: u64,
}

/// What the answer to [`crate::table::newest_requests`] comes down to, for each bucket of the stack.
pub(super) fn freshness(
    buckets: &[LogBucket],
    rows: &[Vec<Value>],
    limits: Freshness,
    now_unix_s: i64,
) -> Vec<Check> {
    let newest = |bucket: &str| {
        let row = rows.iter().find(|row| row.first().and_then(Value::text) == Some(bucket))?;
        unix_s(row.get(1)?.text()?)
    };
    let one = |bucket: &LogBucket| {
        let id = format!("freshness.{}", bucket.bucket);
        let remedy = "logferry doctor --probe says where rows stop";
        let Some(newest) = newest(&bucket.bucket) else {
            return Check::fail(&id, "the table has no request of the last 7 days", remedy);
        };
        let age_s = u64::try_from(now_unix_s - newest).unwrap_or(0);
        let (warn, fail) = (duration(limits.warn_s), duration(limits.fail_s));
        let text = format!("newest request {} ago (warn {warn}, fail {fail})", duration(age_s));
        if age_s > limits.fail_s {
            Check::fail(&id, text, remedy)
        } else if age_s > limits.warn_s {
            Check::warn(&id, text, remedy)
        } else {
            Check::ok(&id, text)
        }
    };
    buckets.iter().map(one).collect()
}

/// A time as the warehouse writes it: `2026-03-14 09:26:53`, UTC.
fn unix_s(text: &str) -> Option<i64> {
    let time: DateTime = text.get(..19)?.replace(' ', "T").parse().ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::super::check::Verdict;
    use super::*;

    fn names() -> SqlNames {
        SqlNames { schema: Some("public".into()), ..SqlNames::default() }
    }

    /// The columns of everything that this version makes.
    fn rows() -> Vec<Vec<Value>> {
        let text = |text: &str| Value::Text(text.to_owned());
        let mut rows = Vec::new();
        let widths = COLUMNS.iter().map(|column| match column.column_type {
            ColumnType::Text(width) => (column.name, Value::Long(i64::try_from(width).unwrap())),
            _ => (column.name, Value::Null),
        });
        let columns: Vec<_> = widths.chain([(LOADED_AT.0, Value::Null)]).collect();
        for relation in ["s3_access_log", "s3_access_log_distinct"] {
            let of =
                |(column, width): &(&str, Value)| vec![text(relation), text(column), width.clone()];
            rows.extend(columns.iter().map(of));
        }
        rows.push(vec![text("s3_access_log_loads"), text("manifest"), Value::Long(1024)]);
        for view in VIEWS.iter().filter(|view| **view != "distinct") {
            rows.push(vec![text(&format!("s3_access_log_{view}")), text("day"), Value::Null]);
        }
        rows
    }

    fn bad(rows: &[Vec<Value>]) -> Vec<(String, Verdict)> {
        let found = checks(&names(), rows).into_iter();
        let bad = found.filter(|check| check.verdict != Verdict::Ok);
        bad.map(|check| (check.id, check.verdict)).collect()
    }

    /// Without the rows of a relation, or of one column of it.
    fn without(relation: &str, column: Option<&str>) -> Vec<Vec<Value>> {
        let is = |row: &Vec<Value>| {
            row[0].text() == Some(relation) && column.is_none_or(|one| row[1].text() == Some(one))
        };
        rows().into_iter().filter(|row| !is(row)).collect()
    }

    #[test]
    fn what_this_version_makes_is_fine_and_each_lack_is_named() {
        let one = |id: &str, verdict| vec![(id.to_owned(), verdict)];
        assert_eq!(bad(&rows()), []);
        let lacks = without("s3_access_log", Some("source_region"));
        assert_eq!(bad(&lacks), one("table.columns", Verdict::Fail));
        let remedy = checks(&names(), &lacks)[1].remedy.clone().unwrap();
        assert!(
            remedy
                .contains("ALTER TABLE public.s3_access_log ADD COLUMN source_region VARCHAR(32);"),
            "{remedy}"
        );
        let old = without("s3_access_log_distinct", Some("source_region"));
        assert_eq!(bad(&old), one("table.view", Verdict::Warn));
        assert_eq!(bad(&without("s3_access_log_copies", None)), one("table.view", Verdict::Warn));
        assert_eq!(bad(&without("s3_access_log_loads", None)), one("table.loads", Verdict::Warn));
        let gone = bad(&without("s3_access_log", None));
        assert_eq!(gone[0], ("table.exists".to_owned(), Verdict::Fail));
        assert_eq!(gone.len(), 5);
    }

    #[test]
    fn a_column_that_is_narrower_is_named_with_what_widens_it() {
        let mut rows = rows();
        let agent = |row: &&mut Vec<Value>| row[1].text() == Some("user_agent");
        rows.iter_mut().find(agent).unwrap()[2] = Value::Long(512);
        assert_eq!(bad(&rows), [("table.widths".to_owned(), Verdict::Fail)]);
        let found = checks(&names(), &rows);
        assert_eq!(found[2].text, "user_agent 512 < 8192");
        assert!(found[2].remedy.as_deref().unwrap().contains("TYPE VARCHAR(8192)"));
    }

    #[test]
    fn privileges_are_read_in_every_form_they_come_in() {
        let verdict = |select, insert| privileges(&[vec![select, insert]]).verdict;
        assert_eq!(verdict(Value::Boolean(true), Value::Boolean(true)), Verdict::Ok);
        assert_eq!(verdict(Value::Long(1), Value::Text("t".into())), Verdict::Ok);
        assert_eq!(verdict(Value::Boolean(true), Value::Boolean(false)), Verdict::Warn);
        assert_eq!(privileges(&[]).verdict, Verdict::Warn);
    }

    #[test]
    fn the_newest_request_of_each_bucket_is_held_against_the_limits() {
        let limits = Freshness { warn_s: 21_600, fail_s: 86_400 };
        let bucket = LogBucket { bucket: "amber".into(), ..LogBucket::default() };
        let newest = "2026-03-14 09:00:00";
        let at = unix_s(newest).unwrap();
        assert_eq!(unix_s("2026-03-14T09:00:00Z"), Some(at));
        let found = |bucket_of_row: &str, age_s| {
            let row = vec![Value::Text(bucket_of_row.into()), Value::Text(newest.into())];
            let found = freshness(std::slice::from_ref(&bucket), &[row], limits, at + age_s);
            assert_eq!(found[0].id, "freshness.amber");
            found[0].verdict
        };
        assert_eq!(found("amber", 21_600), Verdict::Ok);
        assert_eq!(found("amber", 21_601), Verdict::Warn);
        assert_eq!(found("amber", 86_401), Verdict::Fail);
        assert_eq!(found("other", 0), Verdict::Fail);
    }
}
