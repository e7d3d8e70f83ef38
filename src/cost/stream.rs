//! The path through queue, function and stream.
//!
//! What is counted: objects are read together in invocations, the rows of one invocation share
//! records, and each record is billed in whole units. What is measured: processor time, by
//! `benches/lambda_cost` and in `pack::compression`. What is left out: storage, and the queries.

use super::prices::{Item, Prices};
use super::shape::{Shape, as_f64};
use crate::pack::{BILLED_UNIT_BYTES, RECORD_TARGET_BYTES_DEFAULT, RecordCompression};

/// The most messages of an invocation: the module's `queue.batch_size`.
pub(super) const TOGETHER_MAX: f64 = 100.0;

/// Requests to the queue for an object: S3's or EventBridge's own message, and its share of receiving
/// and deleting in tens.
const SQS_REQUESTS_LIVE: f64 = 1.2;

/// The same where messages are sent in tens too.
const SQS_REQUESTS_SENT: f64 = 0.3;

/// Processor seconds a GB of log. Source: docs/lambda.md, `benches/lambda_cost`.
const SECONDS_A_GB: f64 = 4.75;

/// The same with gzip records. Source: `pack::compression`, measured at the level it uses.
const SECONDS_A_GB_GZIP: f64 = 27.0;

/// The module's memory, in GB, and the share of a processor it brings: 512 of 1,769 MB.
const MEMORY_GB: f64 = 0.5;
const PROCESSORS: f64 = 0.289;

/// Seconds an invocation waits for S3 by object, four of which are read at a time, and in any case.
const SECONDS_AN_OBJECT: f64 = 0.01;
const SECONDS_AN_INVOCATION: f64 = 0.1;

/// What the function writes to its log in an invocation, and to the ledger by object.
const LOG_BYTES: f64 = 1_900.0;
const LEDGER_BYTES: f64 = 300.0;

const GB: f64 = 1e9;

/// How the function hears of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotificationMode {
    /// S3 to `EventBridge` to the queue, the module's default.
    EventBridge,
    /// S3 to the queue.
    Bucket,
    /// Messages sent by `logferry backfill`.
    Sent,
}

/// What is to be read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Traffic {
    /// Objects.
    pub objects: f64,
    /// Bytes of log in them, uncompressed.
    pub bytes: f64,
}

/// The path, as far as it decides about cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stream {
    /// How large lines and rows are.
    pub shape: Shape,
    /// How many objects are read in an invocation, 1 to 100.
    pub together: f64,
    /// How the function hears of them.
    pub notification: NotificationMode,
}

/// US dollars by service.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct StreamCost {
    /// Bytes that Firehose bills, the ledger's among them.
    pub billed_bytes: f64,
    /// Firehose.
    pub firehose: f64,
    /// Reading the objects.
    pub s3: f64,
    /// The queue.
    pub sqs: f64,
    /// Events.
    pub eventbridge: f64,
    /// The function.
    pub lambda: f64,
    /// What the function logs.
    pub logs: f64,
}

impl StreamCost {
    /// Everything.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.parts().iter().map(|(_, usd)| usd).sum()
    }

    /// Each part with its name, in the order of the path.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, f64); 6] {
        [
            ("Firehose", self.firehose),
            ("S3 requests", self.s3),
            ("SQS", self.sqs),
            ("EventBridge", self.eventbridge),
            ("Lambda", self.lambda),
            ("Logs", self.logs),
        ]
    }
}

impl Stream {
    /// The path for logs that come all day: what a minute brings is read together.
    #[must_use]
    pub fn live(shape: Shape, objects_a_day: f64, notification: NotificationMode) -> Self {
        const MINUTES_A_DAY: f64 = 1440.0;
        let together = (objects_a_day / MINUTES_A_DAY).clamp(1.0, TOGETHER_MAX);
        Self { shape, together, notification }
    }

    /// The path for objects that wait in the queue.
    #[must_use]
    pub fn backfill(shape: Shape) -> Self {
        Self { shape, together: TOGETHER_MAX, notification: NotificationMode::Sent }
    }

    /// What reading that much costs.
    #[must_use]
    pub fn cost(&self, prices: &Prices, traffic: &Traffic) -> StreamCost {
        let Traffic { objects, bytes } = *traffic;
        if objects < 1.0 {
            return StreamCost::default();
        }
        let together = self.together.min(objects);
        let invocations = objects / together;
        let lines = bytes / invocations / self.shape.line_bytes;
        let billed_bytes = invocations
            * (billed(lines * self.shape.stored_bytes) + billed(together * LEDGER_BYTES));
        let requests = match self.notification {
            NotificationMode::Sent => SQS_REQUESTS_SENT,
            NotificationMode::Bucket | NotificationMode::EventBridge => SQS_REQUESTS_LIVE,
        };
        let events = match self.notification {
            NotificationMode::EventBridge => objects,
            NotificationMode::Bucket | NotificationMode::Sent => 0.0,
        };
        StreamCost {
            billed_bytes,
            firehose: billed_bytes / GB * prices.of(Item::FirehoseGb),
            s3: objects * prices.of(Item::S3Get),
            sqs: objects * requests * prices.of(Item::SqsRequest),
            eventbridge: events * prices.of(Item::EventBridgeEvent),
            lambda: invocations * self.invocation(prices, together, bytes / invocations),
            logs: invocations * LOG_BYTES / GB * prices.of(Item::LogsGb),
        }
    }

