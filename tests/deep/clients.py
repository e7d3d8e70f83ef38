"""The local stack as boto3 sees it: what it answers, and what it refuses by AWS's names.

usage: clients.py STACK [POSTGRES_URL]

STACK is the program `local-stack`. Without a URL its warehouse is the embedded database.
"""

import concurrent.futures
import contextlib
import gzip
import json
import os
import subprocess
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/copy"
COLUMNS = "record_id,request_time,http_status,log_key,log_offset"
OPTIONS = "JSON 'auto' GZIP TIMEFORMAT 'auto'"


def check(good, *what):
    if not good:
        sys.exit("clients.py: " + " ".join(map(str, what)))


@contextlib.contextmanager
def refused(code):
    """What is done within must be refused by this name."""
    try:
        yield
    except ClientError as error:
        found = error.response["Error"]["Code"]
        check(found == code, f"refused as {found} instead of {code}:", error)
        check(error.response["Error"]["Message"], f"{code} says nothing")
    else:
        check(False, f"nothing was refused as {code}")


@contextlib.contextmanager
def stack(program, postgres):
    command = [program, "serve"] + (["--postgres", postgres] if postgres else [])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline()
            check(line, "the stack did not start")
            place = json.loads(line)
            os.environ.update(place["environment"])
            yield place
        finally:
            process.terminate()


class Redshift:
    def __init__(self, place):
        self.client = boto3.client("redshift-data", config=Config(retries={"total_max_attempts": 1}))
        self.place = {"WorkgroupName": place["workgroup"], "Database": place["database"]}

    def one(self, sql, **more):
        more = more if "SessionId" in more else {**self.place, **more}
        return self.ended(self.client.execute_statement(Sql=sql, **more)["Id"])

    def batch(self, sqls, **more):
        return self.ended(self.client.batch_execute_statement(Sqls=sqls, **self.place, **more)["Id"])

    def ended(self, statement):
        while True:
            seen = self.client.describe_statement(Id=statement, WaitTimeSeconds=10)
            if seen["Status"] in ("FINISHED", "FAILED", "ABORTED"):
                return seen

    def rows(self, statement):
        pages = self.client.get_paginator("get_statement_result").paginate(Id=statement)
        records = [row for page in pages for row in page["Records"]]
        return [[None if "isNull" in field else next(iter(field.values())) for field in row] for row in records]

    def ask(self, sql, **more):
        seen = self.one(sql, **more)
        check(seen["Status"] == "FINISHED", sql, seen.get("Error"))
        return self.rows(seen["Id"])


def stage(s3, bucket, name, rows):
    """A gzip file of rows, and a manifest that names it."""
    body = gzip.compress("\n".join(map(json.dumps, rows)).encode())
    s3.put_object(Bucket=bucket, Key=f"rows/{name}.gz", Body=body)
    entry = {"url": f"s3://{bucket}/rows/{name}.gz", "mandatory": True}
    s3.put_object(Bucket=bucket, Key=f"manifests/{name}", Body=json.dumps({"entries": [entry]}))
    return f"s3://{bucket}/manifests/{name}"


def load_once(table, manifest):
    loads = f"{table}_loads"
    return [
        f"LOCK TABLE {loads}",
        f"SELECT 1 / CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END FROM {loads} WHERE manifest = '{manifest}'",
        f"COPY {table} ({COLUMNS}) FROM '{manifest}' IAM_ROLE '{ROLE}' MANIFEST {OPTIONS}",
        f"INSERT INTO {loads} (manifest, source, loaded_rows) SELECT '{manifest}', 'check', PG_LAST_COPY_COUNT()",
    ]


