//! Too little time: the rest of an object travels on, from the right byte.

use std::time::Duration;

use local_stack::stack::{Builder, Stack};

use crate::sample::hostile_log;
use crate::{Trial, gzip, log};

/// Three seconds an invocation, one small call at a time, and each of them slow.
async fn hurried(builder: Builder) -> Trial {
    let builder = builder
        .timeout(Duration::from_secs(3))
        .variable("LOGFERRY_RECORD_BYTES", "5120")
        .variable("LOGFERRY_BATCH_BYTES", "51200")
        .variable("LOGFERRY_CALLS_IN_FLIGHT", "1");
    let trial = Trial::start(builder).await;
    trial.stack.stream.faults().set_latency(Duration::from_millis(400));
    trial
}

/// A log in which bytes and characters are not the same, here and there.
fn mixed_log(lines: usize) -> Vec<u8> {
    hostile_log(99, 100, lines)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_finished_by_several_invocations() {
    let mut trial = hurried(Stack::builder()).await;
    trial.put("long", mixed_log(600)).await;
    let audit = trial.clean().await;
    assert_eq!(audit.rows, 600 + audit.copies);
    assert!(trial.metric("Continuations") >= 2, "{}", trial.metric("Continuations"));
    assert_eq!(trial.stack.function.counts().failures, 0);
    assert_eq!(trial.dead_letters().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_object_is_finished_by_several_invocations() {
    let mut trial = hurried(Stack::builder()).await;
    trial.put("long.gz", gzip(&mixed_log(500))).await;
    trial.clean().await;
    assert!(trial.metric("Continuations") >= 1);
    assert_eq!(trial.stack.function.counts().failures, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_queue_that_takes_the_rest_the_event_fails_and_comes_again() {
    let queue = "http://127.0.0.1:1/123456789012/no-such-queue";
    let builder = Stack::builder().variable("LOGFERRY_CONTINUATION_QUEUE_URL", queue);
    let mut trial = hurried(builder).await;
    trial.put("long", log(21, 500)).await;
    trial.stack.function.wait_until(|counts| counts.invocations == 1).await;
    // It was not deleted: the rest would have been lost.
    assert_eq!(trial.stack.queues.events.counts().deleted, 0);
    trial.stack.stream.faults().set_latency(Duration::ZERO);
    trial.stack.queues.events.expire();
    assert_eq!(trial.clean().await.distinct_rows, 500);
}

/// A second an invocation, half of it for reading, and small calls that take a fifth of that: some ten
/// kilobytes of rows a hop. One that the machine was too slow for comes again soon.
async fn crawling(builder: Builder) -> Trial {
    let builder = builder
        .timeout(Duration::from_secs(1))
        .visibility(Duration::from_secs(5))
        .variable("LOGFERRY_RECORD_BYTES", "5120")
        .variable("LOGFERRY_BATCH_BYTES", "5120")
        .variable("LOGFERRY_CALLS_IN_FLIGHT", "1");
    let trial = Trial::start(builder).await;
    trial.stack.stream.faults().set_latency(Duration::from_millis(200));
    trial
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_sixty_hops_passes_where_the_guard_is_off() {
    let mut trial = crawling(Stack::builder()).await;
    trial.put("long", log(22, 1_150)).await;
    let audit = trial.clean().await;
    assert_eq!(audit.distinct_rows, 1_150);
    assert!(trial.metric("Continuations") >= 60, "{}", trial.metric("Continuations"));
    assert_eq!(trial.dead_letters().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_guard_is_on_a_long_chain_is_a_dead_letter_after_a_warning_of_our_own() {
    let mut trial = crawling(Stack::builder().guarded_against_loops()).await;
    trial.put("long", log(22, 600)).await;
    trial.stack.queues.letters.wait_until(|counts| counts.held == 1).await;
    let counts = trial.stack.function.counts();
    assert_eq!(counts.recursive_dropped, 1);
    assert!(counts.invocations >= 16, "{counts:?}");
    let continuation = trial.dead_letters().remove(0);
    assert!(continuation.contains("\"hops\":16"), "{continuation}");
    let logs = trial.stack.function.logs().lines();
    let warned = logs.iter().filter(|line| line.contains("recursive loop detection"));
    assert_eq!(warned.count(), 1);
    // Moved back into the queue it starts a new chain, and goes on where the old one was cut.
    trial.stack.stream.faults().set_latency(Duration::ZERO);
    trial.stack.queues.events.send(continuation, Duration::ZERO);
    assert_eq!(trial.clean().await.distinct_rows, 600);
}
