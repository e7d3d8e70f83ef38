//! `logferry audit`: planted faults, each named, and nothing else.

use std::collections::BTreeMap;

use bytes::Bytes;
use local_stack::stack::{STAGING_BUCKET, Stack};
use logferry::access_log::lines;
use serde_json::{Value, json};

use super::super::{gzip, log};
use super::{COPY, Ran, WAREHOUSE, logferry, rows, stage};

const BUCKET: &str = "audited";

/// Objects, ledger and rows of a day, which a test changes before they are put.
#[derive(Default)]
struct Day {
    objects: BTreeMap<String, Vec<u8>>,
    ledger: BTreeMap<String, Value>,
    rows: BTreeMap<String, Vec<Vec<u8>>>,
}

fn key(number: u64) -> String {
    format!("logs/2026-03-14-10-02-11-{number:016X}")
}

impl Day {
    /// An object of so many lines, delivered as it should be.
    fn add(&mut self, number: u64) -> String {
        let (key, text) = (key(number), log(number + 1, 20));
        let offsets: usize = lines(&text).map(|line| usize::try_from(line.offset).unwrap()).sum();
        let (ledger, rows) = (
            json!({
                "v": 1, "log_bucket": BUCKET, "log_key": key, "object_bytes": text.len(),
                "text_from": 0, "text_to": text.len(), "is_end": true, "lines": 20, "typed": 20,
                "quarantined": 0, "filtered": 0, "blank": 0, "offset_sum": offsets,
            }),
            rows(BUCKET, &key, lines(&text)),
        );
        self.objects.insert(key.clone(), text);
        self.ledger.insert(key.clone(), ledger);
        self.rows.insert(key.clone(), rows);
        key
    }

    /// Puts all of it where the path would have.
    async fn put(&self, stack: &Stack) {
        stack.s3.create_bucket(BUCKET).await.unwrap();
        for (key, text) in &self.objects {
            stack.s3.put(BUCKET, key, text.clone()).await.unwrap();
        }
        // Each line twice, as after a delivery that was repeated.
        let lines: Vec<String> =
            self.ledger.values().flat_map(|line| [line.to_string(), line.to_string()]).collect();
        let body = Bytes::from(gzip(lines.join("\n").as_bytes()));
        stack.s3.put(STAGING_BUCKET, "ledger/dt=2099-01-01/one.gz", body).await.unwrap();
        let rows: Vec<Vec<u8>> = self.rows.values().flatten().cloned().collect();
        stage(stack, "daily/rows.gz", &rows).await;
        let place = ["load", "--run", "--extended-s3", "--staging", "s3://firehose-staging/daily/"];
        let loaded = logferry(stack, &[&place[..], &COPY, &WAREHOUSE].concat()).await;
        assert_eq!(loaded.code, Some(0), "{loaded:?}");
    }
}

async fn audit(stack: &Stack, more: &[&str]) -> Ran {
    let place = ["audit", "s3://audited/logs/", "--ledger", "s3://firehose-staging/ledger/"];
    let day = ["--from", "2026-03-14", "--to", "2026-03-15", "--format", "json"];
    logferry(stack, &[&place[..], &day, &WAREHOUSE, more].concat()).await
}

