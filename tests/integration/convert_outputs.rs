//! Where `logferry convert` writes: nothing that was there is harmed.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use logferry::row::COLUMNS;
use serde_json::Value;

use crate::support::sample::hostile_log;
use crate::tool::{log, logferry, parse, rows, run, stderr};

/// The names in a folder, hidden ones too.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_run_that_fails_leaves_the_old_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rows"), "old").unwrap();
    fs::write(folder.path().join("notes.txt"), "no log\n").unwrap();
    for args in [
        &["typo.log"][..],
        &["notes.txt"],
        &["typo.log", "notes.txt"],
        &["notes.txt", "--filters", "typo.json"],
    ] {
        let output = run(&[&["convert", "-o", "rows"], args].concat(), folder.path());
        assert_eq!(output.status.code(), Some(3), "{args:?}");
        assert_eq!(fs::read_to_string(folder.path().join("rows")).unwrap(), "old", "{args:?}");
        assert_eq!(names(folder.path()), ["notes.txt", "rows"], "{args:?}");
    }
    let output = run(&["convert", "notes.txt", "-o", "missing/rows"], folder.path());
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("failed to write missing/rows: No such file"));
}

#[test]
fn the_file_is_replaced_at_the_end_with_the_permissions_it_had() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("log"), log(8, 10)).unwrap();
    fs::write(at("rows"), "old").unwrap();
    fs::set_permissions(at("rows"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("rows", at("link")).unwrap();
    let args = ["convert", "log", "typo", "--output", "link", "--log-bucket", "my-log-bucket"];
    let output = run(&args, folder.path());
    // One of the inputs gave its rows.
    assert_eq!(output.status.code(), Some(3));
    assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
    let rows = fs::read_to_string(at("rows")).unwrap();
    assert_eq!(rows.lines().count(), 10);
    assert!(rows.contains("\"log_bucket\":\"my-log-bucket\""));
    assert_eq!(fs::metadata(at("rows")).unwrap().permissions().mode() & 0o777, 0o640);

    // A new file is as open as any other new file.
    File::create(at("any")).unwrap();
    assert!(run(&["convert", "log", "-o", "new"], folder.path()).status.success());
    let mode = |name: &str| fs::metadata(at(name)).unwrap().permissions().mode();
    assert_eq!(mode("new"), mode("any"));
    assert_eq!(names(folder.path()), ["any", "link", "log", "new", "rows"]);
}

#[test]
fn an_interrupt_keeps_the_old_file_and_removes_the_begun_one() {
    for (signal, number) in [("-INT", 2), ("-TERM", 15)] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("rows"), "old").unwrap();
        let mut child = logferry(&["convert", "-", "-o", "rows"], folder.path())
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = child.stdin.take().unwrap();
        // More than a block, so that rows are written, and then no end.
        pipe.write_all(&log(9, 5000)).unwrap();
        let begun = Instant::now();
        let is_begun = || {
            let mut files = fs::read_dir(folder.path()).unwrap().flatten();
            files.any(|file| {
                let name = file.file_name().into_string().unwrap();
                let size = file.metadata().map_or(0, |file| file.len());
                name.starts_with(".rows.") && name.ends_with(".partial") && size > 0
            })
        };
        while !is_begun() {
            assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", names(folder.path()));
            thread::sleep(Duration::from_millis(5));
        }
        let id = child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        // Ends as a program does that knows nothing of signals, which shells go by.
        assert_eq!(child.wait().unwrap().signal(), Some(number));
        drop(pipe);
        assert_eq!(names(folder.path()), ["rows"]);
        assert_eq!(fs::read_to_string(folder.path().join("rows")).unwrap(), "old");
    }
}

#[test]
fn an_output_that_is_an_input_is_refused_whatever_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let text = log(8, 10);
    fs::write(at("log"), &text).unwrap();
    fs::hard_link(at("log"), at("same")).unwrap();
    for args in
        [&[".", "--output", "log"][..], &["log", "-o", "same"], &["same", "log", "-o", "./log"]]
    {
        let output = run(&[&["convert"], args].concat(), folder.path());
        assert_eq!(output.status.code(), Some(3), "{args:?}");
        assert!(stderr(&output).contains("also an input"), "{}", stderr(&output));
        assert!(fs::read(at("log")).unwrap() == text, "{args:?}");
    }
    // By the shell: `logferry convert . >> log`.
    let appended = File::options().append(true).open(at("log")).unwrap();
    let output = logferry(&["convert", "."], folder.path()).stdout(appended).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(fs::read(at("log")).unwrap() == text);
}

