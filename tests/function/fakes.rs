//! Fakes of S3, Firehose and SQS that fail on command, and remember what they took.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use logferry::access_log::{Line, LineSplitter};
use logferry::filter::Filters;
use logferry::lambda::{Answer, Context, Function};
use logferry::pack::{BATCH_BYTES_MAX, BATCH_RECORDS_MAX, RECORD_BYTES_MAX, Record};
use logferry::pipeline::{
    HandoverQueue, ObjectBody, ObjectSource, ObjectTask, Opened, Pipeline, QueueError, RecordSink,
    Settings, SinkError, SourceError, Verdict,
};
use logferry::row::RecordId;
use logferry::sample::Sample;
use serde_json::{Value, json};
use tokio::time::sleep;

/// An object in the fake bucket.
#[derive(Clone, Default)]
pub(crate) struct Stored {
    pub(crate) bytes: Vec<u8>,
    pub(crate) etag: String,
}

/// What happens to one opening of an object.
#[derive(Clone)]
pub(crate) enum Reading {
    /// The bytes come in chunks of this size.
    Well(usize),
    /// It does not open.
    Fails(SourceError),
    /// The connection breaks after so many bytes.
    Breaks(usize),
    /// The stream ends after so many bytes, as if that were all.
    EndsEarly(usize),
    /// The object is replaced after so many bytes, and the connection breaks.
    Changes(usize, Stored),
    /// No bytes come for this long after so many.
    Stalls(usize, Duration),
    /// The code reading it panics after so many bytes.
    Panics(usize),
}

type Key = (String, String);

/// A fake of S3. Openings without a script go well.
#[derive(Default)]
pub(crate) struct FakeSource {
    pub(crate) objects: Mutex<HashMap<Key, Stored>>,
    pub(crate) script: Mutex<HashMap<String, VecDeque<Reading>>>,
    /// Every opening: key, offset, version asked for.
    pub(crate) openings: Mutex<Vec<(String, u64, Option<String>)>>,
}

impl FakeSource {
    pub(crate) fn put(&self, key: &str, bytes: impl Into<Vec<u8>>) {
        let stored = Stored { bytes: bytes.into(), etag: "\"v1\"".to_owned() };
        self.objects.lock().unwrap().insert(("logs".to_owned(), key.to_owned()), stored);
    }

    pub(crate) fn script(&self, key: &str, readings: impl IntoIterator<Item = Reading>) {
        self.script.lock().unwrap().insert(key.to_owned(), readings.into_iter().collect());
    }

    fn next(&self, key: &str) -> Reading {
        let mut script = self.script.lock().unwrap();
        script.get_mut(key).and_then(VecDeque::pop_front).unwrap_or(Reading::Well(4_096))
    }
}

pub(crate) struct World(pub(crate) Arc<FakeSource>);

pub(crate) struct FakeBody {
    rest: Vec<u8>,
    reading: Reading,
    given: usize,
    replace: Option<(Arc<FakeSource>, Key)>,
}

impl ObjectSource for World {
    type Body = FakeBody;

    async fn open(
        &self,
        object: &ObjectTask,
        offset: u64,
        if_match: Option<&str>,
    ) -> Result<Opened<FakeBody>, SourceError> {
        let opening = (object.key.clone(), offset, if_match.map(str::to_owned));
        self.0.openings.lock().unwrap().push(opening);
        let reading = self.0.next(&object.key);
        if let Reading::Fails(error) = reading {
            return Err(error);
        }
        let key = (object.bucket.clone(), object.key.clone());
        let stored = self.0.objects.lock().unwrap().get(&key).cloned();
        let stored = stored.ok_or(SourceError::Missing)?;
        if if_match.is_some_and(|etag| etag != stored.etag) {
            return Err(SourceError::Changed);
        }
        let rest = stored.bytes[usize::try_from(offset).unwrap()..].to_vec();
        Ok(Opened {
            length: Some(rest.len() as u64),
            etag: Some(stored.etag),
            last_modified_unix_s: Some(1_773_450_000),
            body: FakeBody { rest, reading, given: 0, replace: Some((Arc::clone(&self.0), key)) },
        })
    }
}

