//! Which objects an event asks for, and which messages wait for each.
//!
//! SQS delivers at least once, so one batch may name an object twice: it is read once, and both
//! messages share its fate. What it does not do: I/O.

use std::collections::HashMap;

use crate::event::{Ignored, MessageError, Payload};
use crate::ports::ObjectTask;

/// What is to be done for a payload.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The objects, each once.
    pub(super) objects: Vec<ObjectTask>,
    /// One entry for each message.
    pub(super) messages: Vec<PlannedMessage>,
    /// What was understood and is nothing to do.
    pub(super) ignored: Vec<Ignored>,
}

/// One message.
#[derive(Debug)]
pub(super) struct PlannedMessage {
    pub(super) id: Option<String>,
    /// Positions of its objects, or why it cannot be understood.
    pub(super) objects: Result<Vec<usize>, MessageError>,
}

impl Plan {
    pub(super) fn of(payload: Payload) -> Self {
        let mut plan = Self::default();
        // All of a task is its identity: the same offset in another version is another task.
        let mut positions: HashMap<ObjectTask, usize> = HashMap::new();
        for message in payload.messages {
            let objects = message.contents.map(|contents| {
                plan.ignored.extend(contents.ignored);
                let mut named = Vec::new();
                for task in contents.objects {
                    let next = plan.objects.len();
                    let position = *positions.entry(task.clone()).or_insert(next);
                    if position == next {
                        plan.objects.push(task);
                    }
                    named.push(position);
                }
                named
            });
            plan.messages.push(PlannedMessage { id: message.id, objects });
        }
        plan
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_named_twice_is_read_once_for_both_messages() {
        let body = |key: &str| json!({"bucket": "logs", "key": key}).to_string();
        let record = |id: &str, key: &str| json!({"messageId": id, "eventSource": "aws:sqs", "body": body(key)});
        let event = json!({"Records": [record("1", "a"), record("2", "b"), record("3", "a")]});
        let plan = Plan::of(Payload::read(&event));
        assert_eq!(plan.objects.len(), 2);
        let named: Vec<_> =
            plan.messages.iter().map(|message| message.objects.clone().unwrap()).collect();
        assert_eq!(named, [vec![0], vec![1], vec![0]]);
    }
}