#[test]
fn a_dash_and_what_is_no_regular_file_are_written_to_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log"), log(1, 10)).unwrap();
    let plain = run(&["convert", "log"], folder.path());
    assert!(run(&["convert", "log", "-o", "-"], folder.path()).stdout == plain.stdout);
    assert!(run(&["convert", "log", "-o", "/dev/null"], folder.path()).status.success());
    assert_eq!(names(folder.path()), ["log"]);
}

#[test]
fn a_name_in_gz_or_zst_compresses_and_other_promises_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log"), log(6, 8000)).unwrap();
    let plain = run(&["convert", "log"], folder.path());
    let count = rows(&plain).len();
    for name in ["rows.ndjson.gz", "rows.zst"] {
        assert!(run(&["convert", "log", "-o", name], folder.path()).status.success());
        let stored = fs::read(folder.path().join(name)).unwrap();
        assert!(stored.len() < plain.stdout.len() / 3, "{name}: {} bytes", stored.len());
        assert!(unpacked(name, &stored) == plain.stdout, "{name}");
    }
    for (args, told) in [
        (["-o", "rows.parquet"], "duckdb -c"),
        (["-o", "rows.xz"], "| xz > rows.xz"),
        (["--format", "parquet"], "duckdb -c"),
        (["--format", "yaml"], "`ndjson` or `csv`"),
    ] {
        let output = run(&[&["convert", "log"][..], &args].concat(), folder.path());
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{args:?}");
        assert!(stderr(&output).contains(told), "{args:?}: {}", stderr(&output));
    }
    let named = run(&["convert", "log", "--format", "ndjson", "-o", "rows.csv"], folder.path());
    assert!(named.status.success());
    assert_eq!(parse(&fs::read(folder.path().join("rows.csv")).unwrap()).len(), count);
    assert_eq!(names(folder.path()), ["log", "rows.csv", "rows.ndjson.gz", "rows.zst"]);
}

#[test]
fn csv_holds_what_ndjson_holds() {
    let folder = tempfile::tempdir().unwrap();
    // Commas, quotes and line breaks in fields, nulls, and lines that are quarantined.
    let hostile = hostile_log(11, 500, 3000);
    fs::write(folder.path().join("log"), [hostile, b"no line\n".to_vec()].concat()).unwrap();
    let expected = rows(&run(&["convert", "log"], folder.path()));
    let plain = run(&["convert", "log", "--format", "csv"], folder.path());
    assert!(plain.status.success(), "{}", stderr(&plain));
    for name in ["rows.csv", "rows.csv.gz", "rows.csv.zst"] {
        assert!(run(&["convert", "log", "-o", name], folder.path()).status.success());
        let stored = fs::read(folder.path().join(name)).unwrap();
        let csv = if name == "rows.csv" { stored } else { unpacked(name, &stored) };
        assert!(csv == plain.stdout, "{name}");
    }
    let mut reader = csv::Reader::from_reader(plain.stdout.as_slice());
    let header = reader.headers().unwrap().clone();
    assert_eq!(header.iter().collect::<Vec<_>>(), COLUMNS.map(|spec| spec.name));
    let mut lines = 0;
    for (record, row) in reader.records().zip(&expected) {
        for (name, field) in header.iter().zip(&record.unwrap()) {
            let value = match &row[name] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            assert_eq!(field, value, "{name} of {row}");
        }
        lines += 1;
    }
    assert_eq!(lines, expected.len());
    let dropped = ["convert", "log", "--format", "csv", "--drop-columns", "host_id,extra"];
    let dropped = run(&dropped, folder.path());
    let header = String::from_utf8_lossy(&dropped.stdout);
    let header: Vec<_> = header.lines().next().unwrap().split(',').collect();
    assert_eq!(header.len(), COLUMNS.len() - 2);
    assert!(!header.contains(&"host_id") && !header.contains(&"extra"));
}

#[expect(clippy::disallowed_methods, reason = "the rows are few")]
#[expect(clippy::disallowed_types, reason = "a second member would be a mistake")]
fn unpacked(name: &str, stored: &[u8]) -> Vec<u8> {
    let mut rows = Vec::new();
    if Path::new(name).extension() == Some("gz".as_ref()) {
        flate2::read::GzDecoder::new(stored).read_to_end(&mut rows).unwrap();
        return rows;
    }
    let mut rest = stored;
    while !rest.is_empty() {
        let mut frame = ruzstd::decoding::StreamingDecoder::new(&mut rest).unwrap();
        frame.read_to_end(&mut rows).unwrap();
    }
    rows
}