    fn invocation(&self, prices: &Prices, together: f64, bytes: f64) -> f64 {
        let seconds_a_gb = match self.shape.compression {
            RecordCompression::None => SECONDS_A_GB,
            RecordCompression::Gzip => SECONDS_A_GB_GZIP,
        };
        let working = seconds_a_gb * bytes / GB / PROCESSORS;
        let waiting = together * SECONDS_AN_OBJECT + SECONDS_AN_INVOCATION;
        working.max(waiting) * MEMORY_GB * prices.of(Item::LambdaGbSecond)
            + prices.of(Item::LambdaRequest)
    }
}

/// What Firehose bills for the rows of one invocation, in bytes: full records, and one for the rest.
fn billed(bytes: f64) -> f64 {
    let unit = as_f64(BILLED_UNIT_BYTES as u64);
    let record = (as_f64(RECORD_TARGET_BYTES_DEFAULT as u64) / unit).floor() * unit;
    let full = (bytes / record).floor();
    full * record + ((bytes - full * record) / unit).ceil() * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape {
        line_bytes: 634.0,
        row_bytes: 1105.0,
        stored_bytes: 1105.0,
        compression: RecordCompression::None,
    };

    fn traffic(lines: f64, lines_per_object: f64) -> Traffic {
        Traffic { objects: lines / lines_per_object, bytes: lines * SHAPE.line_bytes }
    }

    fn near(found: f64, expected: f64, by: f64) {
        assert!((found / expected - 1.0).abs() < by, "{found} is not {expected}");
    }

    /// Against a calculation by hand: 100 objects of 1,000 lines are 110.5 MB of rows, 423 full
    /// records and 17 units (108,240 + ...), and a ledger record of six.
    #[test]
    fn an_invocation_is_billed_as_its_records_are() {
        let stream = Stream::backfill(SHAPE);
        let cost = stream.cost(&Prices::default(), &traffic(100_000.0, 1_000.0));
        let units = 423 * 51 + (110_500_000_u64 - 423 * 261_120).div_ceil(5_120) + 6;
        near(cost.billed_bytes, as_f64(units * 5_120), 1e-12);
        near(cost.firehose, as_f64(units * 5_120) * 0.029e-9, 1e-12);
        near(cost.s3, 100.0 * 0.4e-6, 1e-12);
        near(cost.sqs, 30.0 * 0.4e-6, 1e-12);
        // It waits for S3 a little longer than it works.
        near(cost.lambda, 1.1 * 0.5 * 0.000_013_333_4 + 0.2e-6, 1e-12);
        let working = stream.cost(&Prices::default(), &traffic(1_000_000.0, 10_000.0));
        near(working.lambda, (4.75 * 0.634 / 0.289) * 0.5 * 0.000_013_333_4 + 0.2e-6, 1e-12);
        assert!(cost.eventbridge.abs() < f64::EPSILON);
    }

    /// The packing that was seen in the real function: 100 objects of 10 lines in an invocation were
    /// billed as 1.02 of their bytes, one alone as 1.37.
    #[test]
    fn small_objects_are_billed_more_when_they_come_alone() {
        for (objects, seen) in [(100.0, 1.02), (1.0, 1.37)] {
            let lines = objects * 10.0;
            near(billed(lines * SHAPE.stored_bytes) / (lines * SHAPE.stored_bytes), seen, 0.02);
        }
        let prices = Prices::default();
        let busy = Stream::live(SHAPE, 144_000.0, NotificationMode::Bucket);
        let quiet = Stream::live(SHAPE, 100.0, NotificationMode::Bucket);
        assert!((busy.together - 100.0).abs() < 1e-9 && (quiet.together - 1.0).abs() < 1e-9);
        let traffic = traffic(1e6, 10.0);
        assert!(quiet.cost(&prices, &traffic).total() > 2.0 * busy.cost(&prices, &traffic).total());
    }

    #[test]
    fn nothing_costs_nothing() {
        let none = Traffic { objects: 0.0, bytes: 0.0 };
        let cost = Stream::backfill(SHAPE).cost(&Prices::default(), &none);
        assert_eq!(cost, StreamCost::default());
    }

    #[test]
    fn the_parts_are_the_whole() {
        let stream = Stream::live(SHAPE, 1e5, NotificationMode::EventBridge);
        let cost = stream.cost(&Prices::default(), &traffic(1e8, 1e3));
        let StreamCost { firehose, s3, sqs, eventbridge, lambda, logs, .. } = cost;
        near(cost.total(), firehose + s3 + sqs + eventbridge + lambda + logs, 1e-12);
        assert!(eventbridge > 0.0);
    }
}
