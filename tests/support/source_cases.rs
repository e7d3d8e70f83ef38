//! What every source of objects does, case by case, whoever implements it.
//!
//! The fake of the tests and S3 pass the same cases, so that what is proven on the fake says
//! something of S3. `source_tests!` makes a test of each case for one store.

use logferry::ports::{ObjectBody as _, ObjectSource, ObjectTask, SourceError};

/// The bucket the cases put their objects into; there is no other.
pub(crate) const BUCKET: &str = "logs";

/// A source, and the store behind it.
pub(crate) trait Store {
    /// The source under test.
    type Source: ObjectSource;

    /// A source that reads from the store.
    fn source(&self) -> Self::Source;

    /// Puts an object, or another version of it.
    async fn put(&self, key: &str, bytes: &[u8]);

    /// Makes the next opening of an object go wrong.
    fn fail(&self, key: &str, failure: Failure);
}

/// How an opening goes wrong.
#[derive(Clone, Copy)]
pub(crate) enum Failure {
    /// The store asks for patience, until the source has given up.
    Throttled,
    /// Nobody may read the object.
    Denied,
    /// The connection breaks after so many bytes.
    BreaksAfter(usize),
}

/// An object read to the end of the stream, and what was said of it.
#[derive(Debug)]
struct Read {
    bytes: Vec<u8>,
    chunks: usize,
    etag: Option<String>,
    length: Option<u64>,
    last_modified_unix_s: Option<i64>,
    broke: Option<SourceError>,
}

async fn read_from(
    store: &impl Store,
    bucket: &str,
    key: &str,
    offset: u64,
    if_match: Option<&str>,
) -> Result<Read, SourceError> {
    let object = ObjectTask::whole(bucket, key);
    let mut opened = store.source().open(&object, offset, if_match).await?;
    let (mut bytes, mut chunks) = (Vec::new(), 0);
    let broke = loop {
        match opened.body.next_chunk().await {
            Ok(Some(chunk)) => {
                assert!(!chunk.is_empty(), "a chunk of nothing");
                bytes.extend_from_slice(&chunk);
                chunks += 1;
            }
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    let after = opened.body.next_chunk().await;
    assert!(!matches!(after, Ok(Some(_))), "bytes after the end: {after:?}");
    Ok(Read {
        bytes,
        chunks,
        etag: opened.etag,
        length: opened.length,
        last_modified_unix_s: opened.last_modified_unix_s,
        broke,
    })
}

async fn read(
    store: &impl Store,
    key: &str,
    offset: u64,
    if_match: Option<&str>,
) -> Result<Read, SourceError> {
    read_from(store, BUCKET, key, offset, if_match).await
}

/// Reads an object that is there, whole.
async fn whole(store: &impl Store, key: &str) -> (Read, String) {
    let read = read(store, key, 0, None).await.unwrap();
    let etag = read.etag.clone().expect("an object has an ETag");
    (read, etag)
}

/// Bytes of which no two neighbourhoods are the same.
fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from((at + at / 251) % 251).unwrap()).collect()
}

pub(crate) async fn an_object_is_read_whole(store: &impl Store) {
    store.put("object", &bytes(5_000)).await;
    let (read, etag) = whole(store, "object").await;
    assert_eq!(read.bytes, bytes(5_000));
    assert_eq!((read.length, read.broke), (Some(5_000), None));
    assert!(!etag.is_empty());
    let modified = read.last_modified_unix_s.expect("an object was written at some time");
    assert!((1_500_000_000..10_000_000_000).contains(&modified), "{modified}");
}

pub(crate) async fn reading_starts_at_any_offset(store: &impl Store) {
    store.put("object", &bytes(5_000)).await;
    let (start, etag) = whole(store, "object").await;
    for offset in [1, 2, 999, 2_500, 4_998, 4_999] {
        let rest = read(store, "object", offset, None).await.unwrap();
        assert_eq!(rest.bytes, bytes(5_000)[usize::try_from(offset).unwrap()..], "at {offset}");
        assert_eq!(rest.length, Some(5_000 - offset), "at {offset}");
        assert_eq!(rest.etag.as_ref(), Some(&etag), "at {offset}");
        assert_eq!(rest.last_modified_unix_s, start.last_modified_unix_s, "at {offset}");
    }
}

/// There, a store may have nothing to say of the object; what it says must be right. It is the end of a
/// version only to whoever names the version; nobody can have read beyond it, or an unnamed one so far.
pub(crate) async fn nothing_lies_at_the_end_and_beyond(store: &impl Store) {
    store.put("object", &bytes(5_000)).await;
    let (start, etag) = whole(store, "object").await;
    let end = read(store, "object", 5_000, Some(&etag)).await.unwrap();
    assert_eq!((end.chunks, end.length, end.broke), (0, Some(0), None));
    assert!(end.etag.is_none_or(|found| found == etag));
    let modified = end.last_modified_unix_s;
    assert!(modified.is_none() || modified == start.last_modified_unix_s);
    assert_eq!(read(store, "object", 5_000, None).await.err(), Some(SourceError::Changed));
}

pub(crate) async fn an_empty_object_is_an_empty_stream(store: &impl Store) {
    store.put("object", b"").await;
    let (read, _) = whole(store, "object").await;
    assert_eq!((read.chunks, read.length, read.broke), (0, Some(0), None));
    assert!(read.last_modified_unix_s.is_some());
}

