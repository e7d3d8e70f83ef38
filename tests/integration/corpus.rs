//! Every case of the corpora, line by line, against the row it must become.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use logferry::access_log::lines;
use logferry::row::{COLUMNS, Origin, Outcome, RowEncoder, RowOptions};
use serde_json::Value;

use crate::support::corpus::{self, Case};
use crate::support::sample::hostile_log;

/// The rows and outcomes of a log.
fn convert(log: &[u8]) -> (Vec<Value>, Vec<Outcome>) {
    let mut encoder = RowEncoder::new(RowOptions::default());
    let origin = Origin::new(Some("log-bucket"), "logs/object");
    let mut rows = Vec::new();
    let outcomes = lines(log).map(|line| encoder.encode(&line, &origin, &mut rows)).collect();
    let rows = String::from_utf8(rows).expect("rows are UTF-8");
    (rows.lines().map(|row| serde_json::from_str(row).expect("a row is JSON")).collect(), outcomes)
}

#[test]
fn every_case_becomes_the_row_it_must() {
    let mut cases = 0;
    for Case { id, line, expect } in corpus::cases() {
        cases += 1;
        let (rows, outcomes) = convert(&line);

        if let Some(count) = expect["rows"].as_u64() {
            let typed = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Row(_)));
            assert_eq!(typed.count() as u64, count, "{id}");
        } else if expect["quarantined"] == true {
            assert!(matches!(outcomes[..], [Outcome::Quarantined(_)]), "{id}: {outcomes:?}");
            let raw = STANDARD.decode(rows[0]["raw_line_base64"].as_str().unwrap()).unwrap();
            assert_eq!(raw, line, "{id}");
            if let Some(reason) = expect.get("parse_error") {
                assert_eq!(&rows[0]["parse_error"], reason, "{id}");
            }
        } else {
            assert!(matches!(outcomes[..], [Outcome::Row(_)]), "{id}: {outcomes:?} {rows:?}");
            for (column, value) in expect["row"].as_object().unwrap() {
                if column == "flags_contains" {
                    let flags = rows[0]["flags"].as_str().unwrap_or_default();
                    assert!(flags.split(',').any(|flag| flag == value), "{id}: {flags}");
                } else {
                    assert_eq!(&rows[0][column], value, "{id} {column}");
                }
            }
            if let Some(flag) = expect["flags_contains"].as_str() {
                let flags = rows[0]["flags"].as_str().unwrap_or_default();
                assert!(flags.split(',').any(|found| found == flag), "{id}: {flags}");
            }
        }
    }
    assert!(cases >= 65, "only {cases} cases");
}

#[test]
fn every_column_is_a_key_of_some_row_and_every_key_a_column() {
    let log = [hostile_log(1, 100, 2000), corpus::log()].concat();
    let (rows, _) = convert(&log);
    let keys: BTreeSet<&str> =
        rows.iter().flat_map(|row| row.as_object().unwrap().keys()).map(String::as_str).collect();
    assert_eq!(keys, COLUMNS.iter().map(|column| column.name).collect());
}