/// By key, what was found.
fn findings(ran: &Ran) -> BTreeMap<String, String> {
    let lines = ran.lines().into_iter().filter(|line| line["type"] == "finding");
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap().to_owned();
    let found = |line: Value| (text(line.get("key")), text(line.get("verdict")));
    lines.map(found).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_day_is_clean() {
    let stack = Stack::builder().start().await.unwrap();
    let mut day = Day::default();
    for number in 0..5 {
        day.add(number);
    }
    day.put(&stack).await;
    for level in [&["--grace", "0"][..], &["--grace", "0", "--table"]] {
        let clean = audit(&stack, level).await;
        assert_eq!((clean.code, findings(&clean).len()), (Some(0), 0), "{clean:?}");
        let summary = clean.summary();
        assert_eq!(summary["rows"], 100, "{clean:?}");
        assert!(summary["cannot_prove"].as_str().unwrap().contains("S3 never wrote"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_planted_fault_is_named_and_nothing_else() {
    let stack = Stack::builder().start().await.unwrap();
    let mut day = Day::default();
    let keys: Vec<String> = (0..10).map(|number| day.add(number)).collect();
    let mut planted = BTreeMap::new();
    let mut plant = |at: usize, verdict: &str| {
        planted.insert(keys[at].clone(), verdict.to_owned());
        keys[at].clone()
    };
    // Objects 0 and 9 are as they should be.
    let key = plant(1, "never_delivered");
    day.ledger.remove(&key);
    day.rows.remove(&key);
    day.ledger.get_mut(&plant(2, "unfinished")).unwrap()["is_end"] = json!(false);
    day.ledger.get_mut(&plant(3, "short_read")).unwrap()["text_to"] = json!(100);
    day.rows.get_mut(&plant(4, "missing_rows")).unwrap().pop();
    // One lost and one doubled: the count is right.
    let doubled = day.rows.get_mut(&plant(5, "missing_rows")).unwrap();
    doubled[0] = doubled[1].clone();
    let key = plant(6, "wrong_rows");
    let more = rows(BUCKET, &key, lines(&day.objects[&key]).starting_at(7));
    day.rows.get_mut(&key).unwrap().push(more[0].clone());
    let copied = day.rows.get_mut(&plant(7, "copies")).unwrap();
    copied.extend(copied.clone());
    day.ledger.remove(&plant(8, "no_ledger"));
    let stranger = "logs/2026-03-14-11-00-00-00000000000000FF";
    day.rows.insert(stranger.to_owned(), rows(BUCKET, stranger, lines(&log(99, 3))));
    planted.insert(stranger.to_owned(), "not_in_s3".to_owned());
    day.put(&stack).await;

    let found = audit(&stack, &["--grace", "0", "--table"]).await;
    assert_eq!((found.code, findings(&found)), (Some(1), planted.clone()), "{found:?}");
    let summary = found.summary();
    assert_eq!(
        (&summary["missing_rows"], &summary["copies"]),
        (&json!(2), &json!(21)),
        "{found:?}"
    );
    let repaired: Vec<_> =
        found.lines().into_iter().filter(|line| line["repair"] == "backfill").collect();
    assert_eq!(repaired.len(), 5, "{repaired:?}");
    // Where, of what was read again; and that all lines without a ledger are there.
    let of = |at: usize| {
        let mut lines = found.lines().into_iter();
        lines.rfind(|line| line["key"] == keys[at]).unwrap()
    };
    let last = lines(&day.objects[&keys[4]]).last().unwrap().offset;
    assert_eq!(of(4)["offsets"], json!([last]));
    assert_eq!(of(5)["offsets"], json!([0]));
    assert_eq!(of(6)["offsets"], json!([7]));
    assert_eq!((&of(8)["proven_lines"], &of(8)["repair"]), (&json!(20), &Value::Null));
    assert_eq!((&summary["read_objects"], &summary["unread"]), (&json!(4), &json!(0)));

    // The ledger alone sees those that it knows of, or does not.
    let ledger = audit(&stack, &["--grace", "0"]).await;
    let of_ledger = ["never_delivered", "unfinished", "short_read"];
    let mut expected = planted.clone();
    expected.retain(|_, verdict| of_ledger.contains(&verdict.as_str()) || verdict == "no_ledger");
    expected.insert(keys[8].clone(), "never_delivered".to_owned());
    assert_eq!(findings(&ledger), expected, "{ledger:?}");

    // What is young is in flight, and rows that nobody delivered are still told.
    let young = audit(&stack, &["--table"]).await;
    let in_flight = young.summary()["in_flight"].as_u64();
    assert_eq!(in_flight, Some(6), "{young:?}");
    let told = findings(&young);
    let told: Vec<&str> = told.values().map(String::as_str).collect();
    assert_eq!(told, ["wrong_rows", "copies", "not_in_s3"], "{young:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_permitted_or_not_there_is_said_and_no_verdict_given() {
    let stack = Stack::builder().start().await.unwrap();
    let gone = audit(&stack, &[]).await;
    assert_eq!((gone.code, gone.out.as_str()), (Some(3), ""), "{gone:?}");
    assert!(gone.err.contains("list s3://audited/logs/"), "{gone:?}");
}
