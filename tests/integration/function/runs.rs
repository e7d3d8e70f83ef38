//! The pipeline by itself: objects without end, and no deadline.

use std::cell::Cell;

use futures_util::{Stream, StreamExt as _, stream};
use logferry::pipeline::{Budget, Invocation, ObjectOutcome, Settled, Totals};
use logferry::ports::{ObjectTask, SinkError};

use super::fakes::{Call, Rig};
use crate::support::sample::log;

/// Without a deadline.
async fn run(
    rig: &Rig,
    objects: impl Stream<Item = ObjectTask>,
    report: impl FnMut(Settled),
) -> Totals {
    let (budget, seed) = (Budget::unlimited(), rig.seed);
    let invocation = Invocation { budget, seed, now_unix_s: 1_773_450_060 };
    rig.pipeline().run(objects, invocation, report).await
}

#[tokio::test(start_paused = true)]
async fn objects_are_reported_and_forgotten_one_by_one() {
    let rig = Rig::new();
    for object in 0..50 {
        rig.source.put(&format!("o{object}"), log(object, 3));
    }
    for objects in [1_000, 5_000] {
        // How many objects the run knows of at the same time.
        let (known, most) = (Cell::new(0), Cell::new(0));
        let tasks = stream::iter(0..objects).map(|object| {
            known.set(known.get() + 1);
            most.set(most.get().max(known.get()));
            ObjectTask::whole("logs", format!("o{}", object % 50))
        });
        let mut seen = vec![false; objects];
        let totals = run(&rig, tasks, |settled| {
            known.set(known.get() - 1);
            assert_eq!(settled.task.key, format!("o{}", settled.index % 50));
            assert!(matches!(settled.outcome, ObjectOutcome::Done), "{settled:?}");
            assert!(!std::mem::replace(&mut seen[settled.index], true), "{settled:?} twice");
        });
        let totals = totals.await;
        assert!(seen.iter().all(|seen| *seen));
        assert_eq!(
            (totals.objects_done, totals.rows_delivered),
            (objects as u64, 3 * objects as u64)
        );
        // Read, packed and in flight: 4 objects, and those of three batches of some 20 rows.
        assert!(most.get() <= 40, "{} of {objects} objects at the same time", most.get());
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_deadline_a_sink_that_is_down_for_days_is_waited_for() {
    let rig = Rig::new();
    rig.source.put("a", log(1, 40));
    let down = Call::Fails(SinkError::Unavailable("down".to_owned()));
    *rig.sink.script.lock().unwrap() = vec![down; 20_000].into();
    let start = tokio::time::Instant::now();
    let task = ObjectTask::whole("logs", "a");
    let totals = run(&rig, stream::iter([task]), |settled| {
        assert!(matches!(settled.outcome, ObjectOutcome::Done), "{settled:?}");
    });
    assert_eq!(totals.await.throttles, 20_000);
    assert!(start.elapsed().as_secs() > 12 * 3_600, "{:?}", start.elapsed());
    rig.assert_exactly(&[("a", &log(1, 40))]);
}

#[tokio::test(start_paused = true)]
async fn objects_that_come_late_are_read_when_they_come() {
    let rig = Rig::new();
    for key in ["a", "b"] {
        rig.source.put(key, log(2, 5));
    }
    let tasks = stream::iter(["a", "b"]).then(|key| async move {
        tokio::time::sleep(std::time::Duration::from_hours(1)).await;
        ObjectTask::whole("logs", key)
    });
    let mut keys = Vec::new();
    run(&rig, tasks, |settled| keys.push(settled.task.key)).await;
    assert_eq!(keys, ["a", "b"]);
    rig.assert_exactly(&[("a", &log(2, 5)), ("b", &log(2, 5))]);
}
