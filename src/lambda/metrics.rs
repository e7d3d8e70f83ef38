//! Metrics in CloudWatch's embedded metric format: one JSON line an invocation.
//!
//! One table, [`METRICS`], is the only source of names, units and docs: the reference in
//! `docs/metrics.md` and the contract with the Terraform module are made of it. Source of the form:
//! CloudWatch User Guide, "Embedded metric format specification". What it does not do: call
//! CloudWatch; Lambda's log group does the rest.

use serde_json::{Map, Value, json};

use crate::pipeline::Totals;

/// One metric.
#[derive(Clone, Copy)]
pub(crate) struct Metric {
    /// Its name in CloudWatch.
    pub name: &'static str,
    /// Its unit, one of CloudWatch's.
    pub unit: &'static str,
    /// What it counts.
    pub doc: &'static str,
    /// Its value. `None`: there is nothing to report this time.
    value: fn(&Counts<'_>) -> Option<u64>,
}

/// What the values are taken from.
pub(super) struct Counts<'t> {
    pub(super) totals: &'t Totals,
    pub(super) continuations: u64,
    pub(super) ledger_lost: u64,
}

const fn metric(
    name: &'static str,
    unit: &'static str,
    doc: &'static str,
    value: fn(&Counts<'_>) -> Option<u64>,
) -> Metric {
    Metric { name, unit, doc, value }
}

/// Every metric, in the order of the reference.
pub(crate) const METRICS: [Metric; 19] = [
    metric(
        "ObjectsDone",
        "Count",
        "Objects read to their end, with every row acknowledged.",
        |c| Some(c.totals.objects_done),
    ),
    metric(
        "ObjectsFailed",
        "Count",
        "Objects that failed, refused ones and those that no other invocation continues included; their messages come again.",
        |c| {
            let left = c.totals.objects_unfinished.saturating_sub(c.continuations);
            Some(c.totals.objects_failed + left)
        },
    ),
    metric("ObjectsMissing", "Count", "Objects that no longer exist; counted as success.", |c| {
        Some(c.totals.objects_missing)
    }),
    metric(
        "ObjectsRefused",
        "Count",
        "Objects that are no access logs; part of ObjectsFailed.",
        |c| Some(c.totals.objects_refused),
    ),
    metric("Lines", "Count", "Lines read, blank ones apart.", |c| Some(c.totals.lines)),
    metric("RowsDelivered", "Count", "Rows Firehose acknowledged.", |c| {
        Some(c.totals.rows_delivered)
    }),
    metric("RowsQuarantined", "Count", "Lines that became quarantined rows.", |c| {
        Some(c.totals.rows_quarantined)
    }),
    metric("RowsFiltered", "Count", "Lines that a filter dropped.", |c| {
        Some(c.totals.rows_filtered)
    }),
    metric("BytesRead", "Bytes", "Stored bytes received from S3, repeated reads included.", |c| {
        Some(c.totals.bytes_read)
    }),
    metric("RecordsDelivered", "Count", "Firehose records acknowledged, each of many rows.", |c| {
        Some(c.totals.records_delivered)
    }),
    metric(
        "BilledUnits5KB",
        "Count",
        "Units of 5 KB Firehose bills for the acknowledged records.",
        |c| Some(c.totals.billed_units),
    ),
    metric("RecordsRetried", "Count", "Records sent again after a failure.", |c| {
        Some(c.totals.records_retried)
    }),
    metric(
        "Throttles",
        "Count",
        "Calls to Firehose that failed in whole or in part and were tried again.",
        |c| Some(c.totals.throttles),
    ),
    metric(
        "S3LagSeconds",
        "Seconds",
        "Longest time between a request and the writing of its log object.",
        |c| c.totals.s3_lag_s.and_then(|seconds| u64::try_from(seconds).ok()),
    ),
    metric(
        "OwnLagSeconds",
        "Seconds",
        "Longest time between the writing of a log object and its reading here.",
        |c| c.totals.own_lag_s.and_then(|seconds| u64::try_from(seconds).ok()),
    ),
    metric(
        "ConservationMismatch",
        "Count",
        "Objects or invocations whose rows do not add up: a defect, alarm on it.",
        |c| Some(c.totals.conservation_mismatches),
    ),
    metric(
        "TrailingFieldsMax",
        "Count",
        "Most fields of a line behind the known ones: above 0, S3 has added fields.",
        |c| u64::try_from(c.totals.trailing_fields_max).ok(),
    ),
    metric(
        "Continuations",
        "Count",
        "Objects that another invocation continues, through the queue.",
        |c| Some(c.continuations),
    ),
    metric(
        "LedgerLost",
        "Count",
        "Objects whose line in the ledger was lost; they are delivered, and an audit reads them again.",
        |c| Some(c.ledger_lost),
    ),
];

/// The dimension of every metric.
pub(super) const DIMENSION: &str = "FunctionName";

/// The line for one invocation, without its newline.
#[must_use]
pub(crate) fn emf_line(
    namespace: &str,
    function_name: &str,
    timestamp_unix_ms: u64,
    counts: &Counts<'_>,
) -> String {
    let mut root = Map::new();
    let mut definitions = Vec::new();
    for metric in METRICS {
        let Some(value) = (metric.value)(counts) else { continue };
        root.insert(metric.name.to_owned(), json!(value));
        definitions.push(json!({"Name": metric.name, "Unit": metric.unit}));
    }
    root.insert(DIMENSION.to_owned(), json!(function_name));
    let directive = json!({
        "Namespace": namespace,
        "Dimensions": [[DIMENSION]],
        "Metrics": definitions,
    });
    root.insert(
        "_aws".to_owned(),
        json!({"Timestamp": timestamp_unix_ms, "CloudWatchMetrics": [directive]}),
    );
    Value::Object(root).to_string()
}

/// The reference of the metrics, in Markdown.
#[must_use]
pub fn metric_reference() -> String {
    let lines: Vec<String> = METRICS
        .iter()
        .map(|metric| format!("| `{}` | {} | {} |\n", metric.name, metric.unit, metric.doc))
        .collect();
    format!("| name | unit | meaning |\n|---|---|---|\n{}", lines.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(totals: &Totals, continuations: u64) -> Counts<'_> {
        Counts { totals, continuations, ledger_lost: 0 }
    }

    #[test]
    fn the_line_is_what_cloudwatch_reads() {
        let totals = Totals { lines: 3, s3_lag_s: Some(60), ..Totals::default() };
        let line = emf_line("ns", "fn", 1_700_000_000_000, &counts(&totals, 0));
        assert!(!line.contains('\n'));
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["Lines"], 3);
        assert_eq!(value["S3LagSeconds"], 60);
        assert_eq!(value["FunctionName"], "fn");
        assert_eq!(value.get("OwnLagSeconds"), None);
        let directive = &value["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Namespace"], "ns");
        assert_eq!(directive["Dimensions"], json!([["FunctionName"]]));
        for definition in directive["Metrics"].as_array().unwrap() {
            let name = definition["Name"].as_str().unwrap();
            assert!(value.get(name).is_some(), "{name} is declared and has no value");
        }
    }

    #[test]
    fn an_object_nobody_took_over_has_failed() {
        let totals = Totals { objects_failed: 1, objects_unfinished: 3, ..Totals::default() };
        let value: Value =
            serde_json::from_str(&emf_line("n", "f", 0, &counts(&totals, 2))).unwrap();
        assert_eq!((&value["ObjectsFailed"], &value["Continuations"]), (&json!(2), &json!(2)));
    }
}
