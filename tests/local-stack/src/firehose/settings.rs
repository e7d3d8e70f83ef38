//! What a delivery stream can be told.

use std::time::Duration;

/// How a stream is configured.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its name.
    pub name: String,
    /// A buffer of this size is delivered.
    pub buffer_bytes: usize,
    /// A buffer of this age is delivered.
    pub buffer_interval: Duration,
    /// The staging bucket.
    pub bucket: String,
    /// What stands before the names of staged objects.
    pub prefix: String,
    /// Whether staged objects are compressed.
    pub gzip: bool,
    /// The table.
    pub table: String,
    /// The columns, comma separated.
    pub columns: String,
    /// COPY's options.
    pub copy_options: String,
    /// COPY is tried again for this long.
    pub retry_duration: Duration,
    /// COPY is tried again after this long.
    pub retry_interval: Duration,
}
