//! `logferry replay quarantine`: what an older version could not read.
#![expect(clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use local_stack::stack::{Builder, LOG_BUCKET, Stack};
use logferry::access_log::{Line, lines};
use logferry::row::RecordId;
use serde_json::json;

use super::super::{gzip, log};
use super::{COPY, Ran, WAREHOUSE, count, logferry, stage};

const STAGING: [&str; 2] = ["--staging", "s3://firehose-staging/daily/"];
const VIEW_TYPED: &str =
    "SELECT COUNT(*) FROM s3_access_log_distinct WHERE request_time IS NOT NULL";
const VIEW_QUARANTINED: &str = "SELECT COUNT(*) FROM s3_access_log_quarantined";
const LINES: &str = "SELECT COUNT(DISTINCT record_id) FROM s3_access_log";
const ROWS: &str = "SELECT COUNT(*) FROM s3_access_log";

async fn replay(stack: &Stack, more: &[&str]) -> Ran {
    let verb = ["replay", "quarantine", "--format", "json"];
    logferry(stack, &[&verb[..], &STAGING, &COPY, &WAREHOUSE, more].concat()).await
}

/// The row as a version wrote it that could not read the line.
pub(super) fn quarantined(key: &str, line: &Line<'_>, with_bytes: bool) -> Vec<u8> {
    let id = String::from_utf8(RecordId::of(line.bytes).hex().to_vec()).unwrap();
    let mut row = json!({
        "record_id": id, "log_bucket": LOG_BUCKET, "log_key": key, "log_offset": line.offset,
        "parse_error": "bad_time",
    });
    if with_bytes {
        row["raw_line_base64"] = json!(STANDARD.encode(line.bytes));
    }
    format!("{row}\n").into_bytes()
}

async fn load(stack: &Stack, name: &str, rows: &[Vec<u8>]) {
    stage(stack, &format!("daily/{name}.gz"), rows).await;
    let args = [&["load", "--run", "--extended-s3"][..], &STAGING, &COPY, &WAREHOUSE].concat();
    let loaded = logferry(stack, &args).await;
    assert_eq!(loaded.code, Some(0), "{loaded:?}");
}

/// Four objects of 20 lines, all quarantined: one whose rows hold their lines, one plain, one gzip, and
/// one that is gone; and a line that does not parse now either. One row stands there twice.
async fn old(builder: Builder) -> Stack {
    let stack = builder.start().await.unwrap();
    let mut rows = Vec::new();
    let keys = ["held", "logs/2026-03-14-10-02-11-00000000000003E8", "packed.gz", "gone"];
    for (number, key) in (11..).zip(keys) {
        let text = log(number, 20);
        let of_it = lines(&text).map(|line| quarantined(key, &line, key == "held"));
        rows.extend(of_it);
        let client = stack.s3.client();
        let body = match key {
            "packed.gz" => gzip(&text),
            _ => text,
        };
        if key.starts_with("logs/") || key == "packed.gz" {
            // Put past the announcements: the function has done its part, long ago.
            put(&client, key, body).await;
        }
    }
    rows.push(rows[0].clone());
    rows.push(quarantined(
        "held",
        &lines(b"no line of a log").starting_at(90_000).next().unwrap(),
        true,
    ));
    load(&stack, "old", &rows).await;
    stack
}

async fn put(client: &aws_sdk_s3::Client, key: &str, body: Vec<u8>) {
    client.put_object().bucket(LOG_BUCKET).key(key).body(body.into()).send().await.unwrap();
}

