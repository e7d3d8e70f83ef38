//! What some of the objects hold: how large lines and rows are, and how stored bytes become text.
//!
//! A few hundred kilobytes of each are read. What it does not do: fail. An object that cannot be read
//! is told of, and the others count.

use std::io::Read as _;

use flate2::bufread::MultiGzDecoder;

use crate::cost::{Shape, ShapeMeter};
use crate::operate::keys::Key;
use crate::pack::RecordCompression;
use crate::ports::{ObjectBody, ObjectSource, ObjectTask, SourceError};
use crate::row::RowOptions;

/// How much of an object is read, in stored bytes.
const STORED_BYTES_MAX: usize = 256 * 1024;

/// How much text that may become.
const TEXT_BYTES_MAX: u64 = 4 << 20;

/// Source: RFC 1952, section 2.3.1.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// What was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampled {
    /// Objects that were read.
    pub objects: u64,
    /// Bytes of lines and rows; `None` where no object gave a line.
    pub shape: Option<Shape>,
    /// Bytes of text that a stored byte becomes: 1 unless there is gzip.
    pub text_per_stored: f64,
    /// Mean stored bytes of these objects.
    pub object_bytes: f64,
    /// What could not be read, and why.
    pub failed: Vec<(String, SourceError)>,
}

/// Reads the beginning of each.
pub async fn measure(
    source: &impl ObjectSource,
    bucket: &str,
    keys: &[Key],
    options: RowOptions,
) -> Sampled {
    let mut meter = ShapeMeter::new(options, RecordCompression::None);
    let mut sums = Sums::default();
    let mut failed = Vec::new();
    for key in keys {
        match beginning(source, bucket, &key.key).await {
            Ok((stored, size)) => sums.add(&mut meter, &stored, key.size.or(size)),
            Err(error) => failed.push((key.key.clone(), error)),
        }
    }
    let Sums { objects, stored, text, sizes } = sums;
    let mean = |sum: f64, of: f64| if of > 0.0 { sum / of } else { 1.0 };
    Sampled {
        objects,
        shape: meter.finish(),
        text_per_stored: mean(text, stored),
        object_bytes: mean(sizes, number(objects)),
        failed,
    }
}

#[derive(Default)]
struct Sums {
    objects: u64,
    stored: f64,
    text: f64,
    sizes: f64,
}

impl Sums {
    fn add(&mut self, meter: &mut ShapeMeter, stored: &[u8], size: Option<u64>) {
        self.objects += 1;
        self.sizes += number(size.unwrap_or(stored.len() as u64));
        if !stored.starts_with(&GZIP_MAGIC) {
            self.stored += number(stored.len() as u64);
            self.text += number(stored.len() as u64);
            meter.add(whole_lines(stored));
            return;
        }
        let mut decoder = MultiGzDecoder::new(stored);
        let mut text = Vec::new();
        // It may end in the middle of a member: what came until then counts.
        #[expect(clippy::disallowed_methods, reason = "it takes no more than that")]
        let read = decoder.by_ref().take(TEXT_BYTES_MAX).read_to_end(&mut text);
        drop(read);
        let taken = stored.len() - decoder.into_inner().len();
        self.stored += number(taken as u64);
        self.text += number(text.len() as u64);
        meter.add(whole_lines(&text));
    }
}

/// Without a line that is cut, if another is whole.
fn whole_lines(text: &[u8]) -> &[u8] {
    memchr::memrchr(b'\n', text).and_then(|end| text.get(..=end)).unwrap_or(text)
}

async fn beginning(
    source: &impl ObjectSource,
    bucket: &str,
    key: &str,
) -> Result<(Vec<u8>, Option<u64>), SourceError> {
    let mut opened = source.open(&ObjectTask::whole(bucket, key), 0, None).await?;
    let mut stored = Vec::new();
    while let Some(chunk) = opened.body.next_chunk().await? {
        let room = STORED_BYTES_MAX - stored.len();
        stored.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if stored.len() == STORED_BYTES_MAX {
            break;
        }
    }
    Ok((stored, opened.length))
}

/// A count to calculate with.
#[expect(
    clippy::cast_precision_loss,
    reason = "past 2^53 the last digits do not matter for a plan"
)]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}
