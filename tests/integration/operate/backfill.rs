//! `logferry backfill`, run as a program against services on loopback.

use std::fs;
use std::process::Output;

use serde_json::Value;

use super::services::{Services, key};

struct Run {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

fn run(services: &Services, folder: &std::path::Path, arguments: &[&str]) -> Run {
    services.command(folder).arg("backfill").args(arguments).output().unwrap().into()
}

fn lines(run: &Run) -> Vec<Value> {
    run.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A stack file with that queue.
fn stack(services: &Services, folder: &std::path::Path) -> String {
    let path = folder.join("stack.json");
    let stack = serde_json::json!({
        "logferry": "stack", "version": 1, "region": "eu-west-1",
        "log_buckets": [{"bucket": "amber-logs", "prefixes": ["logs/"]}],
        "function": {"name": "ferry"}, "queue": {"url": services.queue_url()},
    });
    fs::write(&path, stack.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_plan_counts_and_sends_nothing() {
    let (services, folder) = (Services::start(2_500), tempfile::tempdir().unwrap());
    let plan = run(&services, folder.path(), &["s3://amber-logs/logs/"]);
    assert_eq!((plan.code, plan.err.as_str()), (Some(0), ""), "{}", plan.out);
    for part in ["2,500   none left out", "120.5 MB", "20 objects looked into", "Nothing was sent."]
    {
        assert!(plan.out.contains(part), "{part}: {}", plan.out);
    }
    let arguments = ["s3://amber-logs/logs/", "--to", "2024-01-01T01:00:00Z", "--format", "json"];
    let plan = run(&services, folder.path(), &arguments);
    let lines = lines(&plan);
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["type"], &lines[1]["type"]), (&"plan".into(), &"summary".into()));
    assert_eq!((&lines[0]["objects"], &lines[0]["outside"]), (&1_800.into(), &700.into()));
    let usd = &lines[0]["modes"][0]["usd"];
    // Of 48,213 bytes each: rows of 1.74 bytes a byte, at 0.029 dollars a GB.
    let firehose = 1_800.0 * 48_213.0 * lines[0]["ratio"].as_f64().unwrap() * 0.029e-9;
    assert!((usd["firehose"].as_f64().unwrap() / firehose - 1.0).abs() < 0.02, "{usd}");
    // Past function and stream: requests, and a minute of the warehouse for its one load.
    let copy = &lines[0]["modes"][1];
    assert_eq!((&copy["mode"], &copy["loads"]), (&"copy".into(), &1.0.into()), "{copy}");
    let minute = 60.0 * 8.0 * 0.375 / 3600.0;
    let redshift = copy["usd"]["redshift"].as_f64().unwrap();
    assert!((redshift - minute).abs() < 1e-9, "{copy}");
    let total = copy["usd"]["total"].as_f64().unwrap();
    assert!((total - redshift - copy["usd"]["s3_requests"].as_f64().unwrap()).abs() < 1e-9);
    let out = 1_800.0 * 48_213.0 * 0.09e-9;
    assert!((copy["transfer_out_usd"].as_f64().unwrap() - out).abs() < 1e-6, "{copy}");
    assert_eq!(services.sent_keys(), 0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "no journal for a plan");
}

#[test]
fn each_object_gets_a_message_and_the_same_command_again_sends_none() {
    let (services, folder) = (Services::start(2_345), tempfile::tempdir().unwrap());
    services.fail_every(97);
    let stack = stack(&services, folder.path());
    let arguments =
        ["--stack", &stack, "--to-queue", "--run", "--backlog", "100000", "--format", "json"];
    let first = run(&services, folder.path(), &arguments);
    assert_eq!(first.code, Some(0), "{}", first.err);
    let summary = lines(&first).pop().unwrap();
    assert_eq!((&summary["type"], &summary["sent"]), (&"summary".into(), &2_345.into()));
    assert_eq!((&summary["stopped"], &summary["bytes"]), (&false.into(), &113_059_485.into()));
    let sent = services.sent();
    assert_eq!(sent.len(), 2_345);
    assert!(sent.values().all(|times| *times == 1));
    let again = run(&services, folder.path(), &arguments);
    assert_eq!(again.code, Some(0));
    assert!(again.err.contains("Everything was sent before"), "{}", again.err);
    assert_eq!(lines(&again).pop().unwrap()["sent"], 2_345);
    assert!(services.sent().values().all(|times| *times == 1));
}

#[test]
fn keys_come_from_a_list_as_well() {
    let (services, folder) = (Services::start(50), tempfile::tempdir().unwrap());
    let list = folder.path().join("missing.txt");
    fs::write(&list, format!("{}\ns3://amber-logs/{}\n", key(7), key(9))).unwrap();
    let queue = services.queue_url();
    let arguments = ["s3://amber-logs", "--keys", "missing.txt", "--queue-url", &queue];
    let plan = run(&services, folder.path(), &arguments);
    assert!(plan.out.contains("2   none left out"), "{}{}", plan.out, plan.err);
    let sent = run(&services, folder.path(), &[&arguments[..], &["--to-queue", "--run"]].concat());
    assert_eq!((sent.code, sent.out.as_str()), (Some(0), "2 sent; none left out\n"));
    assert_eq!(services.sent().keys().copied().collect::<Vec<_>>(), [7, 9]);
}

#[test]
fn what_is_wrong_is_told_with_what_helps() {
    let (services, folder) = (Services::start(50), tempfile::tempdir().unwrap());
    let newer = folder.path().join("newer.json");
    fs::write(&newer, r#"{"logferry":"stack","version":7}"#).unwrap();
    let queue = services.queue_url();
    let send = ["s3://amber-logs/logs/", "--to-queue", "--run"];
    let with = |more: &[&'static str]| [&send[..], more].concat();
    for (arguments, code, told) in [
        (vec![], 2, "log_buckets is not known; give s3://BUCKET"),
        (with(&[]), 2, "queue.url is not known; give --queue-url"),
        (vec!["amber-logs"], 2, "want s3://BUCKET"),
        (vec!["s3://amber-logs", "--run"], 2, "--to-queue"),
        (vec!["s3://amber-logs/a", "--keys", "x"], 2, "with --keys give s3://BUCKET alone"),
        (vec!["s3://amber-logs", "--from", "yesterday"], 2, "want 2026-03-14"),
        (vec!["s3://amber-logs", "--stack", "newer.json"], 3, "version 7"),
        (vec!["s3://amber-logs", "--stack", "none.json"], 3, "failed to read none.json"),
        (with(&["--drop-columns", "host_id"]), 2, "the function has its own, in its variables"),
        (with(&["--filters", "rules.json"]), 2, "--filters"),
        (with(&["--to-copy"]), 2, "--to-copy"),
        (with(&["--backlog", "999999999", "--queue-url"]), 2, "are sure to be read; give fewer"),
    ] {
        let queue: &[&str] = if arguments.contains(&"--queue-url") { &[&queue] } else { &[] };
        let run = run(&services, folder.path(), &[&arguments[..], queue].concat());
        assert_eq!(run.code, Some(code), "{arguments:?}: {}", run.err);
        assert!(run.err.contains(told), "{arguments:?}: {}", run.err);
    }
    services.deny_listing();
    let denied = run(&services, folder.path(), &["s3://amber-logs/logs/", "--profile", "ops"]);
    assert_eq!(denied.code, Some(3));
    let denied = run(&services, folder.path(), &["s3://amber-logs/logs/"]);
    assert_eq!(denied.code, Some(3));
    let told = "bucket amber-logs: AccessDenied (403); access needs s3:ListBucket on it";
    assert!(denied.err.contains(told), "{}", denied.err);
    assert_eq!(services.sent_keys(), 0);
}

#[test]
fn a_journal_of_other_settings_is_refused() {
    let (services, folder) = (Services::start(50), tempfile::tempdir().unwrap());
    let queue = services.queue_url();
    let common = ["s3://amber-logs/logs/", "--to-queue", "--run", "--queue-url", &queue];
    let arguments = [&common[..], &["--journal", "j.json"]].concat();
    assert_eq!(run(&services, folder.path(), &arguments).code, Some(0));
    let before = fs::read(folder.path().join("j.json")).unwrap();
    let other = [&arguments[..], &["--to", "2024-01-02"]].concat();
    let refused = run(&services, folder.path(), &other);
    assert_eq!(refused.code, Some(3), "{}", refused.err);
    assert!(refused.err.contains("a backfill in which --to is another"), "{}", refused.err);
    assert_eq!(fs::read(folder.path().join("j.json")).unwrap(), before);
    assert!(services.sent().values().all(|times| *times == 1));
}