async fn is_replaced(stack: &Stack) {
    let plan = replay(stack, &[]).await;
    let summary = plan.summary();
    assert_eq!((plan.code, summary["typed"].as_u64()), (Some(1), Some(60)), "{plan:?}");
    let finding = plan.lines().remove(0);
    assert_eq!(finding["parse_error"], "bad_time", "{plan:?}");
    assert_eq!((&finding["still"], &finding["gone"]), (&json!(1), &json!(20)), "{plan:?}");
    assert_eq!(count(stack, ROWS).await, "82", "a plan changes nothing");
    assert_eq!(count(stack, VIEW_TYPED).await, "0");

    // Two at once, then one more: each line once.
    let (one, two) = tokio::join!(replay(stack, &["--run"]), replay(stack, &["--run"]));
    assert_eq!((one.code, two.code), (Some(0), Some(0)), "{one:?} {two:?}");
    let replaced = |ran: &Ran| ran.summary()["replaced"].as_u64().unwrap();
    assert_eq!(replaced(&one) + replaced(&two), 60, "{one:?} {two:?}");
    let again = replay(stack, &["--run"]).await;
    assert_eq!((again.code, replaced(&again)), (Some(0), 0), "{again:?}");

    assert_eq!(count(stack, VIEW_TYPED).await, "60");
    assert_eq!(count(stack, VIEW_QUARANTINED).await, "21");
    assert_eq!(
        (count(stack, ROWS).await.as_str(), count(stack, LINES).await.as_str()),
        ("81", "81")
    );
    let noted = "SELECT SUM(loaded_rows) FROM s3_access_log_loads WHERE source = 'quarantine'";
    assert_eq!(count(stack, noted).await, "60");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_parse_by_now_become_typed_rows_of_the_view_once() {
    is_replaced(&old(Stack::builder()).await).await;
}

/// `PostgreSQL` lets both in at once where `SQLite` has one lock for all.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_on_postgres() {
    let folder = tempfile::tempdir().unwrap();
    // Its server is another user where this one is root.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let Some(server) = Server::start(folder.path().join("postgres")) else {
        eprintln!("PostgreSQL is not installed here: the replay was tried on SQLite alone");
        return;
    };
    is_replaced(&old(Stack::builder().postgres(Some(server.url()))).await).await;
}

/// A `PostgreSQL` of the test's own, where there are its programs.
struct Server(PathBuf);

impl Server {
    fn start(data: PathBuf) -> Option<Self> {
        let started = Self::script(&data, "start");
        if started.status.code() == Some(3) {
            return None;
        }
        assert!(started.status.success(), "{started:?}");
        Some(Self(data))
    }

    fn url(&self) -> String {
        String::from_utf8(Self::script(&self.0, "url").stdout).unwrap().trim().to_owned()
    }

    fn script(folder: &Path, verb: &str) -> Output {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../support/postgres");
        Command::new(script).arg(verb).arg(folder).output().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        Self::script(&self.0, "stop");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dates_leave_out_other_keys_and_another_object_is_no_line() {
    let stack = old(Stack::builder()).await;
    let dated = replay(&stack, &["--from", "2026-03-14", "--to", "2026-03-15"]).await;
    let summary = dated.summary();
    assert_eq!((summary["typed"].as_u64(), summary["undated"].as_u64()), (Some(20), Some(61)));

    // Another object under the key: its lines are others, and the rows stay as they are.
    let key = "logs/2026-03-14-10-02-11-00000000000003E8";
    put(&stack.s3.client(), key, log(99, 20)).await;
    let run = replay(&stack, &["--from", "2026-03-14", "--to", "2026-03-15", "--run"]).await;
    assert_eq!((run.code, run.summary()["replaced"].as_u64()), (Some(0), Some(0)), "{run:?}");
    assert_eq!(run.lines().remove(0)["changed"], 20, "{run:?}");
    assert_eq!(count(&stack, ROWS).await, "82");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_does_not_load_leaves_everything_as_it_was() {
    let stack = old(Stack::builder()).await;
    // A stranger's option, which COPY refuses in the middle of the transaction.
    let options = ["--copy-options", "JSON 'auto' TIMEFORMAT 'auto'"];
    let verb = ["replay", "quarantine", "--format", "json", "--run"];
    let role = ["--copy-role", "arn:aws:iam::123456789012:role/copy"];
    let broken =
        [&verb[..], &STAGING, &role, &["--copy-options", "JSON 'auto' NOSUCH"], &WAREHOUSE];
    let failed = logferry(&stack, &broken.concat()).await;
    assert_eq!(failed.code, Some(3), "{failed:?}");
    assert_eq!(count(&stack, ROWS).await, "82");
    // Without GZIP in the options the file is not gzip either.
    let plain =
        logferry(&stack, &[&verb[..], &STAGING, &role, &options, &WAREHOUSE].concat()).await;
    assert_eq!(
        (plain.code, plain.summary()["replaced"].as_u64()),
        (Some(0), Some(60)),
        "{plain:?}"
    );
}
