//! A fake of S3: objects in memory, openings by script.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use logferry::ports::{ObjectBody, ObjectSource, ObjectTask, Opened, SourceError};
use tokio::time::sleep;

use super::sink::rejection;

use super::PANIC_ON_COMMAND;
use crate::support::source_cases::BUCKET;

/// An object in the fake bucket.
#[derive(Clone, Default)]
pub(crate) struct Stored {
    pub(crate) bytes: Vec<u8>,
    pub(crate) etag: String,
}

/// What happens to one opening of an object.
#[derive(Clone)]
pub(crate) enum Reading {
    /// The bytes come in chunks of this size.
    Well(usize),
    /// It does not open.
    Fails(SourceError),
    /// The connection breaks after so many bytes.
    Breaks(usize),
    /// The stream ends after so many bytes, as if that were all.
    EndsEarly(usize),
    /// The object is replaced after so many bytes, and the connection breaks.
    Changes(usize, Stored),
    /// No bytes come for this long after so many.
    Stalls(usize, Duration),
    /// The code reading it panics after so many bytes.
    Panics(usize),
}

type Key = (String, String);

/// A fake of S3. Openings without a script go well.
#[derive(Default)]
pub(crate) struct FakeSource {
    pub(crate) objects: Mutex<HashMap<Key, Stored>>,
    pub(crate) script: Mutex<HashMap<String, VecDeque<Reading>>>,
    /// Every opening: key, offset, version asked for.
    pub(crate) openings: Mutex<Vec<(String, u64, Option<String>)>>,
}

impl FakeSource {
    pub(crate) fn put(&self, key: &str, bytes: impl Into<Vec<u8>>) {
        let stored = Stored { bytes: bytes.into(), etag: "\"v1\"".to_owned() };
        self.objects.lock().unwrap().insert((BUCKET.to_owned(), key.to_owned()), stored);
    }

    pub(crate) fn script(&self, key: &str, readings: impl IntoIterator<Item = Reading>) {
        self.script.lock().unwrap().insert(key.to_owned(), readings.into_iter().collect());
    }

    fn next(&self, key: &str) -> Reading {
        let mut script = self.script.lock().unwrap();
        script.get_mut(key).and_then(VecDeque::pop_front).unwrap_or(Reading::Well(4_096))
    }
}

pub(crate) struct World(pub(crate) Arc<FakeSource>);

pub(crate) struct FakeBody {
    rest: Vec<u8>,
    reading: Reading,
    given: usize,
    replace: Option<(Arc<FakeSource>, Key)>,
}

impl ObjectSource for World {
    type Body = FakeBody;

    async fn open(
        &self,
        object: &ObjectTask,
        offset: u64,
        if_match: Option<&str>,
    ) -> Result<Opened<FakeBody>, SourceError> {
        let opening = (object.key.clone(), offset, if_match.map(str::to_owned));
        self.0.openings.lock().unwrap().push(opening);
        let reading = self.0.next(&object.key);
        if let Reading::Fails(error) = reading {
            return Err(error);
        }
        if object.bucket != BUCKET {
            return Err(SourceError::Rejected(rejection("no such bucket")));
        }
        let key = (object.bucket.clone(), object.key.clone());
        let stored = self.0.objects.lock().unwrap().get(&key).cloned();
        let stored = stored.ok_or(SourceError::Missing)?;
        if if_match.is_some_and(|etag| etag != stored.etag) {
            return Err(SourceError::Changed);
        }
        if offset > 0 && offset >= stored.bytes.len() as u64 && if_match.is_none() {
            return Err(SourceError::Changed);
        }
        let rest =
            stored.bytes.get(usize::try_from(offset).unwrap()..).unwrap_or_default().to_vec();
        Ok(Opened {
            length: Some(rest.len() as u64),
            etag: Some(stored.etag),
            last_modified_unix_s: Some(1_773_450_000),
            body: FakeBody { rest, reading, given: 0, replace: Some((Arc::clone(&self.0), key)) },
        })
    }
}

impl ObjectBody for FakeBody {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, SourceError> {
        tokio::task::yield_now().await;
        let (limit, size) = match &self.reading {
            Reading::Well(size) => (usize::MAX, *size),
            Reading::Breaks(at)
            | Reading::EndsEarly(at)
            | Reading::Panics(at)
            | Reading::Changes(at, _)
            | Reading::Stalls(at, _) => (*at, 1_000),
            Reading::Fails(error) => return Err(error.clone()),
        };
        let size = size.min(limit - self.given).min(self.rest.len());
        if size > 0 {
            self.given += size;
            return Ok(Some(self.rest.drain(..size).collect::<Vec<u8>>().into()));
        }
        if self.given < limit {
            return Ok(None);
        }
        let rest = std::mem::take(&mut self.rest);
        match std::mem::replace(&mut self.reading, Reading::Well(4_096)) {
            Reading::EndsEarly(_) => Ok(None),
            Reading::Panics(_) => panic!("{PANIC_ON_COMMAND}"),
            Reading::Changes(_, stored) => {
                let (source, key) = self.replace.take().unwrap();
                source.objects.lock().unwrap().insert(key, stored);
                Err(SourceError::Interrupted("replaced".to_owned()))
            }
            Reading::Stalls(_, time) => {
                sleep(time).await;
                Ok((!rest.is_empty()).then(|| rest.into()))
            }
            _ => Err(SourceError::Interrupted("broken".to_owned())),
        }
    }
}
