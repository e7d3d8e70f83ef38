//! The corpora: difficult lines, and what each must become.
//!
//! `lines.jsonl` holds the shapes of the format, `regressions.jsonl` what was once read wrongly.
#![allow(dead_code, clippy::allow_attributes, reason = "each program uses its own part")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

const CORPORA: [&str; 2] =
    [include_str!("../data/corpus/lines.jsonl"), include_str!("../data/corpus/regressions.jsonl")];

/// One case.
pub(crate) struct Case {
    /// Its name.
    pub(crate) id: String,
    /// The line, without a line end; of a few cases a log of several lines.
    pub(crate) line: Vec<u8>,
    /// What it must become.
    pub(crate) expect: Value,
}

/// Every case of both corpora.
pub(crate) fn cases() -> impl Iterator<Item = Case> {
    CORPORA.into_iter().flat_map(str::lines).map(|case| {
        let mut case: Value = serde_json::from_str(case).unwrap();
        Case {
            id: case["id"].as_str().unwrap().to_owned(),
            line: STANDARD.decode(case["line_base64"].as_str().unwrap()).unwrap(),
            expect: case["expect"].take(),
        }
    })
}

/// The lines of all cases as one log.
pub(crate) fn log() -> Vec<u8> {
    cases().flat_map(|case| [case.line, b"\n".to_vec()].concat()).collect()
}
