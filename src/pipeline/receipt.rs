//! A receipt as the ledger of all objects has it: one JSON object on one line.
//!
//! What it does not do: decide what was delivered, or write the line anywhere.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::object::Settled;

/// The version of the lines.
const VERSION: u64 = 1;

/// The line of an object of which something was delivered. Its keys are the columns of the audit's
/// table; `settings` stands for what decides what a line becomes.
#[must_use]
pub fn ledger_line(settled: &Settled, now_unix_s: i64, settings: &str) -> Option<Value> {
    let receipt = settled.receipt.as_ref()?;
    let time = |unix_s: Option<i64>| {
        unix_s.and_then(|unix_s| Timestamp::from_second(unix_s).ok()).map(|time| time.to_string())
    };
    let mut line = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            line.insert(name.to_owned(), value);
        }
    };
    put("v", json!(VERSION));
    put("log_bucket", json!(settled.task.bucket));
    put("log_key", json!(settled.task.key));
    put("etag", json!(receipt.etag.as_deref().map(|etag| etag.trim_matches('"'))));
    put("object_bytes", json!(receipt.object_bytes));
    put("text_from", json!(receipt.text_from));
    put("text_to", json!(receipt.text_to));
    put("is_end", json!(receipt.is_end));
    if let Some(counts) = &receipt.lines {
        put("lines", json!(counts.lines));
        put("typed", json!(counts.typed));
        put("quarantined", json!(counts.quarantined));
        put("filtered", json!(counts.filtered));
        put("blank", json!(counts.blank));
        put("offset_sum", whole(counts.offset_sum));
        put("first_request", json!(time(counts.first_request_unix_s)));
        put("last_request", json!(time(counts.last_request_unix_s)));
    }
    put("last_modified", json!(time(receipt.last_modified_unix_s)));
    put("delivered_at", json!(time(Some(now_unix_s))));
    put("logferry", json!(env!("CARGO_PKG_VERSION")));
    put("settings", json!(settings));
    Some(Value::Object(line))
}

/// A number that may be larger than JSON's readers take; COPY reads a text like a number.
fn whole(number: u128) -> Value {
    u64::try_from(number).map_or_else(|_| json!(number.to_string()), |number| json!(number))
}
