//! `logferry audit`: what was delivered and is there, and what is not.

pub(super) mod args;
mod repair;
mod report;

use std::sync::Arc;

use jiff::Timestamp;

use super::connect::{Connection, connect, runtime, stop_on_signal};
use super::convert::read_filters;
use super::error::{Error, Exit, note};
use super::progress::Progress;
use super::s3_place::S3Place;
use super::warehouse_args::names;
use crate::operate::Stack;
use crate::operate::audit::{AuditSettings, Audited, Making, Step, Verdict, audit};
use crate::operate::letters::received;
use args::AuditArgs;
use report::Report;

/// How long Firehose holds rows back and tries to load them where the stack file does not say, and
/// what a COPY takes, in seconds.
const BUFFERING_S: u64 = 900;
const RETRY_S: u64 = 7_200;
const COPY_S: u64 = 300;

/// The most messages of the dead-letter queue that are looked at.
const LETTERS_MAX: usize = 200;

pub(super) fn run(args: &AuditArgs) -> Result<Exit, Error> {
    let mut stack = args.stack.read()?;
    args.warehouse.over(&mut stack);
    let settings = settings(args, &stack)?;
    let audited = runtime()?.block_on(audited(args, &stack, &settings))?;
    let Some(audited) = audited else { return Ok(Exit::Stopped) };
    if audited.objects == 0 {
        let S3Place { bucket, prefix } = &args.place;
        eprintln!(
            "note: there is no such object under s3://{bucket}/{prefix}: are prefix and dates right?"
        );
    }
    Report { args, settings: &settings, audited: &audited }.print()?;
    let is_unchecked = args.table && (audited.uncounted > 0 || !audited.unread.is_empty());
    Ok(match (audited.is_clean(), is_unchecked) {
        (false, _) => Exit::Found,
        (true, true) => Exit::Failed,
        (true, false) => Exit::Done,
    })
}

/// What was found; `None` where it was stopped before the end.
async fn audited(
    args: &AuditArgs,
    stack: &Stack,
    settings: &AuditSettings,
) -> Result<Option<Audited>, Error> {
    let mut stop = stop_on_signal();
    let clients = connect(&args.stack, stack).await?;
    let ports = (&clients.listing(), &Arc::new(clients.source()));
    let names = names(&stack.redshift);
    let warehouse = if args.table { Some(clients.warehouse(&stack.redshift)?) } else { None };
    let table = warehouse.as_ref().map(|warehouse| (warehouse, &names));
    let mut progress = Progress::new(args.format, !args.no_progress);
    let mut last = Step::Listed(0);
    let told = |step| {
        last = step;
        show(&mut progress, step);
    };
    let outcome = tokio::select! {
        audited = audit(ports, table, settings, told) => Some(audited),
        Ok(_) = stop.wait_for(|stop| *stop) => None,
    };
    progress.finish();
    let Some(audited) = outcome else {
        eprintln!("Stopped {}. Nothing was changed; the same command begins again.", far(last));
        return Ok(None);
    };
    let mut audited = audited?;
    if audited.count(Verdict::NeverDelivered) > 0 {
        look_into_letters(args, stack, &clients, &mut audited).await;
    }
    Ok(Some(audited))
}

/// Looks for what was never delivered among the messages that were given up. Where that cannot be
/// done, all else stands.
async fn look_into_letters(
    args: &AuditArgs,
    stack: &Stack,
    clients: &Connection,
    audited: &mut Audited,
) {
    let url = args.dead_letter_queue_url.as_ref().or(stack.dead_letter_queue.url.as_ref());
    let Some(url) = url else { return };
    match received(&clients.queue(url), LETTERS_MAX).await {
        Ok(letters) => {
            let bodies = letters.iter().map(|letter| letter.body.as_str());
            audited.mark_dead_letters(&args.place.bucket, bodies);
        }
        Err(error) => note(
            &format!("the dead-letter queue was not looked into as {}", args.stack.who()),
            &error,
        ),
    }
}

fn show(progress: &mut Progress, step: Step) {
    match step {
        Step::Listed(objects) => progress.counting("objects listed", objects),
        Step::Ledger { done, of } => progress.of("ledger files read", done, of),
        Step::Asked => progress.waiting("the table is asked"),
        Step::Read { done, of } => progress.of("objects read again", done, of),
    }
}

/// How far it came.
fn far(step: Step) -> String {
    match step {
        Step::Listed(objects) => format!("after {objects} objects were listed"),
        Step::Ledger { done, of } => format!("after {done} of {of} files of the ledger"),
        Step::Asked => "while the table was asked".to_owned(),
        Step::Read { done, of } => format!("after {done} of {of} objects were read again"),
    }
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
    let filters = args.filters.as_deref().map(read_filters).transpose()?;
    Ok(AuditSettings {
        bucket,
        prefix,
        selection: args.dates.selection(),
        grace_s,
        now_unix_s: Timestamp::now().as_second(),
        ledger,
        ledger_from_unix_s: args.ledger_from,
        gaps: args.gaps,
        read: args.read,
        seed: args.seed,
        making: Making { rows: args.rows.options(), filters: filters.map(Arc::new) },
    })
}
