//! `logferry convert --filters`: the rules of the function, tried on a log of one's own.

use std::collections::BTreeSet;
use std::fs;

use logferry::access_log::{Parser, lines};
use logferry::filter::Filters;
use logferry::row::RecordId;
use serde_json::Value;

use crate::support::sample;
use crate::tool::{rows, run, stderr};

const RULES: &str = r#"[
    {"operation": "REST.GET.*", "status": ["4xx", "5xx"], "action": "keep"},
    {"operation": "REST.HEAD.*", "action": "drop"},
    {"operation": "*", "action": "sample", "one_in": 10},
    {"bucket": "*", "action": "drop"}
]"#;

#[test]
fn rows_are_those_that_the_function_would_deliver() {
    let folder = tempfile::tempdir().unwrap();
    let log = sample::hostile_log(4, 20, 3000);
    fs::write(folder.path().join("log"), &log).unwrap();
    fs::write(folder.path().join("rules.json"), RULES).unwrap();
    let filters = Filters::from_json(RULES).unwrap();
    let mut parser = Parser::default();
    let expected: BTreeSet<String> = lines(&log)
        .filter(|line| {
            let Ok(entry) = parser.parse(line) else { return true };
            filters.keep(&entry, RecordId::of(line.bytes))
        })
        .map(|line| RecordId::of(line.bytes).to_string())
        .collect();
    assert!((100..1000).contains(&expected.len()), "{}", expected.len());

    let args = ["convert", "log", "--filters", "rules.json", "--stats=json"];
    let output = run(&args, folder.path());
    assert!(output.status.success(), "{}", stderr(&output));
    let rows = rows(&output);
    let found: BTreeSet<String> =
        rows.iter().map(|row| row["record_id"].as_str().unwrap().to_owned()).collect();
    assert!(found == expected);
    let stats: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(stats["lines"], 3000);
    assert_eq!(stats["rows"], rows.len());
    assert_eq!(stats["lines_filtered"], 3000 - rows.len());
}

#[test]
fn explain_says_what_each_rule_does_and_writes_no_row() {
    let folder = tempfile::tempdir().unwrap();
    let log = [&sample::log(4, 3000)[..], b"no log line\n"].concat();
    fs::write(folder.path().join("log"), &log).unwrap();
    fs::write(folder.path().join("rules.json"), RULES).unwrap();
    let all = run(&["convert", "log"], folder.path());
    let some = run(&["convert", "log", "--filters", "rules.json"], folder.path());
    let (all_rows, some_rows) = (rows(&all), rows(&some));
    let count = |rows: &[Value], wanted: &dyn Fn(&Value) -> bool| {
        rows.iter().filter(|row| wanted(row)).count()
    };
    let operation = |row: &Value| row["operation"].as_str().unwrap_or_default().to_owned();
    let first = |row: &Value| {
        operation(row).starts_with("REST.GET.") && row["http_status"].as_u64() >= Some(400)
    };
    let second = |row: &Value| operation(row).starts_with("REST.HEAD.");
    let errors = count(&all_rows, &first);
    let heads = count(&all_rows, &second);
    let sampled = count(&some_rows, &|row| !first(row) && row.get("parse_error").is_none());
    let dropped = 3000 - errors - heads - sampled;
    assert!(errors > 0 && heads > 0 && sampled > 0);

    let args = ["convert", "log", "--filters", "rules.json", "--explain"];
    let output = run(&args, folder.path());
    assert!(output.status.success(), "{}", stderr(&output));
    let told = String::from_utf8(output.stdout).unwrap();
    let first_error = all_rows.iter().find(|row| first(row)).unwrap()["log_offset"].to_string();
    let words = |line: &str| line.replace(',', "").split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = told.lines().map(words).collect();
    for expected in [
        format!("  matched  {errors:>12}"),
        format!("  kept     {errors:>12} first at byte {first_error} of log"),
        format!("  matched  {heads:>12}"),
        format!("  kept     {:>12}", 0),
        format!("  matched  {:>12}  {} of them decided by a rule before it", 3000, errors + heads),
        format!("  matched  {:>12}  3000 of them decided by a rule before it", 3000),
        format!("quarantined{:>12}  kept: never filtered", 1),
        format!(
            "lines      {:>12}  {} of them kept {} dropped",
            3001,
            errors + sampled + 1,
            heads + dropped
        ),
        format!(
            "row bytes  {:>12}  {} without the rules: {} % less",
            some.stdout.len(),
            all.stdout.len(),
            (all.stdout.len() - some.stdout.len()) * 100 / all.stdout.len()
        ),
    ] {
        assert!(lines.contains(&words(&expected)), "{expected}\n{told}");
    }
}

#[test]
fn mistakes_in_the_rules_are_told_with_the_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log"), sample::log(4, 3)).unwrap();
    fs::write(folder.path().join("rules.json"), r#"[{"action": "drop"}, {"opreation": "*"}]"#)
        .unwrap();
    let output = run(&["convert", "log", "--filters", "rules.json"], folder.path());
    assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0));
    let errors = stderr(&output);
    assert!(
        errors.contains("failed to read the rules in rules.json: rule 1: no condition"),
        "{errors}"
    );
    assert!(errors.contains("rule 2: unknown field `opreation`"), "{errors}");
}
