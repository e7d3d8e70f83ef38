//! Everything that can fail, failing at once, by seed.
//!
//! A seed makes a few objects or some dozen, a queue of messages for them, of one object or of several,
//! and a script of failures: throttles, partial failures, calls taken and never answered, broken and
//! short streams, replaced objects, stalls, panics, short deadlines, a continuation queue and a ledger
//! that refuse. Invocations follow each other as SQS or a Distributed Map would start them, with less and
//! less failing, until the queue is empty.
//!
//! After every invocation: each line is delivered, or a message that is still in the queue covers it;
//! and what the ledger says to be delivered was delivered, line by line and counted right.
//! At the end: every line of every object is delivered, no row is there that no version of an object
//! had, the ledger balanced throughout, and what was in flight stayed within its bounds.
//!
//! `LOGFERRY_SIM_SEED=n cargo test sim` replays one seed; a seed that fails is printed.
//! `LOGFERRY_SIM_SEEDS=n` tries the first n instead of 2,000; many of them in a release build:
//!
//! ```text
//! LOGFERRY_SIM_SEEDS=200000 cargo sim
//! ```

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::num::NonZero;
use std::sync::{Arc, Once};
use std::time::Duration;

use logferry::pack::{BatchSize, RecordCompression};
use logferry::pipeline::Jitter;
use logferry::ports::{SinkError, SourceError, Verdict};
use serde_json::{Value, json};

use super::fakes::{
    Call, PANIC_ON_COMMAND, Reading, Rig, Sending, Stored, by_hand, lines_of, rejection, sqs_record,
};
use crate::support::sample::log;

/// Seeds tried by an ordinary test run.
const SEEDS_DEFAULT: u64 = 2_000;

/// Invocations after which a queue that is not empty is one that never will be.
const ROUNDS_MAX: u32 = 60;

/// Invocations in which things fail; after them the world is kind.
const ROUNDS_OF_FAILURES: u32 = 8;

struct Simulation {
    seed: u64,
    chance: Jitter,
    rig: Rig,
    /// What lies in the queue: id to body.
    queue: BTreeMap<String, String>,
    next_id: u32,
    /// Every line any version of an object had.
    known: HashSet<Row>,
    /// Every row delivered so far, and the records they were read from.
    rows: HashSet<Row>,
    records: usize,
    /// Every version that an object had, by its number and `ETag`.
    versions: HashMap<(u8, String), Version>,
    /// Records of the ledger that were looked at.
    ledger_records: usize,
}

/// A line of an object, small enough to be compared a million times: the object's number, the offset and
/// the record id.
type Row = (u8, u64, u128);

/// What an object held at a time.
struct Version {
    bytes: usize,
    /// Offset and record id of its lines.
    lines: Vec<(u64, u128)>,
    /// So many of the first are delivered, and stay so.
    delivered: usize,
}

/// The object of this key.
fn number_of(key: &str) -> u8 {
    key.strip_prefix('o').unwrap().parse().unwrap()
}

fn id_of(hex: &str) -> u128 {
    u128::from_str_radix(hex, 16).unwrap()
}

/// The rows of records. That each is JSON is for other tests: here a third of the time would go into it.
fn rows_in(records: &[Vec<u8>]) -> impl Iterator<Item = Row> {
    records.iter().flat_map(|data| data.split_inclusive(|byte| *byte == b'\n')).map(|row| {
        let row = str::from_utf8(row).unwrap();
        let (_, id) = row.split_once("{\"record_id\":\"").unwrap();
        let (_, end) = row.rsplit_once(",\"log_key\":\"").unwrap();
        let (key, offset) = end.split_once("\",\"log_offset\":").unwrap();
        (number_of(key), offset.strip_suffix("}\n").unwrap().parse().unwrap(), id_of(&id[..32]))
    })
}

