//! The metrics that are asked for, all in one call.

use crate::operate::stack::Stack;
use crate::ports::Metric;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Series {
    /// Age of the oldest message, in seconds.
    OldestMessage,
    /// Invocations that failed whole.
    FunctionErrors,
    /// Messages that Lambda took for a loop.
    LoopsDropped,
    /// The share of loads that Redshift took.
    LoadSuccess,
    /// The share of writes that the staging bucket took.
    StagingSuccess,
    /// Bytes that came to the stream.
    StreamBytes,
    /// What the stream takes in a second.
    StreamQuota,
    /// Records that it sent back.
    StreamThrottled,
    /// Log objects that were gone before they were read.
    ObjectsMissing,
    /// Lines read and lines accounted for that differ.
    Mismatches,
}

/// How long the periods of the stream's bytes are: a minute would cost five times the values.
pub(super) const STREAM_PERIOD_S: u32 = 300;

/// How far back is looked.
pub(super) const DAY_S: i64 = 86_400;

/// The namespace that the function has by default.
const NAMESPACE: &str = "logferry";

const HOUR_S: u32 = 3600;

/// Those that can be asked for, each with its place in the call.
pub(super) fn wanted(stack: &Stack) -> Vec<(Series, Metric)> {
    let mut wanted = Vec::new();
    let mut of = |dimension, value: Option<&str>, namespace: &str, list: &[Line]| {
        let Some(value) = value else { return };
        for (series, name, statistic, period_s) in list {
            wanted.push((
                *series,
                Metric {
                    namespace: namespace.to_owned(),
                    name: (*name).to_owned(),
                    dimension: (dimension, value.to_owned()),
                    statistic,
                    period_s: *period_s,
                },
            ));
        }
    };
    let queue = stack.queue.arn.as_deref().map(super::text::name_of);
    of("QueueName", queue, "AWS/SQS", &OF_QUEUE);
    of("FunctionName", stack.function.name.as_deref(), "AWS/Lambda", &OF_FUNCTION);
    of("DeliveryStreamName", stack.stream.name.as_deref(), "AWS/Firehose", &OF_STREAM);
    let own = stack.metrics.namespace.as_deref().unwrap_or(NAMESPACE);
    of("FunctionName", stack.function.name.as_deref(), own, &OF_OURS);
    wanted
}

type Line = (Series, &'static str, &'static str, u32);

const OF_QUEUE: [Line; 1] =
    [(Series::OldestMessage, "ApproximateAgeOfOldestMessage", "Maximum", HOUR_S)];
const OF_FUNCTION: [Line; 2] = [
    (Series::FunctionErrors, "Errors", "Sum", HOUR_S),
    (Series::LoopsDropped, "RecursiveInvocationsDropped", "Sum", HOUR_S),
];
const OF_STREAM: [Line; 5] = [
    (Series::LoadSuccess, "DeliveryToRedshift.Success", "Average", HOUR_S),
    (Series::StagingSuccess, "DeliveryToS3.Success", "Average", HOUR_S),
    (Series::StreamBytes, "IncomingBytes", "Sum", STREAM_PERIOD_S),
    (Series::StreamQuota, "BytesPerSecondLimit", "Minimum", HOUR_S),
    (Series::StreamThrottled, "ThrottledRecords", "Sum", HOUR_S),
];
const OF_OURS: [Line; 2] = [
    (Series::ObjectsMissing, "ObjectsMissing", "Sum", HOUR_S),
    (Series::Mismatches, "ConservationMismatch", "Sum", HOUR_S),
];

/// The values of a day, the newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Values(Vec<(Series, Vec<f64>)>);

impl Values {
    /// Values in the order in which they were wanted.
    pub(super) fn new(wanted: &[(Series, Metric)], values: Vec<Vec<f64>>) -> Self {
        Self(wanted.iter().map(|(series, _)| *series).zip(values).collect())
    }

    #[cfg(test)]
    pub(super) fn of(values: &[(Series, &[f64])]) -> Self {
        Self(values.iter().map(|(series, values)| (*series, values.to_vec())).collect())
    }

    pub(super) fn all(&self, series: Series) -> &[f64] {
        let found = self.0.iter().find(|(one, _)| *one == series);
        found.map(|(_, values)| values.as_slice()).unwrap_or_default()
    }

    pub(super) fn sum(&self, series: Series) -> f64 {
        self.all(series).iter().sum()
    }

    pub(super) fn newest(&self, series: Series) -> Option<f64> {
        self.all(series).first().copied()
    }

    pub(super) fn max(&self, series: Series) -> Option<f64> {
        self.all(series).iter().copied().reduce(f64::max)
    }

    pub(super) fn min(&self, series: Series) -> Option<f64> {
        self.all(series).iter().copied().reduce(f64::min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_is_not_asked_for_and_values_keep_their_series() {
        let mut stack = Stack::default();
        assert_eq!(wanted(&stack), []);
        stack.function.name = Some("ferry".into());
        stack.metrics.namespace = Some("Ours".into());
        let asked = wanted(&stack);
        let names: Vec<_> =
            asked.iter().map(|(_, one)| (one.namespace.as_str(), one.name.as_str())).collect();
        assert_eq!(
            names,
            [
                ("AWS/Lambda", "Errors"),
                ("AWS/Lambda", "RecursiveInvocationsDropped"),
                ("Ours", "ObjectsMissing"),
                ("Ours", "ConservationMismatch"),
            ]
        );
        let values = Values::new(&asked, vec![vec![], vec![], vec![2.0, 1.0], vec![]]);
        let missing = Series::ObjectsMissing;
        assert_eq!((values.sum(missing), values.max(missing)), (3.0, Some(2.0)));
        assert_eq!(values.max(Series::FunctionErrors), None);
    }
}
