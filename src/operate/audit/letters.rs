//! Which of the objects that were never delivered wait among the messages that were given up.
//!
//! What it does not do: receive messages. A sample of them may miss an object, which then is said to be
//! nowhere known.

use std::collections::HashSet;

use super::audited::Audited;
use super::verdict::Verdict;
use crate::event::Contents;

impl Audited {
    /// Marks the objects of `bucket` that these messages ask for.
    pub fn mark_dead_letters<'m>(&mut self, bucket: &str, bodies: impl Iterator<Item = &'m str>) {
        let contents = bodies.filter_map(|body| Contents::from_json(body).ok());
        let objects = contents.flat_map(|contents| contents.objects);
        let keys: HashSet<String> =
            objects.filter(|object| object.bucket == bucket).map(|object| object.key).collect();
        for finding in &mut self.findings {
            finding.in_dead_letters =
                finding.verdict == Verdict::NeverDelivered && keys.contains(&finding.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::verdict::Finding;
    use super::*;

    #[test]
    fn objects_that_a_message_asks_for_are_marked() {
        let keys = ["a b", "c", "d", "e"];
        let findings = keys.map(|key| Finding::new(Verdict::NeverDelivered, key));
        let mut audited = Audited { findings: findings.to_vec(), ..Audited::default() };
        audited.findings[3].verdict = Verdict::NoLedger;
        let bodies = [
            r#"{"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","awsRegion":"eu-west-1","s3":{"bucket":{"name":"amber-logs"},"object":{"key":"a+b","size":5}}}]}"#,
            r#"{"bucket":"amber-logs","key":"d"}"#,
            r#"{"bucket":"amber-logs","key":"e"}"#,
            r#"{"bucket":"other-logs","key":"c"}"#,
            "no message",
        ];
        audited.mark_dead_letters("amber-logs", bodies.into_iter());
        let marked: Vec<bool> = audited.findings.iter().map(|one| one.in_dead_letters).collect();
        assert_eq!(marked, [true, false, true, false]);
    }
}
