//! What a delivery stream can be told.

use std::time::Duration;

use crate::redshift::MembersRead;

/// How a stream is configured.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
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
    /// Whether the stream compresses what it stages.
    pub gzip: bool,
    /// Whether the records are gzip members, which makes of staged objects files of many members.
    pub gzip_records: bool,
    /// Whether the names of manifests under `errors/` have the stream's version in them, as those
    /// of other objects have. AWS's documentation says so; the only name seen in public has none.
    pub versioned_error_manifests: bool,
    /// What COPY reads of a file of many members.
    pub members_read: MembersRead,
    /// The destination is S3 (`extended_s3`): what is staged is delivered, and the stream loads nothing.
    pub to_s3: bool,
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
