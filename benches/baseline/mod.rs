//! The usual ways to turn a log into JSON rows, as their users write them.

use regex::bytes::Regex;
use serde_json::{Map, Value};

/// AWS's published Athena pattern on the `regex` crate, rows through `serde_json`.
///
/// Source: Amazon S3 User Guide, "Querying access logs for requests by using Amazon Athena".
pub(crate) struct Athena(Regex);

const PATTERN: &str = r#"([^ ]*) ([^ ]*) \[(.*?)\] ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ("[^"]*"|-) (-|[0-9]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ("[^"]*"|-) ([^ ]*)(?: ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*))?.*$"#;

const NAMES: [&str; 26] = [
    "bucket_owner",
    "bucket",
    "request_time",
    "remote_ip",
    "requester",
    "request_id",
    "operation",
    "key",
    "request_uri",
    "http_status",
    "error_code",
    "bytes_sent",
    "object_size",
    "total_time_ms",
    "turn_around_time_ms",
    "referer",
    "user_agent",
    "version_id",
    "host_id",
    "signature_version",
    "cipher_suite",
    "authentication_type",
    "host_header",
    "tls_version",
    "access_point_arn",
    "acl_required",
];

impl Athena {
    #[expect(clippy::expect_used, reason = "the pattern is a constant")]
    pub(crate) fn new() -> Self {
        Self(Regex::new(PATTERN).expect("the pattern is valid"))
    }

    /// One JSON object per line, an empty one where the pattern does not match (as Athena gives a
    /// row of NULLs); how many lines there were.
    pub(crate) fn rows(&self, log: &[u8]) -> usize {
        let mut out = Vec::with_capacity(512 * 1024);
        let mut lines = 0;
        for line in log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            lines += 1;
            let mut row = Map::new();
            if let Some(captures) = self.0.captures(line) {
                for (name, field) in NAMES.iter().zip(captures.iter().skip(1)) {
                    let Some(field) = field else { continue };
                    insert(&mut row, name, &String::from_utf8_lossy(field.as_bytes()));
                }
            }
            write(row, &mut out);
        }
        lines
    }
}

/// The `csv` crate with a space for a comma and brackets turned into quotes.
#[expect(clippy::expect_used, reason = "a benchmark may fail loudly")]
pub(crate) fn csv_rows(log: &[u8]) -> usize {
    let quoted: Vec<u8> =
        log.iter().map(|byte| if matches!(byte, b'[' | b']') { b'"' } else { *byte }).collect();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b' ')
        .has_headers(false)
        .flexible(true)
        .from_reader(quoted.as_slice());
    let mut out = Vec::with_capacity(512 * 1024);
    let mut record = csv::ByteRecord::new();
    let mut lines = 0;
    while reader.read_byte_record(&mut record).expect("csv reads anything") {
        lines += 1;
        let mut row = Map::new();
        for (name, field) in NAMES.iter().zip(&record) {
            insert(&mut row, name, &String::from_utf8_lossy(field));
        }
        write(row, &mut out);
    }
    lines
}

fn insert(row: &mut Map<String, Value>, name: &str, field: &str) {
    if field != "-" {
        let number = field.parse().ok().filter(|_| name.ends_with("_ms") || name.contains("bytes"));
        let value = number.map_or_else(|| Value::from(field), |number: u64| Value::from(number));
        row.insert(name.to_owned(), value);
    }
}

#[expect(clippy::expect_used, reason = "a benchmark may fail loudly")]
fn write(row: Map<String, Value>, out: &mut Vec<u8>) {
    serde_json::to_writer(&mut *out, &Value::Object(row)).expect("a map is JSON");
    out.push(b'\n');
    if out.len() > 256 * 1024 {
        std::hint::black_box(&out);
        out.clear();
    }
}
