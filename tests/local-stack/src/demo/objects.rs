//! The log objects of the demo: a made-up day, or the user's own files.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use logferry::sample::Sample;

/// A log object to be put.
#[derive(Clone, Debug)]
pub(super) struct LogObject {
    pub(super) key: String,
    pub(super) body: Bytes,
}

const LINES: u32 = 60_000;
const OBJECTS: usize = 96;
const HOSTILE_PER_MILLE: u32 = 4;

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
        LogObject { key, body: body.into() }
    };
    (0..OBJECTS).map(object).collect()
}

/// Every file of the paths, folders searched through, each file an object.
///
/// # Errors
/// Names the path that cannot be read.
pub(super) fn from_paths(paths: &[PathBuf]) -> Result<Vec<LogObject>, String> {
    let mut objects = Vec::new();
    for path in paths {
        let base = path.parent().unwrap_or(path);
        collect(path, base, &mut objects)?;
    }
    objects.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(objects)
}

fn collect(path: &Path, base: &Path, objects: &mut Vec<LogObject>) -> Result<(), String> {
    let unreadable = |error: std::io::Error| format!("{} cannot be read: {error}", path.display());
    if path.is_dir() {
        for entry in std::fs::read_dir(path).map_err(unreadable)? {
            collect(&entry.map_err(unreadable)?.path(), base, objects)?;
        }
        return Ok(());
    }
    let body = std::fs::read(path).map_err(unreadable)?;
    let key = path.strip_prefix(base).unwrap_or(path).to_string_lossy().into_owned();
    objects.push(LogObject { key, body: body.into() });
    Ok(())
}
