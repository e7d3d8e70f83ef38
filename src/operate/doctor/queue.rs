//! The queue before the function, and the one behind it.

use super::check::{Check, Fact, exists, further, judge};
use super::metrics::{Series, Values};
use super::text::{duration, name_of};
use crate::operate::stack::Stack;
use crate::ports::QueueFacts;

/// The longest that SQS keeps a message.
const RETENTION_S_MAX: u64 = 14 * 86_400;

/// A queue that keeps messages shorter forgets a backlog that nobody saw over a weekend.
const RETENTION_S_MIN: u64 = 7 * 86_400;

/// Messages that wait longer tell of a function that does not keep up.
const AGE_S_WARN: f64 = 3600.0;

/// What AWS advises: so many timeouts of the function.
const TIMEOUTS: u64 = 6;

pub(super) fn checks(
    stack: &Stack,
    queue: &Fact<QueueFacts>,
    timeout_s: Option<u64>,
    window_s: u64,
    metrics: &Fact<Values>,
) -> Vec<Check> {
    let first = "queue.exists";
    let mut checks = vec![exists(first, queue, |facts| {
        let (waiting, held) = (facts.waiting, facts.in_flight);
        Check::ok(first, format!("{}, {waiting} wait, {held} are in work", name_of(&facts.arn)))
    })];
    let ids = ["queue.redrive", "queue.visibility", "queue.retention", "queue.oldest"];
    checks.extend(further(first, queue, &ids, |facts| {
        vec![
            redrive(stack, facts),
            visibility(facts.visibility_s, timeout_s, window_s),
            retention(facts.retention_s),
            judge("queue.oldest", metrics, |values| oldest(values, facts.retention_s)),
        ]
    }));
    checks
}

fn redrive(stack: &Stack, facts: &QueueFacts) -> Check {
    let id = "queue.redrive";
    let Some(redrive) = &facts.redrive else {
        return Check::fail(
            id,
            "nothing takes the messages that always fail; they vanish with their retention",
            "terraform apply",
        );
    };
    let (receives, to) = (redrive.receives_max, name_of(&redrive.target_arn));
    match stack.dead_letter_queue.arn.as_deref() {
        Some(ours) if ours != redrive.target_arn => Check::fail(
            id,
            format!("dead letters go to {to}, not to {}", name_of(ours)),
            "terraform apply",
        ),
        _ => Check::ok(id, format!("dead letters after {receives} receives to {to}")),
    }
}

fn visibility(visibility_s: u64, timeout_s: Option<u64>, window_s: u64) -> Check {
    let id = "queue.visibility";
    let Some(timeout_s) = timeout_s else {
        return Check::skip(id, "the function's timeout is not known");
    };
    let wanted = TIMEOUTS * timeout_s + window_s;
    let sum = format!("{TIMEOUTS} x {timeout_s} s + {window_s} s");
    let remedy = format!("queue.visibility_timeout_seconds = {wanted}, or leave it out");
    if visibility_s >= wanted {
        Check::ok(id, format!("{visibility_s} s >= {sum}"))
    } else if visibility_s >= timeout_s {
        let text = format!("{visibility_s} s < {sum}: messages come back while they are worked on");
        Check::warn(id, text, remedy)
    } else {
        Check::fail(
            id,
            format!("{visibility_s} s, and the function may take {timeout_s} s"),
            remedy,
        )
    }
}

fn retention(retention_s: u64) -> Check {
    let (id, kept) = ("queue.retention", duration(retention_s));
    if retention_s >= RETENTION_S_MIN {
        return Check::ok(id, kept);
    }
    let text = format!("{kept}; a backlog older than that vanishes");
    Check::warn(id, text, format!("queue.message_retention_seconds = {RETENTION_S_MAX}"))
}

fn oldest(values: &Values, retention_s: u64) -> Check {
    let id = "queue.oldest";
    let Some(age_s) = values.newest(Series::OldestMessage) else {
        return Check::ok(id, "no message was seen to wait");
    };
    #[expect(clippy::cast_precision_loss, reason = "two weeks of seconds")]
    let half = retention_s as f64 / 2.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an age")]
    let text = format!("the oldest message waited {}", duration(age_s as u64));
    let remedy = "see the runbook, oldest-message-too-old";
    if age_s > half {
        Check::fail(id, format!("{text}, more than half of what the queue keeps"), remedy)
    } else if age_s > AGE_S_WARN {
        Check::warn(id, text, remedy)
    } else {
        Check::ok(id, text)
    }
}

/// Of the dead-letter queue.
pub(super) fn dead_letters(letters: &Fact<QueueFacts>, queue: &Fact<QueueFacts>) -> Vec<Check> {
    let first = "dlq.empty";
    let mut checks = vec![exists(first, letters, |facts| match facts.waiting + facts.in_flight {
        0 => Check::ok(first, "no dead letters"),
        letters => Check::fail(
            first,
            format!("{letters} dead letters: log objects whose rows are not in the table"),
            "logferry replay dead-letters",
        ),
    })];
    checks.extend(further(first, letters, &["dlq.retention"], |facts| {
        let kept = queue.as_ref().map_or(0, |queue| queue.retention_s);
        vec![letters_retention(facts.retention_s, kept)]
    }));
    checks
}

