//! `logferry backfill --to-copy`: rows made by the tool, loaded by manifest, each once.

mod broken;
mod once;
mod stopped;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use local_stack::stack::{STAGING_BUCKET, Stack};
use logferry::access_log::lines;
use serde_json::{Value, json};

use super::super::log;
use super::{COPY, Ran, WAREHOUSE, logferry};

/// A bucket that no notification belongs to.
const OLD_BUCKET: &str = "old-logs";
const COUNT: &str = "SELECT COUNT(*) FROM s3_access_log";
const LOADS: &str = "SELECT COUNT(*) FROM s3_access_log_loads WHERE source = 'backfill'";

fn key(number: u64) -> String {
    format!("logs/2024-03-{:02}-10-02-11-{number:016X}", number % 28 + 1)
}

/// A log with a blank line and one that is none.
fn text(number: u64) -> Vec<u8> {
    [log(number, 20), b"\nno line\n".to_vec()].concat()
}

/// A stack with so many logs in the old bucket.
async fn stack(logs: u64) -> Stack {
    with_logs(Stack::builder().ledger().start().await.unwrap(), logs).await
}

async fn with_logs(stack: Stack, logs: u64) -> Stack {
    stack.s3.create_bucket(OLD_BUCKET).await.unwrap();
    for number in 0..logs {
        stack.s3.put(OLD_BUCKET, &key(number), text(number)).await.unwrap();
    }
    stack
}

/// The stack file, in a folder.
fn stack_file(stack: &Stack, folder: &Path) -> String {
    let file = json!({
        "logferry": "stack", "version": 1, "region": "eu-west-1",
        "queue": {"url": stack.queue_url(&stack.queues.events)},
        "staging": {"bucket": STAGING_BUCKET, "prefix": "rows/"}, "ledger": {"prefix": "ledger/"},
        "redshift": {
            "workgroup": WAREHOUSE[1], "database": WAREHOUSE[3],
            "copy_role_arn": COPY[1], "copy_options": COPY[3],
        },
    });
    let path = folder.join("stack.json");
    fs::write(&path, file.to_string()).unwrap();
    path.display().to_string()
}

/// The command, with its journal in the folder.
fn command(stack: &Stack, folder: &Path, more: &[&str]) -> Vec<String> {
    let (file, journal) = (stack_file(stack, folder), folder.join("journal"));
    let place = ["backfill", "s3://old-logs/logs/", "--stack", &file, "--to-copy", "--run"];
    let how = ["--format", "json", "--journal", journal.to_str().unwrap()];
    [&place[..], &how, more].concat().into_iter().map(str::to_owned).collect()
}

async fn copy(stack: &Stack, folder: &Path, more: &[&str]) -> Ran {
    let command = command(stack, folder, more);
    logferry(stack, &command.iter().map(String::as_str).collect::<Vec<_>>()).await
}

fn numbers<const N: usize>(ran: &Ran, names: [&str; N]) -> [u64; N] {
    let summary = ran.summary();
    let number = |name| summary.get(name).and_then(Value::as_u64);
    names.map(|name| number(name).unwrap_or_else(|| panic!("{name}: {summary}")))
}

/// How many rows the table has of each line: by key and offset.
async fn in_table(stack: &Stack) -> BTreeMap<(String, u64), u64> {
    let sql = "SELECT log_key, log_offset, COUNT(*) FROM s3_access_log WHERE log_bucket = 'old-logs' \
               GROUP BY log_key, log_offset";
    let answer = stack.warehouse.query(sql).await.unwrap();
    let cell = |row: &[Option<String>], at: usize| row.get(at).cloned().flatten().unwrap();
    let rows = answer.rows.iter().map(|row| {
        let place = (cell(row, 0), cell(row, 1).parse().unwrap());
        (place, cell(row, 2).parse().unwrap())
    });
    rows.collect()
}

/// Each line of each log once.
fn each_once(logs: u64) -> BTreeMap<(String, u64), u64> {
    let places = (0..logs).flat_map(|number| {
        let text = text(number);
        let offsets: Vec<u64> =
            lines(&text).filter(|line| !line.is_blank()).map(|line| line.offset).collect();
        offsets.into_iter().map(move |offset| ((key(number), offset), 1))
    });
    places.collect()
}

async fn keys(stack: &Stack, prefix: &str) -> Vec<String> {
    let listed = stack.s3.client().list_objects_v2().bucket(STAGING_BUCKET).prefix(prefix).send();
    let listed = listed.await.unwrap();
    listed.contents().iter().filter_map(|one| one.key().map(str::to_owned)).collect()
}

/// The objects that were read of the old bucket by now.
fn reads(stack: &Stack) -> usize {
    stack.s3.reads().iter().filter(|read| read.bucket == OLD_BUCKET).count()
}

/// Options that no COPY knows: the load fails, and everything before it succeeds.
const NONSENSE: [&str; 2] = ["--copy-options", "JSON 'auto' GZIP NONSENSE 'auto'"];
