//! Five functions on a stream with the quota that most Regions start with, 1 MiB a second.

use std::num::NonZeroU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream;
use logferry::pack::{BatchSize, Record};
use logferry::pipeline::{Budget, Invocation, Pipeline};
use logferry::ports::{ObjectTask, RecordSink, SinkError, Verdict};
use tokio::time::{Instant, sleep};

use super::fakes::{Rig, World};
use crate::support::sample::log;

const QUOTA: u64 = 1 << 20;

/// Counts by the second, as Firehose does: what does not fit is refused, record by record.
struct Stream {
    began: Instant,
    second: Mutex<(u64, u64)>,
    /// Records and bytes taken, and records offered.
    counts: Mutex<(u64, u64, u64)>,
}

struct Shared(Arc<Stream>);

impl RecordSink for Shared {
    async fn put(&self, records: &[Record]) -> Result<Vec<Verdict>, SinkError> {
        sleep(Duration::from_millis(30)).await;
        let now = self.0.began.elapsed().as_secs();
        let (mut second, mut counts) =
            (self.0.second.lock().unwrap(), self.0.counts.lock().unwrap());
        if second.0 != now {
            *second = (now, 0);
        }
        let mut verdicts = Vec::new();
        for record in records {
            let bytes = record.data().len() as u64;
            counts.2 += 1;
            let fits = second.1 + bytes <= QUOTA;
            if fits {
                second.1 += bytes;
                *counts = (counts.0 + 1, counts.1 + bytes, counts.2);
            }
            verdicts.push(if fits { Verdict::Accepted } else { Verdict::Retry });
        }
        Ok(verdicts)
    }
}

/// The throughput in parts of the quota, and how many records were offered for one taken.
async fn run(bytes_per_second: Option<u64>) -> (f64, f64) {
    let began = Instant::now();
    let stream = Stream { began, second: Mutex::default(), counts: Mutex::default() };
    let stream = Arc::new(stream);
    let mut rig = Rig::new();
    rig.settings.record_bytes = 16 * 1024;
    rig.settings.batch = BatchSize::Call(64 * 1024);
    rig.settings.bytes_per_second = bytes_per_second.and_then(NonZeroU64::new);
    let text = log(1, 3_000);
    for object in 0..15 {
        rig.source.put(&format!("o{object}"), text.clone());
    }
    let rig = &rig;
    let functions = (0..5).map(|function: u64| {
        let sink = Arc::new(Shared(Arc::clone(&stream)));
        let source = Arc::new(World(Arc::clone(&rig.source)));
        async move {
            let pipeline = Pipeline::new(source, sink, rig.settings.clone());
            let objects = (0..3)
                .map(|object| ObjectTask::whole("logs", format!("o{}", 3 * function + object)));
            let budget = Budget::unlimited();
            let invocation = Invocation { budget, seed: function, now_unix_s: 1_773_450_060 };
            let totals = pipeline.run(stream::iter(objects), invocation, |_| {}).await;
            assert_eq!(totals.rows_lost, 0);
        }
    });
    join_all(functions).await;
    let seconds = began.elapsed().as_secs_f64();
    let (taken, bytes, offered) = *stream.counts.lock().unwrap();
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    (bytes as f64 / seconds / QUOTA as f64, offered as f64 / taken as f64)
}

#[tokio::test(start_paused = true)]
async fn five_functions_that_know_their_part_use_the_stream_without_a_storm() {
    let (throughput, offered) = run(Some(QUOTA * 98 / 100 / 5)).await;
    assert!(throughput >= 0.97, "{throughput:.3} of the quota");
    assert!(offered <= 1.2, "{offered:.2} records offered for one taken");
    // The test can fail: without it there is a storm.
    let (_, storm) = run(None).await;
    assert!(storm > 1.2, "{storm:.2} records offered for one taken");
}
