//! `logferry convert` as its users run it: pipes, folders, gzip, bad files, exit codes.

use std::fs;
use std::io::{Read as _, Write as _};
use std::process::Stdio;

use logferry::row::RecordId;
use serde_json::{Value, json};

use crate::support::gzip::gzip;
use crate::support::sample;
use crate::tool::{log, logferry, rows, run, stderr};

#[test]
fn folders_files_and_gzip_give_the_same_rows_in_a_stable_order() {
    let folder = tempfile::tempdir().unwrap();
    // More than a block, so that several workers share one file.
    let (first, second) = (log(1, 5000), log(2, 100));
    fs::create_dir(folder.path().join("logs")).unwrap();
    fs::write(folder.path().join("logs/b"), &first).unwrap();
    fs::write(folder.path().join("logs/c"), [gzip(&second), gzip(&second)].concat()).unwrap();
    fs::write(folder.path().join("logs/a"), b"").unwrap();

    let whole = run(&["convert", "logs", "--stats"], folder.path());
    assert!(whole.status.success(), "{}", stderr(&whole));
    let rows = rows(&whole);
    assert_eq!(rows.len(), 5200);
    assert!(rows.iter().take(5000).all(|row| row["log_key"] == "b"));
    let offsets: Vec<u64> =
        rows.iter().skip(5000).map(|row| row["log_offset"].as_u64().unwrap()).collect();
    assert!(offsets.is_sorted() && offsets[199] > second.len() as u64);

    let plain = [first, second.clone(), second].concat();
    for row in rows.iter().take(5000).step_by(97) {
        let start = usize::try_from(row["log_offset"].as_u64().unwrap()).unwrap();
        let line = plain[start..].split(|byte| *byte == b'\n').next().unwrap();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        assert_eq!(row["record_id"], logferry::row::RecordId::of(line).to_string());
    }
    assert_eq!(run(&["convert", "logs"], folder.path()).stdout, whole.stdout);
    let stats = stderr(&whole);
    assert!(stats.contains("lines                5,200  "), "{stats}");
}

#[test]
fn standard_input_and_output_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let log = log(3, 50);
    for args in [&["convert"][..], &["convert", "-"]] {
        let mut child = logferry(args, folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&gzip(&log)).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let rows = rows(&output);
        assert_eq!(rows.len(), 50);
        assert_eq!(rows[0]["log_key"], "-");
        assert_eq!(rows[0].get("log_bucket"), None);
    }
}

#[test]
fn a_closed_pipe_is_a_normal_end() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log"), log(4, 20_000)).unwrap();
    let mut child = logferry(&["convert", "log"], folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 100];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stderr(&output), "");
}

#[test]
fn missing_files_are_named_and_the_others_converted() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("good"), log(5, 10)).unwrap();
    let output = run(&["convert", "missing", "good", "also-missing"], folder.path());
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(rows(&output).len(), 10);
    let errors = stderr(&output);
    assert!(errors.contains("error: failed to read missing: No such file"), "{errors}");
    assert!(errors.contains("also-missing"), "{errors}");
}

#[test]
fn truncated_gzip_gives_the_rows_before_the_break_and_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let compressed = gzip(&log(6, 2000));
    fs::write(folder.path().join("cut.gz"), &compressed[..compressed.len() / 2]).unwrap();
    fs::write(folder.path().join("good"), log(7, 10)).unwrap();
    let output = run(&["convert", "cut.gz", "good"], folder.path());
    assert_eq!(output.status.code(), Some(3));
    let rows = rows(&output);
    assert!((500..1500).contains(&(rows.len() - 10)), "{} rows", rows.len());
    assert_eq!(rows.last().unwrap()["log_key"], "good");
    let errors = stderr(&output);
    assert!(errors.contains("error: failed to read cut.gz past offset"), "{errors}");
}

