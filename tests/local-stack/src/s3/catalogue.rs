//! What is in each bucket, in the order of the keys, so that a page of a listing reads no folder.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use s3s::S3Result;
use s3s::dto::{ListObjectsV2Input, ListObjectsV2Output};

use super::listing::{Keys, Listed, page};
use super::made_up::{MadeUp, MadeUpLogs};
use crate::event::ObjectCreated;

/// The objects that were put into a bucket, by key.
type Put = BTreeMap<String, Listed>;

#[derive(Debug)]
enum Bucket {
    Put(Put),
    MadeUp(Arc<MadeUpLogs>),
}

/// The buckets.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    buckets: Mutex<BTreeMap<String, Bucket>>,
}

impl Catalogue {
    /// Notes an object that now exists.
    pub(super) fn add(&self, object: &ObjectCreated) {
        let mut buckets = self.lock();
        let empty = || Bucket::Put(Put::new());
        let bucket = buckets.entry(object.bucket.clone()).or_insert_with(empty);
        if let Bucket::Put(put) = bucket {
            let (key, etag) = (object.key.clone(), object.etag.clone());
            let listed = Listed { key, etag, size: object.size, modified: object.at };
            put.insert(object.key.clone(), listed);
        }
    }

    /// Forgets an object that is gone.
    pub(super) fn remove(&self, bucket: &str, key: &str) {
        if let Some(Bucket::Put(put)) = self.lock().get_mut(bucket) {
            put.remove(key);
        }
    }

    /// Makes a bucket up.
    pub(super) fn make_up(&self, bucket: &str, what: MadeUp) {
        let made_up = Bucket::MadeUp(Arc::new(MadeUpLogs::new(what)));
        self.lock().insert(bucket.to_owned(), made_up);
    }

    /// Whether a bucket is made up.
    pub(super) fn is_made_up(&self, bucket: &str) -> bool {
        matches!(self.lock().get(bucket), Some(Bucket::MadeUp(_)))
    }

    /// A made-up object.
    pub(super) fn made_up(&self, bucket: &str, key: &str) -> Option<(Listed, Bytes)> {
        let buckets = self.lock();
        let Some(Bucket::MadeUp(made_up)) = buckets.get(bucket) else { return None };
        let made_up = Arc::clone(made_up);
        drop(buckets);
        made_up.object(key)
    }

    /// A page of a bucket that exists.
    pub(super) fn list(&self, input: ListObjectsV2Input) -> S3Result<ListObjectsV2Output> {
        let buckets = self.lock();
        match buckets.get(&input.bucket) {
            Some(Bucket::MadeUp(made_up)) => {
                let made_up = Arc::clone(made_up);
                drop(buckets);
                page(made_up.as_ref(), input)
            }
            Some(Bucket::Put(put)) => page(put, input),
            None => page(&Put::new(), input),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Bucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keys for Put {
    fn objects_from(&self, key: Bound<&str>) -> Box<dyn Iterator<Item = Listed> + '_> {
        let objects = self.range::<str, _>((key, Bound::Unbounded));
        Box::new(objects.map(|(_, listed)| listed.clone()))
    }
}