impl ObjectBody for FakeBody {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, SourceError> {
        tokio::task::yield_now().await;
        let (limit, size) = match &self.reading {
            Reading::Well(size) => (usize::MAX, *size),
            Reading::Breaks(at)
            | Reading::EndsEarly(at)
            | Reading::Panics(at)
            | Reading::Changes(at, _)
            | Reading::Stalls(at, _) => (*at, 1_000),
            Reading::Fails(error) => return Err(error.clone()),
        };
        let size = size.min(limit - self.given).min(self.rest.len());
        if size > 0 {
            self.given += size;
            return Ok(Some(self.rest.drain(..size).collect::<Vec<u8>>().into()));
        }
        if self.given < limit {
            return Ok(None);
        }
        match std::mem::replace(&mut self.reading, Reading::Well(4_096)) {
            Reading::EndsEarly(_) => Ok(None),
            Reading::Panics(_) => panic!("a panic on command"),
            Reading::Changes(_, stored) => {
                let (source, key) = self.replace.take().unwrap();
                source.objects.lock().unwrap().insert(key, stored);
                Err(SourceError::Interrupted("replaced".to_owned()))
            }
            Reading::Stalls(_, time) => {
                sleep(time).await;
                let rest = std::mem::take(&mut self.rest);
                Ok((!rest.is_empty()).then(|| rest.into()))
            }
            _ => Err(SourceError::Interrupted("broken".to_owned())),
        }
    }
}

/// What happens to one call to the sink.
#[derive(Clone)]
pub(crate) enum Call {
    Well,
    /// Refused as a whole, nothing taken.
    Fails(SinkError),
    /// Everything is taken, and the answer is lost.
    TakenUnheard,
    /// The records at these positions get this verdict and are not taken.
    Partly(Vec<usize>, Verdict),
    /// Answers for the first so many records only, though all were taken.
    AnswersShort(usize),
    /// No answer for this long; then everything is taken.
    Slow(Duration),
    Panics,
}

/// A fake of Firehose. Calls without a script go well.
#[derive(Default)]
pub(crate) struct FakeSink {
    pub(crate) script: Mutex<VecDeque<Call>>,
    /// What comes when the script is over; `None`: calls go well.
    pub(crate) always: Mutex<Option<Call>>,
    /// Every record taken, in order.
    pub(crate) taken: Mutex<Vec<Vec<u8>>>,
    /// Records of each call.
    pub(crate) calls: Mutex<Vec<usize>>,
    in_flight: Mutex<(usize, usize)>,
    /// The most calls and bytes that were in flight at once.
    pub(crate) peak: Mutex<(usize, usize)>,
}

pub(crate) struct Stream(pub(crate) Arc<FakeSink>);

struct InFlight<'s>(&'s FakeSink, usize);

impl<'s> InFlight<'s> {
    fn enter(sink: &'s FakeSink, bytes: usize) -> Self {
        let mut now = sink.in_flight.lock().unwrap();
        *now = (now.0 + 1, now.1 + bytes);
        let mut peak = sink.peak.lock().unwrap();
        *peak = (peak.0.max(now.0), peak.1.max(now.1));
        Self(sink, bytes)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let mut now = self.0.in_flight.lock().unwrap();
        *now = (now.0 - 1, now.1 - self.1);
    }
}

impl RecordSink for Stream {
    async fn put(&self, records: &[Record]) -> Result<Vec<Verdict>, SinkError> {
        let bytes: usize = records.iter().map(|record| record.data().len()).sum();
        // What AWS would refuse must never be asked for.
        assert!((1..=BATCH_RECORDS_MAX).contains(&records.len()));
        assert!(bytes <= BATCH_BYTES_MAX);
        assert!(records.iter().all(|record| (1..=RECORD_BYTES_MAX).contains(&record.data().len())));
        assert!(records.iter().all(|record| record.data().ends_with(b"\n")));
        let _in_flight = InFlight::enter(&self.0, bytes);
        self.0.calls.lock().unwrap().push(records.len());
        let scripted = self.0.script.lock().unwrap().pop_front();
        let call = scripted.or_else(|| self.0.always.lock().unwrap().clone());
        sleep(Duration::from_millis(20)).await;
        let take = |records: &[Record]| {
            let mut taken = self.0.taken.lock().unwrap();
            taken.extend(records.iter().map(|record| record.data().to_vec()));
        };
        let mut verdicts = vec![Verdict::Accepted; records.len()];
        match call.unwrap_or(Call::Well) {
            Call::Well => take(records),
            Call::Fails(error) => return Err(error),
            Call::TakenUnheard => {
                take(records);
                return Err(SinkError::Unavailable("timeout".to_owned()));
            }
            Call::Partly(positions, verdict) => {
                for (position, record) in records.iter().enumerate() {
                    if positions.contains(&position) {
                        verdicts[position] = verdict.clone();
                    } else {
                        take(std::slice::from_ref(record));
                    }
                }
            }
            Call::AnswersShort(answers) => {
                take(records);
                verdicts.truncate(answers);
            }
            Call::Slow(time) => {
                sleep(time).await;
                take(records);
            }
            Call::Panics => panic!("a panic on command"),
        }
        Ok(verdicts)
    }
}

