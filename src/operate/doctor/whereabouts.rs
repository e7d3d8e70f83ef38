//! Where a made-up object is, from the end of the path to its beginning.

use std::io::{self, Read};

use flate2::bufread::MultiGzDecoder;

use super::made_up::utc;
use super::probe_ports::ProbePorts;
use crate::operate::bucket::{list_all, read_all, url};
use crate::operate::error::OperateError;
use crate::operate::stack::Stack;
use crate::ports::{Deployment, ObjectListing, ObjectSource};

/// The most staged files that are looked into, the newest ones.
const FILES_MAX: usize = 50;

/// How much is read of a file at a time.
const CHUNK_BYTES: usize = 256 * 1024;

/// Clocks need not agree.
const SKEW_S: i64 = 300;

/// Source: RFC 1952, section 2.3.1.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A message came to the dead letters meanwhile.
    DeadLetters,
    /// It is in a file whose load was given up.
    LoadFailed {
        /// The `s3://` URL of the manifest.
        manifest: String,
    },
    /// It is in a file that waits for its load.
    Staged {
        /// The `s3://` URL of the file.
        file: String,
    },
    /// There are messages in the queue, of which it may be one.
    Queue {
        /// So many wait.
        waiting: u64,
        /// So many are in work.
        in_flight: u64,
    },
    /// In none of these.
    Nowhere,
    /// Nobody could look.
    Unknown {
        /// Why.
        why: String,
    },
}

/// Looks for the row of a request, put so many seconds after 1970.
pub(super) async fn whereabouts<O, L, S, D, W>(
    ports: &ProbePorts<'_, O, L, S, D, W>,
    stack: &Stack,
    request_id: &str,
    since_unix_s: i64,
) -> Place
where
    L: ObjectListing,
    S: ObjectSource,
    D: Deployment,
{
    match staged(ports, stack, request_id, since_unix_s).await {
        Ok(Some(place)) => return place,
        Ok(None) => {}
        Err(error) => return Place::Unknown { why: error.to_string() },
    }
    let Some(queue) = stack.queue.url.as_deref() else { return Place::Nowhere };
    match ports.deployment.queue(queue).await {
        Ok(facts) if facts.waiting + facts.in_flight > 0 => {
            Place::Queue { waiting: facts.waiting, in_flight: facts.in_flight }
        }
        Ok(_) => Place::Nowhere,
        Err(error) => Place::Unknown { why: error.to_string() },
    }
}

async fn staged<O, L: ObjectListing, S: ObjectSource, D, W>(
    ports: &ProbePorts<'_, O, L, S, D, W>,
    stack: &Stack,
    request_id: &str,
    since_unix_s: i64,
) -> Result<Option<Place>, OperateError> {
    let Some(bucket) = stack.staging.bucket.as_deref() else { return Ok(None) };
    let prefix = stack.staging.prefix.as_deref().unwrap_or_default();
    let (errors, manifests) = (format!("{prefix}errors/"), format!("{prefix}manifests/"));
    // Firehose puts the hour in front of its names.
    let hour = utc(since_unix_s - SKEW_S).strftime("%Y/%m/%d/%H").to_string();
    let listed = list_all(ports.listing, bucket, prefix, Some(&format!("{prefix}{hour}"))).await?;
    let is_new = |written: Option<i64>| written.is_none_or(|at| at >= since_unix_s - SKEW_S);
    let new = listed.iter().rev().filter(|object| {
        let is_file = !object.key.starts_with(&errors) && !object.key.starts_with(&manifests);
        is_file && object.size > 0 && is_new(object.last_modified_unix_s)
    });
    for object in new.take(FILES_MAX) {
        let bytes = read_all(ports.source, bucket, &object.key).await?;
        if !holds(&bytes, request_id.as_bytes()) {
            continue;
        }
        let file = url(bucket, &object.key);
        let given_up = list_all(ports.listing, bucket, &errors, None).await?;
        for manifest in given_up.iter().filter(|one| is_new(one.last_modified_unix_s)) {
            let bytes = read_all(ports.source, bucket, &manifest.key).await?;
            if memchr::memmem::find(&bytes, file.as_bytes()).is_some() {
                return Ok(Some(Place::LoadFailed { manifest: url(bucket, &manifest.key) }));
            }
        }
        return Ok(Some(Place::Staged { file }));
    }
    Ok(None)
}

/// Whether a file has a text, plain or compressed. One that does not unpack to its end has what was
/// unpacked until there.
fn holds(file: &[u8], text: &[u8]) -> bool {
    let found = if file.starts_with(&GZIP_MAGIC) {
        find(MultiGzDecoder::new(file), text)
    } else {
        find(file, text)
    };
    found.unwrap_or(false)
}

fn find(mut stream: impl Read, text: &[u8]) -> io::Result<bool> {
    let (mut chunk, mut seen) = (vec![0; CHUNK_BYTES], Vec::new());
    loop {
        let read = stream.read(&mut chunk)?;
        if read == 0 {
            return Ok(false);
        }
        seen.extend_from_slice(chunk.get(..read).unwrap_or_default());
        if memchr::memmem::find(&seen, text).is_some() {
            return Ok(true);
        }
        // The end may be the beginning of the text.
        let done = seen.len().saturating_sub(text.len());
        seen.drain(..done);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// Gives one byte at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            self.0 = rest;
            buffer[0] = *first;
            Ok(1)
        }
    }

    #[test]
    fn a_text_is_found_wherever_chunks_end() {
        assert!(find(Slow(b"xxPROBEyy"), b"PROBE").unwrap());
        assert!(!find(Slow(b"xxPROByyE"), b"PROBE").unwrap());
        let member = |text: &[u8]| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        };
        let file = [member(b"one"), member(b"PROBE")].concat();
        assert!(holds(&file, b"PROBE") && holds(b"a PROBE", b"PROBE"));
        assert!(!holds(&file, b"other"));
    }
}
