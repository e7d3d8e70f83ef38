//! The log buckets: who hears of new objects, and whether the logs of a bucket end in itself.

use super::check::{Check, Fact, judge};
use super::text::name_of;
use crate::operate::stack::{LogBucket, Stack};
use crate::ports::{LoggingFacts, NotificationFacts, NotificationTarget};

/// Of one log bucket, by the way that the module was told of.
pub(super) fn notification(
    stack: &Stack,
    bucket: &LogBucket,
    facts: &Fact<NotificationFacts>,
) -> Check {
    let id = format!("notification.{}", bucket.bucket);
    judge(&id, facts, |facts| match stack.notification_mode.as_deref() {
        Some("eventbridge") => eventbridge(&id, stack, facts),
        Some("bucket") => {
            let queue = stack.queue.arn.as_deref().unwrap_or_default();
            direct(&id, bucket, facts, name_of(queue), |arn| arn == queue)
        }
        Some("direct") => {
            let function = stack.function.name.as_deref().unwrap_or_default();
            direct(&id, bucket, facts, function, |arn| name_of(arn) == function)
        }
        Some(_) => Check::skip(&id, "notification_mode is none: somebody else tells of objects"),
        None => Check::skip(&id, "notification_mode is not known"),
    })
}

fn eventbridge(id: &str, stack: &Stack, facts: &NotificationFacts) -> Check {
    let queue = stack.queue.arn.as_deref();
    let twice = facts.targets.iter().find(|target| Some(target.arn.as_str()) == queue);
    match (facts.eventbridge, twice) {
        (true, None) => Check::ok(id, "the bucket sends to EventBridge"),
        (true, Some(_)) => Check::warn(
            id,
            "the bucket tells the queue itself as well: each object is delivered twice",
            "remove the queue from the bucket's notifications",
        ),
        (false, _) => Check::fail(
            id,
            format!("EventBridge is off{}", instead(facts)),
            "run what `terraform output eventbridge_commands` says",
        ),
    }
}

fn direct(
    id: &str,
    bucket: &LogBucket,
    facts: &NotificationFacts,
    name: &str,
    is_ours: impl Fn(&str) -> bool,
) -> Check {
    let ours: Vec<&NotificationTarget> = facts
        .targets
        .iter()
        .filter(|target| is_ours(&target.arn) && target.events.iter().any(|event| creates(event)))
        .collect();
    let deaf = bucket
        .prefixes
        .iter()
        .find(|prefix| !ours.iter().any(|target| prefix.starts_with(target.prefix.as_str())));
    match deaf {
        None => Check::ok(id, format!("the bucket tells {name}")),
        Some(prefix) if ours.is_empty() => Check::fail(
            id,
            format!("nothing tells {name} of s3://{}/{prefix}{}", bucket.bucket, instead(facts)),
            "terraform apply, and let one configuration have all notifications of the bucket",
        ),
        Some(prefix) => Check::fail(
            id,
            format!("{name} does not hear of s3://{}/{prefix}", bucket.bucket),
            "terraform apply",
        ),
    }
}

/// `PutObject` alone would miss what somebody copies there or uploads in parts.
fn creates(event: &str) -> bool {
    matches!(event, "s3:ObjectCreated:*" | "s3:ObjectCreated:Put")
}

/// Whom the bucket tells in place of us.
fn instead(facts: &NotificationFacts) -> String {
    let others: Vec<&str> = facts.targets.iter().map(|target| target.arn.as_str()).collect();
    match others.as_slice() {
        [] => String::new(),
        others => format!("; another configuration replaced ours ({})", others.join(", ")),
    }
}

