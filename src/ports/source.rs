//! What is needed of the place objects are read from.
//!
//! What an implementation does not do: resume, decompress or split lines; it opens a stream of stored
//! bytes and tells errors apart.

use std::future::Future;

use bytes::Bytes;
use thiserror::Error;

use super::object::ObjectTask;
use super::rejection::Rejection;

/// Opens objects.
pub trait ObjectSource: Send + Sync + 'static {
    /// The stream of one opened object.
    type Body: ObjectBody;

    /// Opens an object's stored bytes from `offset` on; with `if_match`, only when it still has that
    /// `ETag`. An offset at the very end gives an empty stream.
    ///
    /// # Errors
    /// [`SourceError`], by what the caller is to do about it.
    fn open(
        &self,
        object: &ObjectTask,
        offset: u64,
        if_match: Option<&str>,
    ) -> impl Future<Output = Result<Opened<Self::Body>, SourceError>> + Send;
}

/// A stream of stored bytes.
pub trait ObjectBody: Send {
    /// The next bytes, or `None` at the end.
    ///
    /// # Errors
    /// [`SourceError::Interrupted`] for a stream that broke; it gives no more after that.
    fn next_chunk(&mut self) -> impl Future<Output = Result<Option<Bytes>, SourceError>> + Send;
}

/// An opened object.
#[derive(Debug)]
pub struct Opened<B> {
    /// Its bytes from the asked offset on.
    pub body: B,
    /// The version that was opened.
    pub etag: Option<String>,
    /// How many bytes the stream is to give. A stream that ends before has broken.
    pub length: Option<u64>,
    /// When the object was written, in seconds since 1970.
    pub last_modified_unix_s: Option<i64>,
}

/// Why an object cannot be opened or read on.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceError {
    /// There is no such object.
    #[error("no such object")]
    Missing,
    /// It is no longer the version that was asked for.
    #[error("the object has changed")]
    Changed,
    /// A broken connection, a timeout, a throttle: the same request may succeed.
    #[error("{0}")]
    Interrupted(String),
    /// The source says no, and will again until somebody acts: access denied, archived.
    #[error(transparent)]
    Rejected(#[from] Rejection),
}
