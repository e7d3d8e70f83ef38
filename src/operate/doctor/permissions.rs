//! What the roles must be allowed, and what IAM says they are not.
//!
//! IAM simulates a role's own policies. The policies of buckets and keys, and those of an
//! organisation, are not part of it.

use super::check::{Check, Fact, Verdict, judge};
use super::text::name_of;
use crate::operate::stack::Stack;
use crate::ports::{FunctionFacts, StreamFacts};

/// Something that a role must be allowed to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needed {
    pub(super) id: &'static str,
    pub(super) role_arn: String,
    pub(super) actions: &'static [&'static str],
    pub(super) resource_arn: String,
}

/// What an object of logs, or of rows, is called at the end.
const AN_OBJECT: &str = "2026-03-14-10-02-11-0123456789ABCDEF";

const FROM_QUEUE: [&str; 4] =
    ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage"];

/// All of it, as far as roles and resources are known.
pub(super) fn needed(
    stack: &Stack,
    function: &Fact<FunctionFacts>,
    stream: &Fact<StreamFacts>,
) -> Vec<Needed> {
    let mut needed = Vec::new();
    let mut push = |id, role: Option<&str>, actions, resource: Option<String>| {
        let role = role.filter(|role| !role.is_empty()).map(str::to_owned);
        if let (Some(role_arn), Some(resource_arn)) = (role, resource) {
            needed.push(Needed { id, role_arn, actions, resource_arn });
        }
    };
    let queue = stack.queue.arn.as_deref();
    let partition = queue.and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws");
    let in_bucket = |bucket: &str, key: &str| format!("arn:{partition}:s3:::{bucket}{key}");
    let runs_as = function.as_ref().ok().map(|facts| facts.role_arn.as_str());
    for bucket in &stack.log_buckets {
        let name = bucket.bucket.as_str();
        for prefix in &bucket.prefixes {
            let object = in_bucket(name, &format!("/{prefix}{AN_OBJECT}"));
            push("permission.get", runs_as, &["s3:GetObject"], Some(object));
        }
        push("permission.list", runs_as, &["s3:ListBucket"], Some(in_bucket(name, "")));
    }
    push("permission.put", runs_as, &["firehose:PutRecordBatch"], stream_arn(stack));
    push("permission.queue", runs_as, &FROM_QUEUE, queue.map(str::to_owned));
    let staged = stack.staging.bucket.as_deref().map(|bucket| {
        let prefix = stack.staging.prefix.as_deref().unwrap_or_default();
        in_bucket(bucket, &format!("/{prefix}{AN_OBJECT}"))
    });
    let writes_as = stream.as_ref().ok().map(|facts| facts.role_arn.as_str());
    push("permission.staging", writes_as, &["s3:PutObject"], staged.clone());
    let copies_as = stack.redshift.copy_role_arn.as_deref();
    push("permission.copy", copies_as, &["s3:GetObject"], staged);
    needed
}

fn stream_arn(stack: &Stack) -> Option<String> {
    let mut parts = stack.queue.arn.as_deref()?.split(':');
    let (_, partition) = (parts.next()?, parts.next()?);
    let (_, region, account) = (parts.next()?, parts.next()?, parts.next()?);
    let name = stack.stream.name.as_deref()?;
    Some(format!("arn:{partition}:firehose:{region}:{account}:deliverystream/{name}"))
}

/// One check for each id, in the order of what is needed.
pub(super) fn checks(found: &[(Needed, Fact<Vec<String>>)]) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    for (needed, fact) in found {
        let check = judge(needed.id, fact, |refused| one(needed, refused));
        match checks.iter_mut().find(|check| check.id == needed.id) {
            // The worst is told.
            Some(before) if rank(&check) > rank(before) => *before = check,
            Some(_) => {}
            None => checks.push(check),
        }
    }
    checks
}

fn rank(check: &Check) -> u8 {
    match check.verdict {
        Verdict::Ok => 0,
        Verdict::Skip => 1,
        Verdict::Warn | Verdict::Fail => 2,
    }
}

