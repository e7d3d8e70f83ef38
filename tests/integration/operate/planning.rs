//! The plan: what is counted, what is measured, and what follows from it.

use std::sync::Arc;

use logferry::cost::Prices;
use logferry::operate::backfill::copy::PortionSize;
use logferry::operate::backfill::{Plan, Sampled, Seen, Ways, count, measure, plan};
use logferry::operate::{ListedKeys, Selection, WrittenKeys};
use logferry::row::RowOptions;

use super::fakes::{FakeListing, object};
use super::keys::BUCKET;
use crate::function::fakes::{FakeSource, Reading, World};
use crate::support::gzip::gzip;
use crate::support::sample::log;
use crate::support::source_cases::BUCKET as SOURCE_BUCKET;

const MIB: f64 = 1_048_576.0;

fn near(found: f64, expected: f64, by: f64) {
    assert!((found / expected - 1.0).abs() < by, "{found} is not {expected}");
}

async fn listed(listing: &FakeListing) -> Seen {
    let all = Selection::default();
    count(&mut ListedKeys::new(listing, BUCKET, "", all, None), &all, |_| ()).await.unwrap()
}

/// What is measured of objects with these contents.
async fn measured(objects: &[(&str, Vec<u8>)], seen: &Seen, source: Arc<FakeSource>) -> Sampled {
    for (key, bytes) in objects {
        source.put(key, bytes.clone());
    }
    measure(&World(source), SOURCE_BUCKET, &seen.samples, RowOptions::default()).await
}

fn planned(seen: &Seen, sampled: &Sampled) -> Option<Plan> {
    let ways = Ways {
        stream_bytes_a_second: MIB,
        portion: PortionSize { objects: 10_000, bytes: 8_000_000_000 },
        file_bytes: 32 << 20,
        rpu: Some(8.0),
    };
    plan(seen, sampled, &Prices::default(), &ways)
}

#[tokio::test(start_paused = true)]
async fn samples_are_spread_over_all_objects() {
    for objects in [1, 19, 20, 21, 39, 40, 1_000] {
        let keys: Vec<_> = (0..objects).map(|number| format!("{number:05}")).collect();
        let seen = listed(&FakeListing::of(&keys, 7)).await;
        let samples: Vec<usize> = seen.samples.iter().map(|key| key.key.parse().unwrap()).collect();
        assert!(samples.len() <= 20 && samples.len() >= objects.min(10), "{objects}: {samples:?}");
        assert_eq!(samples[0], 0);
        let gaps: Vec<_> = samples.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.iter().all(|gap| *gap == gaps[0]), "{objects}: {samples:?}");
        let last = samples.last().unwrap() + gaps.first().unwrap_or(&1);
        assert!(last >= objects, "{objects}: up to the end: {samples:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn rows_and_dollars_follow_from_what_was_read() {
    let texts = [log(1, 200), log(2, 200)];
    let lines = texts.concat().split(|byte| *byte == b'\n').count() - 1;
    let listing = FakeListing::new(
        ["a", "b"].iter().zip(&texts).map(|(key, text)| object(key, text.len() as u64)).collect(),
        10,
    );
    let seen = listed(&listing).await;
    let contents = [("a", texts[0].clone()), ("b", texts[1].clone())];
    let sampled = measured(&contents, &seen, Arc::default()).await;
    let plan = planned(&seen, &sampled).unwrap();
    assert_eq!((sampled.objects, sampled.failed.len()), (2, 0));
    near(plan.rows, lines as f64, 1e-9);
    near(plan.bytes, texts.concat().len() as f64, 1e-9);
    let rows = lines as f64 * sampled.shape.unwrap().row_bytes;
    // Less than a unit of rounding, and a ledger record.
    assert!(plan.cost.billed_bytes >= rows && plan.cost.billed_bytes < rows + 2.0 * 5_120.0);
    near(plan.seconds, plan.cost.billed_bytes / MIB, 1e-9);
    near(plan.listing, 5e-6, 1e-9);
}

#[tokio::test(start_paused = true)]
async fn compressed_objects_count_by_their_text() {
    let text = log(3, 2_000);
    let stored = gzip(&text);
    let listing = FakeListing::new(vec![object("a.gz", stored.len() as u64)], 10);
    let seen = listed(&listing).await;
    let sampled = measured(&[("a.gz", stored.clone())], &seen, Arc::default()).await;
    near(sampled.text_per_stored, text.len() as f64 / stored.len() as f64, 0.05);
    near(planned(&seen, &sampled).unwrap().rows, 2_000.0, 0.05);
}

#[tokio::test(start_paused = true)]
async fn without_sizes_the_samples_stand_for_all() {
    let text = log(4, 100);
    let all = Selection::default();
    let mut keys = WrittenKeys::new(&b"a\nb\nc\n"[..], BUCKET, None);
    let seen = count(&mut keys, &all, |_| ()).await.unwrap();
    let contents = [("a", text.clone()), ("b", text.clone())];
    let sampled = measured(&contents, &seen, Arc::default()).await;
    assert_eq!((sampled.objects, sampled.failed.len()), (2, 1), "c is not there");
    let plan = planned(&seen, &sampled).unwrap();
    near(plan.bytes, 3.0 * text.len() as f64, 1e-9);
    near(plan.rows, 300.0, 1e-9);
}

#[tokio::test(start_paused = true)]
async fn objects_that_cannot_be_read_give_no_plan() {
    let seen = listed(&FakeListing::of(&["a".to_owned()], 10)).await;
    let source = FakeSource::default();
    source.script("a", [Reading::Breaks(10)]);
    let sampled = measured(&[("a", log(1, 5))], &seen, Arc::new(source)).await;
    assert_eq!((sampled.objects, sampled.failed.len()), (0, 1));
    assert_eq!(planned(&seen, &sampled), None);
}
