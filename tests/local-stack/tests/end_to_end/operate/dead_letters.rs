//! `logferry replay dead-letters`: what the function gave up on, back to it.

use std::time::Duration;

use local_stack::sqs::Fault;
use local_stack::stack::{LOG_BUCKET, Stack};
use serde_json::{Value, json};

use super::super::{Trial, log};
use super::running::Running;
use super::{Ran, logferry};

async fn replay(stack: &Stack, more: &[&str]) -> Ran {
    let args = args(stack, more);
    logferry(stack, &args.iter().map(String::as_str).collect::<Vec<_>>()).await
}

fn args(stack: &Stack, more: &[&str]) -> Vec<String> {
    let (letters, queue) =
        (stack.queue_url(&stack.queues.letters), stack.queue_url(&stack.queues.events));
    let queues =
        ["replay", "dead-letters", "--dead-letter-queue-url", &letters, "--queue-url", &queue];
    [&queues[..], &["--format", "json"], more].concat().into_iter().map(str::to_owned).collect()
}

/// The findings of a plan, by reason and bucket, with how many messages.
fn findings(plan: &Ran) -> Vec<(String, String, u64)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let lines = plan.lines();
    let findings = lines.iter().filter(|line| line["type"] == "finding");
    findings
        .map(|line| {
            (text(&line["reason"]), text(&line["bucket"]), line["messages"].as_u64().unwrap())
        })
        .collect()
}

fn by_hand(key: &str) -> String {
    json!({"bucket": LOG_BUCKET, "key": key}).to_string()
}

/// A stack whose function gave up on an object that is there again, on one that is no log, on a message
/// that it does not understand; and with a message about an object that is gone.
async fn given_up() -> Trial {
    let visibility = Duration::from_millis(300);
    let mut trial = Trial::start(Stack::builder().visibility(visibility).receives_max(2)).await;
    // Cut off, so that the function fails; then whole.
    let whole = super::super::gzip(&log(7, 40));
    let mut cut = whole.clone();
    cut.truncate(whole.len() - 20);
    trial.stack.put("again.gz", cut).await.unwrap();
    trial.stack.put("picture", vec![0x89_u8; 100_000]).await.unwrap();
    trial.stack.queues.events.send("no JSON at all", Duration::ZERO);
    trial.stack.settle().await;
    assert_eq!(trial.dead_letters().len(), 3, "{:?}", trial.dead_letters());
    trial.stack.queues.letters.send(by_hand("long-gone"), Duration::ZERO);
    // Without an announcement of its own.
    let client = trial.stack.s3.client();
    let put = client.put_object().bucket(LOG_BUCKET).key("again.gz").body(whole.clone().into());
    put.send().await.unwrap();
    trial.expected.add(LOG_BUCKET, "again.gz", &bytes::Bytes::from(whole)).unwrap();
    trial
}

