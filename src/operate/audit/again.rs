//! Objects read again, as the function reads them: by the pipeline, into memory instead of a stream.
//!
//! What it does not do: judge. An object that cannot be read has a reason in place of its lines.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream;

use super::lines::{Lines, of_json};
use crate::filter::Filters;
use crate::pack::{
    BATCH_BYTES_DEFAULT, BatchSize, RECORD_TARGET_BYTES_DEFAULT, Record, RecordCompression,
};
use crate::pipeline::{
    Budget, Invocation, ObjectErrorKind, ObjectOutcome, Pipeline, Receipt, Settings, Settled,
};
use crate::ports::{ListedObject, ObjectSource, ObjectTask, RecordSink, SinkError, Verdict};
use crate::row::RowOptions;

/// Objects that are read at the same time.
const OBJECTS_AT_ONCE: usize = 8;

/// How the function makes rows.
#[derive(Debug, Clone, Default)]
pub struct Making {
    /// The choices about rows.
    pub rows: RowOptions,
    /// Its rules; `None` where they are not known.
    pub filters: Option<Arc<Filters>>,
}

/// Takes rows and keeps what is compared of them, by key.
#[derive(Default)]
struct Kept(Mutex<HashMap<String, Lines>>);

impl RecordSink for Kept {
    async fn put(&self, records: &[Record]) -> Result<Vec<Verdict>, SinkError> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = records.iter().flat_map(|record| record.data().split(|byte| *byte == b'\n'));
        for (key, offset, cells) in rows.filter_map(of_json) {
            kept.entry(key).or_default().insert(offset, cells);
        }
        Ok(vec![Verdict::Accepted; records.len()])
    }
}

/// Reads objects, and gives of each what its lines become, or why it could not be read.
pub(super) async fn read<S: ObjectSource>(
    source: &Arc<S>,
    bucket: &str,
    objects: &[&ListedObject],
    making: &Making,
    now_unix_s: i64,
) -> HashMap<String, Result<Lines, String>> {
    let kept = Arc::new(Kept::default());
    let settings = Settings {
        record_bytes: RECORD_TARGET_BYTES_DEFAULT,
        record_compression: RecordCompression::None,
        batch: BatchSize::Call(BATCH_BYTES_DEFAULT),
        objects_in_flight: OBJECTS_AT_ONCE,
        calls_in_flight: 1,
        bytes_per_second: None,
        rows: making.rows.clone(),
        filters: making.filters.clone().unwrap_or_default(),
    };
    let tasks = objects.iter().map(|object| ObjectTask::whole(bucket, &object.key));
    let tasks: Vec<ObjectTask> = tasks.collect();
    let invocation = Invocation { budget: Budget::unlimited(), seed: 0, now_unix_s };
    let mut settled = Vec::with_capacity(objects.len());
    let pipeline = Pipeline::new(Arc::clone(source), Arc::clone(&kept), settings);
    pipeline.run(stream::iter(tasks), invocation, |one| settled.push(one)).await;
    let mut kept = std::mem::take(&mut *kept.0.lock().unwrap_or_else(PoisonError::into_inner));
    let listed: HashMap<&str, &ListedObject> =
        objects.iter().map(|object| (object.key.as_str(), *object)).collect();
    let read = settled.into_iter().map(|one| {
        let lines = kept.remove(&one.task.key).unwrap_or_default();
        let reason = unread(&one, listed.get(one.task.key.as_str()).copied());
        (one.task.key, reason.map_or(Ok(lines), Err))
    });
    read.collect()
}

/// Why what was read of an object says nothing of it as it was listed.
fn unread(settled: &Settled, listed: Option<&ListedObject>) -> Option<String> {
    match &settled.outcome {
        ObjectOutcome::Done => {}
        ObjectOutcome::Missing => return Some("it was deleted meanwhile".to_owned()),
        ObjectOutcome::Failed(error) => return Some(said(&error.kind)),
        ObjectOutcome::Unfinished(_) => return Some("it was not read to its end".to_owned()),
    }
    let receipt = settled.receipt.as_ref();
    let version = receipt.and_then(|receipt| receipt.etag.as_deref());
    let version = version.map(|etag| etag.trim_matches('"'));
    let known = listed.and_then(|object| object.etag.as_deref());
    let is_other = matches!((version, known), (Some(read), Some(listed)) if read != listed);
    // More than one version of it was read, on which nobody counted.
    let is_mixed = receipt.is_some_and(|receipt: &Receipt| receipt.lines.is_none());
    (is_other || is_mixed).then(|| "it changed meanwhile".to_owned())
}

fn said(kind: &ObjectErrorKind) -> String {
    kind.to_string()
}