/// A dead letter is as old as its message: it goes when that would have gone.
fn letters_retention(retention_s: u64, queue_s: u64) -> Check {
    let (id, kept) = ("dlq.retention", duration(retention_s));
    if retention_s >= RETENTION_S_MAX || retention_s > queue_s {
        return Check::ok(id, kept);
    }
    let text = format!(
        "{kept}, no longer than the queue keeps its messages: a letter may be gone when it comes"
    );
    Check::warn(id, text, "terraform apply")
}

#[cfg(test)]
mod tests {
    use super::super::check::{Absent, Verdict};
    use super::*;
    use crate::ports::{LookupError, Redrive};

    fn facts() -> QueueFacts {
        let redrive = Redrive {
            target_arn: "arn:aws:sqs:eu-west-1:123456789012:ferry-dead-letter".into(),
            receives_max: 5,
        };
        QueueFacts {
            arn: "arn:aws:sqs:eu-west-1:123456789012:ferry".into(),
            visibility_s: 1860,
            retention_s: RETENTION_S_MAX,
            redrive: Some(redrive),
            ..QueueFacts::default()
        }
    }

    fn stack() -> Stack {
        let mut stack = Stack::default();
        stack.dead_letter_queue.arn = facts().redrive.map(|redrive| redrive.target_arn);
        stack
    }

    /// The verdicts with one thing changed.
    fn with(change: impl FnOnce(&mut QueueFacts), age_s: f64) -> Vec<(String, Verdict)> {
        let mut facts = facts();
        change(&mut facts);
        let metrics = Ok(Values::of(&[(Series::OldestMessage, &[age_s])]));
        let checks = checks(&stack(), &Ok(facts), Some(300), 60, &metrics);
        checks.into_iter().map(|check| (check.id, check.verdict)).collect()
    }

    fn bad(verdicts: Vec<(String, Verdict)>) -> Vec<(String, Verdict)> {
        verdicts.into_iter().filter(|(_, verdict)| *verdict != Verdict::Ok).collect()
    }

    #[test]
    fn a_queue_as_the_module_makes_it_is_fine() {
        assert_eq!(bad(with(|_| {}, 3600.0)), []);
    }

    #[test]
    fn each_fault_is_its_own_check() {
        use Verdict::{Fail, Warn};
        type Change = fn(&mut QueueFacts);
        let cases: [(Change, &str, Verdict); 6] = [
            (|facts| facts.redrive = None, "queue.redrive", Fail),
            (
                |facts| {
                    facts.redrive = Some(Redrive { target_arn: "a:other".into(), receives_max: 5 });
                },
                "queue.redrive",
                Fail,
            ),
            (|facts| facts.visibility_s = 1859, "queue.visibility", Warn),
            (|facts| facts.visibility_s = 299, "queue.visibility", Fail),
            (|facts| facts.retention_s = RETENTION_S_MIN - 1, "queue.retention", Warn),
            (|facts| facts.retention_s = RETENTION_S_MIN, "", Verdict::Ok),
        ];
        for (change, id, verdict) in cases {
            let expected = if id.is_empty() { vec![] } else { vec![(id.to_owned(), verdict)] };
            assert_eq!(bad(with(change, 0.0)), expected);
        }
        let oldest = |verdict| vec![("queue.oldest".to_owned(), verdict)];
        assert_eq!(bad(with(|_| {}, 3601.0)), oldest(Warn));
        assert_eq!(bad(with(|_| {}, 604_801.0)), oldest(Fail));
    }

    #[test]
    fn a_queue_that_is_not_there_fails_once_and_one_not_to_be_seen_is_undone() {
        let metrics = Ok(Values::default());
        let missing = Err(Absent::Lookup(LookupError::Missing));
        let found = checks(&stack(), &missing, Some(300), 0, &metrics);
        assert_eq!((found[0].verdict, found[0].is_undone), (Verdict::Fail, false));
        assert!(found[1..].iter().all(|check| check.verdict == Verdict::Skip && !check.is_undone));
        let denied = Err(Absent::Lookup(LookupError::Denied { needs: "sqs:GetQueueAttributes" }));
        let found = checks(&stack(), &denied, Some(300), 0, &metrics);
        assert_eq!((found[0].verdict, found[0].is_undone), (Verdict::Skip, true));
        assert!(found[0].text.contains("sqs:GetQueueAttributes"));
        let unnamed = checks(&stack(), &Err(Absent::Unnamed("queue.url")), None, 0, &metrics);
        assert!(unnamed.iter().all(|check| check.verdict == Verdict::Skip && !check.is_undone));
    }

    #[test]
    fn dead_letters_fail_and_should_be_kept_longer_than_messages() {
        let verdicts = |waiting, kept, queue_kept| {
            let of = |retention_s| Ok(QueueFacts { retention_s, waiting, ..facts() });
            let found = dead_letters(&of(kept), &of(queue_kept));
            found.into_iter().map(|check| check.verdict).collect::<Vec<_>>()
        };
        assert_eq!(verdicts(0, RETENTION_S_MAX, RETENTION_S_MAX), [Verdict::Ok, Verdict::Ok]);
        assert_eq!(verdicts(1, 345_600, 345_600), [Verdict::Fail, Verdict::Warn]);
        assert_eq!(verdicts(0, 345_601, 345_600), [Verdict::Ok, Verdict::Ok]);
    }
}
