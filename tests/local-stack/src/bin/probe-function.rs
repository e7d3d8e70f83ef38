//! A function that does what the event says, for the tests of the Lambda component.
//!
//! It stands on the real runtime client, so that the Runtime API is tested with what will talk
//! to it. It is never part of a stack that carries logs.

use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::Deserialize;
use serde_json::{Value, json};

/// What to do, in this order.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Orders {
    say: Option<String>,
    hold_mib: usize,
    sleep_ms: u64,
    exit: Option<i32>,
    fail: Option<String>,
    /// SQS: the bodies of messages to report as failed, and an answer to give instead.
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    #[serde(rename = "messageId")]
    id: String,
    body: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if let Ok(message) = std::env::var("PROBE_FAILS_TO_START") {
        return Err(message.into());
    }
    lambda_runtime::run(service_fn(obey)).await
}

async fn obey(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let orders: Orders = serde_json::from_value(event.payload.clone())?;
    if let Some(text) = &orders.say {
        println!("{text}");
    }
    let held = vec![1_u8; orders.hold_mib * 1024 * 1024];
    tokio::time::sleep(Duration::from_millis(orders.sleep_ms)).await;
    if let Some(code) = orders.exit {
        std::process::exit(code);
    }
    if let Some(message) = orders.fail {
        return Err(message.into());
    }
    if !orders.records.is_empty() {
        return Ok(answer_to(&orders.records));
    }
    Ok(json!({
        "event": event.payload,
        "request_id": event.context.request_id,
        "deadline": event.context.deadline,
        "arn": event.context.invoked_function_arn,
        "memory": event.context.env_config.memory,
        "held": held.len(),
        "pid": std::process::id(),
    }))
}

/// `fail` fails its message, `answer <json>` answers as told for the whole batch.
fn answer_to(records: &[Record]) -> Value {
    let told = records.iter().find_map(|record| record.body.strip_prefix("answer "));
    if let Some(answer) = told.and_then(|text| serde_json::from_str(text).ok()) {
        return answer;
    }
    let failed = records.iter().filter(|record| record.body.starts_with("fail"));
    let failed: Vec<Value> = failed.map(|record| json!({ "itemIdentifier": record.id })).collect();
    json!({ "batchItemFailures": failed })
}