/// What a message in the queue asks for: the object, the offset, and the version it belongs to.
fn asked(body: &str) -> Vec<(u8, u64, Option<String>)> {
    let message: Value = serde_json::from_str(body).unwrap();
    let number = |value: &Value| number_of(value.as_str().unwrap());
    let Some(records) = message["Records"].as_array() else {
        let offset = message["offset"].as_u64().unwrap_or(0);
        let etag = message["etag"].as_str().map(str::to_owned);
        return vec![(number(&message["key"]), offset, etag)];
    };
    records.iter().map(|record| (number(&record["s3"]["object"]["key"]), 0, None)).collect()
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let mut chance = Jitter::new(seed);
        let mut rig = Rig::new();
        rig.seed = seed;
        rig.settings.objects_in_flight = 1 + below(&mut chance, 4);
        rig.settings.calls_in_flight = 1 + below(&mut chance, 3);
        rig.settings.batch = BatchSize::Call(5_120 * (1 + below(&mut chance, 6)));
        if below(&mut chance, 5) == 0 {
            rig.settings.record_compression = RecordCompression::Gzip;
        }
        rig.with_queue = below(&mut chance, 4) > 0;
        rig.ledger = (below(&mut chance, 2) == 0).then(Arc::default);
        let is_crowd = below(&mut chance, 8) == 0;
        let mut simulation = Self {
            seed,
            chance,
            rig,
            queue: BTreeMap::new(),
            next_id: 0,
            known: HashSet::new(),
            rows: HashSet::new(),
            records: 0,
            versions: HashMap::new(),
            ledger_records: 0,
        };
        let (objects, lines_max) = if is_crowd { (12, 12) } else { (4, 60) };
        let mut keys = Vec::new();
        for object in 0..=simulation.below(objects) {
            let key = format!("o{object}");
            keys.push(key.clone());
            let lines = 1 + simulation.below(lines_max);
            let text = log(seed ^ object as u64, lines);
            simulation.learn(&key, "v1", &text);
            simulation.rig.source.put(&key, text);
            simulation.send(by_hand(&key));
            if simulation.below(5) == 0 {
                // SQS delivers at least once.
                simulation.send(by_hand(&key));
            }
        }
        if simulation.below(4) == 0 {
            let record = |key: &String| {
                json!({"eventName": "ObjectCreated:Put",
                    "s3": {"bucket": {"name": "logs"}, "object": {"key": key}}})
            };
            let records: Vec<Value> = keys.iter().map(record).collect();
            simulation.send(json!({ "Records": records }).to_string());
        }
        simulation
    }

    fn below(&mut self, bound: usize) -> usize {
        below(&mut self.chance, bound)
    }

    fn send(&mut self, body: String) {
        self.next_id += 1;
        self.queue.insert(format!("m{}", self.next_id), body);
    }

    fn learn(&mut self, key: &str, etag: &str, text: &[u8]) {
        let object = number_of(key);
        let lines = lines_of(text).into_iter().map(|(offset, id)| (offset, id_of(&id)));
        let lines: Vec<(u64, u128)> = lines.collect();
        self.known.extend(lines.iter().map(|(offset, id)| (object, *offset, *id)));
        let version = Version { bytes: text.len(), lines, delivered: 0 };
        self.versions.insert((object, etag.to_owned()), version);
    }

    fn reading(&mut self, key: &str) -> Reading {
        let at = self.below(20_000);
        match self.below(12) {
            0 => Reading::Breaks(at),
            1 => Reading::EndsEarly(at),
            2 => Reading::Stalls(at, Duration::from_millis(self.below(20_000) as u64)),
            3 => Reading::Panics(at),
            4 => Reading::Fails(SourceError::Interrupted("503".to_owned())),
            5 => {
                // A new version with every old line, at its old offset or at another one.
                let at_key = ("logs".to_owned(), key.to_owned());
                let old = self.rig.source.objects.lock().unwrap()[&at_key].bytes.clone();
                let more = log(self.seed ^ !(at as u64), 3);
                let bytes = if at.is_multiple_of(2) { [old, more] } else { [more, old] }.concat();
                let etag = format!("r{}", self.versions.len());
                self.learn(key, &etag, &bytes);
                Reading::Changes(at, Stored { bytes, etag: format!("\"{etag}\"") })
            }
            _ => Reading::Well(1 + self.below(5_000)),
        }
    }

    fn call(&mut self) -> Call {
        let positions: Vec<usize> = (0..6).filter(|_| self.below(2) == 0).collect();
        match self.below(12) {
            0 => Call::Fails(SinkError::Throttled("slow down".to_owned())),
            1 => Call::Fails(SinkError::Unavailable("503".to_owned())),
            2 => Call::TakenUnheard,
            3 | 4 => Call::Partly(positions, Verdict::Retry),
            5 => Call::AnswersShort(self.below(4)),
            6 => Call::Slow(Duration::from_millis(self.below(8_000) as u64)),
            7 if self.below(4) == 0 => Call::Panics,
            8 if self.below(4) == 0 => Call::Fails(SinkError::Rejected(rejection("denied"))),
            9 if self.below(4) == 0 => Call::Partly(positions, Verdict::Rejected(rejection("bad"))),
            _ => Call::Well,
        }
    }

    /// Sets the scene of one invocation.
    fn arrange(&mut self, round: u32) {
        if round >= ROUNDS_OF_FAILURES {
            self.rig.time = Duration::from_mins(10);
            self.rig.source.script.lock().unwrap().clear();
            self.rig.sink.script.lock().unwrap().clear();
            self.rig.queue.script.lock().unwrap().clear();
            if let Some(ledger) = &self.rig.ledger {
                ledger.script.lock().unwrap().clear();
            }
            return;
        }
        self.rig.time = Duration::from_millis(200 + self.below(12_000) as u64);
        let keys: Vec<String> =
            self.rig.source.objects.lock().unwrap().keys().map(|(_, key)| key.clone()).collect();
        let mut keys = keys;
        keys.sort();
        for key in keys {
            let readings: Vec<Reading> = (0..self.below(5)).map(|_| self.reading(&key)).collect();
            self.rig.source.script(&key, readings);
        }
        let calls: Vec<Call> = (0..self.below(12)).map(|_| self.call()).collect();
        *self.rig.sink.script.lock().unwrap() = calls.into();
        let sends: Vec<Sending> = (0..self.below(3))
            .map(|_| if self.below(2) == 0 { Sending::Fails } else { Sending::AllButTheFirst })
            .collect();
        *self.rig.queue.script.lock().unwrap() = sends.into();
        if let Some(ledger) = self.rig.ledger.clone() {
            let mut calls: Vec<Call> = (0..self.below(4)).map(|_| self.call()).collect();
            // That it panics is for the sink of rows, whose calls are tasks of their own.
            calls.retain(|call| !matches!(call, Call::Panics));
            *ledger.script.lock().unwrap() = calls.into();
        }
    }

    /// One invocation by a Distributed Map, for messages that name one whole object. Those of items that
    /// are not done go back into the queue.
    async fn map(&mut self, round: u32) {
        self.arrange(round);
        let is_whole = |body: &String| body.starts_with("{\"bucket\"");
        let chosen = self.queue.iter().filter(|(_, body)| is_whole(body)).take(5);
        let batch: Vec<(String, String)> =
            chosen.map(|(id, body)| (id.clone(), body.clone())).collect();
        let items: Vec<Value> =
            batch.iter().map(|(_, body)| serde_json::from_str(body).unwrap()).collect();
        let answer = self.rig.handle(&json!({"BatchInput": {}, "Items": items})).await;
        assert_eq!(answer.totals.conservation_mismatches, 0, "{:?}", answer.totals);
        let failed = answer.result.unwrap()["failed"].clone();
        for (id, body) in batch {
            self.queue.remove(&id);
            let object = asked(&body)[0].0;
            let is_it = |item: &Value| item["key"].as_str().map(number_of) == Some(object);
            if failed.as_array().unwrap().iter().any(is_it) {
                self.send(body);
            }
        }
        self.receive_continuations();
    }

    fn receive_continuations(&mut self) {
        let continuations = std::mem::take(&mut *self.rig.queue.sent.lock().unwrap());
        for body in continuations {
            self.send(body);
        }
    }

    /// One invocation with a batch from the queue. Messages that succeeded leave the queue.
    async fn invoke(&mut self, round: u32) {
        self.arrange(round);
        let batch_size = 1 + self.below(if self.rig.seed.is_multiple_of(3) { 12 } else { 4 });
        let batch: Vec<(String, String)> = self
            .queue
            .iter()
            .take(batch_size)
            .map(|(id, body)| (id.clone(), body.clone()))
            .collect();
        let records: Vec<Value> = batch.iter().map(|(id, body)| sqs_record(id, body)).collect();
        let answer = self.rig.handle(&json!({ "Records": records })).await;
        assert_eq!(answer.totals.conservation_mismatches, 0, "{:?}", answer.totals);
        let failed: BTreeSet<String> = super::fakes::failed(&answer).into_iter().collect();
        for (id, body) in batch {
            self.queue.remove(&id);
            if failed.contains(&id) {
                // It becomes visible again, behind the others.
                self.send(body);
            }
        }
        self.receive_continuations();
        if self.below(10) == 0 && round < ROUNDS_OF_FAILURES {
            // A deleted message comes once more.
            self.send(by_hand("o0"));
        }
    }

    /// Nothing is lost: what is not delivered is still asked for.
    fn check(&mut self) {
        let taken = self.rig.sink.taken.lock().unwrap();
        for row in rows_in(&taken[self.records..]) {
            assert!(self.known.contains(&row), "made up: {row:?}");
            self.rows.insert(row);
        }
        self.records = taken.len();
        drop(taken);
        let wanted: Vec<_> = self.queue.values().flat_map(|body| asked(body)).collect();
        for ((_, key), stored) in self.rig.source.objects.lock().unwrap().iter() {
            let object = number_of(key);
            let of_it = wanted.iter().filter(|(asked, ..)| *asked == object);
            let from = of_it.map(|(_, offset, etag)| {
                // A continuation of another version starts from the beginning.
                if etag.as_ref() == Some(&stored.etag) { *offset } else { 0 }
            });
            let from = from.min().unwrap_or(u64::MAX);
            let etag = stored.etag.trim_matches('"').to_owned();
            let version = self.versions.get_mut(&(object, etag)).unwrap();
            let rows = &self.rows;
            let is_there = |(offset, id): &(u64, u128)| rows.contains(&(object, *offset, *id));
            let undelivered = &version.lines[version.delivered..];
            version.delivered += undelivered.iter().take_while(|line| is_there(line)).count();
            for line in &version.lines[version.delivered..] {
                assert!(line.0 >= from || is_there(line), "lost: {key} {line:?}");
            }
        }
        let (calls, bytes) = *self.rig.sink.peak.lock().unwrap();
        let settings = &self.rig.settings;
        assert!(calls <= settings.calls_in_flight);
        // A record alone may be larger than a batch: rows of 32 KiB are compressed at once.
        let record = match settings.record_compression {
            RecordCompression::None => 10_240,
            RecordCompression::Gzip => settings.record_bytes + 32_768,
        };
        assert!(bytes <= settings.calls_in_flight * settings.batch.bytes().max(record));
    }

    /// What the ledger says to be delivered was delivered.
    fn check_ledger(&mut self) {
        let Some(ledger) = self.rig.ledger.clone() else { return };
        let taken = ledger.taken.lock().unwrap();
        let new = &taken[self.ledger_records..];
        self.ledger_records = taken.len();
        for line in new.iter().flat_map(|data| data.split_inclusive(|byte| *byte == b'\n')) {
            let line: Value = serde_json::from_slice(line).unwrap();
            let object = number_of(line["log_key"].as_str().unwrap());
            let etag = line["etag"].as_str().unwrap().to_owned();
            let version = &self.versions[&(object, etag)];
            let [from, to] = ["text_from", "text_to"].map(|name| line[name].as_u64().unwrap());
            assert_eq!(line["object_bytes"], version.bytes);
            assert!(line["is_end"] == false || to == version.bytes as u64, "{line}");
            let lines = version.lines.iter().filter(|(at, _)| (from..to).contains(at));
            let lines: Vec<&(u64, u128)> = lines.collect();
            for (offset, id) in &lines {
                assert!(self.rows.contains(&(object, *offset, *id)), "{offset}: {line}");
            }
            if line.get("lines").is_some() {
                assert_eq!(line["lines"], lines.len(), "{line}");
                let sum: u64 = lines.iter().map(|(offset, _)| offset).sum();
                assert_eq!(line["offset_sum"], sum, "{line}");
            }
        }
    }

    async fn run(mut self) {
        for round in 0.. {
            if self.queue.is_empty() {
                return;
            }
            assert!(round < ROUNDS_MAX, "messages are left: {:?}", self.queue);
            if self.below(6) == 0 {
                self.map(round).await;
            } else {
                self.invoke(round).await;
            }
            self.check();
            self.check_ledger();
        }
    }
}

