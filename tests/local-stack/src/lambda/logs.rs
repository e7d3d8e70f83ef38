//! What the function's processes write: log lines, and metrics in the embedded metric format.
//!
//! Every line is kept as it came. A line that is JSON with `_aws.CloudWatchMetrics` also counts
//! into the metrics, as `CloudWatch` would extract them.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// The lines and metrics so far.
#[derive(Debug, Default)]
pub struct Logs {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    lines: Vec<String>,
    metrics: BTreeMap<String, Vec<f64>>,
}

impl Logs {
    /// Every line so far, of standard output and standard error.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).lines.clone()
    }

    /// The sum of a metric's values; 0 for one that was never written.
    #[must_use]
    pub fn metric_sum(&self, name: &str) -> f64 {
        self.metric(name).iter().sum()
    }

    /// A metric's values in the order they were written.
    #[must_use]
    pub fn metric(&self, name: &str) -> Vec<f64> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.metrics.get(name).cloned().unwrap_or_default()
    }

    /// The names of every metric written so far.
    #[must_use]
    pub fn metric_names(&self) -> Vec<String> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).metrics.keys().cloned().collect()
    }

    /// Keeps a line, and the metrics in it.
    pub fn take(&self, line: String) {
        let found = metrics_of(&line);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.lines.push(line);
        for (name, values) in found {
            kept.metrics.entry(name).or_default().extend(values);
        }
    }
}

fn metrics_of(line: &str) -> Vec<(String, Vec<f64>)> {
    let Ok(document) = serde_json::from_str::<Value>(line) else { return Vec::new() };
    let directives = document.pointer("/_aws/CloudWatchMetrics").and_then(Value::as_array);
    directives
        .into_iter()
        .flatten()
        .filter_map(|directive| directive.get("Metrics")?.as_array())
        .flatten()
        .filter_map(|metric| metric.get("Name")?.as_str())
        .filter_map(|name| {
            let values = match document.get(name)? {
                Value::Array(values) => values.iter().filter_map(Value::as_f64).collect(),
                value => vec![value.as_f64()?],
            };
            Some((name.to_owned(), values))
        })
        .collect()
}