#[tokio::test(flavor = "multi_thread")]
async fn each_letter_is_told_with_its_reason_and_the_readable_one_becomes_rows() {
    let trial = given_up().await;
    let stack = &trial.stack;
    let before = trial.dead_letters();
    let plan = replay(stack, &[]).await;
    assert_eq!(plan.code, Some(1), "{plan:?}");
    let found = findings(&plan);
    let logs = || LOG_BUCKET.to_owned();
    for (reason, bucket) in [
        ("readable", logs()),
        ("not_an_access_log", logs()),
        ("gone", logs()),
        ("unreadable_body", String::new()),
    ] {
        assert!(found.contains(&(reason.to_owned(), bucket, 1)), "{reason}: {found:?}");
    }
    assert_eq!(trial.dead_letters(), before, "a plan changes nothing");

    // One entry of the batch fails: its message stays.
    stack.queues.letters.expire();
    stack.sqs.faults().script(Fault::Partial(vec![0]));
    let selection = ["--reason", "readable", "--run"];
    let failed = replay(stack, &selection).await;
    assert_eq!(
        (failed.code, failed.summary()["failed"].as_u64()),
        (Some(3), Some(1)),
        "{failed:?}"
    );
    assert_eq!(trial.dead_letters().len(), 4);

    // The next time its answer is lost, once: it is sent again, and its rows are one set in the view.
    stack.queues.letters.expire();
    stack.sqs.faults().script(Fault::AnswerLost);
    let sent = replay(stack, &selection).await;
    let summary = sent.summary();
    assert_eq!((sent.code, summary["sent"].as_u64()), (Some(0), Some(1)), "{sent:?}");
    assert_eq!(summary["passed_over"].as_u64(), Some(3), "{sent:?}");
    assert_eq!(trial.dead_letters().len(), 3);
    assert_eq!(trial.clean().await.distinct_rows, 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_nothing_is_to_be_read_for_is_deleted_and_shown_before() {
    let trial = given_up().await;
    let stack = &trial.stack;
    let all = replay(stack, &["--delete", "--run"]).await;
    assert_eq!((all.code, all.out.as_str()), (Some(2), ""), "{all:?}");
    let readable = replay(stack, &["--reason", "readable", "--delete", "--run"]).await;
    assert_eq!((readable.code, readable.out.as_str()), (Some(2), ""), "{readable:?}");
    let planned = replay(stack, &["--reason", "gone", "--delete"]).await;
    assert_eq!(planned.code, Some(1), "{planned:?}");
    assert_eq!(trial.dead_letters().len(), 4, "without --run nothing is deleted");

    stack.queues.letters.expire();
    let deleted = replay(stack, &["--bucket", LOG_BUCKET, "--delete", "--run"]).await;
    let summary = deleted.summary();
    assert_eq!(deleted.code, Some(0), "{deleted:?}");
    assert_eq!((summary["deleted"].as_u64(), summary["kept"].as_u64()), (Some(2), Some(1)));
    let shown: Vec<_> =
        deleted.lines().into_iter().filter(|line| line["outcome"] == "deleting").collect();
    assert_eq!(shown.len(), 2, "{deleted:?}");
    let mut left = trial.dead_letters();
    left.sort();
    assert_eq!(left.len(), 2);
    assert!(left.iter().any(|letter| letter.contains("again.gz")), "{left:?}");
    assert!(left.iter().any(|letter| letter == "no JSON at all"), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redrive_moves_all_with_a_destination() {
    let trial = given_up().await;
    // The picture and the text come back as dead letters, the object as rows.
    let moved = replay(&trial.stack, &["--run", "--rate", "500"]).await;
    let summary = moved.summary();
    assert_eq!(moved.code, Some(0), "{moved:?}");
    assert_eq!(summary["moved"].as_u64(), Some(4), "{moved:?}");
    assert_eq!(summary["destination"], trial.stack.queues.events.arn());
    assert_eq!(trial.clean().await.distinct_rows, 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redrive_of_a_thousand_is_cancelled_by_an_interrupt_and_says_how_many_moved() {
    let stack = Stack::builder().start().await.unwrap();
    for number in 0..1_000 {
        stack.queues.letters.send(by_hand(&format!("gone-{number}")), Duration::ZERO);
    }
    let args = args(&stack, &["--run", "--rate", "100"]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut running = Running::start(&stack, &args).await;
    running.wait_for(|line| line["type"] == "progress" && line["moved"].as_u64() > Some(20)).await;
    // While it runs, another shows it and starts none.
    let second = replay(&stack, &["--run"]).await;
    assert_eq!((second.code, &second.summary()["task"]), (Some(3), &json!("active")), "{second:?}");

    running.interrupt().await;
    let ended = running.end().await;
    let summary = ended.summary();
    assert_eq!((ended.code, &summary["task"]), (Some(130), &json!("cancelled")), "{ended:?}");
    let moved = summary["moved"].as_u64().unwrap();
    assert!((21..1_000).contains(&moved), "{summary}");
    let left = stack.queues.letters.bodies().len() as u64;
    assert_eq!(moved + left, 1_000, "nothing is lost or doubled");
    // The same command goes on.
    let rest = replay(&stack, &["--run", "--rate", "500"]).await;
    assert_eq!((rest.code, rest.summary()["moved"].as_u64()), (Some(0), Some(left)), "{rest:?}");
}
