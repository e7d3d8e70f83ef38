//! What is needed of the place objects are listed from.
//!
//! What an implementation does not do: go on by itself. One call is one page.

use std::future::Future;

use thiserror::Error;

use super::rejection::Rejection;

/// Lists objects.
pub trait ObjectListing: Send + Sync + 'static {
    /// One page of at most 1,000 objects and prefixes, in the order of the keys' UTF-8 bytes.
    ///
    /// # Errors
    /// [`ListingError`], by what the caller is to do about it.
    fn list(
        &self,
        request: &ListRequest<'_>,
    ) -> impl Future<Output = Result<ListPage, ListingError>> + Send;
}

/// What is to be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListRequest<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// What the keys begin with.
    pub prefix: &'a str,
    /// Keys that go on with it behind the prefix are not listed but summed up as one prefix.
    pub delimiter: Option<&'a str>,
    /// Where to begin.
    pub from: ListFrom<'a>,
}

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListFrom<'a> {
    /// With the first key.
    Start,
    /// Behind this key, which need not exist.
    After(&'a str),
    /// Where the page ended that gave this token, [`ListPage::next`].
    Token(&'a str),
}

/// A part of a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListPage {
    /// The objects.
    pub objects: Vec<ListedObject>,
    /// What keys have in common up to and with the delimiter.
    pub prefixes: Vec<String>,
    /// The token of the next page; `None` on the last one.
    pub next: Option<String>,
}

/// An object, as a listing has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedObject {
    /// Its key, decoded.
    pub key: String,
    /// Its stored bytes.
    pub size: u64,
    /// Its version, without the quotes around it.
    pub etag: Option<String>,
    /// When it was written, in seconds since 1970.
    pub last_modified_unix_s: Option<i64>,
    /// Where it lies, as S3 names it: `STANDARD`, `GLACIER`, ...
    pub storage_class: Option<String>,
}

impl ListedObject {
    /// Whether it has to be restored before it can be read. Two of the archives can be read at once:
    /// `GLACIER_IR`, and what `INTELLIGENT_TIERING` has not archived, which a listing does not tell.
    #[must_use]
    pub fn is_archived(&self) -> bool {
        matches!(self.storage_class.as_deref(), Some("GLACIER" | "DEEP_ARCHIVE"))
    }
}

/// Why a page did not come.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListingError {
    /// No usable response: a timeout, a broken connection, an error inside the service.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// The service says no, and will again until somebody acts.
    #[error(transparent)]
    Rejected(#[from] Rejection),
}
