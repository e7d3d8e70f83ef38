//! A listing and a queue in memory that fail as they are told.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use logferry::pipeline::Jitter;
use logferry::ports::{
    Cause, ListFrom, ListPage, ListRequest, ListedObject, ListingError, MessageQueue,
    ObjectListing, QueueError, QueueWatch, Rejection, Resource,
};
use serde_json::Value;
use tokio::time::sleep;

/// A bucket that is listed.
pub(super) struct FakeListing {
    objects: Vec<ListedObject>,
    page: usize,
    pub(super) pages: AtomicU64,
    /// What the next calls fail with.
    pub(super) failures: Mutex<VecDeque<ListingError>>,
}

pub(super) fn object(key: &str, size: u64) -> ListedObject {
    ListedObject {
        key: key.to_owned(),
        size,
        etag: None,
        last_modified_unix_s: None,
        storage_class: Some("STANDARD".to_owned()),
    }
}

impl FakeListing {
    pub(super) fn new(mut objects: Vec<ListedObject>, page: usize) -> Self {
        objects.sort_by(|one, other| one.key.cmp(&other.key));
        Self { objects, page, pages: AtomicU64::new(0), failures: Mutex::default() }
    }

    pub(super) fn of(keys: &[String], page: usize) -> Self {
        Self::new(keys.iter().map(|key| object(key, 100)).collect(), page)
    }
}

impl ObjectListing for FakeListing {
    async fn list(&self, request: &ListRequest<'_>) -> Result<ListPage, ListingError> {
        self.pages.fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(20)).await;
        if let Some(failure) = self.failures.lock().unwrap().pop_front() {
            return Err(failure);
        }
        assert_eq!((request.bucket, request.delimiter), ("amber-logs", None));
        let after = match request.from {
            ListFrom::Start => "",
            ListFrom::After(key) | ListFrom::Token(key) => key,
        };
        let begin = self.objects.partition_point(|object| object.key.as_str() <= after);
        let rest =
            self.objects[begin..].iter().filter(|object| object.key.starts_with(request.prefix));
        let objects: Vec<_> = rest.take(self.page + 1).cloned().collect();
        let more = objects.len() > self.page;
        let objects: Vec<_> = objects.into_iter().take(self.page).collect();
        let next = objects.last().filter(|_| more).map(|last| last.key.clone());
        Ok(ListPage { objects, prefixes: Vec::new(), next })
    }
}

/// A queue that takes messages, or does not.
pub(super) struct FakeQueue {
    pub(super) random: Mutex<Jitter>,
    /// Of a thousand messages and calls, how many are not taken at first.
    pub(super) failing: u64,
    /// A key whose message is never taken.
    pub(super) refuses: Option<String>,
    /// Messages a second that somebody reads.
    pub(super) reads: u64,
    pub(super) taken: Mutex<Vec<String>>,
    pub(super) calls: AtomicU64,
    pub(super) most_waiting: AtomicU64,
    pub(super) begun: tokio::time::Instant,
}

impl FakeQueue {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            random: Mutex::new(Jitter::new(seed)),
            failing: 0,
            refuses: None,
            reads: 1_000_000,
            taken: Mutex::default(),
            calls: AtomicU64::new(0),
            most_waiting: AtomicU64::new(0),
            begun: tokio::time::Instant::now(),
        }
    }

    /// The keys of the messages that were taken, in their order.
    pub(super) fn taken(&self) -> Vec<String> {
        self.taken.lock().unwrap().clone()
    }

    fn fails(&self) -> bool {
        self.random.lock().unwrap().next_u64() % 1_000 < self.failing
    }

    fn waiting_now(&self) -> u64 {
        let elapsed = u64::try_from(self.begun.elapsed().as_millis()).unwrap();
        let read = elapsed * self.reads / 1_000;
        (self.taken.lock().unwrap().len() as u64).saturating_sub(read)
    }
}

fn key_of(body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["bucket"], "amber-logs");
    assert_eq!(body.as_object().unwrap().len(), 2, "bucket and key alone");
    body["key"].as_str().unwrap().to_owned()
}

impl MessageQueue for FakeQueue {
    async fn send(&self, bodies: &[&str]) -> Result<Vec<Result<(), QueueError>>, QueueError> {
        assert!((1..=10).contains(&bodies.len()), "{} messages", bodies.len());
        self.calls.fetch_add(1, Ordering::Relaxed);
        let wait = self.random.lock().unwrap().next_u64() % 50;
        sleep(Duration::from_millis(wait)).await;
        if self.fails() {
            return Err(QueueError::Unavailable("on command".to_owned()));
        }
        let verdicts = bodies.iter().map(|body| {
            let key = key_of(body);
            if self.refuses.as_ref() == Some(&key) {
                return Err(rejected().into());
            }
            if self.fails() {
                return Err(QueueError::Unavailable("on command".to_owned()));
            }
            self.taken.lock().unwrap().push(key);
            Ok(())
        });
        let verdicts = verdicts.collect();
        self.most_waiting.fetch_max(self.waiting_now(), Ordering::Relaxed);
        Ok(verdicts)
    }
}

pub(super) fn rejected() -> Rejection {
    Rejection {
        resource: Resource::Queue("https://queue".to_owned()),
        said: "AccessDenied (403)".to_owned(),
        cause: Cause::AccessDenied { needs: "sqs:SendMessage on it" },
    }
}

impl QueueWatch for FakeQueue {
    async fn waiting(&self) -> Result<u64, QueueError> {
        sleep(Duration::from_millis(10)).await;
        if self.fails() {
            return Err(QueueError::Unavailable("on command".to_owned()));
        }
        Ok(self.waiting_now())
    }

    async fn retention_s(&self) -> Result<u64, QueueError> {
        Ok(1_209_600)
    }
}
