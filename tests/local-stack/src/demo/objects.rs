//! The log objects of the demo: a made-up day, or the user's own files.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use logferry::access_log::{Finding, PROBE_BYTES_MAX, Probe};
use logferry::sample::Sample;

/// A log object to be put.
#[derive(Clone, Debug)]
pub(super) struct LogObject {
    pub(super) key: String,
    pub(super) body: Bytes,
    /// Whether it is an access log; the function refuses what is none.
    pub(super) is_log: bool,
    /// How the function is to hear of it.
    pub(super) told: Told,
}

/// How an object comes to the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// S3 tells of it.
    AtOnce,
    /// It was there before S3 told of anything.
    There,
    /// S3 should have told of it.
    Lost,
}

const LINES: u32 = 60_000;
const OBJECTS: usize = 96;
const HOSTILE_PER_MILLE: u32 = 4;
/// Objects that were there before the path was: those of two hours.
const THERE: usize = 8;
/// The one that S3 tells nobody of.
const LOST: usize = 53;

/// A day of a busy bucket, cut into objects at odd places as S3 does.
pub(super) fn made_up_day(seed: u64) -> Vec<LogObject> {
    let mut sample = Sample::new(seed).requests_per_day(LINES).hostile_per_mille(HOSTILE_PER_MILLE);
    let mut random = fastrand::Rng::with_seed(seed);
    let mut left = LINES as usize;
    let mean = left / OBJECTS;
    let object = |number: usize| {
        let last = number + 1 == OBJECTS;
        let lines = if last { left } else { random.usize(mean / 2..mean * 3 / 2).min(left) };
        left -= lines;
        let mut body = Vec::new();
        sample.append_lines(lines, &mut body);
        // The name S3 gives: when it was delivered, and a random string.
        let (hour, minute, name) = (number / 4, number % 4 * 15, random.u64(..));
        let key = format!("access-logs/2026-03-14-{hour:02}-{minute:02}-07-{name:016X}");
        let told = match number {
            ..THERE => Told::There,
            LOST => Told::Lost,
            _ => Told::AtOnce,
        };
        LogObject { key, body: body.into(), is_log: true, told }
    };
    (0..OBJECTS).map(object).collect()
}

/// Every file of the paths, folders searched through, each file an object. In folders, hidden files
/// and what is no regular file are left alone, as `logferry convert` does.
///
/// # Errors
/// Names the path that cannot be read, or says that there is no log.
pub(super) fn from_paths(paths: &[PathBuf]) -> Result<Vec<LogObject>, String> {
    let mut objects = Vec::new();
    for path in paths {
        let base = path.parent().unwrap_or(path);
        collect(path, base, &mut objects)?;
    }
    objects.sort_by(|one, other| one.key.cmp(&other.key));
    if objects.iter().all(|object| !object.is_log) {
        let mut told = match objects.len() {
            0 => "there is no file to ferry".to_owned(),
            _ => "none of the files is an access log".to_owned(),
        };
        for object in &objects {
            write!(told, "\n  {}: no line within its first 64 KiB is one of a log", object.key)
                .unwrap_or_default();
        }
        return Err(told);
    }
    Ok(objects)
}

fn collect(path: &Path, base: &Path, objects: &mut Vec<LogObject>) -> Result<(), String> {
    let unreadable = |error: std::io::Error| format!("{} cannot be read: {error}", path.display());
    if !path.is_dir() {
        let body = std::fs::read(path).map_err(unreadable)?;
        let key = path.strip_prefix(base).unwrap_or(path).to_string_lossy().into_owned();
        objects.push(LogObject {
            key,
            is_log: is_log(&body),
            body: body.into(),
            told: Told::AtOnce,
        });
        return Ok(());
    }
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let inner = entry.path();
        if !hidden && (inner.is_dir() || inner.is_file()) {
            collect(&inner, base, objects)?;
        }
    }
    Ok(())
}

/// Whether the function is to accept it: the rule of its library, on the beginning of the text.
#[expect(clippy::disallowed_methods, reason = "the beginning has a limit")]
fn is_log(body: &[u8]) -> bool {
    let mut text = Vec::new();
    if body.starts_with(&[0x1F, 0x8B]) {
        let beginning = MultiGzDecoder::new(body).take(PROBE_BYTES_MAX as u64);
        // Broken compression is told when the lines are counted.
        { beginning }.read_to_end(&mut text).unwrap_or_default();
    } else {
        text.extend(body.iter().take(PROBE_BYTES_MAX));
    }
    let mut probe = Probe::default();
    match probe.look(&text) {
        Finding::Undecided => probe.finish() == Finding::AccessLog,
        finding => finding == Finding::AccessLog,
    }
}
