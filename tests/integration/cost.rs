//! `logferry cost`, run as a program.

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::gzip::gzip;

fn cost(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_logferry"));
    command.arg("cost").args(arguments).output().expect("the binary starts")
}

fn summary(arguments: &[&str]) -> Value {
    let output = cost(&[arguments, &["--format", "json"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1, "one summary: {text}");
    let summary: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(summary["type"], "summary");
    summary
}

/// The bill by hand: bytes of rows at the price of Firehose, and a request for each object.
#[test]
fn the_bill_follows_from_bytes_and_requests() {
    let found = summary(&["--lines-per-day", "100M", "--lines-per-object", "10k"]);
    let (lines, objects) = (1e8, 1e4);
    assert_eq!((found["lines"].as_f64(), found["objects"].as_f64()), (Some(lines), Some(objects)));
    let usd = |name: &str| found["usd"][name].as_f64().unwrap();
    let firehose = lines * found["row_bytes"].as_f64().unwrap() * 0.029e-9;
    assert!((usd("firehose") / firehose - 1.0).abs() < 0.01, "{found}");
    assert!((usd("s3_requests") - objects * 0.4e-6).abs() < 1e-9, "{found}");
    assert!((usd("eventbridge") - objects * 1e-6).abs() < 1e-9, "{found}");
    let parts = ["firehose", "s3_requests", "sqs", "eventbridge", "lambda", "logs"];
    let sum: f64 = parts.iter().map(|part| usd(part)).sum();
    assert!((sum - usd("total")).abs() < 1e-9, "{found}");
}

#[test]
fn your_log_and_your_prices_count() {
    let folder = tempfile::tempdir().unwrap();
    let (log, prices) = (folder.path().join("log.gz"), folder.path().join("prices.json"));
    let line = br#"9d2f63c1b7a8405e amber-photos [14/Mar/2026:09:26:53 +0000] 192.0.2.7 - 7QZ3K9W2VX8TN5RB REST.GET.OBJECT a.jpg "GET /a.jpg HTTP/1.1" 200 - 512 512 12 9 "-" "curl/8" -"#;
    fs::write(&log, gzip(&[line.as_slice(), b"\n"].concat().repeat(50))).unwrap();
    fs::write(&prices, r#"{"region": "eu-central-1", "firehose_gb": 29}"#).unwrap();
    let arguments = ["--lines-per-day", "1M", "--sample", log.to_str().unwrap()];
    let found = summary(&arguments);
    let bytes = u32::try_from(line.len() + 1).unwrap();
    assert_eq!(found["line_bytes"].as_f64(), Some(f64::from(bytes)));
    let dearer = summary(&[&arguments[..], &["--prices", prices.to_str().unwrap()]].concat());
    assert_eq!(dearer["prices"]["region"], "eu-central-1");
    let firehose = |summary: &Value| summary["usd"]["firehose"].as_f64().unwrap();
    assert!((firehose(&dearer) / firehose(&found) - 1000.0).abs() < 1e-6);
    let fewer = summary(&[&arguments[..], &["--drop-columns", "request_uri"]].concat());
    assert!(firehose(&fewer) < firehose(&found) * 0.98, "{fewer}");
}

#[test]
fn what_cannot_be_calculated_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (other, prices) = (folder.path().join("other.csv"), folder.path().join("prices.json"));
    fs::write(&other, "a,b\n1,2\n").unwrap();
    fs::write(&prices, r#"{"firehose": 1}"#).unwrap();
    let (other, prices) = (other.to_str().unwrap(), prices.to_str().unwrap());
    for (arguments, code, told) in [
        (&["--lines-per-day", "many"][..], 2, "want a number of at least 1"),
        (&["--lines-per-day", "1M", "--sample", other], 3, "no S3 server access log"),
        (&["--lines-per-day", "1M", "--sample", "missing.log"], 3, "failed to read missing.log"),
        (&["--lines-per-day", "1M", "--prices", prices], 3, "there is no price firehose"),
    ] {
        let output = cost(arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
        assert!(error.contains(told), "{arguments:?}: {error}");
        assert!(output.stdout.is_empty());
    }
}

/// What a line and a row of the sample have is measured in one place, `docs/cost.md`, which is golden.
#[test]
fn the_page_of_settings_has_the_measured_bytes() {
    let cost = include_str!("../../docs/cost.md");
    let settings = include_str!("../../docs/settings.md");
    let numbers = |text: &str| -> Vec<u64> {
        let digits = text.replace(',', "");
        let words = digits.split(|one: char| !one.is_ascii_digit());
        words.filter_map(|word| word.parse().ok()).collect()
    };
    let line = |page: &'static str, mark: &str| page.lines().find(|line| line.starts_with(mark));
    let measured = numbers(line(cost, "A TB of log, ").unwrap());
    let shown = numbers(line(settings, "| all columns | ").unwrap());
    assert_eq!(shown[..2], measured[..2], "docs/settings.md and docs/cost.md");
}