#[test]
fn quarantine_can_decide_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let text = [&log(5, 1)[..], b"no log line\n\n  \r\n"].concat();
    fs::write(folder.path().join("log"), text).unwrap();
    let output = run(&["convert", "log"], folder.path());
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(rows(&output)[1]["parse_error"], "bad_time");
    let output = run(&["convert", "log", "--fail-on-quarantine"], folder.path());
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_account_says_what_became_of_every_line() {
    let folder = tempfile::tempdir().unwrap();
    let good = sample::log(5, 100);
    let text = [&good[..], b"no log line\n\n  \r\nno log line\n"].concat();
    fs::write(folder.path().join("log"), &text).unwrap();
    let output = run(&["convert", "log", "missing", "--stats"], folder.path());
    let stats = stderr(&output);
    for line in [
        "files                    1  1 failed".to_owned(),
        "lines                  102  100 typed, 2 quarantined, 0 filtered; 2 blank ones not counted"
            .to_owned(),
        "rows                   102  typed and quarantined".to_owned(),
        format!("  bad_time               2  first at byte {} of log", with_comma(good.len())),
    ] {
        assert!(stats.contains(&line), "{line}\n{stats}");
    }

    let output = run(&["convert", "log", "--stats=json"], folder.path());
    let stats: Value = serde_json::from_slice(&output.stderr).unwrap();
    let rows = rows(&output);
    let times: Vec<&str> = rows.iter().filter_map(|row| row["request_time"].as_str()).collect();
    let (first, last) = (times.iter().min().unwrap(), times.iter().max().unwrap());
    let expected = json!({
        "files": 1,
        "files_failed": 0,
        "files_skipped": 0,
        "log_bytes": text.len(),
        "lines": 102,
        "lines_blank": 2,
        "lines_filtered": 0,
        "rows": 102,
        "rows_typed": 100,
        "rows_quarantined": 2,
        "row_bytes": output.stdout.len(),
        "records": 1,
        "billed_units_5kb": output.stdout.len().div_ceil(5120),
        "request_time_first": first,
        "request_time_last": last,
        "quarantined": [
            {"parse_error": "bad_time", "rows": 2, "first_path": "log", "first_offset": good.len()}
        ],
    });
    for (key, expected) in expected.as_object().unwrap() {
        assert_eq!(&stats[key], expected, "{key}: {stats}");
    }
}

fn with_comma(number: usize) -> String {
    format!("{},{:03}", number / 1000, number % 1000)
}

#[test]
fn an_overlong_line_is_one_quarantined_row_and_the_next_line_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let good = log(9, 1);
    for length in [300_000, 1_048_576, 3_000_000] {
        let mut overlong = vec![b'x'; length];
        // The last byte alone tells the second one from the first.
        let mut other = overlong.clone();
        other[length - 1] = b'y';
        overlong[length - 1] = b'\r';
        let text = [&good[..], &overlong, b"\r\n", &other, b"\n", &good].concat();
        fs::write(folder.path().join("log"), &text).unwrap();
        let output = run(&["convert", "log"], folder.path());
        let rows = rows(&output);
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[1]["parse_error"], "line_too_long");
        assert_eq!(rows[1]["flags"], "clipped:raw_line_base64");
        assert_eq!(rows[1]["log_offset"], good.len());
        assert_eq!(rows[2]["log_offset"], good.len() + length + 2);
        assert_eq!(rows[3]["log_offset"], good.len() + 2 * length + 3);
        assert_eq!(rows[0]["record_id"], rows[3]["record_id"]);
        assert_eq!(rows[1]["record_id"], RecordId::of(&overlong).to_string());
        assert_eq!(rows[2]["record_id"], RecordId::of(&other).to_string());
    }
}

#[test]
fn secrets_are_masked_unless_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log"), sample::log(1, 200)).unwrap();
    let masked = run(&["convert", "log"], folder.path()).stdout;
    let kept = run(&["convert", "log", "--keep-secrets"], folder.path()).stdout;
    let has = |rows: &[u8], text: &str| String::from_utf8_lossy(rows).contains(text);
    assert!(has(&masked, "X-Amz-Signature=***") && !has(&masked, "AKIAIOSFODNN7EXAMPLE"));
    assert!(!has(&kept, "***") && has(&kept, "AKIAIOSFODNN7EXAMPLE"));
}
