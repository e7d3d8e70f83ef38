//! Files that nobody loads by himself: of a stream whose destination is S3.
//!
//! Each file is noted in the table of loads by its own URL, in the transaction that loads it.

use std::collections::HashSet;

use super::guarded::{LoadSettings, LoadedNow, load_manifest, noted};
use super::manifest::merge;
use crate::operate::bucket::{list_all, url};
use crate::operate::error::OperateError;
use crate::ports::{ObjectListing, ObjectWriter, Value, Warehouse};

/// The most files of one load: their URLs must fit a statement of 100 KB.
const FILES_MAX: usize = 400;
const URL_BYTES_MAX: usize = 80_000;

/// The most bytes of one load, so that what fails is not much.
const LOAD_BYTES_MAX: u64 = 8 << 30;

/// Files that are loaded together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StagedLoad {
    /// Their `s3://` URLs.
    pub files: Vec<String>,
    /// Their bytes.
    pub bytes: u64,
}

/// The files under a prefix that are not loaded yet, by loads. Reads only.
///
/// # Errors
/// [`OperateError`].
pub async fn staged_loads(
    (listing, warehouse): (&impl ObjectListing, &impl Warehouse),
    bucket: &str,
    prefix: &str,
    settings: &LoadSettings,
) -> Result<Vec<StagedLoad>, OperateError> {
    let objects = list_all(listing, bucket, prefix, None).await?;
    let rows = noted(warehouse, &settings.names).await?;
    let loaded: HashSet<&str> =
        rows.iter().filter_map(|row| row.first().and_then(Value::text)).collect();
    let mut loads: Vec<StagedLoad> = Vec::new();
    let mut names_bytes = 0;
    for object in objects.iter().filter(|object| object.size > 0) {
        let file = url(bucket, &object.key);
        if loaded.contains(file.as_str()) {
            continue;
        }
        let fits = loads.last().is_some_and(|load| {
            load.files.len() < FILES_MAX
                && names_bytes + file.len() < URL_BYTES_MAX
                && load.bytes + object.size <= LOAD_BYTES_MAX
        });
        if !fits {
            loads.push(StagedLoad::default());
            names_bytes = 0;
        }
        names_bytes += file.len() + 4;
        if let Some(load) = loads.last_mut() {
            load.bytes += object.size;
            load.files.push(file);
        }
    }
    Ok(loads)
}

/// Loads files together: writes their manifest under `manifests`, then one transaction.
/// [`LoadedNow::Before`] where any of them was loaded meanwhile; then a new plan has the rest.
///
/// # Errors
/// [`OperateError`].
pub async fn load_staged(
    (writer, warehouse): (&impl ObjectWriter, &impl Warehouse),
    bucket: &str,
    manifests: &str,
    settings: &LoadSettings,
    load: &StagedLoad,
) -> Result<LoadedNow, OperateError> {
    let merged = merge(writer, bucket, manifests, &load.files, load.files.clone()).await?;
    load_manifest(warehouse, settings, &merged.manifest, &merged.covered).await
}
