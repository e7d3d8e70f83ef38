//! `manifest.json`, and which column of the files says what.
//!
//! Source: Amazon S3 User Guide, "Locating your inventory list": `manifest.checksum` beside it is its
//! MD5, `creationTimestamp` is in milliseconds, and the files lie in `destinationBucket`.

use serde::Deserialize;

use super::checksum::hex_md5;
use super::error::InventoryError;
use crate::operate::bucket::{parts, read_all, url};
use crate::operate::error::OperateError;
use crate::ports::{ObjectSource, Rejection, Resource, SourceError};

/// The folder of a report holds both.
const MANIFEST: &str = "manifest.json";
const CHECKSUM: &str = "manifest.checksum";

/// The only format of files that is read.
const CSV: &str = "CSV";

/// A report that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory {
    /// The bucket that it is about.
    pub bucket: String,
    /// When it was begun, in seconds since 1970: what came later is not in it.
    pub created_unix_s: i64,
    pub(super) columns: Columns,
    pub(super) files: Vec<File>,
}

/// A file of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) size: u64,
    pub(super) md5: String,
}

/// Where a row says what; a report need not have all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) all: usize,
    pub(super) bucket: usize,
    pub(super) key: usize,
    pub(super) is_latest: Option<usize>,
    pub(super) is_delete_marker: Option<usize>,
    pub(super) size: Option<usize>,
    pub(super) storage_class: Option<usize>,
    pub(super) access_tier: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    source_bucket: String,
    destination_bucket: String,
    creation_timestamp: String,
    file_format: String,
    file_schema: String,
    files: Vec<ManifestFile>,
}

#[derive(Deserialize)]
struct ManifestFile {
    key: String,
    size: u64,
    #[serde(rename = "MD5checksum")]
    md5: String,
}

impl Inventory {
    /// Reads a manifest and holds it to its checksum; `wanted` is the bucket that was named, if any.
    ///
    /// # Errors
    /// [`InventoryError`].
    pub async fn open(
        source: &impl ObjectSource,
        manifest: &str,
        wanted: Option<&str>,
    ) -> Result<Self, InventoryError> {
        let no_manifest = |why: &str| InventoryError::NoManifest {
            url: manifest.to_owned(),
            why: why.to_owned(),
        };
        let named = parts(manifest)
            .and_then(|(bucket, key)| Some((bucket, key, key.strip_suffix(MANIFEST)?)))
            .filter(|(_, _, folder)| folder.is_empty() || folder.ends_with('/'));
        let Some((bucket, key, folder)) = named else {
            return Err(no_manifest("want s3://BUCKET/.../manifest.json"));
        };
        let json = read(source, bucket, key).await?;
        let checksum = read(source, bucket, &format!("{folder}{CHECKSUM}")).await?;
        let said = String::from_utf8_lossy(&checksum).trim().to_owned();
        let found = hex_md5(&json);
        if !said.eq_ignore_ascii_case(&found) {
            let why = format!("its MD5 is {found}, and {CHECKSUM} says {said:.32}");
            return Err(InventoryError::Damaged { url: manifest.to_owned(), why });
        }
        let json: Manifest =
            serde_json::from_slice(&json).map_err(|error| no_manifest(&error.to_string()))?;
        Self::of(manifest, json, wanted)
    }

    fn of(url: &str, json: Manifest, wanted: Option<&str>) -> Result<Self, InventoryError> {
        let no_manifest = |why: String| InventoryError::NoManifest { url: url.to_owned(), why };
        if json.file_format != CSV {
            return Err(InventoryError::Format { url: url.to_owned(), format: json.file_format });
        }
        let found = json.source_bucket;
        if let Some(wanted) = wanted.filter(|wanted| *wanted != found) {
            let (url, wanted) = (url.to_owned(), wanted.to_owned());
            return Err(InventoryError::OtherBucket { url, found, wanted });
        }
        let created_ms = json.creation_timestamp.parse::<i64>();
        let created_ms = created_ms.map_err(|_| no_manifest("creationTimestamp".to_owned()))?;
        let columns = Columns::of(&json.file_schema)
            .map_err(|column| no_manifest(format!("fileSchema has no column {column}")))?;
        let bucket = json.destination_bucket;
        let bucket = bucket.rsplit(':').next().unwrap_or_default();
        let files = json.files.into_iter().map(|ManifestFile { key, size, md5 }| {
            let bucket = bucket.to_owned();
            File { bucket, key, size, md5 }
        });
        let created_unix_s = created_ms.div_euclid(1_000);
        Ok(Self { bucket: found, created_unix_s, columns, files: files.collect() })
    }
}

/// All of a small object.
async fn read(
    source: &impl ObjectSource,
    bucket: &str,
    key: &str,
) -> Result<Vec<u8>, InventoryError> {
    read_all(source, bucket, key).await.map_err(|error| match error {
        OperateError::Read { url, source } => InventoryError::Read { url, source },
        other => InventoryError::Read {
            url: url(bucket, key),
            source: SourceError::Rejected(Rejection::other(Resource::Object, other.to_string())),
        },
    })
}

impl File {
    pub(super) fn url(&self) -> String {
        url(&self.bucket, &self.key)
    }
}

impl Columns {
    /// The columns of a schema, or the name of one that it must have and has not.
    fn of(schema: &str) -> Result<Self, &'static str> {
        let names: Vec<_> = schema.split(',').map(str::trim).collect();
        let place = |name: &str| names.iter().position(|found| *found == name);
        Ok(Self {
            all: names.len(),
            bucket: place("Bucket").ok_or("Bucket")?,
            key: place("Key").ok_or("Key")?,
            is_latest: place("IsLatest"),
            is_delete_marker: place("IsDeleteMarker"),
            size: place("Size"),
            storage_class: place("StorageClass"),
            access_tier: place("IntelligentTieringAccessTier"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_wherever_they_stand() {
        let columns = Columns::of("Key, Size,Bucket").unwrap();
        assert_eq!((columns.all, columns.key, columns.bucket), (3, 0, 2));
        assert_eq!((columns.size, columns.is_latest), (Some(1), None));
        assert_eq!(Columns::of("Bucket, Size"), Err("Key"));
        assert_eq!(Columns::of(""), Err("Bucket"));
    }
}
