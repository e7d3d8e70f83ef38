//! `logferry replay dead-letters`: what the queue gave up on.

use std::io::{IsTerminal as _, stderr};

use jiff::Timestamp;
use serde_json::json;

use super::letters_args::DeadLettersArgs;
use crate::cli::connect::{Connection, connect, runtime, stop_on_signal};
use crate::cli::error::{Error, Exit, report};
use crate::cli::form::{Form, print, print_line};
use crate::operate::letters::{
    Act, Group, Judged, Moved, Outcome, Picked, Sample, Selected, move_all, replay_selected, sample,
};
use crate::operate::{OperateError, Stack};
use crate::ports::{DeadLetters as _, MoveStatus, MoveTask};

/// What may be the matter where there is no message.
const HIDDEN: &str = "\
note: no message was seen. Where there should be some: what was looked at is
hidden for 30 seconds, what a selection left for 5 minutes. Then give the same
command again.";

pub(super) fn run(args: &DeadLettersArgs) -> Result<Exit, Error> {
    let mut stack = args.stack.read()?;
    for (flag, url) in [
        (&args.dead_letter_queue_url, &mut stack.dead_letter_queue.url),
        (&args.queue_url, &mut stack.queue.url),
    ] {
        if flag.is_some() {
            url.clone_from(flag);
        }
    }
    let is_selection = args.reason.is_some() || args.bucket.is_some();
    if args.delete && !is_selection {
        return Err(Error::DeleteWithoutSelection);
    }
    if let Some(reason) = args.reason.filter(|reason| args.delete && !reason.is_deletable()) {
        return Err(Error::NotDeletable(reason.name()));
    }
    let url = &stack.dead_letter_queue.url;
    let letters = Stack::need(url, "dead_letter_queue.url", "--dead-letter-queue-url")?.to_owned();
    runtime()?.block_on(async {
        let clients = connect(&args.stack, &stack).await?;
        if !args.run {
            return planned(args, &clients, &letters).await;
        }
        let queue = Stack::need(&stack.queue.url, "queue.url", "--queue-url")?;
        if is_selection {
            return selected(args, &clients, (&letters, queue)).await;
        }
        moved(args, &clients, (&letters, queue)).await
    })
}

async fn planned(
    args: &DeadLettersArgs,
    clients: &Connection,
    letters: &str,
) -> Result<Exit, Error> {
    let most = usize::try_from(args.sample).unwrap_or(usize::MAX);
    let found = sample(&clients.source(), &clients.queue(letters), most).await?;
    let Sample { groups, messages, waiting } = found;
    let picked = picked(args);
    if args.format == Form::Text && messages > 0 {
        print(&row("reason", "bucket", "messages", "oldest"))?;
    }
    for group in groups.iter().filter(|group| is_meant(&picked, group)) {
        told_group(args.format, group)?;
    }
    match args.format {
        Form::Json => print_line(&json!({
            "type": "summary", "run": false, "messages": messages, "waiting": waiting,
        }))?,
        Form::Text if messages == 0 => print("No dead letters.\n")?,
        Form::Text => print(&format!(
            "{messages} messages looked at, of about {waiting}. Nothing was moved: add --run.\n\
             For 30 seconds they are hidden from others, a redrive too.\n"
        ))?,
    }
    Ok(if messages == 0 && waiting == 0 { Exit::Done } else { Exit::Found })
}

fn picked(args: &DeadLettersArgs) -> Picked {
    Picked { reason: args.reason, bucket: args.bucket.clone() }
}

fn is_meant(picked: &Picked, group: &Group) -> bool {
    picked.reason.is_none_or(|reason| reason == group.reason)
        && picked.bucket.as_ref().is_none_or(|bucket| *bucket == group.bucket)
}

fn told_group(format: Form, group: &Group) -> Result<(), Error> {
    let Group { reason, bucket, messages, oldest_unix_s, example, said } = group;
    let now = Timestamp::now().as_second();
    let oldest_s = oldest_unix_s.map(|oldest| now.saturating_sub(oldest).max(0));
    let (name, advice) = (reason.name(), reason.advice());
    if format == Form::Json {
        return print_line(&json!({
            "type": "finding", "reason": name, "bucket": bucket, "messages": messages,
            "oldest_s": oldest_s, "advice": advice, "example": example, "said": said,
        }));
    }
    let oldest = oldest_s.map_or("?".to_owned(), age);
    let bucket = if bucket.is_empty() { "-" } else { bucket };
    let more = [example, said].into_iter().flatten();
    let mut text = row(name, bucket, &messages.to_string(), &oldest);
    text.extend(more.map(|more| format!("    {more}\n")));
    print(&format!("{text}    -> {advice}\n"))
}

fn row(reason: &str, bucket: &str, messages: &str, oldest: &str) -> String {
    format!("{reason:<18} {bucket:<24} {messages:>8}  {oldest:>7}\n")
}