fn below(chance: &mut Jitter, bound: usize) -> usize {
    usize::try_from(chance.next_u64() % bound as u64).unwrap()
}

fn simulate(seed: u64) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(Simulation::new(seed).run());
}

/// Panics on command are part of the plan; their messages would bury a failure's. Every other panic
/// is reported as before: this is one test of many in its program.
fn silence_panics_on_command() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if panic.payload_as_str() != Some(PANIC_ON_COMMAND) {
                report(panic);
            }
        }));
    });
}

/// The number in an environment variable, if it is set.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn sim() {
    silence_panics_on_command();
    let seeds = match number("LOGFERRY_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("LOGFERRY_SIM_SEEDS").unwrap_or(SEEDS_DEFAULT),
    };
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let failed = std::thread::scope(|scope| {
        let all: Vec<_> = (0..processors)
            .map(|first| {
                let mut seeds = seeds.clone().skip(first).step_by(processors);
                let fails = |seed: &u64| std::panic::catch_unwind(|| simulate(*seed)).is_err();
                scope.spawn(move || seeds.find(fails))
            })
            .collect();
        all.into_iter().filter_map(|thread| thread.join().unwrap()).min()
    });
    assert_eq!(failed, None, "replay with: LOGFERRY_SIM_SEED={} cargo sim", failed.unwrap_or(0));
}
