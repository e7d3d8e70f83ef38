"""Follows a new log object through the planned resources, from its event to the table, and what fails to the dead letters.

usage: wiring.py PLANS

Each step asks the resource that stands there where it sends on, and compares with the resource that must come next.
"""

import json
import sys

import plans


def matches(pattern, event):
    """Whether an event meets an EventBridge pattern: exact values and prefixes, which is what the module uses."""
    for key, wanted in pattern.items():
        value = event.get(key)
        if isinstance(wanted, dict):
            if not isinstance(value, dict) or not matches(wanted, value):
                return False
        elif not any(value == w or (isinstance(w, dict) and isinstance(value, str) and value.startswith(w["prefix"])) for w in wanted):
            return False
    return True


def created(bucket, key, account, kind="Object Created"):
    """The event S3 sends for a new object: shape of the S3 User Guide, "EventBridge event message structure"."""
    detail = {"version": "0", "bucket": {"name": bucket}, "object": {"key": key, "size": 5}, "reason": "PutObject"}
    return {"version": "0", "detail-type": kind, "source": "aws.s3", "account": account, "region": "eu-west-1", "detail": detail}


ACCOUNT = "123456789012"


def answered(name, state):
    """The event of a statement that ended: shape of the Redshift Management Guide, "Monitoring the Data API"."""
    detail = {"principal": "example", "statementName": name, "statementId": "0", "redshiftQueryId": 1, "state": state, "rows": 1, "expireAt": 1}
    return {"version": "0", "detail-type": "Redshift Data Statement Status Change", "source": "aws.redshift-data", "account": ACCOUNT, "region": "eu-west-1", "detail": detail}


# Each event, and whether it must reach the queue.
EVENTS = [
    (created("example-logs", "s3/2026-03-14-10-02-11-0123456789ABCDEF", "123456789012"), True),
    (created("example-logs", "other/object", "123456789012"), False),
    (created("example-logs", "s3/x", "111122223333"), False),
    (created("example-else", "s3/x", "123456789012"), False),
    (created("example-logs", "s3/x", "123456789012", "Object Deleted"), False),
]
FOREIGN = (created("example-other-logs", "any", "111122223333"), True)


def json_of(value):
    """The input of a schedule, which plans.py has taken apart where it could."""
    return json.loads(value) if isinstance(value, str) else value


