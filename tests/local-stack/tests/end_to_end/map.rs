//! The module's Distributed Map over objects that were there before the function was.

use std::sync::Arc;

use bytes::Bytes;
use local_stack::map_run::{Definition, Error, MapRun};
use local_stack::stack::{STAGING_BUCKET, Stack};
use serde_json::{Value, json};

use super::{Trial, log};

/// What the module deploys.
const TEMPLATE: &str = include_str!("../../../../infra/templates/backfill.asl.json");
/// A bucket that announces nothing.
const OLD: &str = "old-logs";

fn definition(function: &str) -> Definition {
    let names = [("partition", "aws"), ("function", function), ("results", STAGING_BUCKET)];
    Definition::read(TEMPLATE, &names).unwrap()
}

#[tokio::test]
async fn the_modules_map_has_every_object_below_a_prefix_read() {
    let mut trial = Trial::start(Stack::builder().concurrency(2)).await;
    let s3 = &trial.stack.s3;
    s3.create_bucket(OLD).await.unwrap();
    for number in 0..150 {
        let body: Bytes = log(number, 20).into();
        let key = format!("access-logs/2024-01-01-{number:03} a+%41");
        trial.expected.add(OLD, &key, &body).unwrap();
        s3.put(OLD, &key, body).await.unwrap();
    }
    s3.put(OLD, "other/2024", "not below the prefix").await.unwrap();
    s3.put(OLD, "access-logs/no-log", "<html></html>\n".repeat(10_000)).await.unwrap();

    let run = |function| {
        MapRun::new(definition(function), s3.client(), Arc::clone(&trial.stack.function))
    };
    let input = json!({ "bucket": OLD, "prefix": "access-logs/", "concurrency": 2 });
    let report = run("logferry").run(&input).await.unwrap();
    assert!(report.succeeded, "{report:?}");
    assert_eq!((report.items, report.answers.len(), report.failures.len()), (151, 2, 0));
    // The object that is no log is told by name, and takes nothing with it.
    let failed: Vec<&Value> = report
        .answers
        .iter()
        .flat_map(|answer| answer.get("failed").and_then(Value::as_array).into_iter().flatten())
        .collect();
    assert_eq!(failed.len(), 1, "{:?}", report.answers);
    assert_eq!(failed[0].get("key"), Some(&json!("access-logs/no-log")));
    let audit = trial.clean().await;
    assert_eq!((audit.lines, audit.copies), (3000, 0));

    let manifest = report.manifest.unwrap();
    let manifest = s3.client().get_object().bucket(STAGING_BUCKET).key(manifest).send().await;
    let manifest = manifest.unwrap().body.collect().await.unwrap().into_bytes();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let files = manifest.pointer("/ResultFiles/SUCCEEDED").and_then(Value::as_array);
    assert_eq!(files.map(Vec::len), Some(1), "{manifest}");

    let report = run("another").run(&input).await.unwrap();
    assert!(!report.succeeded && report.failures.len() == 2, "{report:?}");
    let nowhere = json!({ "bucket": "nowhere", "prefix": "", "concurrency": 1 });
    assert!(matches!(run("logferry").run(&nowhere).await, Err(Error::ItemReader(_))));
    let lacking = json!({ "bucket": OLD });
    assert!(matches!(run("logferry").run(&lacking).await, Err(Error::Runtime(_))));
}

#[test]
fn what_is_not_known_in_a_definition_is_not_passed_over() {
    let names = [("partition", "aws"), ("function", "f"), ("results", "r")];
    for (from, to) in [
        ("MaxItemsPerBatch\": 100", "MaxInputBytesPerBatch\": 100"),
        ("s3:listObjectsV2", "s3:getObject"),
        ("lambda:invoke", "sqs:sendMessage"),
        ("\"DISTRIBUTED\"", "\"INLINE\""),
        ("\"Type\": \"Map\"", "\"Type\": \"Parallel\""),
        ("\"StartAt\": \"Read\"", "\"StartAt\": \"Write\""),
    ] {
        assert!(TEMPLATE.contains(from), "{from}");
        let changed = TEMPLATE.replace(from, to);
        let read = Definition::read(&changed, &names);
        assert!(matches!(read, Err(Error::Definition(_))), "{to}");
    }
}
