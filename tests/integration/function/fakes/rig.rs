//! The function on fakes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use logferry::filter::Filters;
use logferry::lambda::{Context, Function, LedgerStream, Response};
use logferry::pack::{BatchSize, RecordCompression};
use logferry::pipeline::{Pipeline, Settings};
use logferry::row::RowOptions;
use serde_json::{Value, json};

use super::lines::lines_of;
use super::queue::{FakeQueue, Queue};
use super::sink::{FakeSink, Stream};
use super::source::{FakeSource, World};

/// The function on fakes.
pub(crate) struct Rig {
    pub(crate) source: Arc<FakeSource>,
    pub(crate) sink: Arc<FakeSink>,
    pub(crate) queue: Arc<FakeQueue>,
    /// Where the ledger goes, if there is one.
    pub(crate) ledger: Option<Arc<FakeSink>>,
    pub(crate) settings: Settings,
    pub(crate) with_queue: bool,
    pub(crate) time: Duration,
    pub(crate) seed: u64,
}

impl Rig {
    pub(crate) fn new() -> Self {
        let settings = Settings {
            record_bytes: 5_120,
            record_compression: RecordCompression::None,
            batch: BatchSize::Call(20_480),
            objects_in_flight: 4,
            calls_in_flight: 2,
            bytes_per_second: None,
            rows: RowOptions::default(),
            filters: Arc::new(Filters::default()),
        };
        Self {
            source: Arc::default(),
            sink: Arc::default(),
            queue: Arc::default(),
            ledger: None,
            settings,
            with_queue: true,
            time: Duration::from_mins(1),
            seed: 1,
        }
    }

    pub(crate) fn pipeline(&self) -> Pipeline<World, Stream> {
        let source = Arc::new(World(Arc::clone(&self.source)));
        let sink = Arc::new(Stream(Arc::clone(&self.sink)));
        Pipeline::new(source, sink, self.settings.clone())
    }

    pub(crate) async fn handle(&self, payload: &Value) -> Response {
        let queue = self.with_queue.then(|| Queue(Arc::clone(&self.queue)));
        let ledger = self.ledger.as_ref().map(|sink| LedgerStream {
            sink: Stream(Arc::clone(sink)),
            settings: "0badcafe".to_owned(),
        });
        let function = Function::new(self.pipeline(), queue, Duration::from_secs(10));
        let function = function.with_ledger(ledger);
        let context = Context { time: self.time, now_unix_s: 1_773_450_060, seed: self.seed };
        function.handle(&payload.to_string(), context).await
    }

    /// An SQS event of one message for each key; the key is its message's id.
    pub(crate) async fn sqs(&self, keys: &[&str]) -> Response {
        let records: Vec<Value> = keys.iter().map(|key| sqs_record(key, &by_hand(key))).collect();
        self.handle(&json!({ "Records": records })).await
    }

    /// How often each line was taken, by key, offset and record id.
    pub(crate) fn rows(&self) -> BTreeMap<(String, u64, String), usize> {
        let taken = self.sink.taken.lock().unwrap();
        let mut rows = BTreeMap::new();
        for row in taken.iter().flat_map(|data| data.split_inclusive(|b| *b == b'\n')) {
            let row: Value = serde_json::from_slice(row).unwrap();
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            let row = (text("log_key"), row["log_offset"].as_u64().unwrap(), text("record_id"));
            *rows.entry(row).or_insert(0) += 1;
        }
        rows
    }

    /// Asserts that exactly the lines of these objects were taken, each once.
    pub(crate) fn assert_exactly(&self, objects: &[(&str, &[u8])]) {
        let mut expected = BTreeMap::new();
        for (key, log) in objects {
            for (offset, id) in lines_of(log) {
                expected.insert(((*key).to_owned(), offset, id), 1);
            }
        }
        assert_eq!(self.rows(), expected);
    }

    /// Asserts that every line of these objects was taken, and nothing else, however often.
    pub(crate) fn assert_at_least(&self, objects: &[(&str, &[u8])]) {
        let rows: Vec<_> = self.rows().into_keys().collect();
        let mut expected = Vec::new();
        for (key, log) in objects {
            expected.extend(
                lines_of(log).into_iter().map(|(offset, id)| ((*key).to_owned(), offset, id)),
            );
        }
        expected.sort();
        assert_eq!(rows, expected);
    }
}

pub(crate) fn by_hand(key: &str) -> String {
    json!({"bucket": "logs", "key": key}).to_string()
}

pub(crate) fn sqs_record(id: &str, body: &str) -> Value {
    json!({"messageId": id, "eventSource": "aws:sqs", "body": body})
}

/// The message ids an answer reports as failed.
pub(crate) fn failed(answer: &Response) -> Vec<String> {
    let value = answer.result.as_ref().unwrap();
    let failures = value["batchItemFailures"].as_array().unwrap();
    failures.iter().map(|item| item["itemIdentifier"].as_str().unwrap().to_owned()).collect()
}