def data_api_loads(redshift, s3, place):
    table, bucket = place["table"], place["staging_bucket"]
    rows = [{"record_id": str(n), "request_time": "2026-03-14T10:00:00Z", "http_status": 200} for n in range(2500)]
    manifest = stage(s3, bucket, "four", rows)
    # Four at once: one loads, the others find it loaded.
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda _: redshift.batch(load_once(table, manifest)), range(4)))
    statuses = sorted(one["Status"] for one in seen)
    check(statuses == ["FAILED", "FAILED", "FAILED", "FINISHED"], "four clients:", statuses, seen)
    check(all("division by zero" in one["Error"] for one in seen if one["Status"] == "FAILED"), seen)
    check(redshift.ask(f"SELECT COUNT(*) FROM {table}") == [[2500]], "rows were loaded twice, or not at all")
    loads = redshift.ask(f"SELECT manifest, source, loaded_rows FROM {table}_loads")
    check(loads == [[manifest, "check", 2500]], loads)
    good = next(one for one in seen if one["Status"] == "FINISHED")
    check([part["Id"] for part in good["SubStatements"]] == [f"{good['Id']}:{n}" for n in range(1, 5)], good)
    bad = next(one for one in seen if one["Status"] == "FAILED")
    check([part["Status"] for part in bad["SubStatements"]] == ["FINISHED", "FAILED", "ABORTED", "ABORTED"], bad)
    check(bad["Error"].startswith("Query #2 failed with ERROR"), bad["Error"])
    ids = redshift.ask(f"SELECT record_id FROM {table} ORDER BY record_id")
    check(len(ids) == 2500, "pages of a result:", len(ids))

    manifest = stage(s3, bucket, "bad", [{"record_id": "x"}, {"http_status": 99999}])
    failed = redshift.batch([f"INSERT INTO {table}_loads (manifest) VALUES ('before')", *load_once(table, manifest)])
    check(failed["Status"] == "FAILED" and "Load into table" in failed["Error"], failed)
    check(redshift.ask(f"SELECT COUNT(*) FROM {table}_loads") == [[1]], "a batch that failed left something")
    cause = redshift.ask(
        "SELECT TRIM(error_message), line_number FROM sys_load_error_detail WHERE file_name = "
        f"'s3://{bucket}/rows/bad.gz' AND start_time > sysdate - INTERVAL '7 days'"
    )
    check(cause == [["Overflow, Value '99999', Type: Short", 2]], cause)
    s3.delete_object(Bucket=bucket, Key="rows/bad.gz")
    failed = redshift.batch(load_once(table, manifest))
    check("#3" in failed["Error"] and "NoSuchKey" in failed["Error"], failed["Error"])


def data_api_sessions(redshift, s3, place):
    bucket = place["staging_bucket"]
    for part in (1, 2):
        row = json.dumps({"log_key": f"k{part}", "offset_sum": part}).encode()
        s3.put_object(Bucket=bucket, Key=f"ledger/{part}.gz", Body=gzip.compress(row))
    create = "CREATE TEMP TABLE ledger (log_key VARCHAR(1024), offset_sum DECIMAL(38,0)) DISTSTYLE ALL SORTKEY (log_key)"
    copy = f"COPY ledger FROM 's3://{bucket}/ledger/' IAM_ROLE '{ROLE}' {OPTIONS}"
    count = "SELECT COUNT(*), CAST(SUM(offset_sum) AS BIGINT) FROM ledger"
    seen = redshift.batch([create, copy, count])
    check(seen["Status"] == "FINISHED", seen)
    check(redshift.rows(f"{seen['Id']}:3") == [[2, 3]], "a temporary table in a batch")
    check("does not exist" in redshift.one(count)["Error"], "a temporary table outlives its batch")
    first = redshift.client.execute_statement(Sql=create, SessionKeepAliveSeconds=60, **redshift.place)
    redshift.ended(first["Id"])
    session = {"SessionId": first["SessionId"]}
    check(redshift.one(copy, **session)["Status"] == "FINISHED", "a session forgets its tables")
    check(redshift.ask(count, **session) == [[2, 3]], "a temporary table in a session")
    like = redshift.batch([f"CREATE TEMP TABLE staging (LIKE {place['table']})", "SELECT COUNT(*) FROM staging"])
    check(redshift.rows(f"{like['Id']}:2") == [[0]], like)


