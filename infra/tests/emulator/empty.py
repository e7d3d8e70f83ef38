"""Empties log and staging bucket, as a user does before a destroy: a bucket resists while it holds objects.

Objects go one by one: the emulator's answer to the bulk call, which force_destroy makes, hangs the provider.

usage: terraform output -json | empty.py ENDPOINT    (with the Python of ministack's virtual environment, for botocore)
"""

import json
import sys

import botocore.session

outputs = json.load(sys.stdin)
if "logferry" not in outputs:
    sys.exit(0)
buckets = [outputs["logferry"]["value"]["staging_bucket"], outputs["log_bucket"]["value"]]
session = botocore.session.get_session()
session.set_credentials("123456789012", "emulator")
client = session.create_client("s3", region_name="eu-west-1", endpoint_url=sys.argv[1])
count = 0
for bucket in buckets:
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for entry in page.get("Contents", []):
            client.delete_object(Bucket=bucket, Key=entry["Key"])
            count += 1
print(f"{count} objects removed", file=sys.stderr)