fn one(needed: &Needed, refused: &[String]) -> Check {
    let role = needed.role_arn.rsplit('/').next().unwrap_or_else(|| name_of(&needed.role_arn));
    if refused.is_empty() {
        return Check::ok(needed.id, format!("{role} may {}", needed.actions.join(", ")));
    }
    let (refused, resource) = (refused.join(", "), &needed.resource_arn);
    Check::fail(
        needed.id,
        format!("{role} may not {refused} on {resource}"),
        "terraform apply; of a role that was brought along: terraform output role_policies",
    )
}

#[cfg(test)]
mod tests {
    use super::super::check::Absent;
    use super::*;
    use crate::operate::stack::LogBucket;
    use crate::ports::LookupError;

    const ROLE: &str = "arn:aws:iam::123456789012:role/ferry-function";

    fn all() -> Vec<Needed> {
        let bucket = LogBucket {
            bucket: "amber-logs".into(),
            prefixes: vec!["a/".into(), "b/".into()],
            account_id: None,
        };
        let mut stack = Stack { log_buckets: vec![bucket], ..Stack::default() };
        stack.queue.arn = Some("arn:aws:sqs:eu-west-1:123456789012:ferry".into());
        stack.stream.name = Some("ferry".into());
        stack.staging.bucket = Some("staging".into());
        stack.staging.prefix = Some("rows/".into());
        stack.redshift.copy_role_arn = Some("arn:aws:iam::123456789012:role/copy".into());
        let function = Ok(FunctionFacts { role_arn: ROLE.into(), ..FunctionFacts::default() });
        let stream = Ok(StreamFacts {
            role_arn: "arn:aws:iam::123456789012:role/ferry-firehose".into(),
            ..StreamFacts::default()
        });
        needed(&stack, &function, &stream)
    }

    #[test]
    fn every_role_is_asked_about_its_own_resources() {
        let asked: Vec<_> =
            all().into_iter().map(|needed| (needed.id, needed.resource_arn)).collect();
        let object = |place: &str| format!("arn:aws:s3:::{place}{AN_OBJECT}");
        assert_eq!(
            asked,
            [
                ("permission.get", object("amber-logs/a/")),
                ("permission.get", object("amber-logs/b/")),
                ("permission.list", "arn:aws:s3:::amber-logs".to_owned()),
                (
                    "permission.put",
                    "arn:aws:firehose:eu-west-1:123456789012:deliverystream/ferry".to_owned()
                ),
                ("permission.queue", "arn:aws:sqs:eu-west-1:123456789012:ferry".to_owned()),
                ("permission.staging", object("staging/rows/")),
                ("permission.copy", object("staging/rows/")),
            ]
        );
        let nobody = Err(Absent::Unnamed("function.name"));
        let nothing = Err(Absent::Unnamed("stream.name"));
        assert_eq!(needed(&Stack::default(), &nobody, &nothing), []);
    }

    #[test]
    fn what_is_not_allowed_fails_and_one_bad_prefix_is_enough() {
        let with = |at: usize, fact: Fact<Vec<String>>| {
            let found: Vec<_> = all()
                .into_iter()
                .enumerate()
                .map(|(position, needed)| {
                    (needed, if position == at { fact.clone() } else { Ok(vec![]) })
                })
                .collect();
            checks(&found)
        };
        let fine = with(99, Ok(vec![]));
        assert_eq!(fine.len(), 6);
        assert!(fine.iter().all(|check| check.verdict == Verdict::Ok));
        let refused = with(1, Ok(vec!["s3:GetObject".into()]));
        assert_eq!(refused[0].verdict, Verdict::Fail);
        assert!(refused[0].text.contains("amber-logs/b/"), "{}", refused[0].text);
        assert!(refused[1..].iter().all(|check| check.verdict == Verdict::Ok));
        let denied = with(1, Err(Absent::Lookup(LookupError::Missing)));
        assert_eq!((denied[0].verdict, denied[0].is_undone), (Verdict::Skip, true));
        let denied = with(3, Err(Absent::Lookup(LookupError::Denied { needs: "iam:Simulate" })));
        assert_eq!((denied[2].verdict, denied[2].is_undone), (Verdict::Skip, true));
    }
}