/// An age in its largest unit.
fn age(seconds: i64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// All of them, by the service's own task.
async fn moved(
    args: &DeadLettersArgs,
    clients: &Connection,
    (letters, queue): (&str, &str),
) -> Result<Exit, Error> {
    let asked = |source| OperateError::Queue { asked: "ask for the ARN of the queue", source };
    let (letters, queue) = (clients.queue(letters), clients.queue(queue));
    let (from, to) = (letters.arn().await.map_err(asked)?, queue.arn().await.map_err(asked)?);
    let stopped = stop_on_signal();
    let watched = stderr().is_terminal();
    let progress = |task: &MoveTask| {
        if args.format == Form::Json {
            let line = json!({"type": "progress", "moved": task.moved, "to_move": task.to_move});
            // A reader that went away is noticed at the summary.
            drop(print_line(&line));
        } else if watched {
            eprint!("\r{} of about {} moved ", task.moved, task.to_move.unwrap_or_default());
        }
    };
    let ended = move_all(&letters, (&from, &to), args.rate, &stopped, progress).await?;
    if watched && args.format == Form::Text {
        eprintln!();
    }
    let (task, is_ours) = match &ended {
        Moved::Busy(task) => (task, false),
        Moved::Ended(task) => (task, true),
    };
    let (status, exit) = told_status(task.status, is_ours);
    match args.format {
        Form::Json => print_line(&json!({
            "type": "summary", "run": true, "task": status, "moved": task.moved,
            "to_move": task.to_move, "destination": task.destination, "failure": task.failure,
        }))?,
        Form::Text => print(&moved_text(task, status, is_ours))?,
    }
    if is_ours && task.status == MoveStatus::Completed && task.moved == 0 {
        eprintln!("{HIDDEN}");
    }
    Ok(exit)
}

fn told_status(status: MoveStatus, is_ours: bool) -> (&'static str, Exit) {
    match status {
        _ if !is_ours => ("active", Exit::Failed),
        MoveStatus::Completed => ("completed", Exit::Done),
        MoveStatus::Cancelled => ("cancelled", Exit::Stopped),
        MoveStatus::Failed => ("failed", Exit::Failed),
        _ => ("running", Exit::Failed),
    }
}

fn moved_text(task: &MoveTask, status: &str, is_ours: bool) -> String {
    let (moved, all) = (task.moved, task.to_move.unwrap_or_default());
    let to = task.destination.as_deref().unwrap_or("where they came from");
    if !is_ours {
        return format!(
            "Another task is moving messages to {to}: {moved} of about {all} so far. None was \
             started, for a queue has one at a time: give the same command again when it has \
             ended.\n"
        );
    }
    let why = task.failure.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let rest = if status == "completed" { "" } else { " The rest is in the dead-letter queue." };
    format!("{moved} of about {all} messages moved to {to}; the task is {status}{why}.{rest}\n")
}

/// Some of them, one by one.
async fn selected(
    args: &DeadLettersArgs,
    clients: &Connection,
    (letters, queue): (&str, &str),
) -> Result<Exit, Error> {
    let stopped = stop_on_signal();
    let act = if args.delete { Act::Delete } else { Act::Send };
    let mut written = Ok(());
    let told = |judged: &Judged, outcome: &Outcome| {
        if written.is_ok() {
            written = told_message(args.format, judged, outcome);
        }
    };
    let (letters, queue) = (clients.queue(letters), clients.queue(queue));
    let ports = (&letters, &queue);
    let source = clients.source();
    let done = replay_selected(&source, ports, (&picked(args), act), &stopped, told).await?;
    written?;
    let Selected { sent, deleted, kept, passed_over, failed, stopped } = done;
    match args.format {
        Form::Json => print_line(&json!({
            "type": "summary", "run": true, "sent": sent, "deleted": deleted, "kept": kept,
            "passed_over": passed_over, "failed": failed, "stopped": stopped,
        }))?,
        Form::Text => print(&selected_text(&done))?,
    }
    if sent + deleted + kept + failed + passed_over == 0 {
        eprintln!("{HIDDEN}");
    }
    Ok(match (stopped, failed) {
        (true, _) => Exit::Stopped,
        (false, 1..) => Exit::Failed,
        (false, 0) => Exit::Done,
    })
}

fn selected_text(done: &Selected) -> String {
    let Selected { sent, deleted, kept, passed_over, failed, .. } = *done;
    let counts = [
        (sent, "sent back"),
        (deleted, "deleted"),
        (failed, "failed and still here"),
        (kept, "kept, since there may be something to read"),
        (passed_over, "not meant"),
    ];
    let told = counts.into_iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = told.map(|(count, what)| format!("{count} {what}")).collect();
    let mut text = if told.is_empty() { "No message".to_owned() } else { told.join(", ") };
    text.push_str(".\n");
    if failed + kept + passed_over > 0 {
        text.push_str(
            "What is still here is hidden from others, this command too, for 5 minutes.\n",
        );
    }
    text
}

fn told_message(format: Form, judged: &Judged, outcome: &Outcome) -> Result<(), Error> {
    let (what, error) = match outcome {
        Outcome::Deleting => ("deleting", None),
        Outcome::Deleted => return Ok(()),
        Outcome::Sent => ("sent", None),
        Outcome::SentAndKept(error) => ("sent, and still here", Some(error)),
        Outcome::NotSent(error) => ("not sent", Some(error)),
        Outcome::MaybeSent(error) => ("maybe sent, and still here", Some(error)),
        Outcome::NotDeleted(error) => ("not deleted", Some(error)),
        Outcome::Kept => ("kept", None),
    };
    if let Some(source) = error.cloned() {
        report(&OperateError::Queue { asked: "replay a dead letter", source }.into());
    }
    let reason = judged.reason.name();
    match format {
        Form::Json => print_line(&json!({
            "type": "progress", "outcome": what, "reason": reason, "objects": judged.objects,
        })),
        Form::Text => print(&format!("{what:<10} {reason:<18} {}\n", judged.objects.join(" "))),
    }
}
