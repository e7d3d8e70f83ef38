//! How fast a log becomes rows, beside the same work done the usual ways and the floors under it.
//!
//! `cargo bench` prints bytes of log per second and, in the group `lines`, lines per second. Every
//! benchmark asserts how many lines it saw, so none can measure a wrong answer. The log is seeded:
//! the same on every machine. Only figures of one run may be compared.

mod baseline;
#[path = "../tests/support/sample.rs"]
mod sample;

use std::hint::black_box;

use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use logferry::access_log::{Parser, lines};
use logferry::pack::{Packer, RECORD_TARGET_BYTES_DEFAULT, RecordCompression};
use logferry::row::{Origin, Outcome, RowEncoder, RowOptions};
use sample::log;

const LINES: usize = 20_000;

fn bytes(criterion: &mut Criterion) {
    let log = log(1, LINES);
    let mut group = criterion.benchmark_group("bytes");
    group.throughput(Throughput::Bytes(log.len() as u64));
    all(&mut group, &log);
    group.finish();
}

fn lines_per_second(criterion: &mut Criterion) {
    let log = log(1, LINES);
    let mut group = criterion.benchmark_group("lines");
    group.throughput(Throughput::Elements(LINES as u64));
    group.bench_function("logferry rows", |bencher| bencher.iter(|| rows(black_box(&log))));
    group.finish();
}

fn all(group: &mut BenchmarkGroup<'_, criterion::measurement::WallTime>, log: &[u8]) {
    group.sample_size(20);
    group.bench_function("floor: newline scan", |bencher| {
        bencher.iter(|| assert_eq!(memchr::memchr_iter(b'\n', black_box(log)).count(), LINES));
    });
    let mut copy = Vec::with_capacity(log.len());
    group.bench_function("floor: memcpy", |bencher| {
        bencher.iter(|| {
            copy.clear();
            copy.extend_from_slice(black_box(log));
            assert_eq!(black_box(&copy).len(), log.len());
        });
    });
    group.bench_function("logferry split", |bencher| bencher.iter(|| split(black_box(log))));
    group.bench_function("logferry parse", |bencher| bencher.iter(|| parse(black_box(log))));
    group.bench_function("logferry rows", |bencher| bencher.iter(|| rows(black_box(log))));
    let athena = baseline::Athena::new();
    group.bench_function("regex + serde_json", |bencher| {
        bencher.iter(|| assert_eq!(athena.rows(black_box(log)), LINES));
    });
    group.bench_function("csv + serde_json", |bencher| {
        bencher.iter(|| assert_eq!(baseline::csv_rows(black_box(log)), LINES));
    });
}

fn split(log: &[u8]) {
    assert_eq!(lines(log).map(black_box).count(), LINES);
}

fn parse(log: &[u8]) {
    let mut parser = Parser::new();
    let entries = lines(log).filter(|line| black_box(parser.parse(line)).is_ok());
    assert_eq!(entries.count(), LINES);
}

/// The whole work: record id, key decoding, clipping and masking included.
fn rows(log: &[u8]) {
    let mut encoder = RowEncoder::new(RowOptions::default());
    let origin = Origin::new(Some("amber-logs"), "access/2026-03-14-00-00-00-0123456789ABCDEF");
    let (mut out, mut typed) = (Vec::with_capacity(512 * 1024), 0);
    for line in lines(log) {
        let outcome = encoder.encode(&line, &origin, &mut out);
        typed += usize::from(matches!(outcome, Outcome::Row(_)));
        if out.len() > 256 * 1024 {
            black_box(&out);
            out.clear();
        }
    }
    assert_eq!(typed, LINES);
}

/// Rows into compressed records: bytes of log per second, the making of the rows not counted.
fn gzip(criterion: &mut Criterion) {
    let log = log(1, LINES);
    let mut encoder = RowEncoder::new(RowOptions::default());
    let origin = Origin::new(Some("amber-logs"), "access/2026-03-14-00-00-00-0123456789ABCDEF");
    let rows: Vec<Vec<u8>> = lines(&log)
        .map(|line| {
            let mut row = Vec::new();
            encoder.encode(&line, &origin, &mut row);
            row
        })
        .collect();
    let mut group = criterion.benchmark_group("gzip");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(log.len() as u64));
    group.bench_function("rows into records", |bencher| {
        bencher.iter(|| {
            let mut packer = Packer::new(RECORD_TARGET_BYTES_DEFAULT, RecordCompression::Gzip);
            let mut count = 0;
            for row in &rows {
                let ((), record) = packer.append(0, 0, |out| out.extend_from_slice(row));
                count += record.map_or(0, |record| record.rows());
            }
            count += packer.take().map_or(0, |record| record.rows());
            assert_eq!(count, LINES as u64);
        });
    });
    group.finish();
}

criterion_group!(benches, bytes, lines_per_second, gzip);
criterion_main!(benches);
