//! Why S3 fails.

/// Why S3 could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder cannot hold objects.
    #[error("S3 cannot keep its objects: {0}")]
    Storage(String),
    /// No loopback port.
    #[error("S3 cannot listen on a loopback port: {0}")]
    Listen(#[from] std::io::Error),
    /// A request was refused.
    #[error("S3 refused: {0}")]
    Refused(String),
}
