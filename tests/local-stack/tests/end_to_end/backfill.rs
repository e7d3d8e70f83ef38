//! `logferry backfill`: objects that told nobody come into the table.

use std::collections::BTreeMap;
use std::process::Output;
use std::time::Duration;

use local_stack::function_binary::{Progress, tool};
use local_stack::stack::Stack;
use tokio::process::Command;

use crate::{Trial, gzip, log};

/// A bucket that no notification belongs to.
const OLD_BUCKET: &str = "old-logs";

/// The tool, with the stack as AWS.
async fn backfill(trial: &Trial, folder: &tempfile::TempDir, arguments: &[&str]) -> Output {
    let tool = tool(Progress::Hidden).unwrap_or_else(|error| panic!("{error}"));
    let mut command = Command::new(tool);
    command.current_dir(folder).env_clear().envs(trial.stack.environment());
    command.args(["backfill", "s3://old-logs/logs/"]).args(arguments);
    command.output().await.unwrap()
}

fn key(day: u32, number: u32) -> String {
    format!("logs/2024-03-{day:02}-10-02-11-{number:016X}")
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_that_were_there_before_come_into_the_table() {
    let mut trial = Trial::start(Stack::builder().batch(10, Duration::from_secs(1))).await;
    trial.stack.s3.create_bucket(OLD_BUCKET).await.unwrap();
    let mut put = BTreeMap::new();
    for day in 1..=4 {
        for number in 0..6 {
            put.insert(key(day, number), log(u64::from(day * 100 + number), 20));
        }
    }
    put.insert(format!("{}.gz", key(2, 7)), gzip(&log(7, 20)));
    put.insert("logs/a plain+key %41 \u{fc}".to_owned(), log(8, 20));
    for (key, body) in &put {
        trial.stack.s3.put(OLD_BUCKET, key, body.clone()).await.unwrap();
    }
    // Two days of the four, and the two keys without a date.
    for (key, body) in &put {
        if !key.contains("2024-03-01-10") && !key.contains("2024-03-04-10") {
            trial.expected.add(OLD_BUCKET, key, &body.clone().into()).unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let queue = trial.stack.queue_url(&trial.stack.queues.events);
    let dates = ["--from", "2024-03-02", "--to", "2024-03-04", "--undated", "--queue-url", &queue];
    let plan = backfill(&trial, &folder, &dates).await;
    let told = String::from_utf8(plan.stdout).unwrap();
    assert!(told.contains("14   left out: 12 of another date"), "{told}");
    assert!(told.contains("14 objects looked into"), "{told}");
    let sent = backfill(&trial, &folder, &[&dates[..], &["--to-queue", "--run"]].concat()).await;
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    assert_eq!(trial.clean().await.rows, 14 * 20);
    assert_eq!(trial.dead_letters().len(), 0);
}
