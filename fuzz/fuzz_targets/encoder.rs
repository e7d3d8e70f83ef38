//! Fuzzes a log on its way to rows: each line accounted for, every row loads by Redshift's rules,
//! and the chunk borders do not matter.
#![no_main]

#[path = "../../tests/support/loadable.rs"]
mod loadable;
#[path = "../../tests/support/rows.rs"]
mod rows;

use libfuzzer_sys::fuzz_target;
use rows::check_log;

fuzz_target!(|log: &[u8]| {
    let whole = check_log(log, &[usize::MAX]);
    assert!(whole.is_ok(), "{whole:?}");
    assert_eq!(whole, check_log(log, &[7, 1, 200]));
});
