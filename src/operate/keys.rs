//! Where keys come from: a listing, or a list somebody made.
//!
//! Invariants: keys come in one order, the same each time; each page says where it ends, and reading
//! goes on from there; memory is a page. What it does not do: decide which keys are meant, but for the
//! days that a listing may step over.

use std::io::{BufRead, Read as _};

use thiserror::Error;

use super::bucket::page;
use super::inventory::InventoryError;
use super::select::Selection;
use crate::ports::{ListFrom, ListRequest, ListedObject, ListingError, ObjectListing, Rejection};

/// The most keys of a page that is made here; that of a listing is S3's to choose.
const PAGE_KEYS: usize = 1_000;

/// The longest line of a list, in bytes: a key has at most 1,024, each of which may be escaped.
const LINE_BYTES_MAX: u64 = 16 * 1024;

/// A key with what is known of its object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The key, decoded.
    pub key: String,
    /// Stored bytes; a plain list does not tell.
    pub size: Option<u64>,
    /// Whether it has to be restored first, as far as known.
    pub is_archived: bool,
}

/// How far the keys were read: behind which key, and after how many of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The last key.
    pub key: String,
    /// Keys of a list, or rows of a file, up to there, that one included; 0 in a listing.
    pub line: u64,
    /// The index of the file of an inventory; 0 elsewhere.
    pub file: usize,
}

/// Why keys do not come.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeysError {
    /// The service says no, and will again until somebody acts.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The service did not answer in minutes; the same command may go on.
    #[error("{0}")]
    Unavailable(String),
    /// The list cannot be read.
    #[error("the list of keys: {0}")]
    List(#[from] std::io::Error),
    /// The list is not the one that the journal is about.
    #[error("line {line} of the list is another key than when it was begun; give the same list")]
    OtherList {
        /// Counted from 1.
        line: u64,
    },
    /// The inventory gives none.
    #[error(transparent)]
    Inventory(Box<InventoryError>),
    /// A line that is no key.
    #[error("line {line} of the list is no key: {why}")]
    NoKey {
        /// Counted from 1.
        line: u64,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl From<InventoryError> for KeysError {
    fn from(error: InventoryError) -> Self {
        Self::Inventory(Box::new(error))
    }
}

/// A source of keys, a page at a time.
pub trait Keys {
    /// The next page; empty ones may come, `None` is the end.
    ///
    /// # Errors
    /// [`KeysError`]; none is worth the same call at once.
    fn next_page(&mut self) -> impl Future<Output = Result<Option<Vec<Key>>, KeysError>>;

    /// Where a key of a page stands that is the `index`th of it.
    fn place(&self, index: usize, key: &Key) -> Place;
}

/// The keys below a prefix, in their order.
#[derive(Debug)]
pub struct ListedKeys<'l, L> {
    listing: &'l L,
    bucket: String,
    prefix: String,
    selection: Selection,
    next: Next,
}

#[derive(Debug)]
enum Next {
    Start,
    After(String),
    Token(String),
    End,
}

impl<'l, L: ObjectListing> ListedKeys<'l, L> {
    /// The keys of a bucket below a prefix, from the first or behind a place.
    #[must_use]
    pub fn new(
        listing: &'l L,
        bucket: &str,
        prefix: &str,
        selection: Selection,
        from: Option<&Place>,
    ) -> Self {
        let next = from.map_or(Next::Start, |place| Next::After(place.key.clone()));
        let (bucket, prefix) = (bucket.to_owned(), prefix.to_owned());
        Self { listing, bucket, prefix, selection, next }
    }
}

impl<L: ObjectListing> Keys for ListedKeys<'_, L> {
    async fn next_page(&mut self) -> Result<Option<Vec<Key>>, KeysError> {
        let from = match &self.next {
            Next::Start => ListFrom::Start,
            Next::After(key) => ListFrom::After(key),
            Next::Token(token) => ListFrom::Token(token),
            Next::End => return Ok(None),
        };
        let request =
            ListRequest { bucket: &self.bucket, prefix: &self.prefix, delimiter: None, from };
        let page = page(self.listing, &request).await.map_err(|error| match error {
            ListingError::Rejected(rejection) => KeysError::Rejected(rejection),
            ListingError::Unavailable(reason) => KeysError::Unavailable(reason),
        })?;
        let skip = page.objects.last().and_then(|last| self.selection.skip_after(&last.key));
        self.next = match (page.next, skip) {
            (None, _) => Next::End,
            (Some(_), Some(key)) => Next::After(key),
            (Some(token), None) => Next::Token(token),
        };
        Ok(Some(page.objects.into_iter().map(key_of).collect()))
    }

    fn place(&self, _: usize, key: &Key) -> Place {
        Place { key: key.key.clone(), line: 0, file: 0 }
    }
}

fn key_of(object: ListedObject) -> Key {
    let is_archived = object.is_archived();
    Key { key: object.key, size: Some(object.size), is_archived }
}

/// The keys of a list, one a line: `KEY`, or `s3://BUCKET/KEY`.
#[derive(Debug)]
pub struct WrittenKeys<R> {
    list: R,
    bucket: String,
    /// Lines read so far.
    line: u64,
    /// Those before the page that was given last.
    before: u64,
    /// Where an earlier run came to, until it is reached.
    from: Option<Place>,
}

impl<R: BufRead> WrittenKeys<R> {
    /// The keys of a list, all of that bucket, from the first or behind a place.
    pub fn new(list: R, bucket: &str, from: Option<&Place>) -> Self {
        let from = from.filter(|place| place.line > 0).cloned();
        Self { list, bucket: bucket.to_owned(), line: 0, before: 0, from }
    }

    /// The next line that is not empty.
    fn read(&mut self) -> Result<Option<String>, KeysError> {
        let mut line = Vec::new();
        let read = self.list.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(None);
        }
        self.line += 1;
        let wrong = |why| KeysError::NoKey { line: self.line, why };
        if line.last() != Some(&b'\n') && read as u64 == LINE_BYTES_MAX {
            return Err(wrong("it is too long"));
        }
        while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            line.pop();
        }
        let text = String::from_utf8(line).map_err(|_| wrong("it is no UTF-8"))?;
        let Some(path) = text.strip_prefix("s3://") else { return Ok(Some(text)) };
        match path.split_once('/') {
            Some((bucket, key)) if bucket == self.bucket => Ok(Some(key.to_owned())),
            _ => Err(wrong("it is of another bucket; give a list for each")),
        }
    }
}

impl<R: BufRead> Keys for WrittenKeys<R> {
    async fn next_page(&mut self) -> Result<Option<Vec<Key>>, KeysError> {
        if let Some(from) = self.from.take() {
            let mut last = None;
            while self.line < from.line {
                last = self.read()?;
                if last.is_none() {
                    break;
                }
            }
            if last.as_deref() != Some(&from.key) {
                return Err(KeysError::OtherList { line: from.line });
            }
        }
        self.before = self.line;
        let mut page = Vec::new();
        while page.len() < PAGE_KEYS {
            let Some(key) = self.read()? else { break };
            // An empty line keeps its place as an object without bytes.
            let size = key.is_empty().then_some(0);
            page.push(Key { key, size, is_archived: false });
        }
        Ok((!page.is_empty()).then_some(page))
    }

    fn place(&self, index: usize, key: &Key) -> Place {
        Place { key: key.key.clone(), line: self.before + index as u64 + 1, file: 0 }
    }
}
