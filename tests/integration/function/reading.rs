//! Objects as S3 gives them, each behaviour once, by script: whole, packed, broken, changed, gone.

use logferry::ports::SourceError;
use serde_json::Value;

use super::fakes::{Reading, Rig, Stored, by_hand, failed, rejection};
use crate::support::gzip::gzip;
use crate::support::sample::log;

#[tokio::test(start_paused = true)]
async fn objects_are_delivered_whole_and_packed_together() {
    let rig = Rig::new();
    let logs: Vec<(String, Vec<u8>)> = (0..20).map(|n| (format!("small-{n}"), log(n, 1))).collect();
    for (key, log) in &logs {
        rig.source.put(key, log.clone());
    }
    let keys: Vec<&str> = logs.iter().map(|(key, _)| key.as_str()).collect();
    let answer = rig.sqs(&keys).await;
    assert!(failed(&answer).is_empty());
    let objects: Vec<(&str, &[u8])> =
        logs.iter().map(|(key, log)| (key.as_str(), log.as_slice())).collect();
    rig.assert_exactly(&objects);
    // Twenty rows of about a kilobyte do not make twenty records.
    assert!(answer.totals.records_delivered <= 6, "{:?}", answer.totals);
    assert_eq!(answer.totals.rows_delivered, 20);
    assert_eq!(answer.totals.conservation_mismatches, 0);
    assert!(answer.totals.s3_lag_s.is_some());
    assert_eq!(answer.totals.own_lag_s, Some(60));
}

#[tokio::test(start_paused = true)]
async fn gzip_objects_are_told_by_their_bytes_and_may_have_members() {
    let rig = Rig::new();
    let (one, two) = (log(1, 30), log(2, 30));
    rig.source.put("members.txt", [gzip(&one), gzip(&two)].concat());
    let answer = rig.sqs(&["members.txt"]).await;
    assert!(failed(&answer).is_empty());
    rig.assert_exactly(&[("members.txt", &[one, two].concat())]);
}

