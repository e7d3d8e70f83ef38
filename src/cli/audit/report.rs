//! What an audit prints.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::args::AuditArgs;
use super::repair;
use crate::cli::duration::written;
use crate::cli::error::Error;
use crate::cli::form::{Form, print_line, print_written};
use crate::operate::audit::{AuditSettings, Audited, Finding, Gap, Verdict};

/// Findings that are told to people, and offsets of one; programs are told all.
const TOLD_MAX: usize = 20;
const OFFSETS_TOLD_MAX: usize = 5;

const CANNOT: &str = "Lines that S3 never wrote (best effort delivery) cannot be seen here.";

/// An audit with what was asked for.
pub(super) struct Report<'r> {
    pub(super) args: &'r AuditArgs,
    pub(super) settings: &'r AuditSettings,
    pub(super) audited: &'r Audited,
}

impl Report<'_> {
    pub(super) fn print(&self) -> Result<(), Error> {
        match self.args.format {
            Form::Text => print_written(|text| self.written(text)),
            Form::Json => self.print_json(),
        }
    }

    fn written(&self, out: &mut String) -> std::fmt::Result {
        let audited = self.audited;
        count(out, "objects in S3", audited.objects, &format!("{} bytes", audited.bytes))?;
        count(out, "  delivered", audited.delivered, "the ledger covers every byte")?;
        let younger = format!("younger than {}", written(self.settings.grace_s));
        count(out, "  in flight", audited.in_flight, &younger)?;
        if audited.undated > 0 {
            count(out, "  undated", audited.undated, "left out; --undated takes them in")?;
        }
        for verdict in [
            Verdict::NeverDelivered,
            Verdict::Unfinished,
            Verdict::ShortRead,
            Verdict::NoLedger,
            Verdict::MissingRows,
            Verdict::WrongRows,
            Verdict::NotInS3,
        ] {
            self.told(out, verdict)?;
        }
        self.gaps(out)?;
        let Audited { quarantined, filtered, blank, .. } = audited;
        let became = format!("{quarantined} quarantined; {filtered} lines filtered, {blank} blank");
        count(out, "rows delivered", audited.rows, &became)?;
        self.table(out)?;
        writeln!(out, "{CANNOT}")?;
        self.end(out)
    }

    fn table(&self, out: &mut String) -> std::fmt::Result {
        let audited = self.audited;
        let Some(rows) = audited.in_table else {
            return writeln!(out, "The table was not asked; --table does.");
        };
        let copies = format!("{} copies (the view drops them)", audited.copies);
        count(out, "rows in table", rows, &copies)?;
        count(out, "  missing", audited.missing_rows, "")?;
        if audited.uncounted > 0 {
            let why = "objects delivered in parts: their rows are counted by --read";
            count(out, "  not counted", audited.uncounted, why)?;
        }
        if audited.read.objects > 0 {
            let lines = format!("{} lines, each held to its row", audited.read.lines);
            count(out, "objects read again", audited.read.objects, &lines)?;
        }
        if !audited.unread.is_empty() {
            count(out, "  could not be read", audited.unread.len() as u64, "")?;
            for (key, reason) in audited.unread.iter().take(TOLD_MAX) {
                writeln!(out, "    s3://{}/{key}   {reason}", self.settings.bucket)?;
            }
        }
        Ok(())
    }

    fn told(&self, out: &mut String, verdict: Verdict) -> std::fmt::Result {
        let found = self.audited.count(verdict);
        if found == 0 {
            return Ok(());
        }
        count(out, &format!("  {}", verdict.name()), found as u64, "")?;
        let of_it = self.audited.findings.iter().filter(|finding| finding.verdict == verdict);
        for finding in of_it.take(TOLD_MAX) {
            let more = more(finding);
            writeln!(out, "    s3://{}/{}{more}", self.settings.bucket, finding.key)?;
        }
        if found > TOLD_MAX {
            writeln!(out, "    and {} more; --format json has all", found - TOLD_MAX)?;
        }
        Ok(())
    }

    fn gaps(&self, out: &mut String) -> std::fmt::Result {
        let gaps = &self.audited.gaps;
        if gaps.is_empty() {
            return Ok(());
        }
        count(out, "  gap", gaps.len() as u64, "hours without any object")?;
        for gap in gaps.iter().take(TOLD_MAX) {
            let (bucket, hours) = (&self.settings.bucket, gap.hours());
            let (from, to) = (time(gap.from_unix_s), time(gap.to_unix_s));
            writeln!(out, "    s3://{bucket}/{}   {from} to {to}, {hours} h", gap.place)?;
        }
        if gaps.len() > TOLD_MAX {
            writeln!(out, "    and {} more; --format json has all", gaps.len() - TOLD_MAX)?;
        }
        Ok(())
    }

    fn end(&self, out: &mut String) -> std::fmt::Result {
        if self.audited.is_clean() {
            return writeln!(out, "CLEAN");
        }
        let repaired = |by| {
            let findings = self.audited.findings.iter();
            findings.filter(|finding| finding.repair() == Some(by)).count()
        };
        writeln!(out, "NOT CLEAN")?;
        let backfill = repaired("backfill");
        if backfill > 0 {
            writeln!(out, "{backfill} objects are to be read again:")?;
            out.push_str(&repair::backfill(self.args));
        }
        if repaired("replay quarantine") > 0 {
            writeln!(out, "Quarantined lines that can be read now are replaced:")?;
            out.push_str(&repair::replay(self.args));
        }
        Ok(())
    }

    fn print_json(&self) -> Result<(), Error> {
        let audited = self.audited;
        for finding in &audited.findings {
            print_line(&self.line(finding).into())?;
        }
        for gap in &audited.gaps {
            print_line(&self.gap(gap))?;
        }
        for (key, reason) in &audited.unread {
            let bucket = &self.settings.bucket;
            print_line(&json!({"type": "unread", "bucket": bucket, "key": key, "reason": reason}))?;
        }
        let found = audited.findings.iter().filter(|finding| !finding.is_fine()).count();
        print_line(&json!({
            "type": "summary",
            "clean": audited.is_clean(),
            "checked": match (audited.in_table, self.settings.read) {
                (None, _) => "ledger",
                (Some(_), None) => "table",
                (Some(_), Some(_)) => "lines",
            },
            "objects": audited.objects,
            "bytes": audited.bytes,
            "undated": audited.undated,
            "delivered": audited.delivered,
            "in_flight": audited.in_flight,
            "uncounted": audited.uncounted,
            "rows": audited.rows,
            "quarantined": audited.quarantined,
            "filtered": audited.filtered,
            "blank": audited.blank,
            "in_table": audited.in_table,
            "copies": audited.copies,
            "missing_rows": audited.missing_rows,
            "never_delivered": audited.count(Verdict::NeverDelivered),
            "read_objects": audited.read.objects,
            "read_lines": audited.read.lines,
            "unread": audited.unread.len(),
            "gaps": audited.gaps.len(),
            "findings": found + audited.gaps.len(),
            "cannot_prove": CANNOT,
        }))
    }

    fn gap(&self, gap: &Gap) -> Value {
        json!({
            "type": "finding", "verdict": "gap", "bucket": self.settings.bucket,
            "prefix": gap.place, "from": time(gap.from_unix_s), "to": time(gap.to_unix_s),
            "hours": gap.hours(),
        })
    }

    fn line(&self, finding: &Finding) -> Map<String, Value> {
        let mut line = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            line.extend(value.map(|value| (name.to_owned(), value)));
        };
        put("type", Some(json!("finding")));
        put("verdict", Some(json!(finding.verdict.name())));
        put("bucket", Some(json!(self.settings.bucket)));
        put("key", Some(json!(finding.key)));
        put("want", finding.want.map(Value::from));
        put("have", finding.have.map(Value::from));
        put("offsets", (!finding.offsets.is_empty()).then(|| json!(finding.offsets)));
        put("columns", (!finding.columns.is_empty()).then(|| json!(finding.columns)));
        put("proven_lines", finding.proven_lines.map(Value::from));
        put("dead_letter", finding.in_dead_letters.then(|| json!(true)));
        put("repair", finding.repair().map(Value::from));
        line
    }
}

