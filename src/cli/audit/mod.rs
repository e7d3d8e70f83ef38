//! `logferry audit`: what was delivered and is there, and what is not.

pub(super) mod args;

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::{Map, json};

use super::connect::{connect, runtime};
use super::error::{Error, Exit};
use super::form::{Form, print, print_line};
use super::selection_args::S3Place;
use super::warehouse_args::names;
use crate::operate::Stack;
use crate::operate::audit::{AuditSettings, Audited, Finding, Verdict, audit};
use args::AuditArgs;

/// How long Firehose holds rows back and tries to load them where the stack file does not say, and
/// what a COPY takes, in seconds.
const BUFFERING_S: u64 = 900;
const RETRY_S: u64 = 7_200;
const COPY_S: u64 = 300;

/// Findings that are told to people; programs are told all.
const TOLD_MAX: usize = 20;

const CANNOT: &str = "Lines that S3 never wrote (best effort delivery) cannot be seen here.";

pub(super) fn run(args: &AuditArgs) -> Result<Exit, Error> {
    let mut stack = args.stack.read()?;
    args.warehouse.over(&mut stack);
    let settings = settings(args, &stack)?;
    let audited = runtime()?.block_on(async {
        let clients = connect(&args.stack, &stack).await?;
        let ports = (&clients.listing(), &clients.source());
        let (names, warehouse) = (
            names(&stack.redshift),
            if args.table { Some(clients.warehouse(&stack.redshift)?) } else { None },
        );
        let table = warehouse.as_ref().map(|warehouse| (warehouse, &names));
        Ok::<_, Error>(audit(ports, table, &settings).await?)
    })?;
    match args.format {
        Form::Text => print(&text(args, &settings, &audited))?,
        Form::Json => print_json(&settings, &audited)?,
    }
    let unchecked = args.table && audited.uncounted > 0;
    Ok(match (audited.is_clean(), unchecked) {
        (false, _) => Exit::Found,
        (true, true) => Exit::Failed,
        (true, false) => Exit::Done,
    })
}

fn settings(args: &AuditArgs, stack: &Stack) -> Result<AuditSettings, Error> {
    let ledger = if let Some(ledger) = &args.ledger {
        (ledger.bucket.clone(), ledger.prefix.clone())
    } else {
        let flag = "--ledger s3://BUCKET/PREFIX";
        let bucket = Stack::need(&stack.staging.bucket, "staging.bucket", flag)?;
        let ledger = stack.ledger.as_ref();
        let prefix = ledger.map(|ledger| ledger.prefix.clone()).unwrap_or_default();
        let prefix = Stack::need(&prefix, "ledger.prefix", flag)?;
        (bucket.to_owned(), prefix.to_owned())
    };
    let stream = &stack.stream;
    let held = stream.buffering_interval.unwrap_or(BUFFERING_S)
        + stream.retry_duration.unwrap_or(RETRY_S)
        + COPY_S;
    let grace_s = args.grace.unwrap_or_else(|| i64::try_from(held).unwrap_or(i64::MAX));
    let S3Place { bucket, prefix } = args.place.clone();
    Ok(AuditSettings {
        bucket,
        prefix,
        selection: args.dates.selection(),
        grace_s,
        now_unix_s: Timestamp::now().as_second(),
        ledger,
        ledger_from_unix_s: args.ledger_from,
    })
}

fn text(args: &AuditArgs, settings: &AuditSettings, audited: &Audited) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    written(&mut text, args, settings, audited).unwrap_or_default();
    text
}

fn written(
    out: &mut String,
    args: &AuditArgs,
    settings: &AuditSettings,
    audited: &Audited,
) -> std::fmt::Result {
    writeln!(out, "objects in S3     {:>12}   {} bytes", audited.objects, audited.bytes)?;
    writeln!(out, "  delivered       {:>12}   the ledger covers every byte", audited.delivered)?;
    writeln!(
        out,
        "  in flight       {:>12}   younger than {} s",
        audited.in_flight, settings.grace_s
    )?;
    if audited.undated > 0 {
        writeln!(
            out,
            "  undated         {:>12}   left out; --undated takes them in",
            audited.undated
        )?;
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
        told(out, settings, audited, verdict)?;
    }
    writeln!(
        out,
        "rows delivered    {:>12}   {} quarantined; {} lines filtered, {} blank",
        audited.rows, audited.quarantined, audited.filtered, audited.blank
    )?;
    match audited.in_table {
        Some(rows) => {
            writeln!(
                out,
                "rows in table     {rows:>12}   {} copies (the view drops them)",
                audited.copies
            )?;
            writeln!(out, "  missing         {:>12}", audited.missing_rows)?;
            if audited.uncounted > 0 {
                let why = "objects read in parts: delivered, and their rows not counted";
                writeln!(out, "  not counted     {:>12}   {why}", audited.uncounted)?;
            }
        }
        None => writeln!(out, "The table was not asked; --table does.")?,
    }
    writeln!(out, "{CANNOT}")?;
    if audited.is_clean() {
        return writeln!(out, "CLEAN");
    }
    let repairs = audited.findings.iter().filter(|one| one.verdict.repair().is_some()).count();
    writeln!(out, "NOT CLEAN  {repairs} objects are to be read again:")?;
    let place = format!("s3://{}", args.place.bucket);
    writeln!(
        out,
        "  logferry audit ... --format json |\n    jq -r 'select(.type == \"finding\" and .repair == \
         \"backfill\").key' |\n    logferry backfill {place} --keys - --to-queue --run"
    )
}

fn told(
    out: &mut String,
    settings: &AuditSettings,
    audited: &Audited,
    verdict: Verdict,
) -> std::fmt::Result {
    let count = audited.count(verdict);
    if count == 0 {
        return Ok(());
    }
    writeln!(out, "  {:<16}{count:>12}", verdict.name())?;
    let of_it = audited.findings.iter().filter(|finding| finding.verdict == verdict);
    for finding in of_it.take(TOLD_MAX) {
        write!(out, "    s3://{}/{}", settings.bucket, finding.key)?;
        match (finding.want, finding.have) {
            (Some(want), Some(have)) => writeln!(out, "   {have} rows of {want}")?,
            (None, Some(have)) if have > 0 => writeln!(out, "   {have} rows")?,
            _ => writeln!(out)?,
        }
    }
    if count > TOLD_MAX {
        writeln!(out, "    and {} more; --format json has all", count - TOLD_MAX)?;
    }
    Ok(())
}

fn print_json(settings: &AuditSettings, audited: &Audited) -> Result<(), Error> {
    for finding in &audited.findings {
        print_line(&line(settings, finding).into())?;
    }
    print_line(&json!({
        "type": "summary",
        "clean": audited.is_clean(),
        "checked": if audited.in_table.is_some() { "table" } else { "ledger" },
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
        "findings": audited.findings.iter().filter(|one| !one.verdict.is_fine()).count(),
        "cannot_prove": CANNOT,
    }))
}

fn line(settings: &AuditSettings, finding: &Finding) -> Map<String, serde_json::Value> {
    let mut line = Map::new();
    line.insert("type".to_owned(), json!("finding"));
    line.insert("verdict".to_owned(), json!(finding.verdict.name()));
    line.insert("bucket".to_owned(), json!(settings.bucket));
    line.insert("key".to_owned(), json!(finding.key));
    for (name, rows) in [("want", finding.want), ("have", finding.have)] {
        if let Some(rows) = rows {
            line.insert(name.to_owned(), json!(rows));
        }
    }
    if let Some(repair) = finding.verdict.repair() {
        line.insert("repair".to_owned(), json!(repair));
    }
    line
}