pub(crate) async fn an_object_opens_while_it_is_the_same(store: &impl Store) {
    store.put("object", &bytes(5_000)).await;
    let (_, etag) = whole(store, "object").await;
    for offset in [0, 1_000, 4_999] {
        let rest = read(store, "object", offset, Some(&etag)).await.unwrap();
        assert_eq!(rest.bytes, bytes(5_000)[usize::try_from(offset).unwrap()..], "at {offset}");
        assert_eq!(rest.etag.as_ref(), Some(&etag), "at {offset}");
    }
}

/// Whatever the offset: one that lies behind the end of what is there now, too.
pub(crate) async fn a_replaced_object_has_changed(store: &impl Store) {
    for length in [0, 10, 9_000] {
        store.put("object", &bytes(5_000)).await;
        let (_, etag) = whole(store, "object").await;
        store.put("object", &vec![b'x'; length]).await;
        for offset in [0, 5, 10, 4_999, 5_000] {
            let error = read(store, "object", offset, Some(&etag)).await.unwrap_err();
            assert_eq!(error, SourceError::Changed, "{length} bytes, at {offset}");
        }
        let (read, other) = whole(store, "object").await;
        assert_eq!(read.bytes, vec![b'x'; length]);
        assert_ne!(other, etag);
    }
}

pub(crate) async fn a_missing_object_is_missing(store: &impl Store) {
    store.put("object", b"something").await;
    for (offset, if_match) in [(0, None), (7, None), (0, Some("\"e\"")), (7, Some("\"e\""))] {
        let error = read(store, "objec", offset, if_match).await.unwrap_err();
        assert_eq!(error, SourceError::Missing, "at {offset}, {if_match:?}");
    }
}

/// A missing object is no news; a bucket that is missing is a mistake of somebody's.
pub(crate) async fn a_missing_bucket_is_refused(store: &impl Store) {
    store.put("object", b"something").await;
    let error = read_from(store, "nowhere", "object", 0, None).await.unwrap_err();
    assert!(matches!(error, SourceError::Rejected(_)), "{error:?}");
}

pub(crate) async fn a_key_is_taken_as_it_is(store: &impl Store) {
    let keys = ["a b+c%2Fd", "2026/03/14/x", "ü\u{1f980}", "q?x=1&y=#z", "x.gz", "%", "a'\"(b)"];
    for key in keys {
        store.put(key, key.as_bytes()).await;
    }
    for key in keys {
        assert_eq!(whole(store, key).await.0.bytes, key.as_bytes(), "{key}");
    }
}

pub(crate) async fn a_long_object_comes_in_pieces(store: &impl Store) {
    store.put("object", &bytes(3_000_000)).await;
    let (read, _) = whole(store, "object").await;
    assert!(read.bytes == bytes(3_000_000), "other bytes");
    assert_eq!(read.length, Some(3_000_000));
    assert!(read.chunks > 10, "{} chunks", read.chunks);
}

pub(crate) async fn a_broken_stream_is_no_end(store: &impl Store) {
    for offset in [0, 1_000] {
        store.put("object", &bytes(100_000)).await;
        store.fail("object", Failure::BreaksAfter(30_000));
        let read = read(store, "object", offset, None).await.unwrap();
        let error = read.broke.expect("the stream breaks");
        assert!(matches!(error, SourceError::Interrupted(_)), "{error:?}");
        assert_eq!(read.length, Some(100_000 - offset));
        assert!(read.bytes.len() <= 30_000, "{} bytes", read.bytes.len());
        assert!(bytes(100_000)[usize::try_from(offset).unwrap()..].starts_with(&read.bytes));
    }
    assert_eq!(whole(store, "object").await.0.bytes, bytes(100_000));
}

pub(crate) async fn a_throttled_opening_may_be_tried_again(store: &impl Store) {
    store.put("object", b"something").await;
    store.fail("object", Failure::Throttled);
    let error = read(store, "object", 0, None).await.unwrap_err();
    assert!(matches!(error, SourceError::Interrupted(_)), "{error:?}");
    assert_eq!(whole(store, "object").await.0.bytes, b"something");
}

pub(crate) async fn a_denied_opening_may_not(store: &impl Store) {
    store.put("object", b"something").await;
    store.fail("object", Failure::Denied);
    let error = read(store, "object", 0, None).await.unwrap_err();
    assert!(matches!(error, SourceError::Rejected(_)), "{error:?}");
}

/// A test of each case, on the store that the given function starts.
macro_rules! source_tests {
    ($start:path) => {
        source_tests! { $start;
            an_object_is_read_whole,
            reading_starts_at_any_offset,
            nothing_lies_at_the_end_and_beyond,
            an_empty_object_is_an_empty_stream,
            an_object_opens_while_it_is_the_same,
            a_replaced_object_has_changed,
            a_missing_object_is_missing,
            a_missing_bucket_is_refused,
            a_key_is_taken_as_it_is,
            a_long_object_comes_in_pieces,
            a_broken_stream_is_no_end,
            a_throttled_opening_may_be_tried_again,
            a_denied_opening_may_not,
        }
    };
    ($start:path; $($case:ident,)*) => {
        $(#[tokio::test]
        async fn $case() {
            source_cases::$case(&$start().await).await;
        })*
    };
}
pub(crate) use source_tests;