fn count(out: &mut String, what: &str, count: u64, more: &str) -> std::fmt::Result {
    let line = format!("{what:<19}{count:>11}   {more}");
    writeln!(out, "{}", line.trim_end())
}

/// What is known of a finding beside its object.
fn more(finding: &Finding) -> String {
    let told: Vec<String> =
        finding.offsets.iter().take(OFFSETS_TOLD_MAX).map(u64::to_string).collect();
    let further = if finding.offsets.len() > told.len() { ", ..." } else { "" };
    let offsets = format!("   offset {}{further}", told.join(", "));
    let columns = format!("   differs in {}", finding.columns.join(", "));
    let parts = [
        Some(counts(finding)),
        finding.in_dead_letters.then(|| "   in the dead-letter queue".to_owned()),
        (!told.is_empty()).then_some(offsets),
        (!finding.columns.is_empty()).then_some(columns),
    ];
    parts.into_iter().flatten().collect()
}

fn counts(finding: &Finding) -> String {
    match (finding.proven_lines, finding.want, finding.have) {
        (Some(lines), ..) => format!("   read again: {lines} lines, all in the table"),
        (None, Some(want), Some(have)) => format!("   {have} rows of {want}"),
        (None, None, Some(have)) if have > 0 => format!("   {have} rows"),
        _ => String::new(),
    }
}

fn time(unix_s: i64) -> String {
    Timestamp::from_second(unix_s).map(|time| time.to_string()).unwrap_or_default()
}
