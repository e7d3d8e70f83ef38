//! The objects: `s3s-fs`, with events, conditional reads and faults around it.
//!
//! Invariant: a read sees the bytes and the `ETag` of the same object. `s3s-fs` renames the file
//! and then writes the `ETag`, so writes finish under a lock that a read takes to begin; bodies
//! stream outside of it.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use futures::{StreamExt, stream};
use s3s::dto::{
    CreateBucketInput, ETagCondition, GetObjectInput, GetObjectOutput, HeadBucketInput,
    HeadObjectInput, ListObjectsV2Input, PutObjectInput, Range, StreamingBlob,
};
use s3s::{S3, S3Error, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use time::OffsetDateTime;
use tokio::sync::RwLock;

use super::catalogue::Catalogue;
use super::error::Error;
use super::faults::{Fault, Faults, error_of};
use super::reading;
use crate::event::ObjectCreated;

/// Who is told of new objects.
pub(super) type Subscriber = Box<dyn Fn(ObjectCreated) + Send + Sync>;

/// One `GetObject` as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The first byte asked for; 0 without a range.
    pub from: u64,
    /// Whether it was conditional on an `ETag`.
    pub conditional: bool,
}

struct Subscription {
    bucket: String,
    prefix: String,
    subscriber: Subscriber,
}

/// The objects and everything around them.
pub(super) struct Store {
    /// The objects themselves.
    pub(super) files: FileSystem,
    writing: RwLock<()>,
    subscriptions: Mutex<Vec<Subscription>>,
    faults: Faults,
    /// What there is to list.
    pub(super) catalogue: Catalogue,
    reads: Mutex<Vec<Read>>,
    sequence: AtomicU64,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Store").field("files", &self.files).finish_non_exhaustive()
    }
}

impl Store {
    pub(super) fn new(folder: &Path) -> Result<Self, Error> {
        let files =
            FileSystem::new(folder).map_err(|error| Error::Storage(format!("{error:?}")))?;
        Ok(Self {
            files,
            writing: RwLock::new(()),
            subscriptions: Mutex::default(),
            faults: Faults::default(),
            catalogue: Catalogue::default(),
            reads: Mutex::default(),
            sequence: AtomicU64::new(1),
        })
    }

    pub(super) fn faults(&self) -> &Faults {
        &self.faults
    }

