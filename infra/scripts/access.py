"""Asks the planned policies what they allow, call by call, as IAM would.

usage: access.py PLANS

tests/access.txt says which calls must be allowed and which denied. Who calls is found as AWS finds it: a function, stream,
schedule or state machine acts with the role that its resource names, whatever that role is called. A role's calls are judged
by its inline policies and the resource's policy, a service's and another account's by the resource's policy alone.
What is not simulated: boundaries, service control policies, KMS key policies. An unknown condition operator is an error.
"""

import fnmatch
import pathlib
import sys

import plans

TABLE = pathlib.Path(__file__).resolve().parent.parent / "tests" / "access.txt"

# Who: the resource that acts, and where it names its role.
ACTORS = {
    "function": ("aws_lambda_function.this", ("role",)),
    "firehose": ("aws_kinesis_firehose_delivery_stream.this", ("redshift_configuration", 0, "role_arn")),
    "firehose-s3": ("aws_kinesis_firehose_delivery_stream.this", ("extended_s3_configuration", 0, "role_arn")),
    "ledger": ("aws_kinesis_firehose_delivery_stream.ledger[0]", ("extended_s3_configuration", 0, "role_arn")),
    "schedule": ('aws_scheduler_schedule.this["load-check"]', ("target", 0, "role_arn")),
    "maintenance": ("aws_scheduler_schedule.maintenance[0]", ("target", 0, "role_arn")),
    "backfill": ("aws_sfn_state_machine.backfill[0]", ("role_arn",)),
    "copy": ("aws_iam_role.copy[0]", ("arn",)),
}

# Policies that hang on what is called, by the resource that carries them and the ARN they protect.
RESOURCE_POLICIES = {
    "aws_sqs_queue_policy.this": ("policy", "arn:aws:sqs:eu-west-1:123456789012:logferry"),
    "aws_sqs_queue_policy.dead_letter": ("policy", "arn:aws:sqs:eu-west-1:123456789012:logferry-dead-letter"),
    "aws_s3_bucket_policy.staging": ("policy", "arn:aws:s3:::logferry-staging-123456789012-eu-west-1*"),
    "aws_cloudwatch_event_bus_policy.this[0]": ("policy", "arn:aws:events:eu-west-1:123456789012:event-bus/logferry"),
}


def listed(value):
    return value if isinstance(value, list) else [value]


def like(pattern, text):
    """IAM's wildcards are * and ?; brackets mean themselves."""
    return fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))


def holds(conditions, context):
    for operator, tests in conditions.items():
        for key, wanted in tests.items():
            if key not in context:
                return False
            actual = context[key]
            match operator:
                case "StringEquals":
                    good = actual in listed(wanted)
                case "StringLike" | "ArnLike" | "ArnEquals":
                    good = any(like(w, actual) for w in listed(wanted))
                case "Bool":
                    good = actual == str(wanted).lower()
                case _:
                    raise SystemExit(f"access.py does not know the condition operator {operator}")
            if not good:
                return False
    return True


def is_meant(statement, who):
    """Whether a resource policy's statement speaks of the caller."""
    principal = statement.get("Principal")
    if principal is None or principal == "*":
        return True
    return any(who == w for kind in principal.values() for w in listed(kind))


def verdict(documents, who, action, resource, context):
    effects = {
        s["Effect"]
        for d in documents
        for s in listed(d["Statement"])
        if is_meant(s, who)
        and any(like(a.lower(), action.lower()) for a in listed(s["Action"]))
        and any(like(r, resource) for r in listed(s.get("Resource", "*")))
        and holds(s.get("Condition", {}), context)
    }
    return "deny" if "Deny" in effects or "Allow" not in effects else "allow"


def role_of(resources, actor):
    """The role (id, attributes) with which an actor acts, or nothing where the plan has no such actor."""
    address, path = ACTORS[actor]
    value = resources.get(address)
    try:
        for step in path:
            value = value[step]
    except (KeyError, IndexError, TypeError):
        return None
    for _, role in plans.of_kind(resources, "aws_iam_role"):
        if role["arn"] == value:
            return role
    raise SystemExit(f"{address} names the role {value}, which the plan does not make")


def permission(attributes):
    """An aws_lambda_permission as the policy statement that Lambda makes of it."""
    return {"Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": attributes["principal"]},
        "Action": attributes["action"],
        "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:" + attributes["function_name"],
        "Condition": {"ArnLike": {"aws:SourceArn": attributes["source_arn"]}, "StringEquals": {"aws:SourceAccount": attributes["source_account"]}},
    }]}


def judge(resources, who, action, resource, context):
    """allow, deny, or nothing where the plan has no such caller."""
    context = {"aws:SecureTransport": "true", **context}
    hung = [resources[a][key] for a, (key, arn) in RESOURCE_POLICIES.items() if a in resources and like(arn, resource)]
    hung += [permission(p) for _, p in plans.of_kind(resources, "aws_lambda_permission") if action == "lambda:InvokeFunction"]
    if who not in ACTORS:
        if action == "sts:AssumeRole":
            role = role_of(resources, resource)
            return role and verdict([role["assume_role_policy"]], who, action, resource, context)
        return verdict(hung, who, action, resource, context)
    role = role_of(resources, who)
    if role is None:
        return None
    own = [p["policy"] for _, p in plans.of_kind(resources, "aws_iam_role_policy") if p["role"] == role["id"]]
    return verdict(own + hung, role["arn"], action, resource, context)


def rows():
    for number, line in enumerate(TABLE.read_text().splitlines(), 1):
        words = line.split("#")[0].split()
        if words:
            runs, expected, who, action, resource, *conditions = words
            yield number, runs, expected, who, action, resource, dict(c.replace("_", " ").split("=", 1) for c in conditions)


def main():
    found = plans.read(sys.argv[1])
    wrong, asked = [], 0
    for number, runs, expected, who, action, resource, context in rows():
        answers = {}
        for run in found if runs == "*" else runs.split(","):
            answer = judge(found[run][0], who, action, resource, context)
            if answer is not None:
                answers[run] = answer
        asked += len(answers)
        if not answers:
            wrong.append(f"tests/access.txt:{number}: no plan has a {who}")
        wrong += [
            f"{run}: {who} {action} {resource} {context or ''} is {'allowed' if answer == 'allow' else 'denied'}, must be {expected} (tests/access.txt:{number})"
            for run, answer in answers.items()
            if answer != expected
        ]
    for line in wrong:
        print(line, file=sys.stderr)
    if not wrong:
        print(f"access: {asked} calls are allowed or denied as they must be.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
