//! The lines a log is to arrive as.

use logferry::access_log::lines;
use logferry::row::RecordId;

/// Offset and record id of every line that is not blank.
pub(crate) fn lines_of(log: &[u8]) -> Vec<(u64, String)> {
    let written = lines(log).filter(|line| !line.is_blank());
    written.map(|line| (line.offset, RecordId::of(line.bytes).to_string())).collect()
}
