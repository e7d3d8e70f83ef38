//! The module's Distributed Map over objects that were there before the function was.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use local_stack::map_run::{Definition, Error, MapRun};
use local_stack::s3::S3;
use local_stack::stack::{STAGING_BUCKET, Stack};
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::{Trial, log};

/// What the module deploys.
const TEMPLATE: &str = include_str!("../../../../infra/templates/backfill.asl.json");
/// A bucket that announces nothing.
const OLD: &str = "old-logs";
/// Where its inventory is delivered.
const INVENTORY: &str = "example-inventory";
const MANIFEST: &str = "old-logs/all/2026-03-14T01-00Z/manifest.json";

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

/// An inventory of `OLD` in a bucket of its own, as S3 delivers it: the key of its manifest.
async fn deliver_inventory(s3: &S3, keys: &[String]) -> &'static str {
    let mut csv = String::new();
    for key in keys {
        // Each byte that is not plain as %XX, a space as a plus sign.
        let encoded: String = key
            .bytes()
            .map(|byte| match byte {
                b' ' => "+".to_owned(),
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'/' => char::from(byte).into(),
                _ => format!("%{byte:02X}"),
            })
            .collect();
        writeln!(csv, "\"{OLD}\",\"{encoded}\",\"812\"").unwrap();
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(csv.as_bytes()).unwrap();
    let file = gzip.finish().unwrap();
    let md5 = Md5::digest(&file).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    let manifest = json!({
        "sourceBucket": OLD,
        "destinationBucket": format!("arn:aws:s3:::{INVENTORY}"),
        "version": "2016-11-30",
        "creationTimestamp": "1773450000000",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size",
        "files": [{ "key": "old-logs/all/data/0.csv.gz", "size": file.len(), "MD5checksum": md5 }],
    });
    s3.create_bucket(INVENTORY).await.unwrap();
    s3.put(INVENTORY, "old-logs/all/data/0.csv.gz", file).await.unwrap();
    s3.put(INVENTORY, MANIFEST, manifest.to_string()).await.unwrap();
    MANIFEST
}

#[tokio::test]
async fn the_modules_map_has_every_object_of_an_inventory_read() {
    let mut trial = Trial::start(Stack::builder().concurrency(2)).await;
    let s3 = &trial.stack.s3;
    s3.create_bucket(OLD).await.unwrap();
    let keys = ["access-logs/plain", "access-logs/a b+c%41 %2B", "access-logs/\u{fc}/x,\"y\""];
    let keys: Vec<String> = keys.map(str::to_owned).into();
    for (number, key) in (0..).zip(&keys) {
        let body: Bytes = log(number, 20).into();
        trial.expected.add(OLD, key, &body).unwrap();
        s3.put(OLD, key, body).await.unwrap();
    }
    s3.put(OLD, "access-logs/came-since", log(9, 20)).await.unwrap();
    let manifest = deliver_inventory(s3, &keys).await;
    let function = Arc::clone(&trial.stack.function);
    let run = MapRun::new(definition("logferry"), s3.client(), function);

    let input = json!({ "inventory": { "bucket": INVENTORY, "key": manifest }, "concurrency": 2 });
    let report = run.run(&input).await.unwrap();
    assert!(report.succeeded, "{report:?}");
    assert_eq!((report.items, report.answers.len(), report.failures.len()), (3, 1, 0));
    assert_eq!(report.answers[0].get("objects_done"), Some(&json!(3)), "{:?}", report.answers);

    // A file that is not what the manifest says, and a manifest of another format.
    s3.put(INVENTORY, "old-logs/all/data/0.csv.gz", "else").await.unwrap();
    let error = run.run(&input).await.unwrap_err();
    assert!(matches!(&error, Error::ItemReader(what) if what.contains("MD5")), "{error}");
    let orc = json!({ "fileFormat": "ORC", "fileSchema": "struct<>", "files": [] });
    s3.put(INVENTORY, MANIFEST, orc.to_string()).await.unwrap();
    let error = run.run(&input).await.unwrap_err();
    assert!(matches!(&error, Error::ItemReader(what) if what.contains("ORC")), "{error}");
    let audit = trial.clean().await;
    assert_eq!((audit.lines, audit.copies), (60, 0));
}

#[test]
fn what_is_not_known_in_a_definition_is_not_passed_over() {
    let names = [("partition", "aws"), ("function", "f"), ("results", "r")];
    for (from, to) in [
        ("MaxItemsPerBatch\": 100", "MaxInputBytesPerBatch\": 100"),
        ("s3:listObjectsV2", "s3:getObject"),
        ("\"MANIFEST\"", "\"CSV\""),
        ("\"InputType\"", "\"InputTypes\""),
        ("\"IsPresent\": true", "\"IsNull\": true"),
        ("\"Default\": \"Objects\"", "\"Default\": \"Nothing\""),
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
