"""What a month costs, from formulas and list prices: the tables of README.md.

What is measured: the bytes of a line and of a row of the made-up log, read from docs/cost.md, where `cargo golden` keeps them;
4.75 seconds of processor time a GB of logs, on the share of a processor that 512 MB bring. Everything else follows from the
module's defaults.
"""

import json
import math
import pathlib
import re

# US dollars, us-east-1, list prices as found in 2026-11; look before you rely on them. Each with where it was found.
FIREHOSE_GB = 0.029  # aws-samples/sample-cfm-tips-mcp, FIREHOSE_COST; each record rounded up to 5 KB: Firehose's price page
LAMBDA_GB_SECOND = 0.0000133334  # Lambda's price page, arm64
LAMBDA_REQUEST = 0.20e-6  # the same
SQS_REQUEST = 0.40e-6  # SQS's price page, standard queues
S3_GET = 0.40e-6  # S3's price page
EVENTBRIDGE_EVENT = 1.00e-6  # EventBridge's price page, events of AWS services by opt-in
LOG_GB = 0.50  # CloudWatch's price page
ALARM_METRIC = 0.10  # the same, a metric an alarm looks at
CUSTOM_METRIC = 0.30  # the same
RPU_HOUR = 0.375  # AWS Big Data blog, "Amazon Redshift Serverless at 4 RPUs"; a minute is the least

RECORD, UNIT = 262_144, 5_120
SECONDS_GB, PROCESSOR = 4.75, 0.289
MINUTES, DAYS = 30 * 1440, 30

FOLDER = pathlib.Path(__file__).resolve().parent.parent
MEASURED = re.search(r"A TB of log, (\d+) bytes a line and (\d+) a row", (FOLDER.parent / "docs" / "cost.md").read_text())
if MEASURED is None:
    raise SystemExit("docs/cost.md no longer says how many bytes a line and a row have, which scripts/cost.py reads there")
LINE, ROW = map(int, MEASURED.groups())
# Of the module's defaults: the metrics that alarms look at, and those of the binary.
ALARMS = sum(
    sum("metric" in q for q in alarm.get("metric_query", [])) or 1
    for address, alarm in json.loads((FOLDER / "tests" / "golden" / "default.json").read_text()).items()
    if address.startswith("aws_cloudwatch_metric_alarm.")
)
METRICS = len(json.loads((FOLDER / "contract.json").read_text())["metrics"])


def billed(size):
    """Bytes Firehose bills for rows of one invocation, packed into records."""
    whole, rest = divmod(size, RECORD)
    return whole * math.ceil(RECORD / UNIT) * UNIT + math.ceil(rest / UNIT) * UNIT


def month(lines, lines_an_object):
    """{part: dollars} of a month with so many lines, Redshift apart."""
    objects = lines / lines_an_object
    # The queue gathers for a minute, at most 100 objects.
    together = max(1.0, min(100.0, objects / MINUTES))
    invocations = objects / together
    read = LINE * lines_an_object * together
    seconds = max(SECONDS_GB * read / 1e9 / PROCESSOR, together / 4 * 0.04 + 0.1)
    return {
        "Firehose": invocations * billed(ROW * lines_an_object * together) / 1e9 * FIREHOSE_GB,
        "Firehose, the ledger": invocations * billed(300 * together) / 1e9 * FIREHOSE_GB,
        "S3 reads": objects * S3_GET,
        "SQS": 1.2 * objects * SQS_REQUEST,
        "EventBridge": objects * EVENTBRIDGE_EVENT,
        "Lambda": invocations * (seconds * 0.5 * LAMBDA_GB_SECOND + LAMBDA_REQUEST),
        "Logs": invocations * 1900 / 1e9 * LOG_GB,
        "Alarms and metrics": ALARMS * ALARM_METRIC + METRICS * CUSTOM_METRIC,
    }


def serverless(loads_a_day, units):
    """Dollars a month for loads that take no longer than the minute that is billed at least."""
    return loads_a_day * DAYS * 60 * units * RPU_HOUR / 3600


def dollars(value):
    return f"${value:,.2f}" if value < 100 else f"${value:,.0f}"


def tables():
    """The lines of both tables."""
    small, large = month(10_000_000, 100), month(1_000_000_000, 1_000)
    yield "US dollars a month at list prices of us-east-1, 2026-11 (`scripts/cost.py` has each with its source; look before you rely on"
    yield "them). Without storage, and without what Redshift costs for queries."
    yield ""
    yield "| | 10 million requests, 100 lines an object | 1 billion requests, 1,000 lines an object |"
    yield "|---|---|---|"
    for part in small:
        yield f"| {part} | {dollars(small[part])} | {dollars(large[part])} |"
    yield f"| in all, Redshift apart | {dollars(sum(small.values()))} | {dollars(sum(large.values()))} |"
    yield ""
    yield "Redshift Serverless, for loads alone, whatever the traffic, as long as a load takes no longer than a minute:"
    yield ""
    yield "| loads | 4 RPU | 8 RPU | 32 RPU | 128 RPU |"
    yield "|---|---|---|---|---|"
    for loads, what in [(96, "96 a day: every 15 minutes, the longest Firehose waits"), (24, "24 a day"), (4, "4 a day: `rate(6 hours)`"), (1, "once a day")]:
        yield f"| {what} | " + " | ".join(dollars(serverless(loads, units)) for units in (4, 8, 32, 128)) + " |"
    yield ""
    yield "The daily question whether anything was loaded (`alarms.load_check_schedule`) costs as much as one load a day."
