//! The ledger: what is written down of a delivery, and what is not.

use std::sync::Arc;
use std::time::Duration;

use logferry::lambda::Response;
use logferry::ports::{SinkError, Verdict};
use serde_json::{Value, json};

use super::fakes::{Call, FakeSink, Reading, Rig, by_hand, lines_of, rejection, sqs_record};
use crate::support::gzip::gzip;
use crate::support::sample::log;

/// Handles a batch of these messages with a ledger, which is returned.
async fn handle(rig: &mut Rig, bodies: &[String], calls: &[Call]) -> (Response, Vec<Value>, usize) {
    let sink: Arc<FakeSink> = Arc::default();
    sink.script.lock().unwrap().extend(calls.iter().cloned());
    rig.ledger = Some(Arc::clone(&sink));
    let records: Vec<Value> = bodies.iter().map(|body| sqs_record("m", body)).collect();
    let response = rig.handle(&json!({ "Records": records })).await;
    let taken = sink.taken.lock().unwrap();
    let lines = taken.iter().flat_map(|record| record.split(|byte| *byte == b'\n'));
    let lines = lines.filter(|line| !line.is_empty());
    let lines = lines.map(|line| serde_json::from_slice(line).unwrap()).collect();
    (response, lines, taken.len())
}

#[tokio::test(start_paused = true)]
async fn each_delivered_object_has_its_line_and_all_of_them_one_record() {
    let mut rig = Rig::new();
    let text =
        [log(1, 30), b"\n".to_vec(), b"o b [06/Feb/2019:00:00:38 +0000] 192.0.2.3 -\n".to_vec()];
    let text = text.concat();
    rig.source.put("a", text.clone());
    rig.source.put("b.gz", gzip(&log(2, 10)));
    rig.source.put("refused", "nothing\n");
    let (response, mut lines, records) =
        handle(&mut rig, &["a", "b.gz", "refused", "missing"].map(by_hand), &[]).await;
    assert_eq!((response.ledger_lost, records, lines.len()), (0, 1, 2));
    lines.sort_by_key(|line| line["log_key"].to_string());
    let sum: u64 = lines_of(&text).iter().map(|(offset, _)| offset).sum();
    let a = &lines[0];
    let first = a["first_request"].as_str().unwrap().to_owned();
    assert!(first.as_str() <= a["last_request"].as_str().unwrap());
    assert_eq!(
        *a,
        json!({"v": 1, "log_bucket": "logs", "log_key": "a", "etag": "v1",
            "object_bytes": text.len(), "text_from": 0, "text_to": text.len(), "is_end": true,
            "lines": 31, "typed": 30, "quarantined": 1, "filtered": 0, "blank": 1, "offset_sum": sum,
            "first_request": first, "last_request": a["last_request"],
            "last_modified": "2026-03-14T01:00:00Z", "delivered_at": "2026-03-14T01:01:00Z",
            "logferry": env!("CARGO_PKG_VERSION"), "settings": "0badcafe"})
    );
    let b = &lines[1];
    assert_eq!(b["object_bytes"], gzip(&log(2, 10)).len());
    assert_eq!((&b["text_to"], &b["lines"]), (&json!(log(2, 10).len()), &json!(10)));
}

#[tokio::test(start_paused = true)]
async fn the_parts_of_an_object_cover_it() {
    let mut rig = Rig::new();
    rig.time = Duration::from_secs(3);
    let text = log(3, 300);
    rig.source.put("a", text.clone());
    let (mut bodies, mut parts) = (vec![by_hand("a")], Vec::new());
    for _ in 0..3 {
        rig.source.script("a", [Reading::Stalls(50_000, Duration::from_mins(1))]);
        parts.extend(handle(&mut rig, &bodies, &[]).await.1);
        bodies = std::mem::take(&mut *rig.queue.sent.lock().unwrap());
    }
    rig.time = Duration::from_mins(5);
    rig.source.script("a", []);
    parts.extend(handle(&mut rig, &bodies, &[]).await.1);
    let mut at = 0;
    for (number, part) in parts.iter().enumerate() {
        assert_eq!(part["text_from"], at, "part {number}");
        at = part["text_to"].as_u64().unwrap();
        assert_eq!(part["object_bytes"], text.len());
        // Only the last part knows that it counts all lines of its range and no other.
        assert_eq!(part["is_end"], number == 3);
        assert_eq!(part.get("lines").is_some(), number == 3);
    }
    assert_eq!((parts.len(), at), (4, text.len() as u64));
}

#[tokio::test(start_paused = true)]
async fn a_lost_line_is_counted_and_fails_nothing() {
    let mut rig = Rig::new();
    rig.source.put("a", log(1, 3));
    rig.source.put("b", log(2, 3));
    let bodies = ["a", "b"].map(by_hand);
    let down = Call::Fails(SinkError::Unavailable("down".to_owned()));
    let no = Call::Fails(SinkError::Rejected(rejection("no such stream")));
    let refused = Call::Partly(vec![0], Verdict::Rejected(rejection("no")));
    for (calls, lost) in [
        (vec![down.clone(); 3], 0),
        (vec![Call::Partly(vec![0], Verdict::Retry)], 0),
        (vec![no], 2),
        (vec![refused], 2),
        (vec![down; 1_000], 2),
    ] {
        let (response, lines, _) = handle(&mut rig, &bodies, &calls).await;
        assert_eq!(response.ledger_lost, lost);
        assert_eq!(lines.len() as u64, 2 - lost);
        assert_eq!(super::fakes::failed(&response), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_written_down_of_what_failed() {
    let mut rig = Rig::new();
    rig.source.put("a", log(1, 30));
    let no = Call::Partly(vec![0], Verdict::Rejected(rejection("bad")));
    rig.sink.script.lock().unwrap().push_back(no);
    let (response, lines, _) = handle(&mut rig, &[by_hand("a")], &[]).await;
    assert_eq!((super::fakes::failed(&response), lines.len()), (vec!["m".to_owned()], 0));
}