#[tokio::test(start_paused = true)]
async fn empty_blank_and_missing_objects_and_folder_markers_are_successes() {
    let rig = Rig::new();
    rig.source.put("empty", "");
    rig.source.put("blank", "\n\r\n \n");
    let answer = rig.sqs(&["empty", "blank", "gone", "folder/"]).await;
    assert!(failed(&answer).is_empty());
    assert_eq!(rig.rows().len(), 0);
    assert_eq!((answer.totals.objects_done, answer.totals.objects_missing), (2, 1));
    assert_eq!(answer.totals.blank_lines, 3);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_access_log_is_refused_without_a_row() {
    let rig = Rig::new();
    rig.source.put("text", "some other file\n".repeat(10));
    rig.source.put("large-text", "some other file\n".repeat(100_000));
    rig.source.put("binary", (0..200_000_u32).map(|n| (n % 251) as u8).collect::<Vec<u8>>());
    rig.source.put("log", log(3, 5));
    let answer = rig.sqs(&["text", "large-text", "binary", "log"]).await;
    assert_eq!(failed(&answer), ["text", "large-text", "binary"]);
    assert_eq!(answer.totals.objects_refused, 3);
    rig.assert_exactly(&[("log", &log(3, 5))]);
}

#[tokio::test(start_paused = true)]
async fn bad_lines_of_a_log_are_quarantined_even_before_its_first_good_one() {
    let rig = Rig::new();
    let mixed =
        [b"not a log line\n\xff\xfe\x00\n".to_vec(), log(4, 3), b"no newline".to_vec()].concat();
    rig.source.put("mixed", mixed.clone());
    rig.source.script("mixed", [Reading::Well(7)]);
    let answer = rig.sqs(&["mixed"]).await;
    assert!(failed(&answer).is_empty());
    rig.assert_exactly(&[("mixed", &mixed)]);
    assert_eq!(answer.totals.rows_quarantined, 3);
}

#[tokio::test(start_paused = true)]
async fn access_denied_names_bucket_key_and_permission() {
    let rig = Rig::new();
    rig.source
        .script("secret", [Reading::Fails(SourceError::Rejected(rejection("needs s3:GetObject")))]);
    rig.source.put("secret", log(1, 1));
    let event: Value = serde_json::from_str(&by_hand("secret")).unwrap();
    let error = rig.handle(&event).await.result.unwrap_err().to_string();
    for part in ["s3://logs/secret", "s3:GetObject", "offset 0"] {
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_stream_is_resumed_where_it_broke_on_the_same_version() {
    let rig = Rig::new();
    let text = log(5, 40);
    rig.source.put("a", text.clone());
    rig.source.put("b.gz", gzip(&text));
    let fails = || Reading::Fails(SourceError::Interrupted("503".to_owned()));
    rig.source.script(
        "a",
        [Reading::Breaks(2_500), fails(), Reading::EndsEarly(700), Reading::Breaks(0)],
    );
    rig.source.script("b.gz", [Reading::Breaks(101), Reading::EndsEarly(57)]);
    let answer = rig.sqs(&["a", "b.gz"]).await;
    assert!(failed(&answer).is_empty());
    rig.assert_exactly(&[("a", &text), ("b.gz", &text)]);
    let openings = rig.source.openings.lock().unwrap();
    let of_a: Vec<(u64, Option<&str>)> = openings
        .iter()
        .filter(|(key, ..)| key == "a")
        .map(|(_, offset, etag)| (*offset, etag.as_deref()))
        .collect();
    let v1 = Some("\"v1\"");
    assert_eq!(of_a, [(0, None), (2_500, v1), (2_500, v1), (3_200, v1), (3_200, v1)]);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_never_opens_fails_alone() {
    let rig = Rig::new();
    rig.source.put("bad", log(1, 5));
    rig.source.put("good", log(2, 5));
    let fails = Reading::Fails(SourceError::Interrupted("503".to_owned()));
    rig.source.script("bad", vec![fails; 50]);
    let answer = rig.sqs(&["bad", "good"]).await;
    assert_eq!(failed(&answer), ["bad"]);
    rig.assert_exactly(&[("good", &log(2, 5))]);
}

#[tokio::test(start_paused = true)]
async fn a_changed_object_is_read_again_from_its_start() {
    let rig = Rig::new();
    let (old, new) = (log(6, 40), [log(6, 40), log(7, 10)].concat());
    rig.source.put("a", old);
    let stored = Stored { bytes: new.clone(), etag: "\"v2\"".to_owned() };
    rig.source.script("a", [Reading::Changes(9_000, stored)]);
    let answer = rig.sqs(&["a"]).await;
    assert!(failed(&answer).is_empty());
    // The lines both versions have came twice, with the same identity.
    rig.assert_at_least(&[("a", &new)]);
    assert!(rig.rows().values().any(|times| *times == 2));
    assert_eq!(answer.totals.conservation_mismatches, 0);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_changes_all_the_time_fails() {
    let rig = Rig::new();
    rig.source.put("a", log(6, 40));
    let changes = (0..9).map(|n| {
        let etag = format!("\"v{}\"", n + 2);
        Reading::Changes(3_000, Stored { bytes: log(n, 40), etag })
    });
    rig.source.script("a", changes);
    assert_eq!(failed(&rig.sqs(&["a"]).await), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_one_object_fails_that_object_only() {
    let rig = Rig::new();
    rig.source.put("bad", log(1, 50));
    rig.source.put("good", log(2, 50));
    rig.source.script("bad", [Reading::Panics(5_000)]);
    let answer = rig.sqs(&["bad", "good"]).await;
    assert_eq!(failed(&answer), ["bad"]);
    assert_eq!(answer.totals.conservation_mismatches, 0);
    let good: Vec<u64> =
        rig.rows().into_keys().filter(|(key, ..)| key == "good").map(|(_, at, _)| at).collect();
    assert_eq!(good.len(), 50);
}
