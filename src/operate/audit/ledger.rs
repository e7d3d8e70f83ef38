//! The ledger, as the function writes it: what was delivered of which object.
//!
//! Lines are idempotent: the same part of the same version counts once, however often it was
//! delivered. What is not known of a line is passed over, for the function may be newer.

use std::collections::HashMap;
use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use futures_util::{StreamExt as _, stream};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tokio::task::spawn_blocking;

use crate::operate::bucket::{read_all, url};
use crate::operate::error::OperateError;
use crate::ports::{ListedObject, ObjectSource};

/// The longest text of a file. Firehose puts at most 128 MiB of it into one.
const TEXT_BYTES_MAX: u64 = 512 << 20;

/// Files that are read at the same time, each in memory.
const FILES_AT_ONCE: usize = 4;

/// A part of an object that was delivered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Part {
    /// Empty in [`Parts`], where the key stands before it.
    pub(super) log_bucket: String,
    pub(super) log_key: String,
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

/// A number, or the text of one that is too large for most readers.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
    let wrong = || serde::de::Error::custom("want a whole number");
    match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_u64().map(u128::from).ok_or_else(wrong),
        Value::String(text) => text.parse().map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

/// By key, the parts of the objects that are asked for.
pub(super) type Parts = HashMap<String, Vec<Part>>;

/// Reads files of the ledger, some at the same time, and keeps the lines of `bucket` that `wanted`
/// names. `told` hears of each file that was read.
pub(super) async fn read(
    source: &impl ObjectSource,
    (ledger_bucket, files): (&str, &[ListedObject]),
    bucket: &str,
    wanted: impl Fn(&str) -> bool,
    mut told: impl FnMut(),
) -> Result<Parts, OperateError> {
    let files = files.iter().filter(|file| file.size > 0);
    let reading = stream::iter(files).map(|file| async {
        let bytes = read_all(source, ledger_bucket, &file.key).await?;
        // What a file holds is worked out beside the others' transfers.
        let read = spawn_blocking(|| lines(bytes)).await.map_err(|error| error.to_string());
        let url = url(ledger_bucket, &file.key);
        read.flatten().map_err(|why| OperateError::Ledger { url, why })
    });
    let mut reading = std::pin::pin!(reading.buffer_unordered(FILES_AT_ONCE));
    let mut parts = Parts::new();
    while let Some(lines) = reading.next().await {
        for mut part in lines? {
            if part.log_bucket == bucket && wanted(&part.log_key) {
                part.log_bucket = String::new();
                let known = parts.entry(std::mem::take(&mut part.log_key)).or_default();
                if !known.contains(&part) {
                    known.push(part);
                }
            }
        }
        told();
    }
    Ok(parts)
}

/// The lines of a file.
fn lines(bytes: Vec<u8>) -> Result<Vec<Part>, String> {
    let text = if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut text = Vec::new();
        let decoder = MultiGzDecoder::new(bytes.as_slice());
        #[expect(clippy::disallowed_methods, reason = "it takes no more than that")]
        let read = decoder.take(TEXT_BYTES_MAX).read_to_end(&mut text);
        if read.map_err(|error| error.to_string())? as u64 == TEXT_BYTES_MAX {
            return Err(format!("its text is longer than {TEXT_BYTES_MAX} bytes"));
        }
        text
    } else {
        bytes
    };
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).map_err(|error| error.to_string())).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const LINE: &str = r#"{"v":1,"log_bucket":"amber-logs","log_key":"k","etag":"9b2c","object_bytes":48213,"text_from":0,"text_to":48213,"is_end":true,"lines":71,"typed":70,"quarantined":1,"filtered":0,"blank":0,"offset_sum":1712345,"first_request":"2026-03-14T08:59:58Z","last_request":"2026-03-14T09:58:12Z","last_modified":"2026-03-14T10:02:11Z","delivered_at":"2026-03-14T10:02:41Z","logferry":"0.2.0","settings":"a1b2c3d4","new":1}"#;

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_line_of_the_function_is_read() {
        let part = &lines(LINE.into()).unwrap()[0];
        assert_eq!((part.lines, part.typed, part.offset_sum), (Some(71), 70, 1_712_345));
        let text = LINE.replace(":1712345", r#":"18446744073709551616""#);
        assert_eq!(lines(text.into()).unwrap()[0].offset_sum, 1 << 64);
        let part = r#"{"v":1,"log_bucket":"b","log_key":"k","text_from":5,"text_to":9}"#;
        let part = &lines(part.into()).unwrap()[0];
        assert_eq!((part.lines, part.is_end, part.offset_sum), (None, false, 0));
    }

    #[test]
    fn every_line_of_every_member_counts() {
        let members = [gzip(&format!("{LINE}\n{LINE}\n")), gzip(LINE)].concat();
        assert_eq!(lines(members).unwrap().len(), 3);
        assert_eq!(lines(Vec::new()).unwrap(), []);
    }

    #[test]
    fn what_the_function_does_not_write_is_an_error_and_no_line_less() {
        let cut = &LINE[..LINE.len() - 1];
        let without_key = LINE.replace("log_key", "key");
        let half = LINE.replace(":1712345", ":1.5");
        let word = LINE.replace(":1712345", r#":"many""#);
        let negative = LINE.replace("\"typed\":70", "\"typed\":-1");
        for wrong in [cut, &without_key, &half, &word, &negative, "null", "no JSON"] {
            let text = format!("{LINE}\n{wrong}\n");
            assert!(lines(text.clone().into()).is_err(), "{wrong}");
            assert!(lines(gzip(&text)).is_err(), "{wrong}");
        }
        let mut stored = gzip(&format!("{LINE}\n").repeat(50));
        assert!(lines(stored[..stored.len() - 9].to_vec()).is_err(), "cut");
        let middle = stored.len() / 2;
        stored[middle] ^= 0x55;
        assert!(lines(stored).is_err(), "damaged");
    }
}
