//! `logferry doctor`: its two trials, and what it sees of the table.

use std::collections::BTreeMap;
use std::time::Duration;

use local_stack::firehose::MembersRead;
use local_stack::stack::{Builder, LOG_BUCKET, STAGING_BUCKET, Stack};
use logferry::access_log::lines;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::{Ran, count, logferry, rows, stage};

/// What the module's output would say of the stack. What it cannot look up is not named in it.
fn file(stack: &Stack) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    let text = json!({
        "logferry": "stack", "version": 1, "region": "eu-west-1", "notification_mode": "none",
        "log_buckets": [{"bucket": LOG_BUCKET, "prefixes": [""]}],
        "queue": {"url": stack.queue_url(&stack.queues.events)},
        "dead_letter_queue": {"url": stack.queue_url(&stack.queues.letters)},
        "stream": {"destination": "redshift", "buffering_interval": 900},
        "staging": {"bucket": STAGING_BUCKET, "prefix": "rows/"},
        "redshift": {
            "workgroup": "logs", "database": "dev", "schema": "public", "table": "s3_access_log",
            "copy_role_arn": "arn:aws:iam::123456789012:role/copy",
        },
    });
    std::fs::write(file.path(), text.to_string()).unwrap();
    file
}

async fn doctor(stack: &Stack, more: &[&str]) -> Ran {
    let file = file(stack);
    let path = file.path().to_str().unwrap();
    logferry(stack, &[&["doctor", "--stack", path, "--format", "json"], more].concat()).await
}

/// By id, verdict and text.
fn found(ran: &Ran) -> BTreeMap<String, (String, String)> {
    let text = |line: &Value, field: &str| line[field].as_str().unwrap_or_default().to_owned();
    let findings = ran.lines().into_iter().filter(|line| line["type"] == "finding");
    let one = |line: Value| (text(&line, "id"), (text(&line, "verdict"), text(&line, "text")));
    findings.map(one).collect()
}

async fn keys(stack: &Stack, bucket: &str, prefix: &str) -> usize {
    let listed = stack.s3.client().list_objects_v2().bucket(bucket).prefix(prefix).send().await;
    listed.unwrap().contents().len()
}