def data_api_refusals(redshift, place):
    client, there = redshift.client, redshift.place
    for wrong in (
        {**there, "WorkgroupName": "other"},
        {**there, "ClusterIdentifier": "logs"},
        {"Database": "dev"},
        {"WorkgroupName": place["workgroup"]},
        {**there, "Parameters": [{"name": "unused", "value": "1"}]},
    ):
        with refused("ValidationException"):
            client.execute_statement(Sql="SELECT 1", **wrong)
    with refused("ValidationException"):
        client.execute_statement(Sql="SELECT '" + "x" * 102400 + "'", **there)
    with refused("ValidationException"):
        client.get_statement_result(Id=redshift.batch(["SELECT 1"])["Id"])
    with refused("ResourceNotFoundException"):
        client.get_statement_result(Id=redshift.one("SELECT nothing")["Id"])
    with refused("ResourceNotFoundException"):
        client.describe_statement(Id="00000000-0000-4000-8000-000000000000")
    with refused("ValidationException"):
        client.cancel_statement(Id=redshift.one("SELECT 1")["Id"])
    # Without the client's own checks.
    unchecked = boto3.client("redshift-data", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))
    for wrong in ({"Sqls": ["SELECT 1"] * 41}, {"Sqls": []}, {"Sqls": ["SELECT :a"], "Parameters": [{"name": "a", "value": ""}]}):
        with refused("ValidationException"):
            unchecked.batch_execute_statement(**wrong, **there)
    with refused("ValidationException"):
        unchecked.describe_statement(Id=redshift.one("SELECT 1")["Id"], WaitTimeSeconds=31)


def data_api_values(redshift, place):
    hostile = "o'brien\\'; DROP TABLE x; -- ü"
    parameters = [{"name": "a", "value": hostile}, {"name": "n", "value": "41"}]
    asked = redshift.ask("SELECT CAST(:a AS VARCHAR(64)), ':a', CAST(:n AS BIGINT) + 1", Parameters=parameters)
    check(asked == [[hostile, ":a", 42]], asked)
    table = redshift.one("SELECT COUNT(*) FROM :t", Parameters=[{"name": "t", "value": place["table"]}])
    check(table["Status"] == "FAILED", "a parameter named a table")
    token = {"ClientToken": "the-same", **redshift.place}
    first = redshift.client.execute_statement(Sql="SELECT 1", **token)["Id"]
    check(redshift.client.execute_statement(Sql="SELECT 1", **token)["Id"] == first, "a token made two statements")
    columns = redshift.ask("SELECT column_name FROM svv_columns WHERE table_schema = 'public' AND table_name = 's3_access_log_loads' ORDER BY ordinal_position")
    check(columns == [["manifest"], ["source"], ["loaded_rows"], ["loaded_at"]], columns)
    wide = redshift.one("SELECT REPLACE('" + "x" * 1100 + "', 'x', '" + "y" * 60 + "')")
    check("too large" in wide.get("Error", ""), wide)


