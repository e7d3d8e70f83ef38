//! Whether the function's memory is enough for what it is configured to do at the same time.
//!
//! The figures are estimates on the safe side, by what each thing holds at the same time;
//! `docs/lambda.md` names them. What this file does not do: measure anything itself.

use tracing::warn;

use crate::pipeline::Settings;

/// The program, its libraries and connections, and an event of six megabytes.
const BASE_BYTES: usize = 40 << 20;

/// An object that is read: a chunk, the buffers of gzip, a line, rows.
const OBJECT_BYTES: usize = 1 << 20;

/// A call holds its batch and, while it is sent, two copies in the SDK, one of them in base64.
const COPIES_OF_A_BATCH: usize = 4;

/// The memory that a configuration may take, in bytes.
pub(super) fn memory_bytes(settings: &Settings) -> usize {
    let objects = settings.objects_in_flight.saturating_mul(OBJECT_BYTES);
    let batch = settings.batch.bytes().saturating_mul(COPIES_OF_A_BATCH);
    let calls = settings.calls_in_flight.saturating_add(1).saturating_mul(batch);
    BASE_BYTES.saturating_add(objects).saturating_add(calls)
}

/// Warns when that is more than the function has: `AWS_LAMBDA_FUNCTION_MEMORY_SIZE`, in megabytes.
pub(super) fn warn_if_tight(settings: &Settings, memory_size: Option<String>) {
    let size = memory_size.and_then(|size| size.parse::<usize>().ok());
    let (needed_mb, Some(memory_mb)) = (memory_bytes(settings) >> 20, size) else { return };
    if needed_mb > memory_mb {
        warn!(
            memory_mb,
            needed_mb,
            remedy = "give the function more memory, or lower LOGFERRY_OBJECTS_IN_FLIGHT, \
                      LOGFERRY_CALLS_IN_FLIGHT or LOGFERRY_BATCH_BYTES",
            "What is configured to happen at the same time may not fit into the function's memory."
        );
    }
}