class Path:
    """The resources of one run, and what is wrong with how they hang together."""

    def __init__(self, run, resources):
        self.run, self.r, self.wrong = run, resources, []
        self.queue = resources["aws_sqs_queue.this"]
        self.dead = resources["aws_sqs_queue.dead_letter"]
        self.function = resources["aws_lambda_function.this"]
        self.stream = resources["aws_kinesis_firehose_delivery_stream.this"]
        self.staging = resources["aws_s3_bucket.staging"]
        self.groups = {g["name"]: g for _, g in plans.of_kind(resources, "aws_cloudwatch_log_group")}

    def same(self, what, is_, must):
        if is_ != must:
            self.wrong.append(f"{self.run}: {what} is {is_}, must be {must}")

    def kinds(self, kind):
        return [v for _, v in plans.of_kind(self.r, kind)]

    def events(self, wanted):
        rules = {r["name"]: r for r in self.kinds("aws_cloudwatch_event_rule") if r["event_pattern"]["source"] == ["aws.s3"]}
        for event, must in wanted:
            on = [n for n, r in rules.items() if matches(r["event_pattern"], event)]
            reached = [t for t in self.kinds("aws_cloudwatch_event_target") if t["rule"] in on]
            what = f"{event['detail-type']} {event['detail']['bucket']['name']}/{event['detail']['object']['key']} of {event['account']}"
            self.same(f"the number of targets of {what}", len(reached), int(must))
            # S3 sends to the default bus of the account that owns the bucket: only this account's events are on ours.
            bus = next((b["name"] for b in self.kinds("aws_cloudwatch_event_bus")), None) if event["account"] != ACCOUNT else None
            for t in reached:
                self.same(f"the bus of the rule of {what}", rules[t["rule"]].get("event_bus_name"), bus)
                self.same(f"the bus of the target of {what}", t.get("event_bus_name"), bus)
        for t in self.kinds("aws_cloudwatch_event_target"):
            self.same("a rule's target", t["arn"], self.queue["arn"])
            self.same("a rule's dead letters", t["dead_letter_config"][0]["arn"], self.dead["arn"])

    def notifications(self):
        for n in self.kinds("aws_s3_bucket_notification"):
            for q in n.get("queue", []):
                self.same("a notification's queue", q["queue_arn"], self.queue["arn"])
            for f in n.get("lambda_function", []):
                self.same("a notification's function", f["lambda_function_arn"], self.function["arn"])
            for q in n.get("queue", []) + n.get("lambda_function", []):
                self.same("a notification's events", q["events"], ["s3:ObjectCreated:*"])
        for c in self.kinds("aws_lambda_function_event_invoke_config"):
            self.same("where failed events go", c["destination_config"][0]["on_failure"][0]["destination"], self.dead["arn"])

    def read(self):
        redrive = self.queue["redrive_policy"]
        self.same("the queue's dead letters", redrive["deadLetterTargetArn"], self.dead["arn"])
        allow = self.r["aws_sqs_queue_redrive_allow_policy.dead_letter"]
        self.same("the queue that may redrive", allow["redrive_allow_policy"]["sourceQueueArns"], [self.queue["arn"]])
        self.same("whose redrive policy it is", allow["queue_url"], self.dead["url"])
        for name, queue in [("this", self.queue), ("dead_letter", self.dead)]:
            self.same(f"whose policy {name} is", self.r[f"aws_sqs_queue_policy.{name}"]["queue_url"], queue["url"])
        source = self.r["aws_lambda_event_source_mapping.queue"]
        self.same("what the function reads", source["event_source_arn"], self.queue["arn"])
        self.same("who reads the queue", source["function_name"], self.function["arn"])
        self.same("how failures are reported", source["function_response_types"], ["ReportBatchItemFailures"])
        seconds = 6 * self.function["timeout"] + source["maximum_batching_window_in_seconds"]
        self.same("the visibility timeout", self.queue["visibility_timeout_seconds"], seconds)
        self.same("a message's life", self.queue["message_retention_seconds"], 14 * 86400)
        self.same("a dead letter's life", self.dead["message_retention_seconds"], 14 * 86400)
        if self.function.get("reserved_concurrent_executions") == 0:
            self.wrong.append(f"{self.run}: the function may never run")

    def deliver(self):
        told = self.function["environment"][0]["variables"]
        self.same("the stream the function is told of", told["LOGFERRY_STREAM"], self.stream["name"])
        ledger = self.r.get("aws_kinesis_firehose_delivery_stream.ledger[0]", {})
        self.same("the ledger's stream the function is told of", told.get("LOGFERRY_LEDGER_STREAM"), ledger.get("name"))
        together = int(told.get("LOGFERRY_BYTES_PER_SECOND", 0)) * self.r["aws_lambda_event_source_mapping.queue"]["scaling_config"][0]["maximum_concurrency"]
        self.same("whether the functions together stay within the stream's quota", together <= 5 * 1024 * 1024, True)
        self.same("the queue the function is told of", told["LOGFERRY_CONTINUATION_QUEUE_URL"], self.queue["url"])
        self.same("the function's log group", "/aws/lambda/" + self.function["function_name"] in self.groups, True)
        logs = {(s["log_group_name"], s["name"]) for s in self.kinds("aws_cloudwatch_log_stream")}
        for stream in self.kinds("aws_kinesis_firehose_delivery_stream"):
            outer = (stream.get("redshift_configuration") or stream["extended_s3_configuration"])[0]
            for part in [outer, *outer.get("s3_configuration", [])]:
                log = part["cloudwatch_logging_options"][0]
                self.same(f"the log of {stream['name']}", log["enabled"] and (log["log_group_name"], log["log_stream_name"]) in logs, True)
                if "bucket_arn" in part:
                    self.same(f"where {stream['name']} stages", part["bucket_arn"], self.staging["arn"])
            self.same(f"what takes the records of {stream['name']} apart", outer.get("processing_configuration"), None)
        for copies in self.stream.get("redshift_configuration", []):
            gzip = copies["s3_configuration"][0]["compression_format"] == "GZIP"
            self.same("whether COPY reads gzip", " GZIP " in copies["copy_options"], gzip)

    def told(self):
        """The daily question whether anything was loaded is heard where it was answered well, and only there."""
        asked = [json_of(s["target"][0]["input"]) for s in self.kinds("aws_scheduler_schedule")]
        for question in (q for q in asked if q["StatementName"].endswith("-load-check")):
            self.same("whether the load check sends an event", question.get("WithEvent"), True)
            rules = [r for r in self.kinds("aws_cloudwatch_event_rule") if r["event_pattern"]["source"] == ["aws.redshift-data"]]
            for state, must in [("FINISHED", 1), ("FAILED", 0), ("ABORTED", 0)]:
                counting = [r["name"] for r in rules if matches(r["event_pattern"], answered(question["StatementName"], state))]
                self.same(f"how many rules count a load check that {state}", len(counting), must)
                watched = [a for a in self.kinds("aws_cloudwatch_metric_alarm") if (a.get("dimensions") or {}).get("RuleName") in counting]
                self.same(f"how many alarms are about a load check that {state}", len(watched), must)
            others = [r["name"] for r in rules if matches(r["event_pattern"], answered("another", "FINISHED"))]
            self.same("rules that count another's statement", others, [])

    def kept(self):
        """Every folder of the staging bucket expires, by exactly one rule."""
        rules = [r for r in self.r["aws_s3_bucket_lifecycle_configuration.staging"]["rule"] if "expiration" in r]
        for folder in ["s3-access-log/x", "errors/x", "ledger/x", "ledger-errors/x", "backfill/x", "backfill-results/x", "replay/x"]:
            days = [r["expiration"][0]["days"] for r in rules if folder.startswith(r["filter"][0]["prefix"]) and r["status"] == "Enabled"]
            self.same(f"how long {folder} is kept", days, [400 if folder == "ledger/x" else 30])


def main():
    wrong = []
    for run, (resources, _) in plans.read(sys.argv[1]).items():
        path = Path(run, resources)
        if any(a.startswith("aws_cloudwatch_event_target") for a in resources):
            path.events([*EVENTS, FOREIGN] if run == "foreign" else EVENTS)
        elif not path.kinds("aws_s3_bucket_notification"):
            path.wrong.append(f"{run}: no way in")
        path.notifications()
        path.read()
        path.deliver()
        path.told()
        path.kept()
        wrong += path.wrong
    for line in wrong:
        print(line, file=sys.stderr)
    if not wrong:
        print("wiring: an object's event leads to the table, and what fails to the dead letters.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
