//! A bucket of made-up logs: as many objects as are asked for, none of them kept anywhere.
//!
//! Object `i` is computed from `i`, and its place in the order from its key, so that a listing of
//! millions takes no memory and begins anywhere at once. The contents are a few made-up logs, of
//! which every object has one.

use std::ops::Bound;

use bytes::Bytes;
use logferry::sample::Sample;
use time::OffsetDateTime;
use time::macros::datetime;

use super::listing::{Keys, Listed};
use crate::event::{ACCOUNT, REGION};

/// How many different contents there are.
const CONTENTS: u64 = 16;

/// How S3 names log objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `<prefix>YYYY-mm-DD-HH-MM-SS-<16 hex>`.
    Simple,
    /// `<prefix><account>/<region>/<bucket>/YYYY/mm/DD/<the same>`, of these buckets, of each as
    /// many.
    Partitioned(Vec<String>),
}

/// What is in the bucket.
#[derive(Clone, Debug)]
pub struct MadeUp {
    /// What stands before every key.
    pub prefix: String,
    /// The layout.
    pub layout: Layout,
    /// When the first object was written.
    pub from: OffsetDateTime,
    /// Milliseconds from one object of a bucket to its next; at least 1.
    pub every_ms: u32,
    /// Objects, of every bucket.
    pub objects: u64,
}

impl Default for MadeUp {
    fn default() -> Self {
        Self {
            prefix: "access-logs/".to_owned(),
            layout: Layout::Simple,
            from: datetime!(2024-01-01 0:00 UTC),
            every_ms: 30_000,
            objects: 1_000_000,
        }
    }
}

/// The bucket.
#[derive(Debug)]
pub(super) struct MadeUpLogs {
    what: MadeUp,
    /// What stands before a date, in order.
    heads: Vec<String>,
    contents: Vec<Bytes>,
}

impl MadeUpLogs {
    pub(super) fn new(what: MadeUp) -> Self {
        let prefix = &what.prefix;
        let mut heads: Vec<String> = match &what.layout {
            Layout::Simple => vec![prefix.clone()],
            Layout::Partitioned(buckets) => {
                let head = |bucket| format!("{prefix}{ACCOUNT}/{REGION}/{bucket}/");
                buckets.iter().map(head).collect()
            }
        };
        heads.sort();
        let content = |seed: u64| {
            let mut log = Vec::new();
            let lines = usize::try_from(seed * 5 + 1).unwrap_or(1);
            Sample::new(seed).append_lines(lines, &mut log);
            Bytes::from(log)
        };
        Self { heads, contents: (0..CONTENTS).map(content).collect(), what }
    }

    /// An object's listing and its bytes.
    pub(super) fn object(&self, key: &str) -> Option<(Listed, Bytes)> {
        let at = self.position(Bound::Included(key));
        let listed = self.listed(at).filter(|listed| listed.key == key)?;
        Some((listed, self.content(at)?.clone()))
    }

    /// Objects that are before a key.
    fn position(&self, from: Bound<&str>) -> u64 {
        let is_before = |at: u64| {
            let key = self.key(at).map(|(key, _)| key).unwrap_or_default();
            match from {
                Bound::Included(from) => key.as_str() < from,
                Bound::Excluded(from) => key.as_str() <= from,
                Bound::Unbounded => false,
            }
        };
        let (mut low, mut high) = (0, self.what.objects);
        while low < high {
            let middle = low + (high - low) / 2;
            if is_before(middle) { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// The key of an object and when it was written. Keys rise with the numbers.
    fn key(&self, at: u64) -> Option<(String, OffsetDateTime)> {
        let of_each = self.what.objects.div_ceil(self.heads.len().max(1) as u64).max(1);
        let head = self.heads.get(usize::try_from(at / of_each).ok()?)?;
        let within = at % of_each;
        let every = u64::from(self.what.every_ms.max(1));
        let after = within * every;
        let second = after / 1000;
        // In a second the number within it decides, then comes what looks like chance.
        let in_second = within - (second * 1000).div_ceil(every);
        let written = self.what.from + std::time::Duration::from_secs(second);
        let (year, month, day) = (written.year(), u8::from(written.month()), written.day());
        let (hour, minute, seconds) = (written.hour(), written.minute(), written.second());
        let folder = match self.what.layout {
            Layout::Simple => String::new(),
            Layout::Partitioned(_) => format!("{year:04}/{month:02}/{day:02}/"),
        };
        let chance = scattered(at) >> 16;
        let key = format!(
            "{head}{folder}{year:04}-{month:02}-{day:02}-{hour:02}-{minute:02}-{seconds:02}-{in_second:04X}{chance:012X}"
        );
        Some((key, written))
    }

    fn listed(&self, at: u64) -> Option<Listed> {
        let (key, modified) = self.key(at).filter(|_| at < self.what.objects)?;
        let size = self.content(at)?.len() as u64;
        let etag = format!("{:032x}", scattered(at) % CONTENTS + 1);
        Some(Listed { key, size, etag, modified })
    }

    fn content(&self, at: u64) -> Option<&Bytes> {
        self.contents.get(usize::try_from(scattered(at) % CONTENTS).ok()?)
    }
}

impl Keys for MadeUpLogs {
    fn objects_from(&self, key: Bound<&str>) -> Box<dyn Iterator<Item = Listed> + '_> {
        let from = self.position(key);
        Box::new((from..self.what.objects).map_while(|at| self.listed(at)))
    }
}

/// A number that looks like chance: `SplitMix64`.
fn scattered(at: u64) -> u64 {
    let mut z = at.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
