//! Keys from S3 Inventory reports: sound ones, and ones with a fault planted.

use std::fmt::Write as _;

use logferry::operate::{Inventory, InventoryError, InventoryKeys, Key, Keys, KeysError, Place};
use serde_json::{Value, json};

use super::keys::BUCKET;
use super::services::{Services, key};
use super::stores::Buckets;
use crate::support::gzip::gzip;

const MANIFEST: &str = "s3://amber-inventory/amber-logs/all/2026-03-14T01-00Z/manifest.json";
const FOLDER: &str = "amber-logs/all/2026-03-14T01-00Z/";
const SCHEMA: &str = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, StorageClass";

fn hex_md5(bytes: &[u8]) -> String {
    use md5::{Digest as _, Md5};
    Md5::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// A report with these files, each as rows, put where `put` says; `change` may plant a fault before the
/// checksum is made.
fn report_to(put: impl Fn(&str, &str, &[u8]), files: &[String], change: impl FnOnce(&mut Value)) {
    let put = |key: &str, bytes: &[u8]| put("amber-inventory", key, bytes);
    let files = files.iter().enumerate().map(|(number, rows)| {
        let (key, bytes) = (format!("amber-logs/all/data/{number}.csv.gz"), gzip(rows.as_bytes()));
        put(&key, &bytes);
        json!({"key": key, "size": bytes.len(), "MD5checksum": hex_md5(&bytes)})
    });
    let mut manifest = json!({
        "sourceBucket": BUCKET, "destinationBucket": "arn:aws:s3:::amber-inventory",
        "version": "2016-11-30", "creationTimestamp": "1773450000123",
        "fileFormat": "CSV", "fileSchema": SCHEMA, "files": files.collect::<Vec<_>>(),
    });
    change(&mut manifest);
    let manifest = manifest.to_string();
    put(&format!("{FOLDER}manifest.json"), manifest.as_bytes());
    let checksum = hex_md5(manifest.as_bytes()) + "\n";
    put(&format!("{FOLDER}manifest.checksum"), checksum.as_bytes());
}

fn report(buckets: &Buckets, files: &[String], change: impl FnOnce(&mut Value)) {
    report_to(|bucket, key, bytes| buckets.put(bucket, key, bytes), files, change);
}

fn row(key: &str, class: &str) -> String {
    format!("\"{BUCKET}\",\"{key}\",\"v\",\"true\",\"false\",\"100\",\"{class}\"\n")
}

async fn all(
    buckets: &Buckets,
    prefix: &str,
    from: Option<&Place>,
) -> Result<Vec<(Key, Place)>, KeysError> {
    let inventory = Inventory::open(buckets, MANIFEST, Some(BUCKET)).await?;
    let mut keys = InventoryKeys::new(buckets, &inventory, prefix, from);
    let mut found = Vec::new();
    while let Some(page) = keys.next_page().await? {
        let placed = page.iter().enumerate().map(|(index, key)| keys.place(index, key));
        found.extend(page.iter().cloned().zip(placed.collect::<Vec<_>>()));
    }
    Ok(found)
}

/// What is told of a fault, with its causes.
async fn fault(buckets: &Buckets) -> String {
    let error = all(buckets, "", None).await.expect_err("a fault was planted");
    let (mut text, mut cause) = (error.to_string(), std::error::Error::source(&error));
    while let Some(found) = cause {
        write!(text, "; {found}").unwrap();
        cause = found.source();
    }
    text
}

/// Two files, the first of more than a page.
fn two_files() -> [String; 2] {
    let rows = |from: u32, to: u32| (from..to).map(|n| row(&format!("logs/{n:05}"), "STANDARD"));
    [rows(0, 2_345).collect(), rows(2_345, 3_000).collect()]
}

#[tokio::test(start_paused = true)]
async fn keys_are_decoded_and_what_is_no_current_object_is_passed_over() {
    let buckets = Buckets::default();
    let old = row("old", "STANDARD").replacen("\"true\"", "\"false\"", 1);
    let deleted = row("deleted", "STANDARD").replace("\"false\"", "\"true\"");
    let tier = row("a%2Bb+c%20d", "STANDARD");
    let last = row("g", "GLACIER").replace("\"100\"", "\"\"");
    report(&buckets, &[old + &tier + &deleted, last + &row("caf%C3%A9", "GLACIER_IR")], |_| ());
    let found = all(&buckets, "", None).await.unwrap();
    let found = found
        .iter()
        .map(|(key, at)| (key.key.as_str(), key.size, key.is_archived, at.file, at.line));
    let expected = [
        ("a+b c d", Some(100), false, 0, 2),
        ("g", None, true, 1, 1),
        ("café", Some(100), false, 1, 2),
    ];
    assert_eq!(found.collect::<Vec<_>>(), expected);
    let inventory = Inventory::open(&buckets, MANIFEST, None).await.unwrap();
    assert_eq!((inventory.bucket.as_str(), inventory.created_unix_s), (BUCKET, 1_773_450_000));
}

#[tokio::test(start_paused = true)]
async fn reading_goes_on_behind_every_place() {
    let buckets = Buckets::default();
    report(&buckets, &two_files(), |_| ());
    let whole = all(&buckets, "logs/", None).await.unwrap();
    assert_eq!(whole.len(), 3_000);
    for at in [0, 1, 999, 1_000, 2_343, 2_344, 2_345, 2_998, 2_999] {
        let rest = all(&buckets, "logs/", Some(&whole[at].1)).await.unwrap();
        assert_eq!(rest, whole[at + 1..], "behind {at}");
    }
    assert_eq!(all(&buckets, "logs/02", None).await.unwrap(), whole[2_000..3_000]);
    let elsewhere = Place { key: "logs/other".to_owned(), ..whole[5].1.clone() };
    let shorter = Place { file: 2, ..whole[5].1.clone() };
    for place in [elsewhere, shorter] {
        let error = all(&buckets, "logs/", Some(&place)).await.unwrap_err();
        assert!(matches!(error, KeysError::OtherList { .. }), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_damaged_file_gives_no_key() {
    for fault_in in ["a byte", "a byte more", "manifest", "gone", "checksum gone"] {
        let buckets = Buckets::default();
        report(&buckets, &two_files(), |_| ());
        let key = "amber-logs/all/data/1.csv.gz";
        let manifest = format!("{FOLDER}manifest.json");
        let mut bytes = buckets.get("amber-inventory", key).unwrap();
        let told = match fault_in {
            "a byte" => {
                // Of the header's time: gzip itself finds nothing wrong.
                bytes[4] ^= 1;
                buckets.put("amber-inventory", key, bytes);
                "1.csv.gz is damaged: its MD5 is"
            }
            "a byte more" => {
                bytes.push(0);
                buckets.put("amber-inventory", key, bytes);
                "1.csv.gz is damaged: it has more than"
            }
            "manifest" => {
                let text = buckets.get("amber-inventory", &manifest).unwrap();
                let text =
                    String::from_utf8(text).unwrap().replace("1773450000123", "1773450000124");
                buckets.put("amber-inventory", &manifest, text);
                "manifest.json is damaged: its MD5 is"
            }
            "gone" => {
                buckets.remove("amber-inventory", key);
                "1.csv.gz; no such object"
            }
            _ => {
                buckets.remove("amber-inventory", &format!("{FOLDER}manifest.checksum"));
                "manifest.checksum; no such object"
            }
        };
        let error = fault(&buckets).await;
        assert!(error.contains(told), "{fault_in}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_named() {
    type Change = fn(&mut Value);
    let changes: [(Change, &str); 6] = [
        (|json| json["fileFormat"] = "Parquet".into(), "an inventory in Parquet; make one in CSV"),
        (|json| json["fileFormat"] = "ORC".into(), "an inventory in ORC; make one in CSV"),
        (
            |json| json["sourceBucket"] = "other-logs".into(),
            "of the bucket other-logs, not of amber",
        ),
        (|json| json["fileSchema"] = "Bucket, Size".into(), "fileSchema has no column Key"),
        (|json| json["creationTimestamp"] = "soon".into(), "creationTimestamp"),
        (|json| json["files"] = Value::Null, "is no manifest of an inventory"),
    ];
    for (change, told) in changes {
        let buckets = Buckets::default();
        report(&buckets, &two_files(), change);
        let error = fault(&buckets).await;
        assert!(error.contains(told), "{told}: {error}");
    }
    let rows = [
        (
            "\"amber-logs\",\"k\"\n".to_owned(),
            "row 2 of s3://amber-inventory/amber-logs/all/data/0",
        ),
        (row("k", "STANDARD").replace(BUCKET, "other-logs"), "it is of the bucket other-logs"),
        (row("k", "STANDARD").replace("\"100\"", "\"x\""), "its size is x"),
        (row("%FF", "STANDARD"), "UTF-8"),
    ];
    for (wrong, told) in rows {
        let buckets = Buckets::default();
        report(&buckets, &[row("good", "STANDARD") + &wrong], |_| ());
        let error = fault(&buckets).await;
        assert!(error.contains(told), "{told}: {error}");
    }
    let error = Inventory::open(&Buckets::default(), "s3://b/notmanifest.json", None).await;
    assert!(matches!(error, Err(InventoryError::NoManifest { .. })), "{error:?}");
}

#[test]
fn the_program_plans_and_sends_what_an_inventory_names() {
    let (services, folder) = (Services::start(1), tempfile::tempdir().unwrap());
    let rows = |from: u64, to: u64| (from..to).map(|number| row(&key(number), "STANDARD"));
    let put = |bucket: &str, key: &str, bytes: &[u8]| services.put(bucket, key, bytes);
    report_to(put, &[rows(0, 1_500).collect(), rows(1_500, 1_777).collect()], |_| ());
    let run = |arguments: &[&str]| {
        let mut command = services.command(folder.path());
        let output = command.args(["backfill", "--inventory", MANIFEST]).args(arguments).output();
        let output = output.unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, out, err) = run(&["--to", "2024-01-01T00:20:00Z"]);
    assert_eq!(code, Some(0), "{err}");
    for part in ["of 2026-03-14T", " old: what came later", "600   left out: 1,177 of another date"]
    {
        assert!(out.contains(part), "{part}: {out}");
    }
    let (_, out, _) = run(&["--format", "json"]);
    let plan: Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    assert_eq!(plan["inventory"]["created_unix_s"], 1_773_450_000);
    assert!(plan["inventory"]["age_s"].as_i64().unwrap() > 0, "{plan}");
    // A GET for each object, and nothing for a listing.
    let requests = plan["modes"][0]["usd"]["s3_requests"].as_f64().unwrap();
    assert!((requests / (1_777.0 * 0.4e-6) - 1.0).abs() < 1e-6, "{requests}");
    let (code, _, err) = run(&["s3://other-logs"]);
    assert_eq!(code, Some(3));
    assert!(err.contains("is of the bucket amber-logs, not of other-logs"), "{err}");

    // The fault is in the last file: nothing of the first is sent.
    let last = "amber-logs/all/data/1.csv.gz";
    let send = ["--to-queue", "--run", "--queue-url", &services.queue_url()];
    put("amber-inventory", last, &gzip(b"other"));
    let (code, _, err) = run(&send);
    assert_eq!((code, services.sent_keys()), (Some(3), 0), "{err}");
    assert!(err.contains("data/1.csv.gz is damaged"), "{err}");

    report_to(put, &[rows(0, 1_500).collect(), rows(1_500, 1_777).collect()], |_| ());
    let (code, out, err) = run(&send);
    assert_eq!((code, out.as_str()), (Some(0), "1,777 sent; none left out\n"), "{err}");
    let sent_keys = services.sent();
    assert_eq!(sent_keys.len(), 1_777);
    assert!(sent_keys.values().all(|times| *times == 1), "each once");
}
