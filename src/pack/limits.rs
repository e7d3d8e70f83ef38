//! The limits of Firehose's data plane, as constants that the compiler checks against each other.
//!
//! Source: the API reference of `PutRecordBatch` and the quotas page of Amazon Data Firehose.
//! What this file does not hold: quotas per second, which are the stream's to enforce.

use super::compression::member_bytes_max;
use crate::row::ROW_BYTES_MAX;

/// The largest record Firehose takes, in bytes before base64 (API shape `Data`, 1,000 KiB).
pub const RECORD_BYTES_MAX: usize = 1_024_000;

/// The most records one `PutRecordBatch` call may hold.
pub const BATCH_RECORDS_MAX: usize = 500;

/// The most raw bytes logferry puts into one call.
///
/// AWS documents 4 MiB a call without saying whether that is counted before or after base64. This
/// value satisfies both readings: 3,000,000 raw bytes are 4,000,000 in base64.
pub const BATCH_BYTES_MAX: usize = 3_000_000;

/// The raw bytes put into one call unless configured: the memory of a call grows with it, and
/// `benches/lambda_cost` shows no gain in processor time from fuller calls.
pub const BATCH_BYTES_DEFAULT: usize = 2_000_000;

/// The bytes of a billed unit: Firehose rounds each record up to a multiple of 5 KB.
pub const BILLED_UNIT_BYTES: usize = 5_120;

/// The default size rows are packed up to, in bytes.
pub const RECORD_TARGET_BYTES_DEFAULT: usize = 262_144;

/// The smallest packing target that can be configured: below one billed unit there is nothing to
/// gain.
pub(crate) const RECORD_TARGET_BYTES_MIN: usize = BILLED_UNIT_BYTES;

/// The largest packing target that can be configured.
pub(crate) const RECORD_TARGET_BYTES_MAX: usize = RECORD_BYTES_MAX;

/// The compressed size at which a gzip member is ended at the latest, in bytes: what is added behind
/// it still fits a record.
pub(crate) const MEMBER_TARGET_BYTES_MAX: usize = 450 * 1024;

const CALL_BYTES_DOCUMENTED: usize = 4 * 1024 * 1024;

const _: () = {
    assert!(BATCH_BYTES_MAX.div_ceil(3) * 4 <= CALL_BYTES_DOCUMENTED);
    assert!(RECORD_BYTES_MAX <= BATCH_BYTES_MAX);
    assert!(RECORD_TARGET_BYTES_MAX <= BATCH_BYTES_DEFAULT);
    assert!(BATCH_BYTES_DEFAULT <= BATCH_BYTES_MAX);
    assert!(RECORD_TARGET_BYTES_MIN <= RECORD_TARGET_BYTES_DEFAULT);
    assert!(RECORD_TARGET_BYTES_DEFAULT <= RECORD_TARGET_BYTES_MAX);
    assert!(RECORD_TARGET_BYTES_MAX <= RECORD_BYTES_MAX);
    // A row over the target is a record of its own, so it has to fit one.
    assert!(ROW_BYTES_MAX <= RECORD_BYTES_MAX);
    assert!(member_bytes_max(MEMBER_TARGET_BYTES_MAX, ROW_BYTES_MAX) <= RECORD_BYTES_MAX);
    assert!(RECORD_TARGET_BYTES_DEFAULT <= MEMBER_TARGET_BYTES_MAX);
};

/// The billed units of a record of `bytes` bytes: what Firehose charges, in steps of 5 KB.
#[must_use]
pub const fn billed_units(bytes: usize) -> u64 {
    bytes.div_ceil(BILLED_UNIT_BYTES) as u64
}

/// A size in bytes, held to a whole number of billed units if it is one or more.
#[must_use]
pub(super) const fn whole_units(bytes: usize) -> usize {
    let odd = bytes % BILLED_UNIT_BYTES;
    if odd < bytes { bytes - odd } else { bytes }
}
