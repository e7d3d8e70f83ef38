//! Delivery: the buffer into staged objects, staged objects into COPY.
//!
//! Two tasks, so that a warehouse that is away does not stop staging. COPYs are serial: the next
//! one takes everything staged meanwhile, in one manifest. A COPY that fails is tried again with
//! the same manifest until the retry duration has passed since its first attempt began; then the
//! batch is skipped and its manifest written under `errors/manifests/` for a person to load. A stream
//! to S3 is done when it has staged.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::shared::{Buffer, Shared};
use super::staging::{Staged, Staging};
use crate::redshift::{Error, Warehouse};

/// Staging is tried again after this long, without end: Firehose keeps records for a day.
const STAGING_RETRY: Duration = Duration::from_millis(200);

pub(super) async fn run(shared: Arc<Shared>, staging: Staging, warehouse: Warehouse) {
    let staging = Arc::new(staging);
    let (staged, waiting) = mpsc::unbounded_channel();
    let mut tasks = JoinSet::new();
    tasks.spawn(stage(Arc::clone(&shared), Arc::clone(&staging), staged));
    tasks.spawn(load(shared, staging, warehouse, waiting));
    // Both run until this task is aborted; the set then ends them.
    while tasks.join_next().await.is_some() {}
}

async fn stage(shared: Arc<Shared>, staging: Arc<Staging>, staged: mpsc::UnboundedSender<Staged>) {
    loop {
        let buffer = due(&shared).await;
        let object = loop {
            match staging.stage(&buffer.records).await {
                Ok(object) => break object,
                Err(why) => complain(&shared, &why).await,
            }
        };
        shared.counts.send_modify(|counts| counts.objects_staged += 1);
        if staged.send(object).is_err() {
            return;
        }
    }
}

/// Waits for a buffer that is large enough, old enough, or asked for.
async fn due(shared: &Shared) -> Buffer {
    loop {
        let ripe = {
            let mut buffer = shared.buffer.lock().unwrap_or_else(PoisonError::into_inner);
            let ripe = buffer.since + shared.settings.buffer_interval;
            let full = buffer.bytes >= shared.settings.buffer_bytes;
            let held = !buffer.records.is_empty();
            if held && (buffer.flush || full || ripe <= Instant::now()) {
                return std::mem::replace(&mut buffer, Buffer::empty());
            }
            buffer.flush = false;
            held.then_some(ripe)
        };
        match ripe {
            Some(at) => tokio::select! {
                () = shared.filled.notified() => {}
                () = sleep_until(at) => {}
            },
            None => shared.filled.notified().await,
        }
    }
}

async fn load(
    shared: Arc<Shared>,
    staging: Arc<Staging>,
    warehouse: Warehouse,
    mut waiting: mpsc::UnboundedReceiver<Staged>,
) {
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, usize::MAX).await > 0 {
        let records: u64 = batch.iter().map(|one| one.records).sum();
        if shared.settings.to_s3 {
            shared.counts.send_modify(|counts| counts.records_settled += records);
            batch.clear();
            continue;
        }
        let rows = load_batch(&shared, &staging, &warehouse, &batch).await;
        shared.counts.send_modify(|counts| {
            match rows {
                Some(rows) => {
                    counts.copies += 1;
                    counts.rows += rows;
                }
                None => counts.copies_abandoned += 1,
            }
            counts.records_settled += records;
        });
        batch.clear();
    }
}

/// Loads a batch, trying again; `None` when it was given up.
async fn load_batch(
    shared: &Shared,
    staging: &Staging,
    warehouse: &Warehouse,
    batch: &[Staged],
) -> Option<u64> {
    let settings = &shared.settings;
    let manifest = loop {
        match staging.write_manifest(batch).await {
            Ok(manifest) => break manifest,
            Err(why) => complain(shared, &why).await,
        }
    };
    let end = Instant::now() + settings.retry_duration;
    loop {
        match copy(shared, staging, warehouse, &manifest).await {
            Ok(rows) => return Some(rows),
            Err(error) => {
                eprintln!("firehose {}: COPY failed: {error}", settings.name);
                shared.counts.send_modify(|counts| counts.copies_failed += 1);
            }
        }
        if Instant::now() + settings.retry_interval >= end {
            break;
        }
        sleep(settings.retry_interval).await;
    }
    while let Err(why) = staging.write_error_manifest(batch).await {
        complain(shared, &why).await;
    }
    None
}

/// Says why staging failed, and waits before it is tried again.
async fn complain(shared: &Shared, why: &str) {
    eprintln!("firehose {}: staging failed: {why}", shared.settings.name);
    sleep(STAGING_RETRY).await;
}

async fn copy(
    shared: &Shared,
    staging: &Staging,
    warehouse: &Warehouse,
    manifest: &str,
) -> Result<u64, Error> {
    let files = staging.read_manifest(manifest).await.map_err(Error::MissingFile)?;
    warehouse.copy(shared.copy.clone(), files).await
}