/// Whether a bucket's access logs go where the function reads: every object that it stages would make
/// a line, and every line an object.
pub(super) fn logging(stack: &Stack, bucket: &str, facts: &Fact<Option<LoggingFacts>>) -> Check {
    let id = format!("loop.{bucket}");
    judge(&id, facts, |logging| {
        let Some(to) = logging else {
            return Check::ok(&id, format!("{bucket} logs nowhere"));
        };
        let watched = stack.log_buckets.iter().filter(|watched| watched.bucket == to.bucket);
        let mut prefixes = watched.flat_map(|watched| &watched.prefixes);
        let meets = |prefix: &&String| {
            prefix.starts_with(&to.prefix) || to.prefix.starts_with(prefix.as_str())
        };
        match prefixes.find(meets) {
            None => Check::ok(&id, format!("{bucket} does not log into a watched prefix")),
            Some(prefix) => Check::fail(
                &id,
                format!(
                    "{bucket} logs into s3://{}/{}, and s3://{}/{prefix} is watched: logs of \
                         logs without end",
                    to.bucket, to.prefix, to.bucket
                ),
                format!(
                    "aws s3api put-bucket-logging --bucket {bucket} --bucket-logging-status {{}}"
                ),
            ),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::check::{Absent, Verdict};
    use super::*;
    use crate::ports::LookupError;

    const QUEUE: &str = "arn:aws:sqs:eu-west-1:123456789012:ferry";
    const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:ferry";

    fn bucket() -> LogBucket {
        LogBucket {
            bucket: "amber-logs".into(),
            prefixes: vec!["a/".into(), "b/".into()],
            account_id: None,
        }
    }

    fn stack(mode: &str) -> Stack {
        let mut stack = Stack { notification_mode: Some(mode.into()), ..Stack::default() };
        stack.log_buckets = vec![bucket()];
        stack.queue.arn = Some(QUEUE.into());
        stack.function.name = Some("ferry".into());
        stack
    }

    fn target(arn: &str, event: &str, prefix: &str) -> NotificationTarget {
        NotificationTarget { arn: arn.into(), events: vec![event.into()], prefix: prefix.into() }
    }

    fn found(mode: &str, eventbridge: bool, targets: &[NotificationTarget]) -> (Verdict, String) {
        let facts = NotificationFacts { eventbridge, targets: targets.to_vec() };
        let check = notification(&stack(mode), &bucket(), &Ok(facts));
        assert_eq!(check.id, "notification.amber-logs");
        (check.verdict, check.text)
    }

    #[test]
    fn each_mode_looks_for_its_own_target() {
        let all = "s3:ObjectCreated:*";
        assert_eq!(found("eventbridge", true, &[]).0, Verdict::Ok);
        assert_eq!(found("eventbridge", false, &[]).0, Verdict::Fail);
        let (verdict, text) = found("eventbridge", false, &[target("arn:other", all, "")]);
        assert!(verdict == Verdict::Fail && text.contains("replaced ours (arn:other)"), "{text}");
        let twice = [target(QUEUE, all, "")];
        assert_eq!(found("eventbridge", true, &twice).0, Verdict::Warn);

        for (mode, arn) in [("bucket", QUEUE), ("direct", FUNCTION)] {
            let both = [target(arn, all, "a/"), target(arn, all, "b/")];
            assert_eq!(found(mode, false, &both).0, Verdict::Ok, "{mode}");
            assert_eq!(found(mode, false, &[target(arn, all, "")]).0, Verdict::Ok, "{mode}");
            let (verdict, text) = found(mode, true, &both[..1]);
            assert!(verdict == Verdict::Fail && text.contains("amber-logs/b/"), "{text}");
            let removed = [target(arn, "s3:ObjectRemoved:*", "")];
            assert_eq!(found(mode, true, &removed).0, Verdict::Fail, "{mode}");
            let other = [target("arn:other", all, "")];
            assert!(found(mode, true, &other).1.contains("replaced ours"), "{mode}");
            assert_eq!(found(mode, true, &[]).0, Verdict::Fail, "{mode}");
        }
        assert_eq!(found("none", false, &[]).0, Verdict::Skip);
    }

    #[test]
    fn what_may_not_be_looked_at_is_undone() {
        let denied = Err(Absent::Lookup(LookupError::Denied { needs: "s3:GetBucketNotification" }));
        assert!(notification(&stack("bucket"), &bucket(), &denied).is_undone);
    }

    #[test]
    fn a_bucket_that_logs_into_a_watched_prefix_is_a_loop() {
        let into = |bucket: &str, prefix: &str| {
            let facts = LoggingFacts { bucket: bucket.into(), prefix: prefix.into() };
            logging(&stack("bucket"), "staging", &Ok(Some(facts))).verdict
        };
        assert_eq!(logging(&stack("bucket"), "staging", &Ok(None)).verdict, Verdict::Ok);
        assert_eq!(into("elsewhere", "a/"), Verdict::Ok);
        assert_eq!(into("amber-logs", "c/"), Verdict::Ok);
        for prefix in ["", "a/", "a/staging/", "b"] {
            assert_eq!(into("amber-logs", prefix), Verdict::Fail, "{prefix}");
        }
    }
}
