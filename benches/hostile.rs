//! Lines that are full of what the parser looks for: the time must grow with the length of a line,
//! not with its square.
//!
//! `cargo bench --bench hostile` prints bytes per second for the same text at 4 kB and at 64 kB: the
//! two must be of one order.

#[path = "../tests/support/fields.rs"]
mod fields;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fields::{BUCKET, HEAD, OWNER};
use logferry::access_log::Line;
use logferry::row::{Origin, Outcome, RowEncoder, RowOptions};

const PIECES: [(&str, &str); 12] = [
    ("quotes", "\""),
    ("quotes and spaces", "\" "),
    ("seams", "\" \""),
    ("spaces", " "),
    ("brackets", "["),
    ("times", "[14/Mar/2026:09:26:53 +0000] "),
    ("percent signs", "%"),
    ("equals signs", "%3D"),
    ("secrets", "Signature=a&"),
    ("counters", "\" 200 - 1 1 1 1 \""),
    ("tails", "\" - H SigV4 - - h TLSv1.2 "),
    ("noncharacters", "\u{ffff}"),
];

fn hostile(criterion: &mut Criterion) {
    let origin = Origin::new(None, "log");
    let mut encoder = RowEncoder::new(RowOptions::default());
    let mut out = Vec::new();
    for (name, piece) in PIECES {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        for bytes in [4_000, 64_000] {
            let text = piece.repeat(bytes / piece.len());
            let line = format!(
                "{OWNER} {BUCKET} {HEAD} \"GET /a/k.csv HTTP/1.1\" 200 - 5120 5120 41 39 \"-\" \"{text}\" - H"
            );
            let line = Line { bytes: line.as_bytes(), offset: 0, overlong: None };
            group.throughput(Throughput::Bytes(line.bytes.len() as u64));
            group.bench_function(format!("{bytes} bytes"), |bencher| {
                bencher.iter(|| {
                    out.clear();
                    let outcome = encoder.encode(&line, &origin, &mut out);
                    assert!(matches!(outcome, Outcome::Row(_)), "{name}: {outcome:?}");
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, hostile);
criterion_main!(benches);
