//! What must hold for every line and every log, whatever is in them.
//!
//! Checks: conservation (each line is blank, a row or quarantined, and gives no or one line of
//! output), loadability, identity, and that a quarantined row gives the bytes back.
#![allow(dead_code, clippy::allow_attributes, reason = "each test uses its own part of the checks")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use logferry::access_log::{LINE_BYTES_MAX, Line, LineSplitter, Reason};
use logferry::row::{Origin, Outcome, RecordId, RowEncoder, RowOptions};

use super::loadable::{Row, load};

/// Encodes one line and checks everything that must hold for it.
pub(crate) fn check_line(encoder: &mut RowEncoder, line: &Line<'_>) -> Result<Option<Row>, String> {
    let origin = Origin::new(Some("log-bucket"), "logs/2026-03-14-09-26-53-0123456789ABCDEF");
    let mut out = Vec::new();
    let outcome = encoder.encode(line, &origin, &mut out);
    if outcome == Outcome::Blank {
        let blank = line.bytes.iter().all(u8::is_ascii_whitespace) && out.is_empty();
        return if blank { Ok(None) } else { Err("not blank".into()) };
    }
    let row = load(&out)?;
    let text = |name: &str| row.get(name).and_then(|value| value.as_str()).unwrap_or_default();
    let number = |name: &str| row.get(name).and_then(serde_json::Value::as_u64);
    // Of a line that is longer than is kept, `same_bytes` holds the hash to the log.
    let id = line.overlong.map(|overlong| format!("{:032x}", overlong.whole));
    if text("record_id") != id.unwrap_or_else(|| RecordId::of(line.bytes).to_string()) {
        return Err("record_id is not that of the line".into());
    }
    if number("log_offset") != Some(line.offset) {
        return Err("log_offset is not that of the line".into());
    }
    match outcome {
        Outcome::Row(facts) => {
            let iso = facts.request_time.iso_8601();
            if row.contains_key("raw_line_base64") || text("request_time").as_bytes() != iso {
                return Err("a typed row with a raw line or another time".into());
            }
        }
        Outcome::Quarantined(reason) => quarantined(reason, line, &row)?,
        Outcome::Blank => return Err("a blank line with a row".into()),
    }
    Ok(Some(row))
}

fn quarantined(reason: Reason, line: &Line<'_>, row: &Row) -> Result<(), String> {
    let text = |name: &str| row.get(name).and_then(|value| value.as_str()).unwrap_or_default();
    if text("parse_error") != reason.code() || !Reason::ALL.contains(&reason) {
        return Err("another reason".into());
    }
    let raw = STANDARD.decode(text("raw_line_base64")).map_err(|error| error.to_string())?;
    let flags: Vec<&str> = text("flags").split(',').collect();
    let (masked, clipped) = (flags.contains(&"masked"), flags.contains(&"clipped:raw_line_base64"));
    let given_back = match (masked, clipped) {
        (false, false) => raw == line.bytes,
        (false, true) => raw.len() >= 48_000 && line.bytes.starts_with(&raw),
        // The mask is all that may differ; what it replaced is longer or shorter than it.
        (true, _) => raw.windows(3).any(|mask| mask == b"***"),
    };
    given_back.then_some(()).ok_or_else(|| "the raw line is another".into())
}

/// What became of a log's lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Ledger {
    /// Lines the splitter gave.
    pub(crate) lines: usize,
    /// Rows written, typed or quarantined.
    pub(crate) rows: usize,
    /// Lines with nothing but white space.
    pub(crate) blank: usize,
}

/// Splits `log` in chunks of the given sizes, over and over, and checks every line.
pub(crate) fn check_log(log: &[u8], chunk_bytes: &[usize]) -> Result<Ledger, String> {
    let mut encoder = RowEncoder::new(RowOptions::default());
    let mut splitter = LineSplitter::new();
    let mut ledger = Ledger::default();
    let mut joined = 0;
    let mut count = |line: &Line<'_>| -> Result<(), String> {
        if line.bytes.len() > LINE_BYTES_MAX || !same_bytes(log, line) {
            return Err(format!("the line at {} is another", line.offset));
        }
        if line.offset != joined {
            return Err(format!("a line at {}, expected at {joined}", line.offset));
        }
        let from = usize::try_from(line.offset).map_err(|error| error.to_string())?;
        let rest = log.get(from..).unwrap_or_default();
        let newline = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
        joined += newline as u64;
        ledger.lines += 1;
        match check_line(&mut encoder, line)? {
            Some(_) => ledger.rows += 1,
            None => ledger.blank += 1,
        }
        Ok(())
    };
    let mut rest = log;
    let mut sizes = chunk_bytes.iter().cycle();
    while !rest.is_empty() {
        let size = sizes.next().copied().unwrap_or(usize::MAX).clamp(1, rest.len());
        let (mut chunk, after) = rest.split_at_checked(size).unwrap_or((rest, &[]));
        rest = after;
        while let Some(line) = splitter.next_line(&mut chunk) {
            count(&line)?;
        }
    }
    if let Some(line) = splitter.finish() {
        count(&line)?;
    }
    if joined != log.len() as u64 || splitter.resume_offset() != joined {
        return Err(format!("{joined} of {} bytes are in lines", log.len()));
    }
    Ok(ledger)
}

/// Whether the line is what stands at its offset, up to the newline or the limit.
fn same_bytes(log: &[u8], line: &Line<'_>) -> bool {
    let Ok(from) = usize::try_from(line.offset) else { return false };
    let Some(rest) = log.get(from..) else { return false };
    let mark = b"\xef\xbb\xbf";
    let rest = if from == 0 && rest.starts_with(mark) { &rest[3..] } else { rest };
    let whole = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let whole = whole.strip_suffix(b"\r").unwrap_or(whole);
    let oversize = whole.len() > LINE_BYTES_MAX;
    let id = RecordId::of(whole).to_string();
    line.overlong.is_some() == oversize
        && line.overlong.is_none_or(|overlong| format!("{:032x}", overlong.whole) == id)
        && line.bytes == whole.get(..LINE_BYTES_MAX).unwrap_or(whole)
}
