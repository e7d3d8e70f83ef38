//! Objects that go through the queue again and again: none is cut off, none goes round for ever, and
//! no message that nobody touched is charged a receive.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use logferry::ports::SinkError;
use serde_json::{Value, json};

use super::fakes::{Call, Reading, Rig, Sending, by_hand, failed, sqs_record};
use crate::support::sample::log;

fn continuation(key: &str, counts: &Value) -> String {
    let mut body = json!({"logferry": "continuation", "version": 1, "bucket": "logs", "key": key,
        "offset": 0, "encoding": "plain"});
    for (name, count) in counts.as_object().unwrap() {
        body[name] = count.clone();
    }
    body.to_string()
}

fn take_sent(rig: &Rig) -> Vec<String> {
    std::mem::take(&mut *rig.queue.sent.lock().unwrap())
}

async fn handle(rig: &Rig, bodies: &[String]) -> logferry::lambda::Response {
    let records: Vec<Value> = bodies
        .iter()
        .enumerate()
        .map(|(number, body)| sqs_record(&format!("m{number}"), body))
        .collect();
    rig.handle(&json!({ "Records": records })).await
}

#[tokio::test(start_paused = true)]
async fn sixty_hops_that_come_further_pass_and_six_that_do_not_fail() {
    let mut rig = Rig::new();
    rig.time = Duration::from_secs(3);
    let text = log(10, 1_000);
    rig.source.put("a", text.clone());
    let mut bodies = vec![by_hand("a")];
    let mut hops = 0;
    while !bodies.is_empty() {
        // The bytes of some ten lines come, and then nothing for as long as anybody waits.
        rig.source.script("a", [Reading::Stalls(9_000, Duration::from_mins(1))]);
        assert!(failed(&handle(&rig, &bodies).await).is_empty());
        bodies = take_sent(&rig);
        hops += 1;
    }
    assert!(hops > 60, "{hops}");
    rig.assert_exactly(&[("a", &text)]);

    let mut bodies = vec![by_hand("a")];
    for hop in 1..=6 {
        rig.source.script("a", [Reading::Stalls(10, Duration::from_mins(1))]);
        let answer = handle(&rig, &bodies).await;
        let expected: &[&str] = if hop == 6 { &["m0"] } else { &[] };
        assert_eq!(failed(&answer), expected, "hop {hop}");
        if hop < 6 {
            bodies = take_sent(&rig);
        }
    }
    // The message that comes again is still the last one, and goes on when the object does.
    assert!(failed(&handle(&rig, &bodies).await).is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_never_begun_fails_in_the_end() {
    let mut rig = Rig::new();
    rig.settings.objects_in_flight = 1;
    rig.source.put("a", log(1, 5));
    rig.source.put("b", log(2, 5));
    let down = Call::Fails(SinkError::Unavailable("down".to_owned()));
    *rig.sink.always.lock().unwrap() = Some(down);
    let [first, second] = ["a", "c"].map(|key| continuation(key, &json!({"deferred": 300})));
    rig.source.put("c", log(3, 5));
    for (deferred, is_failed) in [(199, false), (200, true)] {
        for key in ["a", "c"] {
            rig.source.script(key, [Reading::Stalls(0, Duration::from_mins(10))]);
        }
        let last = continuation("b", &json!({"deferred": deferred}));
        let answer = handle(&rig, &[first.clone(), second.clone(), last]).await;
        let expected: &[&str] = if is_failed { &["m2"] } else { &[] };
        assert_eq!(failed(&answer), expected, "{deferred}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_messages_are_sent_on_within_one_reserve() {
    // At 200 ms a call, one call after the other would take four times what the reserve has for it.
    for latency_ms in [20, 200] {
        let mut rig = Rig::new();
        rig.settings.objects_in_flight = 1;
        rig.time = Duration::from_mins(1);
        *rig.queue.latency.lock().unwrap() = Duration::from_millis(latency_ms);
        // Two that crawl share the time, and no other has a turn.
        for key in ["m0", "m1"] {
            rig.source.put(key, log(1, 5));
            rig.source.script(key, [Reading::Stalls(0, Duration::from_mins(10))]);
        }
        let bodies: Vec<String> = (0..1_000).map(|number| by_hand(&format!("m{number}"))).collect();
        let answer = handle(&rig, &bodies).await;
        assert!(failed(&answer).is_empty());
        assert_eq!((answer.continuations, take_sent(&rig).len()), (1_000, 1_000));
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_of_ten_thousand_objects_becomes_messages_of_their_own() {
    let rig = Rig::new();
    *rig.queue.latency.lock().unwrap() = Duration::from_millis(20);
    let record = |number: usize| {
        json!({"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": {
            "bucket": {"name": "logs"}, "object": {"key": format!("o{}", number % 7) + &number.to_string()}}})
    };
    let long = json!({"Records": (0..10_000).map(record).collect::<Vec<_>>()}).to_string();
    rig.source.put("small", log(1, 5));
    let answer = handle(&rig, &[long.clone(), by_hand("small")]).await;
    assert!(failed(&answer).is_empty());
    assert_eq!(take_sent(&rig).len(), 10_000);
    rig.assert_exactly(&[("small", &log(1, 5))]);
    // A queue that takes nothing: the message comes again whole.
    *rig.queue.always.lock().unwrap() = Some(Sending::Fails);
    assert_eq!(failed(&handle(&rig, &[long]).await), ["m0"]);
}

#[tokio::test(start_paused = true)]
async fn what_the_queue_did_not_take_by_no_fault_of_the_message_is_sent_again() {
    let mut rig = Rig::new();
    rig.settings.objects_in_flight = 1;
    rig.queue.script.lock().unwrap().extend([Sending::AllButTheFirst; 3]);
    for key in ["m0", "m1", "m2"] {
        rig.source.put(key, log(1, 5));
        rig.source.script(key, [Reading::Stalls(0, Duration::from_mins(10))]);
    }
    let bodies: Vec<String> = ["m0", "m1", "m2"].map(by_hand).to_vec();
    assert!(failed(&handle(&rig, &bodies).await).is_empty());
    assert_eq!(take_sent(&rig).len(), 3);
}

#[tokio::test(start_paused = true)]
async fn four_objects_that_crawl_do_not_starve_forty_others() {
    let mut rig = Rig::new();
    rig.time = Duration::from_mins(5);
    let crawling: Vec<String> = (0..4).map(|number| format!("c{number}")).collect();
    let others: Vec<String> = (0..40).map(|number| format!("o{number}")).collect();
    for key in &crawling {
        rig.source.put(key, log(3, 200));
        rig.source.script(key, [Reading::Stalls(40_000, Duration::from_hours(1))]);
    }
    let texts: Vec<Vec<u8>> = (0..40).map(|number| log(number, 20)).collect();
    for (key, text) in others.iter().zip(&texts) {
        rig.source.put(key, text.clone());
    }
    let bodies: Vec<String> = crawling.iter().chain(&others).map(|key| by_hand(key)).collect();
    let answer = handle(&rig, &bodies).await;
    assert!(failed(&answer).is_empty());
    assert_eq!((answer.totals.objects_done, answer.continuations), (40, 4));
}

/// A queue as SQS and its event source treat it: batches of up to 100, a receive counted each time, and
/// after five failed ones the dead-letter queue.
#[derive(Default)]
struct Backlog {
    waiting: VecDeque<(String, u32)>,
    dead: Vec<String>,
    /// The most often that an object was sent on without having been begun.
    most_deferred: u64,
}

impl Backlog {
    fn put_back(&mut self, body: String, receives: u32) {
        if receives >= 5 { self.dead.push(body) } else { self.waiting.push_back((body, receives)) }
    }

    async fn invoke(&mut self, rig: &Rig) {
        let count = self.waiting.len().min(100);
        let batch: Vec<(String, u32)> = self.waiting.drain(..count).collect();
        let bodies: Vec<String> = batch.iter().map(|(body, _)| body.clone()).collect();
        let failed = failed(&handle(rig, &bodies).await);
        for (number, (body, receives)) in batch.into_iter().enumerate() {
            if failed.contains(&format!("m{number}")) {
                self.put_back(body, receives + 1);
            }
        }
        for body in take_sent(rig) {
            let sent: Value = serde_json::from_str(&body).unwrap();
            self.most_deferred = self.most_deferred.max(sent["deferred"].as_u64().unwrap_or(0));
            self.waiting.push_back((body, 0));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_backlog_on_a_slow_stream_ends_without_a_dead_letter() {
    let mut rig = Rig::new();
    // A fifth of a stream of 1 MiB/s in minutes, scaled down: some three objects an invocation of a
    // hundred messages.
    rig.time = Duration::from_secs(30);
    rig.settings.bytes_per_second = std::num::NonZeroU64::new(10_000);
    let mut backlog = Backlog::default();
    let mut texts = BTreeMap::new();
    for number in 0..400 {
        let (key, text) = (format!("o{number:03}"), log(number, 60));
        rig.source.put(&key, text.clone());
        texts.insert(key.clone(), text);
        backlog.waiting.push_back((by_hand(&key), 0));
    }
    let mut invocations = 0;
    while !backlog.waiting.is_empty() {
        backlog.invoke(&rig).await;
        invocations += 1;
        assert!(invocations < 2_000, "{} messages go round", backlog.waiting.len());
    }
    assert_eq!(backlog.dead, Vec::<String>::new());
    let expected: Vec<(&str, &[u8])> =
        texts.iter().map(|(key, text)| (key.as_str(), text.as_slice())).collect();
    rig.assert_at_least(&expected);
    // Far from the bound, at which a receive would be charged.
    assert!((10..120).contains(&backlog.most_deferred), "{}", backlog.most_deferred);
}
