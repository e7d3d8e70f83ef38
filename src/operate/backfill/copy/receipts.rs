//! Lines of the ledger for what is copied.
//!
//! A line may be posted only when its rows are in the table. Until then the lines of a portion lie beside
//! its files, where a later run finds them. That they are lost fails nothing: an audit reads such objects
//! again.

use std::io::{self, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::files::write;
use crate::operate::bucket::{read_all, url};
use crate::operate::error::OperateError;
use crate::ports::{ObjectSource, ObjectWriter};

/// The lines of a portion, compressed as they come.
#[derive(Debug)]
pub(super) struct Receipts(GzEncoder<Vec<u8>>);

impl Default for Receipts {
    fn default() -> Self {
        Self(GzEncoder::new(Vec::new(), Compression::fast()))
    }
}

impl Receipts {
    /// Adds a line.
    pub(super) fn add(&mut self, line: &str) -> io::Result<()> {
        self.0.write_all(line.as_bytes())?;
        self.0.write_all(b"\n")
    }

    /// Keeps them beside the files of their portion.
    pub(super) async fn keep(
        self,
        writer: &impl ObjectWriter,
        bucket: &str,
        key: &str,
    ) -> Result<(), OperateError> {
        // Writing into memory does not fail; an empty file is a ledger without lines.
        let body = self.0.finish().unwrap_or_default();
        let written = write(writer, bucket, key, body.into()).await;
        written.map_err(|source| OperateError::Write { url: url(bucket, key), source })
    }
}

/// Posts what was kept to where an audit reads it.
pub(super) async fn post(
    (source, writer): (&impl ObjectSource, &impl ObjectWriter),
    bucket: &str,
    (from, to): (&str, &str),
) -> Result<(), OperateError> {
    let body = read_all(source, bucket, from).await?;
    let written = write(writer, bucket, to, body.into()).await;
    written.map_err(|source| OperateError::Write { url: url(bucket, to), source })
}
