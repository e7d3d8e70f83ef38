//! Which objects an event asks for, and which messages wait for each.
//!
//! SQS delivers at least once, so one batch may name an object twice: it is read once, and both
//! messages share its fate. What it does not do: I/O.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use crate::event::{Ignored, MessageError, Payload};
use crate::ports::ObjectTask;

/// The most objects of one message that are read for it. The objects of a longer one become messages
/// of their own before any is read: what is done of them then survives the message coming again.
const MESSAGE_OBJECTS_MAX: usize = 100;

/// What is to be done for a payload.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The objects, each once, in the order in which they are read: first those whose turn did not
    /// come the last time.
    pub(super) objects: Vec<ObjectTask>,
    /// Positions of the objects that are to be sent on, if there is a queue, instead of being read.
    pub(super) split: Vec<usize>,
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
        let mut named: Vec<(usize, ObjectTask)> = Vec::new();
        let mut messages = Vec::new();
        for message in payload.messages {
            let range = message.contents.map(|contents| {
                plan.ignored.extend(contents.ignored);
                let first = named.len();
                named.extend((first..).zip(contents.objects));
                first..named.len()
            });
            messages.push((message.id, range));
        }
        named.sort_by_key(|(_, task)| Reverse(task.journey.deferred));
        let positions = plan.place(named);
        for (id, range) in messages {
            let positions_of =
                |range: Range<usize>| positions.get(range).unwrap_or_default().to_vec();
            let objects = range.map(positions_of);
            if let Ok(long) = &objects
                && long.len() > MESSAGE_OBJECTS_MAX
            {
                plan.split.extend(long);
            }
            plan.messages.push(PlannedMessage { id, objects });
        }
        plan.split.sort_unstable();
        plan.split.dedup();
        plan
    }

    /// Takes the objects in, each once, and says where each one stands, by its number.
    fn place(&mut self, named: Vec<(usize, ObjectTask)>) -> Vec<usize> {
        let mut positions = vec![0; named.len()];
        let hasher = RandomState::new();
        let mut known: HashMap<u64, usize> = HashMap::new();
        for (number, task) in named {
            let hash = hasher.hash_one(identity(&task));
            let position = known.get(&hash).copied().filter(|position| {
                self.objects.get(*position).is_some_and(|it| identity(it) == identity(&task))
            });
            let position = position.unwrap_or_else(|| {
                known.insert(hash, self.objects.len());
                self.objects.push(task);
                self.objects.len() - 1
            });
            if let Some(slot) = positions.get_mut(number) {
                *slot = position;
            }
        }
        positions
    }
}

/// What makes two tasks the same: the same offset in another version is another task.
fn identity(task: &ObjectTask) -> impl Eq + std::hash::Hash {
    (&task.bucket, &task.key, &task.version, &task.resume)
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
        let plan = Plan::of(Payload::read(&event.to_string()));
        assert_eq!(plan.objects.len(), 2);
        let named: Vec<_> =
            plan.messages.iter().map(|message| message.objects.clone().unwrap()).collect();
        assert_eq!(named, [vec![0], vec![1], vec![0]]);
    }

    #[test]
    fn what_was_deferred_most_often_is_read_first_and_a_long_message_is_split() {
        let deferred = |key: &str, deferred: u32| {
            json!({"logferry": "continuation", "version": 1, "bucket": "logs", "key": key,
                "offset": 0, "encoding": "plain", "deferred": deferred})
        };
        let s3 = |key: usize| {
            json!({"eventName": "ObjectCreated:Put",
                "s3": {"bucket": {"name": "logs"}, "object": {"key": key.to_string()}}})
        };
        let long = json!({"Records": (0..101).map(s3).collect::<Vec<_>>()});
        let bodies = [deferred("a", 0), long, deferred("b", 7), deferred("c", 2)];
        let records: Vec<_> = bodies
            .iter()
            .map(|body| json!({"messageId": "m", "eventSource": "aws:sqs", "body": body.to_string()}))
            .collect();
        let plan = Plan::of(Payload::read(&json!({"Records": records}).to_string()));
        let keys: Vec<&str> = plan.objects.iter().map(|task| task.key.as_str()).collect();
        assert_eq!(keys.get(..4).unwrap(), ["b", "c", "a", "0"]);
        assert_eq!(plan.split, (3..104).collect::<Vec<_>>());
        assert_eq!(plan.messages.last().unwrap().objects, Ok(vec![1]));
    }
}
