//! A bucket read from end to end: all pages of a listing, all bytes of an object.
//!
//! What is unavailable for a moment is asked for again here; a rejection is passed on at once.

use std::time::Duration;

use tokio::time::sleep;

use super::error::OperateError;
use crate::ports::{
    ListFrom, ListPage, ListRequest, ListedObject, ListingError, ObjectBody, ObjectListing,
    ObjectSource, ObjectTask, Rejection, Resource, SourceError,
};

/// How often something is asked for before it is given up, and the wait that doubles from one time to
/// the next: about four minutes in all.
const ATTEMPTS: u32 = 9;
const WAIT: Duration = Duration::from_secs(1);

/// The largest object that is read whole: manifests, and files of the ledger, of which Firehose puts at
/// most 128 MiB into one.
const OBJECT_BYTES_MAX: u64 = 256 << 20;

/// An object as URLs name it.
pub(super) fn url(bucket: &str, key: &str) -> String {
    format!("s3://{bucket}/{key}")
}

/// Bucket and key of a URL.
pub(super) fn parts(url: &str) -> Option<(&str, &str)> {
    url.strip_prefix("s3://")?.split_once('/').filter(|(bucket, _)| !bucket.is_empty())
}

/// All objects whose keys begin like that and come behind `after`, in their order.
pub(super) async fn list_all(
    listing: &impl ObjectListing,
    bucket: &str,
    prefix: &str,
    after: Option<&str>,
) -> Result<Vec<ListedObject>, OperateError> {
    list_telling(listing, bucket, prefix, after, |_| ()).await
}

/// The same; `told` hears after each page how many there are by now.
pub(super) async fn list_telling(
    listing: &impl ObjectListing,
    bucket: &str,
    prefix: &str,
    after: Option<&str>,
    mut told: impl FnMut(usize),
) -> Result<Vec<ListedObject>, OperateError> {
    let (mut objects, mut token) = (Vec::new(), None::<String>);
    loop {
        let from = match (&token, after) {
            (Some(token), _) => ListFrom::Token(token),
            (None, Some(after)) => ListFrom::After(after),
            (None, None) => ListFrom::Start,
        };
        let request = ListRequest { bucket, prefix, delimiter: None, from };
        let mut page = page_or(listing, &request).await?;
        objects.append(&mut page.objects);
        told(objects.len());
        token = page.next;
        if token.is_none() {
            return Ok(objects);
        }
    }
}

/// The object of exactly that key, if it is there.
pub(super) async fn find(
    listing: &impl ObjectListing,
    bucket: &str,
    key: &str,
) -> Result<Option<ListedObject>, OperateError> {
    // The first key that begins with it is the key itself.
    let request = ListRequest { bucket, prefix: key, delimiter: None, from: ListFrom::Start };
    let page = page_or(listing, &request).await?;
    Ok(page.objects.into_iter().next().filter(|object| object.key == key))
}

/// A page of a listing; what is unavailable is asked for again for minutes.
pub(super) async fn page(
    listing: &impl ObjectListing,
    request: &ListRequest<'_>,
) -> Result<ListPage, ListingError> {
    let again = |error: &ListingError| matches!(error, ListingError::Unavailable(_));
    patiently(async || listing.list(request).await, again).await
}

async fn page_or(
    listing: &impl ObjectListing,
    request: &ListRequest<'_>,
) -> Result<ListPage, OperateError> {
    page(listing, request).await.map_err(|source| {
        let (bucket, prefix) = (request.bucket.to_owned(), request.prefix.to_owned());
        OperateError::List { bucket, prefix, source }
    })
}

/// Asks until there is an answer, or an error that asking again does not help.
pub(super) async fn patiently<T, E>(
    ask: impl AsyncFn() -> Result<T, E>,
    again: impl Fn(&E) -> bool,
) -> Result<T, E> {
    let (mut attempt, mut wait) = (1, WAIT);
    loop {
        match ask().await {
            Err(error) if attempt < ATTEMPTS && again(&error) => {}
            answer => return answer,
        }
        sleep(wait).await;
        (attempt, wait) = (attempt + 1, wait * 2);
    }
}

/// All bytes of an object.
pub(super) async fn read_all(
    source: &impl ObjectSource,
    bucket: &str,
    key: &str,
) -> Result<Vec<u8>, OperateError> {
    let task = ObjectTask::whole(bucket, key);
    let again =
        |error: &SourceError| matches!(error, SourceError::Interrupted(_) | SourceError::Changed);
    let read = patiently(async || read_once(source, &task).await, again).await;
    read.map_err(|source| OperateError::Read { url: url(bucket, key), source })
}

async fn read_once(source: &impl ObjectSource, task: &ObjectTask) -> Result<Vec<u8>, SourceError> {
    let mut opened = source.open(task, 0, None).await?;
    if opened.length.is_some_and(|length| length > OBJECT_BYTES_MAX) {
        let why = format!("it is larger than the {OBJECT_BYTES_MAX} bytes that are read at once");
        return Err(SourceError::Rejected(Rejection::other(Resource::Object, why)));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = opened.body.next_chunk().await? {
        bytes.extend_from_slice(&chunk);
    }
    if opened.length.is_some_and(|length| length != bytes.len() as u64) {
        return Err(SourceError::Interrupted("the stream ended early".to_owned()));
    }
    Ok(bytes)
}
