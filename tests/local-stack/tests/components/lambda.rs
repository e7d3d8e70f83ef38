//! Lambda's promises to a function, with a function on the real runtime client.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use local_stack::lambda::{Failure, Function, Outcome, Settings};
use serde_json::{Value, json};

fn settings() -> Settings {
    Settings::new("probe", env!("CARGO_BIN_EXE_probe-function"))
}

async fn invoke(function: &Function, orders: Value) -> Outcome {
    function.invoke(orders.to_string().into()).await
}

fn answer(outcome: &Outcome) -> Value {
    serde_json::from_slice(outcome.result.as_ref().unwrap()).unwrap()
}

#[tokio::test]
async fn an_event_arrives_whole_with_its_context_and_the_process_is_used_again() {
    let function = Function::new(settings());
    let first = invoke(&function, json!({ "x": [1, "ü"] })).await;
    let second = invoke(&function, json!({})).await;
    let (one, two) = (answer(&first), answer(&second));
    assert_eq!(one["event"], json!({ "x": [1, "ü"] }));
    assert_eq!(one["request_id"], first.request_id);
    assert_eq!(one["arn"], "arn:aws:lambda:eu-central-1:123456789012:function:probe");
    assert_eq!(one["memory"], 256);
    let now =
        u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let left = one["deadline"].as_u64().unwrap() - now;
    assert!((25_000..=30_000).contains(&left), "{left} ms left");
    assert_eq!(one["pid"], two["pid"]);
    assert!(first.init.is_some() && second.init.is_none());
    let counts = function.counts();
    assert_eq!((counts.starts, counts.invocations, counts.failures), (1, 2, 0));
}

#[tokio::test]
async fn an_error_is_told_and_the_process_lives_on() {
    let function = Function::new(settings());
    let failed = invoke(&function, json!({ "fail": "no such bucket" })).await;
    let Err(Failure::Function { message, .. }) = failed.result else { panic!("{failed:?}") };
    assert!(message.contains("no such bucket"), "{message}");
    answer(&invoke(&function, json!({})).await);
    assert_eq!(function.counts().starts, 1);
}

#[tokio::test]
async fn a_crash_is_told_and_the_next_event_starts_a_new_process() {
    let function = Function::new(settings());
    let crashed = invoke(&function, json!({ "exit": 7 })).await;
    assert_eq!(crashed.result, Err(Failure::Exit("exit status: 7".to_owned())));
    answer(&invoke(&function, json!({})).await);
    assert_eq!(function.counts().starts, 2);
}

#[tokio::test]
async fn a_killed_process_is_replaced_whether_it_worked_or_waited() {
    let function = Function::new(settings());
    let working = tokio::spawn({
        let function = Arc::clone(&function);
        async move { invoke(&function, json!({ "say": "at work", "sleep_ms": 20_000 })).await }
    });
    while function.logs().lines().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    function.kill();
    let outcome = working.await.unwrap();
    assert_eq!(outcome.result, Err(Failure::Exit("signal: killed".to_owned())));
    answer(&invoke(&function, json!({})).await);
    function.kill();
    answer(&invoke(&function, json!({})).await);
    assert_eq!(function.counts().starts, 3);
}

#[tokio::test]
async fn time_and_memory_are_enforced() {
    let limits = Settings { timeout: Duration::from_millis(300), memory_mib: 64, ..settings() };
    let function = Function::new(limits);
    let late = invoke(&function, json!({ "sleep_ms": 20_000 })).await;
    assert_eq!(late.result, Err(Failure::TimedOut(Duration::from_millis(300))));
    assert!(late.duration < Duration::from_secs(5));

    let large = invoke(&function, json!({ "hold_mib": 200, "sleep_ms": 20_000 })).await;
    assert!(
        matches!(large.result, Err(Failure::OutOfMemory { used_mib: 65.., limit_mib: 64 })),
        "{large:?}"
    );
    answer(&invoke(&function, json!({})).await);
    assert_eq!(function.counts().starts, 3);
}

#[tokio::test]
async fn a_function_that_cannot_start_says_why() {
    let mut broken = settings();
    broken.environment.insert("PROBE_FAILS_TO_START".to_owned(), "no stream".to_owned());
    let outcome = invoke(&Function::new(broken), json!({})).await;
    assert_eq!(outcome.result, Err(Failure::Init("exit status: 1".to_owned())));

    let missing = Function::new(Settings::new("missing", "/nonexistent/bootstrap"));
    let Err(Failure::Init(why)) = invoke(&missing, json!({})).await.result else {
        panic!("a missing binary was run")
    };
    assert!(why.starts_with("/nonexistent/bootstrap cannot be run"), "{why}");
}

#[tokio::test]
async fn environments_run_side_by_side_up_to_the_concurrency() {
    let function = Function::new(Settings { concurrency: 2, ..settings() });
    let orders = json!({ "sleep_ms": 150 });
    let outcomes = tokio::join!(
        invoke(&function, orders.clone()),
        invoke(&function, orders.clone()),
        invoke(&function, orders.clone()),
    );
    for outcome in [outcomes.0, outcomes.1, outcomes.2] {
        answer(&outcome);
    }
    assert_eq!(function.counts().starts, 2);
    assert!(!cfg!(target_os = "linux") || function.counts().peak_memory_bytes > 1_000_000);
}
