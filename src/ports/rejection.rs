//! A request that a service says no to, and will again until somebody acts.

use std::error::Error;
use std::fmt;

/// What was asked for, what the service said, and what that comes down to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// What was asked for.
    pub resource: Resource,
    /// The service's code and status, or why the request could not even be made.
    pub said: String,
    /// What somebody has to act on.
    pub cause: Cause,
}

/// What a request was about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resource {
    /// The object that is being read; whoever reports the error names it.
    Object,
    /// A bucket, by name.
    Bucket(String),
    /// A Firehose stream, by name.
    Stream(String),
    /// An SQS queue, by URL.
    Queue(String),
    /// A warehouse, by workgroup or cluster.
    Warehouse(String),
}

/// What somebody has to act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// A permission is missing.
    AccessDenied {
        /// Which, on what, as the end of "it needs ...".
        needs: &'static str,
    },
    /// There is no such resource under that name, in that Region and account.
    NotFound,
    /// The object lies in an archive and has to be restored first.
    Archived,
    /// The key that the resource is encrypted with cannot be used.
    EncryptionKey,
    /// The stream decompresses CloudWatch Logs and takes nothing else.
    Decompression,
    /// The credentials are expired or unknown.
    Credentials,
    /// The bucket is in another Region than the one that was asked.
    OtherRegion,
    /// Anything else; what the service said is all there is to go by.
    Other,
}

impl Rejection {
    /// A rejection of which nothing more is known than what the service said.
    #[must_use]
    pub fn other(resource: Resource, said: impl Into<String>) -> Self {
        Self { resource, said: said.into(), cause: Cause::Other }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.resource {
            Resource::Object => {}
            Resource::Bucket(name) => write!(f, "bucket {name}: ")?,
            Resource::Stream(name) => write!(f, "stream {name}: ")?,
            Resource::Queue(url) => write!(f, "queue {url}: ")?,
            Resource::Warehouse(name) => write!(f, "warehouse {name}: ")?,
        }
        f.write_str(&self.said)?;
        match self.cause {
            Cause::AccessDenied { needs } => write!(f, "; access needs {needs}"),
            Cause::NotFound => f.write_str("; no such name in this Region and account"),
            Cause::Archived => f.write_str("; the object is archived"),
            Cause::EncryptionKey => f.write_str("; its encryption key cannot be used"),
            Cause::Decompression => f.write_str("; it decompresses CloudWatch Logs"),
            Cause::Credentials => f.write_str("; the credentials are expired or unknown"),
            Cause::OtherRegion => f.write_str("; the bucket is in another Region"),
            Cause::Other => Ok(()),
        }
    }
}

impl Error for Rejection {}
