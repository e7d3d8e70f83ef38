//! What a call may hold, and the words with which AWS refuses more.
//!
//! Independent of `logferry::pack` on purpose: a limit got wrong there must be refused here.

use super::refusal::Refusal;

/// Records in a call.
pub(super) const RECORDS_MAX: usize = 500;
/// Bytes of a record, before base64.
pub(super) const RECORD_BYTES_MAX: usize = 1_024_000;
/// Bytes of a call. AWS does not say whether before or after base64: counted after, the stricter
/// reading, so that what passes here passes under both.
pub(super) const CALL_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Billing rounds each record up to a multiple of this.
pub(super) const BILLED_UNIT_BYTES: u64 = 5 * 1024;

/// Checks a call by the raw sizes of its records.
pub(super) fn check(sizes: &[usize]) -> Result<(), Refusal> {
    if sizes.is_empty() {
        return Err(Refusal::validation(
            "1 validation error detected: Value '[]' at 'records' failed to satisfy constraint: \
             Member must have length greater than or equal to 1",
        ));
    }
    if sizes.len() > RECORDS_MAX {
        return Err(Refusal::validation(
            "1 validation error detected: Value at 'records' failed to satisfy constraint: \
             Member must have length less than or equal to 500",
        ));
    }
    if let Some(at) = sizes.iter().position(|size| *size > RECORD_BYTES_MAX) {
        return Err(Refusal::validation(format!(
            "1 validation error detected: Value at 'records.{}.member.data' failed to satisfy \
             constraint: Member must have length less than or equal to 1024000",
            at + 1
        )));
    }
    let encoded: usize = sizes.iter().map(|size| size.div_ceil(3) * 4).sum();
    if encoded > CALL_BYTES_MAX {
        return Err(Refusal::invalid_argument("Records size exceeds 4 MB limit"));
    }
    Ok(())
}

/// What a record of this size is billed as.
pub(super) fn billed_units(size: usize) -> u64 {
    (size as u64).div_ceil(BILLED_UNIT_BYTES).max(1)
}
