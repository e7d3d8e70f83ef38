//! Made-up logs.
#![allow(dead_code, clippy::allow_attributes, reason = "each program uses its own part")]

use logferry::sample::Sample;

/// A log of so many ordinary lines.
pub(crate) fn log(seed: u64, lines: usize) -> Vec<u8> {
    hostile_log(seed, 0, lines)
}

/// A log of so many lines, of which so many in a thousand are hostile.
pub(crate) fn hostile_log(seed: u64, hostile_per_mille: u32, lines: usize) -> Vec<u8> {
    let mut log = Vec::new();
    Sample::new(seed).hostile_per_mille(hostile_per_mille).append_lines(lines, &mut log);
    log
}
