//! The manifests of COPY: `{"entries":[{"url":"s3://..","mandatory":true}]}`.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::operate::bucket::url;
use crate::operate::error::OperateError;
use crate::ports::ObjectWriter;

/// A manifest, as far as COPY of JSON needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) entries: Vec<ManifestEntry>,
}

/// One file of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ManifestEntry {
    pub(super) url: String,
    #[serde(default)]
    pub(super) mandatory: bool,
}

/// A manifest that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// Its `s3://` URL.
    pub manifest: String,
    /// What it covers: the manifests whose files it lists.
    pub covered: Vec<String>,
}

/// Writes one manifest of many files, under a key that says what it covers: the same files give the
/// same key, so that trying again leaves nothing behind.
///
/// # Errors
/// [`OperateError::Write`].
pub async fn merge(
    writer: &impl ObjectWriter,
    bucket: &str,
    prefix: &str,
    files: &[String],
    covered: Vec<String>,
) -> Result<Merged, OperateError> {
    let body = manifest_of(files);
    let name = crate::row::RecordId::of(&body).hex();
    let key = format!("{prefix}{}.manifest", String::from_utf8_lossy(&name));
    let manifest = url(bucket, &key);
    let written = writer.write(bucket, &key, Bytes::from(body)).await;
    written.map_err(|source| OperateError::Write { url: manifest.clone(), source })?;
    Ok(Merged { manifest, covered })
}

/// The manifest of files, each of which must be there.
pub(in crate::operate) fn manifest_of(files: &[String]) -> Vec<u8> {
    let entries = files.iter().map(|url| ManifestEntry { url: url.clone(), mandatory: true });
    let manifest = Manifest { entries: entries.collect() };
    serde_json::to_vec(&manifest).unwrap_or_default()
}
