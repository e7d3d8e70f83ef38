//! Fuzzes the parser against its naive twin: the same columns and flags, or both no entry.
#![no_main]

#[path = "../../tests/support/twin.rs"]
mod twin;

use libfuzzer_sys::fuzz_target;
use logferry::access_log::{Line, Parser};
use twin::Verdict;

fuzz_target!(|line: &[u8]| {
    let verdict = match Parser::new().parse(&Line { bytes: line, offset: 0, overlong: None }) {
        Ok(entry) => Verdict::Row(twin::columns_of(&entry), twin::flags_of(&entry)),
        Err(_) => Verdict::Quarantined,
    };
    assert_eq!(verdict, twin::read(line));
});
