//! Why the demo ends before its end.

use crate::function_binary;

/// Why the demo did not get to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The user's logs cannot be read.
    #[error("{0}")]
    Logs(String),
    /// The function binary.
    #[error(transparent)]
    Binary(#[from] function_binary::Error),
    /// A component.
    #[error(transparent)]
    Stack(#[from] crate::stack::Error),
    /// S3.
    #[error(transparent)]
    S3(#[from] crate::s3::Error),
    /// The table.
    #[error(transparent)]
    Table(#[from] crate::redshift::Error),
    /// The tool did not do what it was asked for.
    #[error("{0}")]
    Tool(String),
    /// A file.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
}
