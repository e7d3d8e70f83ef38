//! The commands of docs/operate.md and docs/backfill.md, typed as they stand there.

use std::path::Path;
use std::time::Duration;

use local_stack::stack::{STAGING_BUCKET, Stack};
use logferry::access_log::lines;
use serde_json::json;
use tempfile::TempDir;

use super::super::log;
use super::quarantine::quarantined;
use super::{Ran, count, rows, shell, stage};

const OPERATE: &str = include_str!("../../../../../docs/operate.md");
const BACKFILL: &str = include_str!("../../../../../docs/backfill.md");

/// The bucket of the documents, and a key in it of a day.
const BUCKET: &str = "amber-logs";

fn key(day: &str, number: usize) -> String {
    format!("access-logs/{day}-10-02-11-{number:016X}")
}

/// The commands in the blocks of shell behind a heading, each with the lines it goes on in.
fn commands(document: &str, heading: &str) -> Vec<String> {
    let section = document.split_once(&format!("\n{heading}\n")).unwrap().1;
    let section = section.split("\n## ").next().unwrap();
    let blocks = section.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap());
    let mut commands: Vec<String> = Vec::new();
    for line in blocks.flat_map(str::lines) {
        match commands.last_mut().filter(|last| last.ends_with('|')) {
            Some(last) => last.extend(["\n", line]),
            None => commands.push(line.to_owned()),
        }
    }
    commands.retain(|command| command.starts_with("logferry "));
    commands
}

/// A stack with the documents' bucket, and a folder with its `logferry.json`.
async fn deployed(destination: &str) -> (Stack, TempDir) {
    let stack = Stack::builder().ledger().receives_max(2).visibility(Duration::from_secs(1));
    let stack =
        stack.stream(|stream| stream.retry_duration = Duration::ZERO).start().await.unwrap();
    stack.s3.create_bucket(BUCKET).await.unwrap();
    let file = json!({
        "logferry": "stack", "version": 1, "region": "eu-west-1",
        "log_buckets": [{"bucket": BUCKET, "prefixes": ["access-logs/"]}],
        "queue": {"url": stack.queue_url(&stack.queues.events)},
        "dead_letter_queue": {"url": stack.queue_url(&stack.queues.letters)},
        "stream": {"destination": destination},
        "staging": {"bucket": STAGING_BUCKET, "prefix": "rows/"}, "ledger": {"prefix": "ledger/"},
        "redshift": {
            "workgroup": "logs", "database": "dev",
            "copy_role_arn": "arn:aws:iam::123456789012:role/copy",
            "copy_options": "JSON 'auto' GZIP TIMEFORMAT 'auto'",
        },
    });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("logferry.json"), file.to_string()).unwrap();
    (stack, folder)
}

/// Types it, waits for what it sets going, and demands an exit code.
async fn typed(stack: &Stack, folder: &Path, command: &str, code: i32) -> Ran {
    // What was looked at before is hidden no longer.
    stack.queues.letters.expire();
    let ran = shell(stack, folder, command, "").await;
    // With --nocapture, to look at.
    println!("$ {command}\n{}{}", ran.out, ran.err);
    assert_eq!(ran.code, Some(code), "{command}\n{ran:?}");
    stack.settle().await;
    stack.stream.drain().await;
    stack.ledger.as_ref().unwrap().drain().await;
    ran
}

/// A terminal has 80 columns. What somebody copies, or knows by its name, is not broken; what the doctor
/// says is, on a terminal alone.
fn fits(ran: &Ran) {
    let is_name = |line: &str| ["s3://", "arn:aws"].iter().any(|of| line.contains(of));
    let long = ran.out.lines().filter(|line| line.chars().count() > 80 && !is_name(line));
    assert_eq!(long.collect::<Vec<_>>(), Vec::<&str>::new());
}

