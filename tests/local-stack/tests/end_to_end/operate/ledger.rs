//! The ledger that the real function writes, read by `logferry audit`.

use std::io::Read as _;
use std::time::Duration;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use local_stack::stack::{LOG_BUCKET, STAGING_BUCKET, Stack};
use logferry::access_log::lines;
use serde_json::{Value, json};

use super::super::{gzip, log};
use super::{Ran, WAREHOUSE, count, logferry, shell};

fn key(number: usize) -> String {
    format!("logs/2026-03-14-10-02-11-{number:016X}")
}

/// A log with a blank line and one that is none.
fn text(number: usize) -> Vec<u8> {
    [log(number as u64, 25), b"\nno line\n".to_vec()].concat()
}

/// A stack whose function delivered six objects, one of them compressed.
async fn delivered() -> Stack {
    let stack = Stack::builder().ledger().start().await.unwrap();
    for number in 0..5 {
        stack.put(&key(number), text(number)).await.unwrap();
    }
    stack.put(&format!("{}.gz", key(5)), gzip(&text(5))).await.unwrap();
    stack.settle().await;
    stack.stream.drain().await;
    stack.ledger.as_ref().unwrap().drain().await;
    stack
}

async fn audit(stack: &Stack, more: &[&str]) -> Ran {
    let place = ["audit", "s3://access-logs/logs/", "--ledger", "s3://firehose-staging/ledger/"];
    let how = ["--grace", "0s", "--format", "json", "--table"];
    logferry(stack, &[&place[..], &how, &WAREHOUSE, more].concat()).await
}

