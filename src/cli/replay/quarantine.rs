//! `logferry replay quarantine`: lines that no version before this one could read.

use jiff::Timestamp;
use serde_json::json;

use super::quarantine_args::QuarantineArgs;
use crate::cli::connect::{connect, runtime};
use crate::cli::convert::read_filters;
use crate::cli::error::{Error, Exit, report};
use crate::cli::form::{Form, print, print_line};
use crate::cli::staging::{load_settings, staging};
use crate::cli::warehouse_args::names;
use crate::operate::quarantine::{Counts, Replacing, Replayed, Settings, replay};
use crate::operate::{OperateError, Stack};

/// Where rows are written, beside the staged ones so that no COPY of a prefix takes them for some.
const ROWS: &str = "replay/quarantine/";

/// Places that are worked on together.
const PAGE: usize = 10_000;

pub(super) fn run(args: &QuarantineArgs) -> Result<Exit, Error> {
    let mut stack = args.stack.read()?;
    args.warehouse.over(&mut stack);
    args.copy.over(&mut stack);
    let replacing = if args.run { Some(replacing(args, &stack)?) } else { None };
    let settings = Settings {
        names: names(&stack.redshift),
        options: args.rows.options(),
        filters: args.filters.as_deref().map(read_filters).transpose()?.unwrap_or_default(),
        selection: args.dates.selection(),
        page: PAGE,
        replacing,
    };
    runtime()?.block_on(async {
        let clients = connect(&args.stack, &stack).await?;
        let warehouse = clients.warehouse(&stack.redshift)?;
        let ports = (&clients.source(), &clients.writer());
        let replayed = replay(ports, &warehouse, &settings).await?;
        told(args, replayed)
    })
}

fn replacing(args: &QuarantineArgs, stack: &Stack) -> Result<Replacing, Error> {
    let load = load_settings(stack, "quarantine")?;
    let (bucket, _) = staging(args.staging.as_deref(), stack)?;
    let now = Timestamp::now().as_nanosecond();
    let prefix = format!("{ROWS}{now}-{}/", std::process::id());
    Ok(Replacing { bucket, prefix, iam_role: load.iam_role, options: load.options })
}

fn told(args: &QuarantineArgs, replayed: Replayed) -> Result<Exit, Error> {
    let Replayed { reasons, undated, replaced, errors } = replayed;
    let mut all = Counts::default();
    if args.format == Form::Text && !reasons.is_empty() {
        print("parse_error                lines  now typed  still not    gone  changed  unread\n")?;
    }
    for (reason, counts) in &reasons {
        let Counts { lines, typed, filtered, still, gone, changed, unread } = *counts;
        all.lines += lines;
        all.typed += typed;
        all.filtered += filtered;
        all.still += still;
        all.unread += unread;
        match args.format {
            Form::Text => print(&format!(
                "{reason:<22} {lines:>9} {typed:>10} {still:>10} {gone:>7} {changed:>8} {unread:>7}\n"
            ))?,
            Form::Json => print_line(&json!({
                "type": "finding", "parse_error": reason, "lines": lines, "typed": typed,
                "filtered": filtered, "still": still, "gone": gone, "changed": changed, "unread": unread,
            }))?,
        }
    }
    for (url, source) in errors {
        report(&OperateError::Read { url, source }.into());
    }
    match args.format {
        Form::Json => print_line(&json!({
            "type": "summary", "run": args.run, "lines": all.lines, "typed": all.typed,
            "filtered": all.filtered, "still": all.still, "unread": all.unread, "undated": undated, "replaced": replaced,
        }))?,
        Form::Text => print(&summary(args.run, &all, replaced, undated))?,
    }
    Ok(match (all.unread, args.run) {
        (1.., _) => Exit::Failed,
        (0, false) if all.typed > 0 => Exit::Found,
        (0, _) => Exit::Done,
    })
}

fn summary(run: bool, all: &Counts, replaced: u64, undated: u64) -> String {
    let left_out = match undated {
        0 => String::new(),
        undated => format!(" {undated} without a date in their key were left out (--undated)."),
    };
    let filtered = match all.filtered {
        0 => String::new(),
        filtered => {
            format!("{filtered} parse by now and a rule drops them: they stay as they are.\n")
        }
    };
    let done = match (run, all.typed) {
        (true, typed) => format!(
            "{replaced} rows became typed, {} were replaced by somebody else meanwhile.",
            typed.saturating_sub(replaced)
        ),
        (false, 0) => "No row would become typed.".to_owned(),
        (false, typed) => format!("{typed} rows would become typed. Add --run."),
    };
    format!("{done}{left_out}\n{filtered}")
}
