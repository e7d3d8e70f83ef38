//! The ledger, as the function writes it: what was delivered of which object.
//!
//! Lines are idempotent: the same part of the same version counts once, however often it was
//! delivered. What is not known of a line is passed over, for the function may be newer.

use std::collections::HashMap;
use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use serde::{Deserialize, Deserializer};

use crate::operate::bucket::{read_all, url};
use crate::operate::error::OperateError;
use crate::ports::ObjectSource;

/// The longest text of a file. Firehose puts at most 128 MiB of it into one.
const TEXT_BYTES_MAX: u64 = 512 << 20;

/// A part of an object that was delivered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Part {
    #[serde(default)]
    pub(super) etag: Option<String>,
    pub(super) text_from: u64,
    pub(super) text_to: u64,
    #[serde(default)]
    pub(super) is_end: bool,
    /// `None` of an object that was read in parts: covered, and not counted.
    #[serde(default)]
    pub(super) lines: Option<u64>,
    #[serde(default)]
    pub(super) typed: u64,
    #[serde(default)]
    pub(super) quarantined: u64,
    #[serde(default)]
    pub(super) filtered: u64,
    #[serde(default)]
    pub(super) blank: u64,
    #[serde(default, deserialize_with = "whole")]
    pub(super) offset_sum: u128,
    #[serde(default)]
    pub(super) first_request: Option<String>,
    #[serde(default)]
    pub(super) last_request: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    log_bucket: String,
    log_key: String,
    #[serde(flatten)]
    part: Part,
}

/// A number, or the text of one that is too large for most readers.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Whole {
        Number(u64),
        Text(String),
    }
    match Whole::deserialize(deserializer)? {
        Whole::Number(number) => Ok(number.into()),
        Whole::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

/// By key, the parts of the objects that are asked for.
pub(super) type Parts = HashMap<String, Vec<Part>>;

/// Reads a file of the ledger and keeps the lines of `bucket` that `wanted` names.
pub(super) async fn read(
    source: &impl ObjectSource,
    (ledger_bucket, file): (&str, &str),
    bucket: &str,
    wanted: impl Fn(&str) -> bool,
    parts: &mut Parts,
) -> Result<(), OperateError> {
    let bytes = read_all(source, ledger_bucket, file).await?;
    let broken = |why: String| OperateError::Ledger { url: url(ledger_bucket, file), why };
    let text = if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut text = Vec::new();
        let decoder = MultiGzDecoder::new(bytes.as_slice());
        #[expect(clippy::disallowed_methods, reason = "it takes no more than that")]
        let read = decoder.take(TEXT_BYTES_MAX).read_to_end(&mut text);
        let read = read.map_err(|error| broken(error.to_string()))?;
        if read as u64 == TEXT_BYTES_MAX {
            return Err(broken(format!("its text is longer than {TEXT_BYTES_MAX} bytes")));
        }
        text
    } else {
        bytes
    };
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let line: Line = serde_json::from_slice(line).map_err(|error| broken(error.to_string()))?;
        if line.log_bucket == bucket && wanted(&line.log_key) {
            let known = parts.entry(line.log_key).or_default();
            if !known.contains(&line.part) {
                known.push(line.part);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_function_is_read() {
        let text = r#"{"v":1,"log_bucket":"amber-logs","log_key":"k","etag":"9b2c","object_bytes":48213,"text_from":0,"text_to":48213,"is_end":true,"lines":71,"typed":70,"quarantined":1,"filtered":0,"blank":0,"offset_sum":1712345,"first_request":"2026-03-14T08:59:58Z","last_request":"2026-03-14T09:58:12Z","last_modified":"2026-03-14T10:02:11Z","delivered_at":"2026-03-14T10:02:41Z","logferry":"0.2.0","settings":"a1b2c3d4","new":1}"#;
        let line: Line = serde_json::from_str(text).unwrap();
        assert_eq!((line.part.typed, line.part.offset_sum), (70, 1_712_345));
        let text = text.replace(":1712345", r#":"18446744073709551616""#);
        let line: Line = serde_json::from_str(&text).unwrap();
        assert_eq!(line.part.offset_sum, 1 << 64);
        let part = r#"{"v":1,"log_bucket":"b","log_key":"k","text_from":5,"text_to":9}"#;
        let line: Line = serde_json::from_str(part).unwrap();
        assert_eq!((line.part.lines, line.part.is_end), (None, false));
    }
}
