//! What each choice about rows does to every row of the corpora and of a hostile sample.
//!
//! Checks: dropped columns, and nothing else, are missing; no address of a client is left, nor can
//! its last part be found out through the row; a link has one mask wherever it is seen.

use std::collections::{BTreeMap, BTreeSet};

use logferry::access_log::lines;
use logferry::row::{AnonymiseIp, COLUMNS, Origin, RecordId, RowEncoder, RowOptions};
use serde_json::Value;

use crate::support::corpus;
use crate::support::sample::hostile_log;

type Rows = Vec<BTreeMap<String, Value>>;

fn rows(log: &[u8], options: &RowOptions) -> Rows {
    let mut encoder = RowEncoder::new(options.clone());
    let origin = Origin::new(Some("log-bucket"), "logs/object");
    let mut rows = Vec::new();
    for line in lines(log) {
        encoder.encode(&line, &origin, &mut rows);
    }
    let rows = String::from_utf8(rows).unwrap();
    rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect()
}

fn log() -> Vec<u8> {
    [hostile_log(1, 300, 3000), corpus::log()].concat()
}

#[test]
fn each_column_that_may_be_dropped_is_and_the_others_stay() {
    let log = log();
    let whole = rows(&log, &RowOptions::default());
    let mut kept = BTreeSet::new();
    for spec in COLUMNS {
        let Ok(drop_columns) = spec.name.parse() else {
            kept.insert(spec.name);
            continue;
        };
        let options = RowOptions { drop_columns, ..RowOptions::default() };
        let dropped = rows(&log, &options);
        assert_eq!(dropped.len(), whole.len(), "{}", spec.name);
        for (mut whole, mut dropped) in whole.clone().into_iter().zip(dropped) {
            whole.remove(spec.name);
            assert!(!dropped.contains_key(spec.name));
            // What was odd about a column that is not there is not said.
            whole.remove("flags");
            dropped.remove("flags");
            assert_eq!(dropped, whole, "{}", spec.name);
        }
    }
    let expected =
        ["log_bucket", "log_key", "log_offset", "parse_error", "record_id", "request_time"];
    assert_eq!(kept, BTreeSet::from(expected));
}

#[test]
fn no_address_of_a_client_is_left() {
    let log = log();
    let options = RowOptions { anonymise_ip: AnonymiseIp::Truncate, ..RowOptions::default() };
    let (whole, truncated) = (rows(&log, &RowOptions::default()), rows(&log, &options));
    assert_eq!(truncated.len(), whole.len());
    let mut addresses = 0;
    for (whole, truncated) in whole.iter().zip(&truncated) {
        assert!(!truncated.contains_key("raw_line_base64"));
        let Some(address) = whole.get("remote_ip").and_then(Value::as_str) else { continue };
        let found = truncated.get("remote_ip").and_then(Value::as_str);
        let expected = if address.contains(':') {
            // Three groups of four hex digits, which no address here abbreviates.
            let groups: Vec<&str> =
                address.split(':').take(3).filter(|group| !group.is_empty()).collect();
            format!("{}::", groups.join(":"))
        } else {
            format!("{}.0", address.rsplit_once('.').unwrap().0)
        };
        assert_eq!(found, Some(&*expected), "{address}");
        // Copies keep one id, and the id is not that of the line with its address.
        let same = whole["record_id"] == truncated["record_id"];
        assert_eq!(same, address == expected, "{address}");
        addresses += 1;
    }
    assert!(addresses > 1000, "only {addresses}");
}

#[test]
fn an_overlong_line_gives_its_address_back_in_no_part_of_its_identity() {
    let options = RowOptions { anonymise_ip: AnonymiseIp::Truncate, ..RowOptions::default() };
    let id = |address: &str, last: &str| {
        let head = format!("79a5 lumen-archive [14/Mar/2026:09:26:53 +0000] {address} - ");
        let line = [&head, &"x".repeat(300_000), last].concat();
        let found = rows(line.as_bytes(), &options)[0]["record_id"].clone();
        assert_ne!(found, RecordId::of(line.as_bytes()).to_string());
        found
    };
    assert_eq!(id("192.0.2.3", "a"), id("192.0.2.77", "a"));
    assert_ne!(id("192.0.2.3", "a"), id("192.0.2.3", "b"));
    assert_ne!(id("192.0.2.3", "a"), id("198.51.100.3", "a"));
}

#[test]
fn the_identity_is_that_of_the_line_with_the_truncated_address() {
    let head = "79a5 lumen-archive [14/Mar/2026:09:26:53 +0000]";
    let rest =
        "- 3E57427F3EXAMPLE REST.GET.OBJECT k \"GET /k HTTP/1.1\" 200 - 1 1 1 1 \"-\" \"-\" -";
    let options = RowOptions { anonymise_ip: AnonymiseIp::Truncate, ..RowOptions::default() };
    // Typed, and cut so that it is quarantined: both can be found again by what they are now.
    for rest in [rest, &rest[..40]] {
        let id = |address: &str| {
            let log = format!("{head} {address} {rest}\n");
            rows(log.as_bytes(), &options)[0]["record_id"].clone()
        };
        let expected = RecordId::of(format!("{head} 192.0.2.0 {rest}").as_bytes()).to_string();
        assert_eq!(id("192.0.2.3"), expected);
        assert_eq!(id("192.0.2.77"), expected);
        assert_ne!(id("198.51.100.3"), expected);
    }
}

#[test]
fn a_link_has_one_mask_in_key_request_uri_and_referer() {
    let log = "79a5 lumen-archive [14/Mar/2026:09:26:53 +0000] 192.0.2.3 - 3E57427F3EXAMPLE \
               REST.GET.OBJECT a%253FX-Amz-Signature%253D5ecret%252F1 \
               \"GET /k?X-Amz-Signature=5ecret%2F1&x-visitor=7 HTTP/1.1\" 200 - 1 1 1 1 \
               \"https://app.example/?X-Amz-Signature=5ecret/1\" \"-\" -\n";
    let options =
        RowOptions { secret_names: "x-visitor".parse().unwrap(), ..RowOptions::default() };
    let row = rows(log.as_bytes(), &options).remove(0);
    let text = |name: &str| row[name].as_str().unwrap().to_owned();
    let mask = text("referer").rsplit_once('=').unwrap().1.to_owned();
    assert!(mask.starts_with("***") && mask.len() == 9, "{mask}");
    assert_eq!(text("key"), format!("a?X-Amz-Signature={mask}"));
    assert_eq!(text("key_raw"), format!("a%253FX-Amz-Signature%253D{mask}"));
    let uri = text("request_uri");
    assert!(uri.starts_with(&format!("GET /k?X-Amz-Signature={mask}&x-visitor=***")), "{uri}");
    assert!(!row.values().any(|value| value.to_string().contains("5ecret")));
    assert_eq!(row["flags"], "masked");
}
