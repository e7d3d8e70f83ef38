//! `logferry load` and `logferry replay loads`.

use std::time::Duration;

use local_stack::stack::{Builder, STAGING_BUCKET, Stack};
use logferry::access_log::lines;

use super::super::log;
use super::{COPY, WAREHOUSE, count, logferry, rows, stage};

pub(super) const COUNT: &str = "SELECT COUNT(*) FROM s3_access_log";

pub(super) fn replay<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let staging =
        ["replay", "loads", "--format", "json", "--staging", "s3://firehose-staging/rows/"];
    [&staging[..], &COPY, &WAREHOUSE, more].concat()
}

/// A stack whose stream gave up two loads of 30 rows each.
async fn given_up() -> Stack {
    given_up_by(Stack::builder(), 2).await
}

/// The same with as many loads.
pub(super) async fn given_up_by(builder: Builder, loads: u64) -> Stack {
    let stack = builder.stream(|stream| stream.retry_duration = Duration::ZERO);
    let stack = stack.start().await.unwrap();
    stack.warehouse.set_down(true);
    for number in 1..=loads {
        stack.put(&format!("log-{number}"), log(number, 30)).await.unwrap();
        stack.settle().await;
        stack.stream.drain().await;
    }
    stack.warehouse.set_down(false);
    stack
}

#[tokio::test(flavor = "multi_thread")]
async fn loads_that_were_given_up_are_loaded_once_by_however_many() {
    let stack = given_up().await;
    let plan = logferry(&stack, &replay(&[])).await;
    assert_eq!((plan.code, plan.summary()["to_load"].as_u64()), (Some(1), Some(2)), "{plan:?}");
    assert_eq!(count(&stack, COUNT).await, "0", "a plan changes nothing");

    let run = replay(&["--run"]);
    let merged = replay(&["--run", "--merge"]);
    let runs =
        tokio::join!(logferry(&stack, &run), logferry(&stack, &merged), logferry(&stack, &run));
    let runs = [runs.0, runs.1, runs.2];
    assert!(runs.iter().all(|run| run.code == Some(0)), "{runs:?}");
    assert_eq!(count(&stack, COUNT).await, "60", "{runs:?}");
    let loaded: u64 = runs.iter().filter_map(|run| run.summary()["rows"].as_u64()).sum();
    assert_eq!(loaded, 60, "{runs:?}");

    let after = logferry(&stack, &replay(&[])).await;
    assert_eq!((after.code, after.summary()["loaded"].as_u64()), (Some(0), Some(2)), "{after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_staged_file_that_is_gone_is_lost_and_says_what_to_read_again() {
    let stack = given_up().await;
    let client = stack.s3.client();
    let listed = client.list_objects_v2().bucket(STAGING_BUCKET).prefix("rows/2").send().await;
    let gone = listed.unwrap().contents().first().and_then(|one| one.key()).unwrap().to_owned();
    client.delete_object().bucket(STAGING_BUCKET).key(&gone).send().await.unwrap();

    let plan = logferry(&stack, &replay(&[])).await;
    let lost: Vec<_> = plan.lines().into_iter().filter(|line| line["state"] == "LOST").collect();
    assert_eq!((plan.code, lost.len()), (Some(1), 1), "{plan:?}");
    assert_eq!(lost[0]["gone"][0], format!("s3://{STAGING_BUCKET}/{gone}"));
    let audit = lost[0]["audit"][0].as_str().unwrap();
    assert!(audit.starts_with("logferry audit s3://LOG-BUCKET/PREFIX --from 20"), "{audit}");
    assert!(audit.ends_with("--workgroup logs --database dev --table"), "{audit}");

    // The other one is loaded, and what is lost stays found.
    let run = logferry(&stack, &replay(&["--run"])).await;
    assert_eq!((run.code, count(&stack, COUNT).await.as_str()), (Some(1), "30"), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn staged_files_are_loaded_once_from_a_schedule() {
    let stack = Stack::builder().start().await.unwrap();
    let place = ["--staging", "s3://firehose-staging/daily/", "--format", "json"];
    let load = |more: &[&'static str]| [&["load"], &place[..], &COPY, &WAREHOUSE, more].concat();

    let refused = logferry(&stack, &load(&["--run"])).await;
    assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""), "{refused:?}");
    assert!(refused.err.contains("extended_s3"), "{refused:?}");

    let text = log(5, 40);
    stage(&stack, "daily/2026/03/14/1.gz", &rows("b", "k", lines(&text))).await;
    let plan = logferry(&stack, &load(&["--extended-s3"])).await;
    assert_eq!((plan.code, plan.summary()["files"].as_u64()), (Some(1), Some(1)), "{plan:?}");
    let run = load(&["--extended-s3", "--run"]);
    let (one, two) = tokio::join!(logferry(&stack, &run), logferry(&stack, &run));
    assert_eq!((one.code, two.code), (Some(0), Some(0)), "{one:?} {two:?}");
    assert_eq!(count(&stack, COUNT).await, "40");

    // The next day.
    stage(&stack, "daily/2026/03/15/2.gz", &rows("b", "l", lines(&text))).await;
    let next = logferry(&stack, &run).await;
    assert_eq!((next.code, next.summary()["rows"].as_u64()), (Some(0), Some(40)), "{next:?}");
    let done = logferry(&stack, &load(&["--extended-s3"])).await;
    assert_eq!((done.code, count(&stack, COUNT).await.as_str()), (Some(0), "80"), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_schedules_that_see_different_files_load_each_once() {
    let stack = Stack::builder().start().await.unwrap();
    let place = ["--staging", "s3://firehose-staging/daily/", "--format", "json"];
    let run = [&["load", "--extended-s3", "--run"], &place[..], &COPY, &WAREHOUSE].concat();
    let text = log(5, 40);
    stage(&stack, "daily/1.gz", &rows("b", "1", lines(&text))).await;
    stage(&stack, "daily/2.gz", &rows("b", "2", lines(&text))).await;
    // One begins while the other is under way, with a file more before it.
    let later = async {
        stage(&stack, "daily/3.gz", &rows("b", "3", lines(&text))).await;
        logferry(&stack, &run).await
    };
    let (one, two) = tokio::join!(logferry(&stack, &run), later);
    assert_eq!((one.code, two.code), (Some(0), Some(0)), "{one:?} {two:?}");
    assert_eq!(count(&stack, COUNT).await, "120", "{one:?} {two:?}");
    let loaded: u64 = [&one, &two].iter().filter_map(|run| run.summary()["files"].as_u64()).sum();
    assert_eq!(loaded, 3, "{one:?} {two:?}");
}