def redrive(sqs, place):
    """Dead letters moved by the service, among them some that no policy put there."""
    letters, events = place["dead_letter_queue_url"], place["queue_url"]
    attributes = sqs.get_queue_attributes(QueueUrl=letters, AttributeNames=["All"])["Attributes"]
    arn = attributes["QueueArn"]
    policy = json.loads(sqs.get_queue_attributes(QueueUrl=events, AttributeNames=["RedrivePolicy"])["Attributes"]["RedrivePolicy"])
    check(policy["deadLetterTargetArn"] == arn and policy["maxReceiveCount"] == 10, policy)
    check(sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[1])["QueueUrl"] == letters, "GetQueueUrl")
    entries = [{"Id": str(n), "MessageBody": json.dumps({"bucket": "b", "key": str(n)})} for n in range(10)]
    check(not sqs.send_message_batch(QueueUrl=letters, Entries=entries).get("Failed"), "a batch failed")
    got = sqs.receive_message(QueueUrl=letters, MaxNumberOfMessages=10, AttributeNames=["All"], VisibilityTimeout=30)["Messages"]
    check({"SentTimestamp", "ApproximateReceiveCount"} <= set(got[0]["Attributes"]), got[0])
    depth = sqs.get_queue_attributes(QueueUrl=letters, AttributeNames=["ApproximateNumberOfMessagesNotVisible"])
    check(depth["Attributes"] == {"ApproximateNumberOfMessagesNotVisible": "10"}, depth)
    shown = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"], "VisibilityTimeout": 0} for n, one in enumerate(got)]
    check(len(sqs.change_message_visibility_batch(QueueUrl=letters, Entries=shown)["Successful"]) == 10, "visibility")

    def task(status):
        while True:
            found = sqs.list_message_move_tasks(SourceArn=arn)["Results"][0]
            if found["Status"] not in ("RUNNING", "CANCELLING"):
                check(found["Status"] == status, found)
                return found
            time.sleep(0.05)

    sqs.start_message_move_task(SourceArn=arn)
    check(task("FAILED")["FailureReason"] == "CouldNotDetermineMessageSource", "no source was needed")
    other = sqs.get_queue_attributes(QueueUrl=events, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    handle = sqs.start_message_move_task(SourceArn=arn, DestinationArn=other, MaxNumberOfMessagesPerSecond=5)["TaskHandle"]
    with refused("InvalidParameterValue"):
        sqs.start_message_move_task(SourceArn=arn, DestinationArn=other)
    sqs.cancel_message_move_task(TaskHandle=handle)
    task("CANCELLED")
    for wrong, code in (
        ({"SourceArn": arn, "DestinationArn": other, "MaxNumberOfMessagesPerSecond": 501}, "InvalidParameterValue"),
        ({"SourceArn": arn + "x"}, "ResourceNotFoundException"),
        ({"SourceArn": other}, "InvalidParameterValue"),
    ):
        with refused(code):
            sqs.start_message_move_task(**wrong)
    with refused("AWS.SimpleQueueService.UnsupportedOperation"):
        sqs.cancel_message_move_task(TaskHandle=handle)


def listing(s3, place):
    """A bucket of a million keys from any place in it, and keys that need encoding."""
    bucket = place["made_up_bucket"]
    pages = s3.get_paginator("list_objects_v2")
    began = time.monotonic()
    keys = [one["Key"] for page in pages.paginate(Bucket=bucket, Prefix="access-logs/2024-03-1") for one in page["Contents"]]
    rate = len(keys) / (time.monotonic() - began)
    check(len(keys) == 28800 and keys == sorted(set(keys)), "ten days of made-up logs:", len(keys))
    after = s3.list_objects_v2(Bucket=bucket, StartAfter=keys[500], MaxKeys=3)
    check([one["Key"] for one in after["Contents"]] == keys[501:504] and after["IsTruncated"], after)
    one = s3.get_object(Bucket=bucket, Key=keys[7])
    check(one["ContentLength"] == s3.head_object(Bucket=bucket, Key=keys[7])["ContentLength"], keys[7])
    check(one["Body"].read().count(b"\n") > 0, "a made-up log without a line")
    with refused("NoSuchKey"):
        s3.get_object(Bucket=bucket, Key=keys[7] + "x")
    odd = ["odd/a b", "odd/a+b", "odd/%41", "odd/ü/1", "odd/ü/2"]
    for key in odd:
        s3.put_object(Bucket=place["staging_bucket"], Key=key, Body=b"x")
    found = s3.list_objects_v2(Bucket=place["staging_bucket"], Prefix="odd/", Delimiter="/")
    check([one["Key"] for one in found["Contents"]] == ["odd/%41", "odd/a b", "odd/a+b"], found)
    check([one["Prefix"] for one in found["CommonPrefixes"]] == ["odd/ü/"], found)
    check(all(one["ETag"] for one in found["Contents"]), "a listing without ETags")
    return rate


def main(program, postgres=None):
    began = time.monotonic()
    with stack(program, postgres) as place:
        redshift = Redshift(place)
        s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))
        data_api_loads(redshift, s3, place)
        data_api_sessions(redshift, s3, place)
        data_api_refusals(redshift, place)
        data_api_values(redshift, place)
        redrive(boto3.client("sqs", config=Config(retries={"total_max_attempts": 1})), place)
        rate = listing(s3, place)
    where = "PostgreSQL" if postgres else "the embedded database"
    print(f"boto3 finds the stack on {where} as it should be, {time.monotonic() - began:.0f} s; {rate:,.0f} keys/s listed")


if __name__ == "__main__":
    main(*sys.argv[1:])
