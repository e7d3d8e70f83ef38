//! What there is, what it costs, and how long it takes.
//!
//! Counting reads every page of keys and no object; a plan adds what a few objects hold.

use super::copy::PortionSize;
use super::counts::Counts;
use super::sampled::{Sampled, number};
use crate::cost::{Copying, CopyingCost, Item, Prices, Stream, StreamCost, Traffic};
use crate::operate::keys::{Key, Keys, KeysError};
use crate::operate::select::{Choice, Selection};

/// Objects that are looked into.
const SAMPLES: usize = 20;

/// The most keys that a page has.
const PAGE_KEYS: u64 = 1_000;

/// What was seen of the keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// What became of them.
    pub counts: Counts,
    /// The largest object that is meant, in bytes.
    pub largest_bytes: u64,
    /// Some of the objects that are meant, from beginning to end.
    pub samples: Vec<Key>,
    /// Each how manyth of them is kept.
    stride: u64,
}

/// Goes through all keys; `progress` hears of every page.
///
/// # Errors
/// [`KeysError`], when the keys do not come.
pub async fn count<K: Keys>(
    keys: &mut K,
    selection: &Selection,
    mut progress: impl FnMut(&Counts),
) -> Result<Seen, KeysError> {
    let mut seen = Seen { stride: 1, ..Seen::default() };
    while let Some(page) = keys.next_page().await? {
        for key in page {
            seen.add(selection.choose(&key.key, key.size, key.is_archived), key);
        }
        progress(&seen.counts);
    }
    if seen.samples.len() > SAMPLES {
        seen.thin();
    }
    Ok(seen)
}

impl Seen {
    fn add(&mut self, choice: Choice, key: Key) {
        self.counts.add(choice, &key);
        if choice != Choice::Take {
            return;
        }
        self.largest_bytes = self.largest_bytes.max(key.size.unwrap_or_default());
        if !(self.counts.objects - 1).is_multiple_of(self.stride) {
            return;
        }
        self.samples.push(key);
        if self.samples.len() == 2 * SAMPLES {
            self.thin();
            self.stride *= 2;
        }
    }

    /// Takes every other sample out.
    fn thin(&mut self) {
        let mut keep = false;
        self.samples.retain(|_| {
            keep = !keep;
            keep
        });
    }
}

/// A plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Stored bytes; estimated where the keys came without sizes.
    pub bytes: f64,
    /// Bytes of text.
    pub text_bytes: f64,
    /// Lines, and so rows.
    pub rows: f64,
    /// What queue, function and stream cost.
    pub cost: StreamCost,
    /// What copying costs.
    pub copying: CopyingCost,
    /// What listing the keys costs, each time.
    pub listing: f64,
    /// How long the stream takes for the rows, in seconds.
    pub seconds: f64,
}

/// How it would be done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ways {
    /// The stream's quota of bytes a second.
    pub stream_bytes_a_second: f64,
    /// How much is loaded together.
    pub portion: PortionSize,
    /// Bytes of rows in a file.
    pub file_bytes: usize,
    /// Base capacity of the Serverless workgroup; `None` of a cluster.
    pub rpu: Option<f64>,
}

/// Plans for what was seen, if any object could be read.
#[must_use]
pub fn plan(seen: &Seen, sampled: &Sampled, prices: &Prices, ways: &Ways) -> Option<Plan> {
    let shape = sampled.shape?;
    let objects = number(seen.counts.objects);
    let known = seen.counts.bytes > 0;
    let bytes = if known { number(seen.counts.bytes) } else { objects * sampled.object_bytes };
    let text_bytes = bytes * sampled.text_per_stored;
    let traffic = Traffic { objects, bytes: text_bytes };
    let cost = Stream::backfill(shape).cost(prices, &traffic);
    let copying = Copying {
        shape,
        file_bytes: number(ways.file_bytes as u64),
        load_bytes: number(ways.portion.bytes),
        load_objects: number(ways.portion.objects),
        rpu: ways.rpu,
    };
    let all = [seen.counts.outside, seen.counts.undated, seen.counts.empty, seen.counts.archived];
    let keys = seen.counts.objects + all.iter().sum::<u64>();
    Some(Plan {
        bytes,
        text_bytes,
        rows: text_bytes / shape.line_bytes,
        cost,
        copying: copying.cost(prices, &traffic, bytes),
        listing: if known {
            number(keys.div_ceil(PAGE_KEYS)) * prices.of(Item::S3PutOrList)
        } else {
            0.0
        },
        seconds: cost.billed_bytes / ways.stream_bytes_a_second,
    })
}
