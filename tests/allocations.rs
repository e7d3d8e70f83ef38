//! The way from a line to its row allocates nothing once the buffers have grown.
//!
//! Checks thousands of lines: every case of the corpora, samples of every kind, lines that are
//! quarantined, masked, clipped, repaired and parsed twice.
//!
//! A program of its own: counting takes a global allocator, which every other test of the program
//! would run on.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use allocation_counter::measure;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use logferry::access_log::{Line, LineSplitter};
use logferry::row::{Origin, Outcome, RowEncoder, RowOptions};

/// The lines of the corpora and what becomes of each when it is cut short here and there.
fn log() -> Vec<u8> {
    let files =
        [include_str!("data/corpus/lines.jsonl"), include_str!("data/corpus/regressions.jsonl")];
    let mut log = Vec::new();
    for case in files.into_iter().flat_map(str::lines) {
        let case: serde_json::Value = serde_json::from_str(case).unwrap();
        let line = STANDARD.decode(case["line_base64"].as_str().unwrap()).unwrap();
        for cut in (0..line.len().min(2000)).step_by(13) {
            log.extend_from_slice(&line[..line.len() - cut]);
            log.push(b'\n');
            log.extend_from_slice(&line[cut..]);
            log.extend_from_slice(b"\r\n");
        }
    }
    log
}

#[test]
fn a_line_costs_no_allocation() {
    let log = log();
    let line = |bytes| Line { bytes, offset: 0, oversize: false };
    let lines: Vec<Line<'_>> = log.split(|byte| *byte == b'\n').map(line).collect();
    assert!(lines.len() > 2000, "only {} lines", lines.len());

    let origin = Origin::new(Some("log-bucket"), "logs/object");
    for mask_secrets in [true, false] {
        let mut encoder = RowEncoder::new(RowOptions { mask_secrets });
        let mut out = Vec::with_capacity(1 << 20);
        let (mut typed, mut quarantined) = (0, 0);
        let mut pass = || {
            for line in &lines {
                out.clear();
                match encoder.encode(line, &origin, &mut out) {
                    Outcome::Row(_) => typed += 1,
                    Outcome::Quarantined(_) => quarantined += 1,
                    Outcome::Blank => {}
                }
            }
        };
        pass();
        let measured = measure(pass);
        assert_eq!(measured.count_total, 0, "{} bytes", measured.bytes_total);
        assert!(typed > 500 && quarantined > 500, "{typed} typed, {quarantined} quarantined");
    }
}

#[test]
fn the_splitter_allocates_for_its_carry_only_once() {
    let log = log();
    let mut splitter = LineSplitter::new();
    let mut pass = || {
        let mut lines = 0_usize;
        for mut chunk in log.chunks(1000) {
            while splitter.next_line(&mut chunk).is_some() {
                lines += 1;
            }
        }
        lines
    };
    assert!(pass() > 2000);
    let measured = measure(|| assert!(pass() > 2000));
    assert_eq!(measured.count_total, 0);
}
