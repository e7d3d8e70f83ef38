//! What was given up, in a line each: which object, and why, in the function's own words.

use std::collections::{BTreeMap, BTreeSet};

use logferry::access_log::percent_decode;
use serde_json::Value;

use super::objects::LogObject;
use super::terminal::{BAD, FAULT, heading, tell};
use crate::stack::{LOG_BUCKET, Stack};

/// Prints the objects that were given up; gives whether they are those that are no access logs.
pub(super) fn report(stack: &Stack, logs: &[LogObject]) -> bool {
    let letters = stack.queues.letters.bodies();
    let given_up: BTreeSet<String> = letters.iter().filter_map(|letter| key(letter)).collect();
    let no_logs = logs.iter().filter(|object| !object.is_log);
    let no_logs: BTreeSet<String> = no_logs.map(|object| object.key.clone()).collect();
    let reasons = reasons(&stack.function.logs().lines());
    if !given_up.is_empty() {
        heading("Refused");
    }
    for key in &given_up {
        let style = if no_logs.contains(key) { FAULT } else { BAD };
        let reason = reasons.get(key).map_or("see the function's log", String::as_str);
        tell("  ", 2, &format!("{key}: {reason}"), style);
    }
    given_up == no_logs && given_up.len() == letters.len()
}

/// The key that a message is about.
fn key(letter: &str) -> Option<String> {
    let event: Value = serde_json::from_str(letter).ok()?;
    let encoded = event.pointer("/Records/0/s3/object/key")?.as_str()?;
    let mut key = encoded.replace('+', " ").into_bytes();
    let length = percent_decode(&mut key);
    key.truncate(length);
    String::from_utf8(key).ok()
}

/// The last reason that the function logged for each key.
fn reasons(lines: &[String]) -> BTreeMap<String, String> {
    let beginning = format!("s3://{LOG_BUCKET}/");
    let events = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let reasons = events.filter_map(|event| {
        let reason = event.pointer("/fields/reason").or_else(|| event.get("reason"))?.as_str()?;
        let (key, rest) = reason.split_once(&beginning)?.1.split_once(" failed at offset ")?;
        Some((key.to_owned(), rest.split_once(": ")?.1.to_owned()))
    });
    reasons.collect()
}