    pub(super) fn reads(&self) -> Vec<Read> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn subscribe(&self, bucket: &str, prefix: &str, subscriber: Subscriber) {
        let subscription =
            Subscription { bucket: bucket.to_owned(), prefix: prefix.to_owned(), subscriber };
        self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner).push(subscription);
    }

    pub(super) async fn create(&self, name: &str) -> Result<(), Error> {
        let input = CreateBucketInput { bucket: name.to_owned(), ..Default::default() };
        self.files.create_bucket(request(input)).await.map(drop).map_err(|error| refused(&error))
    }

    pub(super) async fn put(
        &self,
        bucket: &str,
        key: &str,
        body: Bytes,
    ) -> Result<ObjectCreated, Error> {
        let chunks = stream::once(async move { Ok::<_, std::io::Error>(body) });
        let input = PutObjectInput {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            body: Some(StreamingBlob::wrap(chunks)),
            ..Default::default()
        };
        self.write(self.files.put_object(request(input))).await.map_err(|error| refused(&error))?;
        self.announce(bucket, key, "Put").await.map_err(|error| refused(&error))
    }

    /// Runs a write to its end while no read begins.
    pub(super) async fn write<T>(&self, writing: impl Future<Output = T>) -> T {
        let _guard = self.writing.write().await;
        writing.await
    }

    /// Tells the subscribers of an object that now exists.
    pub(super) async fn announce(
        &self,
        bucket: &str,
        key: &str,
        action: &'static str,
    ) -> S3Result<ObjectCreated> {
        let input = HeadObjectInput {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            ..Default::default()
        };
        let head = self.files.head_object(request(input)).await?.output;
        let object = ObjectCreated {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            size: head.content_length.and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
            etag: head.e_tag.map(s3s::dto::ETag::into_value).unwrap_or_default(),
            action,
            sequencer: self.sequence.fetch_add(1, Ordering::Relaxed),
            at: OffsetDateTime::now_utc(),
        };
        self.catalogue.add(&object);
        let subscriptions = self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner);
        for subscription in
            subscriptions.iter().filter(|one| one.bucket == bucket && key.starts_with(&one.prefix))
        {
            (subscription.subscriber)(object.clone());
        }
        Ok(object)
    }

    /// What a listing fails with, if it is to.
    pub(super) fn fault_of_listing(&self, input: &ListObjectsV2Input) -> Option<S3Error> {
        let prefix = input.prefix.as_deref().unwrap_or_default();
        self.faults.next_for(true, prefix).and_then(error_of)
    }

    /// A read: recorded, made to fail where a fault is due, conditional on the `ETag`.
    pub(super) async fn read(
        &self,
        get: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let input = &get.input;
        let from = match input.range {
            Some(Range::Int { first, .. }) => first,
            _ => 0,
        };
        let (bucket, key, condition) =
            (input.bucket.clone(), input.key.clone(), input.if_match.clone());
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).push(Read {
            bucket,
            key: key.clone(),
            from,
            conditional: condition.is_some(),
        });
        let fault = self.faults.next_for(false, &key);
        if let Some(error) = fault.and_then(error_of) {
            return Err(error);
        }
        if self.catalogue.is_made_up(&get.input.bucket) {
            let found = self.catalogue.made_up(&get.input.bucket, &key);
            return reading::get(found, &get.input).map(S3Response::new);
        }
        let mut answer = {
            let _guard = self.writing.read().await;
            // `s3s-fs` knows no difference between a missing bucket and a missing key.
            let bucket = HeadBucketInput { bucket: get.input.bucket.clone(), ..Default::default() };
            self.files.head_bucket(request(bucket)).await?;
            // Before the range is looked at: one beyond the end of another version is no end.
            if let Some(ETagCondition::ETag(expected)) = condition {
                let (bucket, key) = (get.input.bucket.clone(), get.input.key.clone());
                let head = HeadObjectInput { bucket, key, ..Default::default() };
                let found = self.files.head_object(request(head)).await?.output.e_tag;
                if !found.is_some_and(|etag| etag.strong_cmp(&expected)) {
                    return Err(s3_error!(
                        PreconditionFailed,
                        "At least one of the pre-conditions you specified did not hold"
                    ));
                }
            }
            self.files.get_object(get).await?
        };
        if let Some(Fault::BreakAfter(bytes)) = fault {
            answer.output.body = answer.output.body.map(|body| break_after(body, bytes));
        }
        Ok(answer)
    }
}

/// A body that ends in an error after some bytes, which makes the server drop the connection.
fn break_after(body: StreamingBlob, bytes: u64) -> StreamingBlob {
    let whole = body.scan(bytes, |left, chunk| {
        let chunk = chunk.map_err(std::io::Error::other).map(|mut chunk| {
            chunk.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= chunk.len() as u64;
            chunk
        });
        std::future::ready(Some(chunk))
    });
    let until = whole.take_while(|chunk| {
        std::future::ready(chunk.as_ref().map_or(true, |chunk| !chunk.is_empty()))
    });
    // Yielding first lets the server flush what it has: the client sees the bytes, then the break.
    let end = stream::once(async {
        tokio::task::yield_now().await;
        Err(std::io::Error::other("the connection breaks on request"))
    });
    StreamingBlob::wrap(until.chain(end))
}

fn request<T>(input: T) -> S3Request<T> {
    S3Request {
        input,
        method: hyper::Method::GET,
        uri: hyper::Uri::default(),
        headers: hyper::HeaderMap::new(),
        extensions: hyper::http::Extensions::new(),
        credentials: None,
        region: None,
        service: None,
        trailing_headers: None,
    }
}

fn refused(error: &S3Error) -> Error {
    Error::Refused(format!("{}: {}", error.code().as_str(), error.message().unwrap_or_default()))
}
