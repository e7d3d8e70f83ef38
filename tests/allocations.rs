//! The way from a line to its row allocates nothing once the buffers have grown.
//!
//! Checks thousands of lines: every case of the corpora, samples of every kind, lines that are
//! quarantined, masked, clipped, repaired and parsed twice.
//!
//! A program of its own: counting takes a global allocator, which every other test of the program
//! would run on.
#![expect(clippy::indexing_slicing, reason = "a test may fail loudly")]

#[path = "support/corpus.rs"]
mod corpus;

use allocation_counter::measure;
use logferry::access_log::{Line, LineSplitter, lines};
use logferry::row::{AnonymiseIp, Origin, Outcome, RowEncoder, RowOptions};

/// The lines of the corpora and what becomes of each when it is cut short here and there.
fn log() -> Vec<u8> {
    let mut log = Vec::new();
    for corpus::Case { line, .. } in corpus::cases() {
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
    let lines: Vec<Line<'_>> = lines(&log).collect();
    assert!(lines.len() > 2000, "only {} lines", lines.len());

    let origin = Origin::new(Some("log-bucket"), "logs/object");
    let plainest = RowOptions { mask_secrets: false, ..RowOptions::default() };
    let strictest = RowOptions {
        secret_names: "versionId".parse().unwrap(),
        drop_columns: "host_id,bucket_owner".parse().unwrap(),
        anonymise_ip: AnonymiseIp::Truncate,
        ..RowOptions::default()
    };
    for options in [RowOptions::default(), plainest, strictest] {
        let mut encoder = RowEncoder::new(options);
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
