//! Ctrl-C while `load` and `replay loads` load: what is under way ends, the rest is left, and the same
//! command goes on. A second Ctrl-C leaves the transaction to the warehouse.

use std::time::Duration;

use local_stack::stack::{Builder, Stack};
use logferry::access_log::lines;

use super::super::log;
use super::loads::{COUNT, given_up_by, replay};
use super::running::Running;
use super::{COPY, Ran, WAREHOUSE, count, logferry, rows, stage};

/// Files of one load.
const TOGETHER: usize = 400;
const FILES: usize = 2 * TOGETHER + 50;

const FILES_IN_TABLE: &str = "SELECT COUNT(DISTINCT log_key) FROM s3_access_log";

/// A stack whose warehouse takes its time, so that there is something to interrupt.
fn slow() -> Builder {
    Stack::builder().data_api(|settings| settings.latency = Duration::from_millis(700))
}

fn load() -> Vec<&'static str> {
    let place = ["load", "--extended-s3", "--staging", "s3://firehose-staging/daily/"];
    [&place[..], &COPY, &WAREHOUSE, &["--format", "json", "--run"]].concat()
}

/// A stack with as many staged files as three loads take, of one row each.
async fn staged() -> Stack {
    let stack = slow().start().await.unwrap();
    let text = log(5, 1);
    for number in 0..FILES {
        let key = format!("log-{number}");
        stage(&stack, &format!("daily/{number:04}.gz"), &rows("b", &key, lines(&text))).await;
    }
    stack
}

/// Interrupts it in the middle of its second load; `again` once more before that has ended.
async fn interrupted(stack: &Stack, args: &[&str], again: bool) -> Ran {
    let mut running = Running::start(stack, args).await;
    running.wait_for(|line| line["type"] == "progress" && line.get("state").is_some()).await;
    running.interrupt().await;
    running.wait_to_be_told("Ctrl-C again ends at once").await;
    if again {
        running.interrupt().await;
    }
    running.end().await
}

async fn each_file_is_there_once(stack: &Stack) {
    let (rows, files) = (count(stack, COUNT).await, count(stack, FILES_IN_TABLE).await);
    assert_eq!((rows, files), (FILES.to_string(), FILES.to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn load_ends_what_is_under_way_and_the_same_command_goes_on() {
    let stack = staged().await;
    let first = interrupted(&stack, &load(), false).await;
    let summary = first.summary();
    assert_eq!((first.code, &summary["stopped"]), (Some(130), &true.into()), "{first:?}");
    assert_eq!(summary["files"].as_u64(), Some(2 * TOGETHER as u64), "{first:?}");
    assert!(first.err.contains("50 files are left; the same command goes on"), "{first:?}");
    assert_eq!(count(&stack, COUNT).await, (2 * TOGETHER).to_string(), "what it says is there");

    let rest = logferry(&stack, &load()).await;
    assert_eq!((rest.code, rest.summary()["files"].as_u64()), (Some(0), Some(50)), "{rest:?}");
    each_file_is_there_once(&stack).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn load_that_was_interrupted_twice_leaves_nothing_loaded_twice() {
    let stack = staged().await;
    let first = interrupted(&stack, &load(), true).await;
    assert_eq!(first.code, Some(130), "{first:?}");
    assert_eq!(first.lines().len(), 1, "it waited for the second load: {first:?}");
    // The transaction of the second load may still run.
    let rest = logferry(&stack, &load()).await;
    assert_eq!(rest.code, Some(0), "{rest:?}");
    each_file_is_there_once(&stack).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replay_loads_ends_what_is_under_way_and_the_same_command_goes_on() {
    let stack = given_up_by(slow(), 3).await;
    let run = replay(&["--run"]);
    let first = interrupted(&stack, &run, false).await;
    let summary = first.summary();
    assert_eq!((first.code, &summary["stopped"]), (Some(130), &true.into()), "{first:?}");
    assert_eq!(summary["loaded_now"].as_u64(), Some(2), "{first:?}");
    assert!(first.err.contains("the same command goes on with the others"), "{first:?}");
    assert_eq!(count(&stack, COUNT).await, "60", "what it says is there");

    let rest = logferry(&stack, &run).await;
    assert_eq!((rest.code, rest.summary()["loaded_now"].as_u64()), (Some(0), Some(1)), "{rest:?}");
    assert_eq!(
        (count(&stack, COUNT).await, rest.summary()["rows"].as_u64()),
        ("90".to_owned(), Some(30))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn replay_loads_that_was_interrupted_twice_leaves_nothing_loaded_twice() {
    let stack = given_up_by(slow(), 3).await;
    let run = replay(&["--run"]);
    let first = interrupted(&stack, &run, true).await;
    assert_eq!(first.code, Some(130), "{first:?}");
    let rest = logferry(&stack, &run).await;
    assert_eq!((rest.code, count(&stack, COUNT).await.as_str()), (Some(0), "90"), "{rest:?}");
}