/// A fake of SQS.
#[derive(Default)]
pub(crate) struct FakeQueue {
    /// What becomes of the next messages: true, they are taken.
    pub(crate) script: Mutex<VecDeque<bool>>,
    pub(crate) sent: Mutex<Vec<String>>,
}

pub(crate) struct Queue(pub(crate) Arc<FakeQueue>);

impl HandoverQueue for Queue {
    async fn send(&self, body: String) -> Result<(), QueueError> {
        if self.0.script.lock().unwrap().pop_front().unwrap_or(true) {
            self.0.sent.lock().unwrap().push(body);
            return Ok(());
        }
        Err(QueueError("refused on command".to_owned()))
    }
}

/// The function on fakes.
pub(crate) struct Rig {
    pub(crate) source: Arc<FakeSource>,
    pub(crate) sink: Arc<FakeSink>,
    pub(crate) queue: Arc<FakeQueue>,
    pub(crate) settings: Settings,
    pub(crate) with_queue: bool,
    pub(crate) time: Duration,
    pub(crate) seed: u64,
}

impl Rig {
    pub(crate) fn new() -> Self {
        let settings = Settings {
            record_bytes: 5_120,
            batch_bytes: 20_480,
            objects_in_flight: 4,
            calls_in_flight: 2,
            mask_secrets: true,
            filters: Arc::new(Filters::default()),
        };
        Self {
            source: Arc::default(),
            sink: Arc::default(),
            queue: Arc::default(),
            settings,
            with_queue: true,
            time: Duration::from_mins(1),
            seed: 1,
        }
    }

    pub(crate) async fn handle(&self, payload: &Value) -> Answer {
        let source = Arc::new(World(Arc::clone(&self.source)));
        let sink = Arc::new(Stream(Arc::clone(&self.sink)));
        let queue = self.with_queue.then(|| Queue(Arc::clone(&self.queue)));
        let pipeline = Pipeline::new(source, sink, self.settings.clone());
        let function = Function::new(pipeline, queue, Duration::from_secs(10));
        let context = Context { time: self.time, now_unix_s: 1_773_450_060, seed: self.seed };
        function.handle(payload, context).await
    }

    /// An SQS event of one message for each key; the key is its message's id.
    pub(crate) async fn sqs(&self, keys: &[&str]) -> Answer {
        let records: Vec<Value> = keys.iter().map(|key| sqs_record(key, &by_hand(key))).collect();
        self.handle(&json!({ "Records": records })).await
    }

    /// How often each line was taken, by key, offset and record id.
    pub(crate) fn rows(&self) -> BTreeMap<(String, u64, String), usize> {
        let mut rows = BTreeMap::new();
        for row in self.rows_from(0).0 {
            *rows.entry(row).or_insert(0) += 1;
        }
        rows
    }

    /// The rows of the records taken after the first so many, and how many records there are now.
    pub(crate) fn rows_from(&self, records: usize) -> (Vec<(String, u64, String)>, usize) {
        let taken = self.sink.taken.lock().unwrap();
        let mut rows = Vec::new();
        for row in taken[records..].iter().flat_map(|data| data.split_inclusive(|b| *b == b'\n')) {
            let row: Value = serde_json::from_slice(row).unwrap();
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            rows.push((text("log_key"), row["log_offset"].as_u64().unwrap(), text("record_id")));
        }
        (rows, taken.len())
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
pub(crate) fn failed(answer: &Answer) -> Vec<String> {
    let value = answer.result.as_ref().unwrap();
    let failures = value["batchItemFailures"].as_array().unwrap();
    failures.iter().map(|item| item["itemIdentifier"].as_str().unwrap().to_owned()).collect()
}

/// A made-up log of so many lines.
pub(crate) fn log(seed: u64, lines: usize) -> Vec<u8> {
    let mut log = Vec::new();
    Sample::new(seed).append_lines(lines, &mut log);
    log
}

/// Offset and record id of every line that is not blank.
pub(crate) fn lines_of(log: &[u8]) -> Vec<(u64, String)> {
    let mut splitter = LineSplitter::new();
    let mut chunk = log;
    let mut lines = Vec::new();
    let note = |line: Line<'_>| {
        let blank = line.bytes.trim_ascii().is_empty();
        (!blank).then(|| (line.offset, RecordId::of(line.bytes).to_string()))
    };
    while let Some(line) = splitter.next_line(&mut chunk) {
        lines.extend(note(line));
    }
    lines.extend(splitter.finish().and_then(note));
    lines
}
