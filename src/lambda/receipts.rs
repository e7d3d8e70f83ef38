//! The ledger: one line for each object that was delivered, to a stream of its own.
//!
//! A line is written only when every row that it speaks of is acknowledged. Losing it never fails a
//! message: an audit reads such an object again. The lines of an invocation go into one record as long
//! as they fit. What this file does not do: decide what was delivered; the pipeline's receipts say so.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};
use tracing::warn;

use crate::pack::{
    BATCH_BYTES_MAX, Batch, BatchSize, Batcher, Packer, RECORD_TARGET_BYTES_MAX, Record,
    RecordCompression,
};
use crate::pipeline::{Settled, ledger_line};
use crate::ports::{RecordSink, SinkError, Verdict};

/// The wait before a call is made again.
const WAIT: Duration = Duration::from_millis(200);

/// The receipts of an invocation, packed.
pub(super) struct Receipts {
    /// The text for the settings; `None` when there is no ledger.
    settings: Option<String>,
    packer: Packer,
    batcher: Batcher,
    complete: Vec<Batch>,
    lines: u64,
}

impl Receipts {
    /// None yet.
    pub(super) fn new(settings: Option<&str>) -> Self {
        Self {
            settings: settings.map(str::to_owned),
            packer: Packer::new(RECORD_TARGET_BYTES_MAX, RecordCompression::None),
            batcher: Batcher::new(BatchSize::Call(BATCH_BYTES_MAX)),
            complete: Vec::new(),
            lines: 0,
        }
    }

    /// Takes in what was delivered of an object.
    pub(super) fn take(&mut self, settled: &Settled, now_unix_s: i64) {
        let Some(settings) = &self.settings else { return };
        let Some(line) = ledger_line(settled, now_unix_s, settings) else { return };
        self.lines += 1;
        let ((), record) = self.packer.append(settled.index, 0, |out| {
            out.extend_from_slice(line.to_string().as_bytes());
            out.push(b'\n');
        });
        self.complete.extend(record.and_then(|record| self.batcher.push(record)));
    }

    /// Puts them to the ledger's stream, and says how many it did not take.
    pub(super) async fn write(mut self, sink: &impl RecordSink, end: Instant) -> u64 {
        let last = self.packer.take().and_then(|record| self.batcher.push(record));
        self.complete.extend(last.into_iter().chain(self.batcher.take()));
        let mut taken = 0;
        for batch in self.complete {
            taken += put(sink, batch, end).await;
        }
        self.lines - taken
    }
}

/// Puts a batch until it is settled or time is over, and says how many lines were taken.
async fn put(sink: &impl RecordSink, mut batch: Batch, end: Instant) -> u64 {
    let lines: u64 = batch.records().iter().map(Record::rows).sum();
    let mut taken = 0;
    let mut reason = "time is over".to_owned();
    while let Ok(called) = timeout_at(end, sink.put(batch.records())).await {
        match called {
            Ok(verdicts) => {
                for (record, verdict) in batch.records().iter().zip(&verdicts) {
                    match verdict {
                        Verdict::Accepted => taken += record.rows(),
                        Verdict::Retry => {}
                        Verdict::Rejected(rejection) => reason = rejection.to_string(),
                    }
                }
                batch.retain(|at| matches!(verdicts.get(at), None | Some(Verdict::Retry)));
            }
            Err(SinkError::Rejected(rejection)) => {
                reason = rejection.to_string();
                break;
            }
            Err(error) => reason = error.to_string(),
        }
        if batch.records().is_empty() || timeout_at(end, sleep(WAIT)).await.is_err() {
            break;
        }
    }
    if taken < lines {
        warn!(%reason, "Lines of the ledger are lost; an audit reads their objects again.");
    }
    taken
}