/// Types all commands of a section, which must end with these codes.
async fn all_typed(stack: &Stack, folder: &Path, of: (&str, &str), codes: &[i32]) {
    let commands = commands(of.0, of.1);
    assert_eq!(commands.len(), codes.len(), "{commands:?}");
    for (command, code) in commands.iter().zip(codes) {
        fits(&typed(stack, folder, command, *code).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn load() {
    let (stack, folder) = deployed("extended_s3").await;
    for number in 0..3 {
        let key = key("2026-03-14", number);
        let staged = format!("rows/2026/03/14/10/{number}.gz");
        stage(&stack, &staged, &rows(BUCKET, &key, lines(&log(number as u64, 30)))).await;
    }
    all_typed(&stack, folder.path(), (OPERATE, "## load"), &[1, 0]).await;
    assert_eq!(count(&stack, "SELECT COUNT(*) FROM s3_access_log").await, "90");
}

#[tokio::test(flavor = "multi_thread")]
async fn replay_loads() {
    let (stack, folder) = deployed("redshift").await;
    stack.warehouse.set_down(true);
    for number in 1..=2 {
        stack.put(&format!("log-{number}"), log(number, 30)).await.unwrap();
        stack.settle().await;
        stack.stream.drain().await;
    }
    stack.warehouse.set_down(false);
    all_typed(&stack, folder.path(), (OPERATE, "## replay loads"), &[1, 0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replay_dead_letters() {
    let (stack, folder) = deployed("redshift").await;
    for number in 0..3 {
        let key = key("2026-03-14", number);
        stack.s3.put(BUCKET, &key, log(number as u64, 30)).await.unwrap();
        let message = json!({"bucket": BUCKET, "key": key}).to_string();
        stack.queues.letters.send(message, Duration::ZERO);
    }
    stack.s3.put(BUCKET, "access-logs/picture.png", vec![0x89; 70_000]).await.unwrap();
    for key in ["access-logs/picture.png", "access-logs/gone"] {
        stack
            .queues
            .letters
            .send(json!({"bucket": BUCKET, "key": key}).to_string(), Duration::ZERO);
    }
    stack.queues.letters.send("no JSON at all", Duration::ZERO);
    all_typed(&stack, folder.path(), (OPERATE, "## replay dead-letters"), &[1, 0, 0, 0]).await;
    assert_eq!(count(&stack, "SELECT COUNT(*) FROM s3_access_log_distinct").await, "90");
}

#[tokio::test(flavor = "multi_thread")]
async fn replay_quarantine() {
    let (stack, folder) = deployed("extended_s3").await;
    let text = log(11, 20);
    let rows: Vec<_> = lines(&text).map(|line| quarantined("held", &line, true)).collect();
    stage(&stack, "rows/old.gz", &rows).await;
    typed(&stack, folder.path(), "logferry load --stack logferry.json --run", 0).await;
    all_typed(&stack, folder.path(), (OPERATE, "## replay quarantine"), &[1, 0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_and_its_repair() {
    let (stack, folder) = deployed("redshift").await;
    for number in 0..5 {
        let key = key("2026-03-14", number);
        stack.s3.put(BUCKET, &key, log(number as u64, 30)).await.unwrap();
        if number > 1 {
            let message = json!({"bucket": BUCKET, "key": key}).to_string();
            stack.queues.events.send(message, Duration::ZERO);
        }
    }
    stack.settle().await;
    stack.stream.drain().await;
    stack.ledger.as_ref().unwrap().drain().await;
    // All of it was made just now.
    let [audit, repair] = <[String; 2]>::try_from(commands(OPERATE, "## audit")).unwrap();
    let now = |command: &str| {
        command.replace("--stack logferry.json", "--stack logferry.json --grace 0s")
    };
    typed(&stack, folder.path(), &audit, 0).await;
    typed(&stack, folder.path(), &now(&audit), 1).await;
    let repair = repair.replacen("--stack logferry.json", "--stack logferry.json --grace 0s", 1);
    typed(&stack, folder.path(), &repair, 0).await;
    let nothing = typed(&stack, folder.path(), &audit.replace("2026-03-1", "2020-03-1"), 0).await;
    assert!(nothing.err.contains("are prefix and dates right?"), "{nothing:?}");
    typed(&stack, folder.path(), &now(&audit), 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor() {
    let (stack, folder) = deployed("redshift").await;
    let [command] = <[String; 1]>::try_from(commands(OPERATE, "## doctor")).unwrap();
    typed(&stack, folder.path(), &command, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn backfill() {
    let (stack, folder) = deployed("redshift").await;
    for number in 0..30 {
        let key = key("2024-03-14", number);
        stack.s3.put(BUCKET, &key, log(number as u64, 30)).await.unwrap();
    }
    let heading = "# Backfill: logs that were there before";
    let [plan] = <[String; 1]>::try_from(commands(&format!("\n{BACKFILL}"), heading)).unwrap();
    fits(&typed(&stack, folder.path(), &plan, 0).await);
    typed(&stack, folder.path(), &format!("{plan} --to-queue --run"), 0).await;
    assert_eq!(count(&stack, "SELECT COUNT(*) FROM s3_access_log").await, "900");
    // The same rows by the other way: copies, which the view shows as one.
    all_typed(&stack, folder.path(), (BACKFILL, "## To COPY"), &[0]).await;
    assert_eq!(count(&stack, "SELECT COUNT(*) FROM s3_access_log").await, "1800");
    assert_eq!(count(&stack, "SELECT COUNT(*) FROM s3_access_log_distinct").await, "900");
}