/// Writes the files of the ledger anew.
async fn rewrite(stack: &Stack, change: impl Fn(Value) -> Option<Value>) {
    let client = stack.s3.client();
    let listed = client.list_objects_v2().bucket(STAGING_BUCKET).prefix("ledger/").send().await;
    let mut kept = 0;
    for file in listed.unwrap().contents().iter().filter_map(|file| file.key()) {
        let object = client.get_object().bucket(STAGING_BUCKET).key(file).send().await.unwrap();
        let stored = object.body.collect().await.unwrap().into_bytes();
        let mut text = String::new();
        MultiGzDecoder::new(&stored[..]).read_to_string(&mut text).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        let lines: Vec<String> = lines.filter_map(&change).map(|line| line.to_string()).collect();
        kept += lines.len();
        let body = Bytes::from(gzip(lines.join("\n").as_bytes()));
        stack.s3.put(STAGING_BUCKET, file, body).await.unwrap();
    }
    assert!(kept > 0, "there is a ledger");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_function_delivered_is_clean_and_what_is_taken_from_it_is_named() {
    let stack = delivered().await;
    let clean = audit(&stack, &["--read", "100%"]).await;
    assert_eq!((clean.code, clean.lines().len()), (Some(0), 1), "{clean:?}");
    let summary = clean.summary();
    let counts = ["objects", "delivered", "rows", "quarantined", "blank", "in_table", "read_lines"];
    let counts = counts.map(|name| summary[name].as_u64().unwrap());
    assert_eq!(counts, [6, 6, 156, 6, 6, 156, 156], "{summary}");

    // A row that is lost, an object of which nothing arrived, a ledger with a hole.
    let lost = lines(&text(1)).nth(7).unwrap().offset;
    let one = format!("log_bucket = '{LOG_BUCKET}' AND log_key = '{}'", key(1));
    count(&stack, &format!("DELETE FROM s3_access_log WHERE {one} AND log_offset = {lost}")).await;
    count(&stack, &format!("DELETE FROM s3_access_log WHERE log_key = '{}'", key(2))).await;
    rewrite(&stack, |mut line| {
        if line["log_key"] == key(3) {
            line["text_from"] = json!(100);
        }
        (line["log_key"] != key(2)).then_some(line)
    })
    .await;
    let found = audit(&stack, &[]).await;
    let findings: Vec<(String, String, Value)> = found
        .lines()
        .into_iter()
        .filter(|line| line["type"] == "finding")
        .map(|line| {
            let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
            (text("key"), text("verdict"), line["offsets"].clone())
        })
        .collect();
    let expected = [
        (key(1), "missing_rows".to_owned(), json!([lost])),
        (key(2), "never_delivered".to_owned(), Value::Null),
        (key(3), "unfinished".to_owned(), Value::Null),
    ];
    assert_eq!((found.code, findings.as_slice()), (Some(1), &expected[..]), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_up_is_found_in_the_dead_letter_queue() {
    let stack = Stack::builder().ledger().receives_max(1).visibility(Duration::from_secs(20));
    let stack = stack.start().await.unwrap();
    stack.put(&key(1), text(1)).await.unwrap();
    stack.put("logs/refused", "this is no log\n".repeat(9)).await.unwrap();
    stack.settle().await;
    stack.stream.drain().await;
    stack.ledger.as_ref().unwrap().drain().await;
    let url = stack.queue_url(&stack.queues.letters);
    let found = audit(&stack, &["--dead-letter-queue-url", &url]).await;
    let finding = &found.lines()[0];
    assert_eq!(
        (found.code, &finding["verdict"]),
        (Some(1), &json!("never_delivered")),
        "{found:?}"
    );
    assert_eq!((&finding["key"], &finding["dead_letter"]), (&json!("logs/refused"), &json!(true)));
    assert_eq!(stack.queues.letters.counts().held, 1, "it stays there");
    // A queue that is not there is a note, and no less an audit.
    let other = audit(&stack, &["--dead-letter-queue-url", &format!("{url}-other")]).await;
    assert_eq!((other.code, other.lines().len()), (Some(1), 2), "{other:?}");
    assert!(other.err.starts_with("note: the dead-letter queue was not looked into"), "{other:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_that_changed_is_found_by_reading_alone() {
    let stack = delivered().await;
    let one = format!("log_key = '{}' AND log_offset = 0", key(4));
    count(&stack, &format!("UPDATE s3_access_log SET http_status = 418 WHERE {one}")).await;
    let counted = audit(&stack, &[]).await;
    assert_eq!(counted.summary()["findings"], 0, "{counted:?}");
    let read = audit(&stack, &["--read", "1/1"]).await;
    let wrong = read.lines().into_iter().find(|line| line["verdict"] == "wrong_rows").unwrap();
    assert_eq!((&wrong["key"], &wrong["columns"]), (&json!(key(4)), &json!(["http_status"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_repair_that_is_printed_runs_as_it_is_and_repairs() {
    let stack = delivered().await;
    let file = json!({
        "logferry": "stack", "version": 1,
        "queue": {"url": stack.queue_url(&stack.queues.events)},
        "staging": {"bucket": STAGING_BUCKET, "prefix": "rows/"}, "ledger": {"prefix": "ledger/"},
        "redshift": {"workgroup": "logs", "database": "dev"},
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a stack.json");
    std::fs::write(&path, file.to_string()).unwrap();
    let path = path.display().to_string();
    count(&stack, &format!("DELETE FROM s3_access_log WHERE log_key = '{}'", key(2))).await;

    let place = ["audit", "s3://access-logs/logs/", "--stack", &path, "--table"];
    let found = logferry(&stack, &[&place[..], &["--grace", "0s", "--no-progress"]].concat()).await;
    assert_eq!(found.code, Some(1), "{found:?}");
    assert!(found.out.contains("0 rows of 26   offset 0, "), "{found:?}");
    assert!(found.out.contains("younger than 0s"), "{found:?}");
    let printed: Vec<&str> =
        found.out.lines().skip_while(|line| !line.ends_with("read again:")).skip(1).collect();
    let [again, filter, backfill] = printed.as_slice() else { panic!("{found:?}") };
    let again = shell(&stack, folder.path(), again.trim_end_matches('|'), "").await;
    assert_eq!(again.code, Some(1), "{again:?}");
    // What jq would select, which not every machine has.
    assert!(filter.contains(r#"select(.type == "finding" and .repair == "backfill").key"#));
    let lines = again.lines().into_iter().filter(|line| line["repair"] == "backfill");
    let keys: Vec<String> = lines.map(|line| line["key"].as_str().unwrap().to_owned()).collect();
    assert_eq!(keys, [key(2)]);
    let sent = shell(&stack, folder.path(), backfill, &format!("{}\n", keys.join("\n"))).await;
    assert_eq!(sent.code, Some(0), "{backfill}: {sent:?}");
    stack.settle().await;
    stack.stream.drain().await;
    stack.ledger.as_ref().unwrap().drain().await;
    let repaired = audit(&stack, &[]).await;
    assert_eq!(repaired.code, Some(0), "{repaired:?}");
}
