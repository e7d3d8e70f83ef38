//! What is read although it looks odd, what is refused, and what is told of objects that are gone.

use std::time::Duration;

use logferry::ports::SourceError;
use serde_json::json;

use super::fakes::{Reading, Rig, failed};
use crate::support::sample::log;

const LOG_KEY: &str = "logs/2026-11-22-00-00-38-0123456789ABCDEF";

/// A line with a readable head that no reading makes sense of: two lines that stuck together.
fn glued() -> Vec<u8> {
    b"o b [06/Feb/2019:00:00:38 +0000] 192.0.2.3 - ".to_vec()
}

#[tokio::test(start_paused = true)]
async fn a_client_cannot_hide_a_log_object_behind_lines_that_do_not_parse() {
    // Ten lines of 7 KB fill the first 64 KiB, and none of them parses.
    let mut text = Vec::new();
    for _ in 0..10 {
        text.extend([glued(), vec![b'x'; 7_000], b"\n".to_vec()].concat());
    }
    text.extend(log(1, 1_000));
    for key in ["a", LOG_KEY] {
        let rig = Rig::new();
        rig.source.put(key, text.clone());
        let answer = rig.sqs(&[key]).await;
        assert!(failed(&answer).is_empty(), "{key}");
        let totals = answer.totals;
        assert_eq!((totals.rows_delivered, totals.rows_quarantined), (1_010, 10), "{key}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_single_bad_line_is_quarantined_where_s3_named_the_object_or_the_line_has_a_head() {
    for (key, text, is_refused) in [
        (LOG_KEY, b"what a future format may look like\n".to_vec(), false),
        ("a", glued(), false),
        ("a", [glued(), vec![b'x'; 100_000]].concat(), false),
        ("a", b"something else\n".to_vec(), true),
        ("a", vec![b'x'; 100_000], true),
    ] {
        let rig = Rig::new();
        rig.source.put(key, text);
        let answer = rig.sqs(&[key]).await;
        assert_eq!(!failed(&answer).is_empty(), is_refused, "{key}");
        assert_eq!(answer.totals.rows_quarantined, u64::from(!is_refused));
        assert_eq!(answer.totals.objects_refused, u64::from(is_refused));
    }
}

#[tokio::test(start_paused = true)]
async fn gone_before_the_first_byte_is_missing_and_after_it_a_failure() {
    let rig = Rig::new();
    let answer = rig.sqs(&["never"]).await;
    assert!(failed(&answer).is_empty());
    assert_eq!(answer.totals.objects_missing, 1);
    rig.source.put("a", log(1, 100));
    rig.source.script("a", [Reading::Breaks(30_000), Reading::Fails(SourceError::Missing)]);
    let answer = rig.sqs(&["a"]).await;
    assert_eq!(failed(&answer), ["a"]);
    assert_eq!((answer.totals.objects_missing, answer.totals.objects_failed), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_map_is_told_of_each_item_that_is_not_done() {
    let mut rig = Rig::new();
    rig.time = Duration::from_secs(5);
    rig.source.put("done", log(1, 3));
    rig.source.put("no-log", "nothing\n");
    rig.source.put("slow", log(2, 100));
    rig.source.script("slow", [Reading::Stalls(30_000, Duration::from_mins(1))]);
    let items = ["done", "no-log", "slow"].map(|key| json!({"bucket": "logs", "key": key}));
    let answer = rig.handle(&json!({"BatchInput": {}, "Items": items})).await.result.unwrap();
    assert_eq!(answer["objects_done"], 1);
    assert_eq!(answer["failed"][0]["key"], "no-log");
    assert_eq!(answer["failed"][0]["retryable"], false);
    assert_eq!(answer["unfinished"], json!([{"bucket": "logs", "key": "slow"}]));
    assert_eq!((&answer["objects_failed"], &answer["objects_continued"]), (&json!(1), &json!(1)));
}
