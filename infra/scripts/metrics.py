"""Holds every alarm and graph to metrics that exist, of things that exist.

usage: metrics.py PLANS

A metric of AWS must stand in tests/aws_metrics.json, one of the binary in contract.json; each with the dimension it has; and the
dimension's value must be the name of a planned resource. An alarm on a metric nobody sends never changes its colour.
"""

import json
import pathlib
import sys

import plans

FOLDER = pathlib.Path(__file__).resolve().parent.parent


def known():
    """{namespace: ({metric}, [dimension])}; the binary's under its own default namespace."""
    listed = json.loads((FOLDER / "tests" / "aws_metrics.json").read_text())["namespaces"]
    metrics = {n: ({*m["canned"], *m.get("documented", [])}, m["dimensions"]) for n, m in listed.items()}
    own = json.loads((FOLDER / "contract.json").read_text())["metrics"]
    metrics["logferry"] = ({m["name"] for m in own}, sorted({m["dimension"] for m in own}))
    return metrics


def names(resources):
    """The names that may stand behind a dimension."""
    kinds = {
        "QueueName": ("aws_sqs_queue", "name"),
        "FunctionName": ("aws_lambda_function", "function_name"),
        "DeliveryStreamName": ("aws_kinesis_firehose_delivery_stream", "name"),
        "RuleName": ("aws_cloudwatch_event_rule", "name"),
        "StateMachineArn": ("aws_sfn_state_machine", "arn"),
    }
    return {d: {r.get(key) for _, r in plans.of_kind(resources, kind)} for d, (kind, key) in kinds.items()}


def used(resources):
    """(where, namespace, metric, {dimension: value}) of each alarm and graph."""
    for address, alarm in plans.of_kind(resources, "aws_cloudwatch_metric_alarm"):
        queries = [q["metric"][0] for q in alarm.get("metric_query", []) if "metric" in q]
        for m in queries or [alarm]:
            yield address, m["namespace"], m["metric_name"], m.get("dimensions", {})
    for address, dashboard in plans.of_kind(resources, "aws_cloudwatch_dashboard"):
        for widget in dashboard["dashboard_body"]["widgets"]:
            for namespace, metric, dimension, value, *_ in widget["properties"].get("metrics", []):
                yield f"{address} {widget['properties']['title']}", namespace, metric, {dimension: value}


def faults(resources):
    metrics, there = known(), names(resources)
    for where, namespace, metric, dimensions in used(resources):
        if namespace not in metrics:
            yield f"{where}: nobody sends metrics to {namespace}"
            continue
        exist, wanted = metrics[namespace]
        if metric not in exist:
            yield f"{where}: {namespace} has no metric {metric}"
        if sorted(dimensions) != wanted:
            yield f"{where}: {namespace} {metric} has the dimensions {wanted}, not {sorted(dimensions)}"
        for dimension, value in dimensions.items():
            if value not in there.get(dimension, set()):
                yield f"{where}: there is no {value} to be the {dimension} of {metric}"


def main():
    wrong, count = [], 0
    for run, (resources, _) in plans.read(sys.argv[1]).items():
        wrong += [f"{run}: {fault}" for fault in faults(resources)]
        count += len(list(used(resources)))
    for line in wrong:
        print(line, file=sys.stderr)
    if not wrong:
        print(f"metrics: {count} alarms and graphs look at what exists.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