fn quick() -> Builder {
    Stack::builder().stream(|stream| stream.buffer_interval = Duration::from_millis(500))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_made_up_object_comes_to_the_table_and_is_removed() {
    let stack = quick().start().await.unwrap();
    let ran = doctor(&stack, &["--probe", "--timeout", "60"]).await;
    let told = found(&ran);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(told["probe.row"].0, "ok", "{ran:?}");
    assert_eq!(told.len(), 1, "{ran:?}");
    let rows = "SELECT COUNT(*) FROM s3_access_log WHERE bucket = 'logferry-probe'";
    assert_eq!(count(&stack, rows).await, "1", "{ran:?}");
    assert_eq!(keys(&stack, LOG_BUCKET, "").await, 0, "the object is gone");

    // What it says removes the row, and nothing else.
    let delete = told["probe.row"].1.split_once("; ").unwrap().1.replace(" removes it", "");
    assert!(delete.starts_with("DELETE FROM public.s3_access_log WHERE request_id = 'PROBE"));
    stack.warehouse.query(&delete.replace("public.", "")).await.unwrap();
    assert_eq!(count(&stack, rows).await, "0");
}

/// Where it says that the object is, on a stack on which it does not come through.
async fn stops(builder: Builder) -> String {
    let stack = builder.start().await.unwrap();
    let ran = doctor(&stack, &["--probe", "--timeout", "6"]).await;
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(keys(&stack, LOG_BUCKET, "").await, 0, "the object is gone");
    let (verdict, text) = found(&ran).remove("probe.row").unwrap();
    assert_eq!(verdict, "fail", "{text}");
    assert!(text.contains("no row of s3://access-logs/20"), "{text}");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_does_not_come_is_looked_for_on_its_way() {
    // COPY fails, and Firehose tries on, or gives up.
    let failing = || quick().stream(|stream| stream.table = "elsewhere".to_owned());
    let gives_up = failing().stream(|stream| stream.retry_duration = Duration::ZERO);
    // No stream of that name: the function fails, and the message comes back or is given up.
    let nowhere = || quick().variable("LOGFERRY_STREAM", "elsewhere");
    let dead = nowhere().receives_max(1).visibility(Duration::from_secs(1));
    let (buffered, staged, failed, queued, dead) = tokio::join!(
        stops(Stack::builder()),
        stops(failing()),
        stops(gives_up),
        stops(nowhere()),
        stops(dead)
    );
    assert!(buffered.contains("Firehose still holds it"), "{buffered}");
    assert!(staged.contains("it is staged in s3://firehose-staging/rows/20"), "{staged}");
    assert!(failed.contains("its load failed: s3://firehose-staging/rows/errors/"), "{failed}");
    assert!(queued.contains("messages wait in the queue"), "{queued}");
    assert!(dead.contains("a message came to the dead-letter queue"), "{dead}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warehouse_tells_whether_it_loads_multi_member_gzip() {
    for (members, code, verdict, text) in [
        (MembersRead::All, 0, "ok", "loads multi-member gzip"),
        (MembersRead::First, 1, "warn", "loaded 2 of 5 rows"),
    ] {
        let stack = Stack::builder().stream(|stream| stream.members_read = members);
        let stack = stack.start().await.unwrap();
        let ran = doctor(&stack, &["--probe-gzip"]).await;
        assert_eq!(ran.code, Some(code), "{ran:?}");
        let told = &found(&ran)["probe.gzip"];
        assert!(told.0 == verdict && told.1.contains(text), "{told:?}");
        assert_eq!(keys(&stack, STAGING_BUCKET, "replay/").await, 0, "the file is gone");
        assert_eq!(count(&stack, "SELECT COUNT(*) FROM s3_access_log").await, "0");
    }
}

/// A stack whose queues keep messages as long as those of the module.
async fn kept(builder: Builder) -> Stack {
    let stack = builder.start().await.unwrap();
    for queue in [&stack.queues.events, &stack.queues.letters] {
        queue.set_retention(Duration::from_hours(14 * 24));
    }
    stack
}

/// What is found of the warehouse and of what Firehose gave up.
async fn examined(stack: &Stack) -> BTreeMap<String, String> {
    // What the stack lacks is not looked for.
    let lacks = ["identity", "loop.", "notification.", "permission."];
    let ran = doctor(stack, &lacks.map(|id| ["--skip", id]).concat()).await;
    let bad = found(&ran).into_iter().filter(|(_, (verdict, _))| verdict != "ok");
    bad.filter(|(_, (verdict, _))| verdict != "skip")
        .map(|(id, (verdict, _))| (id, verdict))
        .collect()
}

/// A row whose request was so long ago.
async fn load_row(stack: &Stack, age: time::Duration) {
    let when = time::OffsetDateTime::now_utc() - age;
    let month = when.month().to_string();
    let line = format!(
        "owner bucket [{:02}/{}/{}:{:02}:{:02}:{:02} +0000] 192.0.2.1 - R1 REST.GET.OBJECT k \
         \"GET /k HTTP/1.1\" 200 - 1 1 1 1 \"-\" \"-\" -\n",
        when.day(),
        &month[..3],
        when.year(),
        when.hour(),
        when.minute(),
        when.second()
    );
    stage(stack, "daily/1.gz", &rows(LOG_BUCKET, "k", lines(line.as_bytes()))).await;
    let place = ["load", "--run", "--extended-s3", "--staging", "s3://firehose-staging/daily/"];
    let load = [&place[..], &super::COPY, &super::WAREHOUSE].concat();
    assert_eq!(logferry(stack, &load).await.code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_is_held_against_this_version() {
    let stack = kept(Stack::builder()).await;
    let one = |id: &str, verdict: &str| BTreeMap::from([(id.to_owned(), verdict.to_owned())]);
    let fresh = format!("freshness.{LOG_BUCKET}");
    assert_eq!(examined(&stack).await, one(&fresh, "fail"), "no request yet");
    load_row(&stack, time::Duration::hours(1)).await;
    assert_eq!(examined(&stack).await, BTreeMap::new());

    stack.warehouse.query("DROP VIEW s3_access_log_copies").await.unwrap();
    assert_eq!(examined(&stack).await, one("table.view", "warn"));
    stack.warehouse.query("DROP TABLE s3_access_log_loads").await.unwrap();
    let both = examined(&stack).await;
    assert_eq!(both["table.loads"], "warn", "{both:?}");
    stack.warehouse.query("ALTER TABLE s3_access_log RENAME TO elsewhere").await.unwrap();
    assert_eq!(examined(&stack).await["table.exists"], "fail");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_request_and_a_load_that_was_given_up_are_seen() {
    let stack = quick().stream(|stream| {
        stream.retry_duration = Duration::ZERO;
        stream.table = "elsewhere".to_owned();
    });
    let stack = kept(stack).await;
    load_row(&stack, time::Duration::hours(7)).await;
    let fresh = format!("freshness.{LOG_BUCKET}");
    assert_eq!(examined(&stack).await, BTreeMap::from([(fresh, "warn".to_owned())]));
    stack.put("one", super::super::log(1, 30)).await.unwrap();
    stack.settle().await;
    stack.stream.drain().await;
    assert_eq!(examined(&stack).await["errors.manifests"], "fail");
    stack.queues.events.set_retention(Duration::from_hours(4 * 24));
    assert_eq!(examined(&stack).await["queue.retention"], "warn");
}
