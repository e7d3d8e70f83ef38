//! Files that nobody loads by himself: of a stream whose destination is S3.
//!
//! Each file is noted in the table of loads by its own URL, in the transaction that loads it. Where
//! somebody else loads at the same time and was first with one of the files, the rest is planned anew.

use std::collections::HashSet;

use tokio::sync::watch;

use super::guarded::{LoadSettings, LoadedNow, load_manifest, noted};
use super::manifest::merge;
use crate::operate::bucket::{list_all, url};
use crate::operate::error::OperateError;
use crate::ports::{ObjectListing, ObjectWriter, Value, Warehouse};

/// The most files of one load: their URLs must fit a statement of 100 KB.
const FILES_MAX: usize = 400;
const URL_BYTES_MAX: usize = 90_000;

/// The most bytes of one load, so that what fails is not much.
const LOAD_BYTES_MAX: u64 = 8 << 30;

/// How often the rest is planned anew because somebody else was first.
const ROUNDS_MAX: u32 = 8;

/// Files that are loaded together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StagedLoad {
    /// Their `s3://` URLs.
    pub files: Vec<String>,
    /// Their bytes.
    pub bytes: u64,
}

/// Where staged files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StagedPlace<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// What the keys of the files begin with.
    pub prefix: &'a str,
    /// What the keys of the manifests of these loads begin with.
    pub manifests: &'a str,
}

/// What becomes of loads, one by one.
#[derive(Debug)]
pub enum Loading<'a> {
    /// These are to be loaded.
    Planned(&'a [StagedLoad]),
    /// What became of one of them; a failure is told, and the others go on.
    Ended(&'a StagedLoad, Result<LoadedNow, OperateError>),
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
    let none = HashSet::new();
    staged_but(&none, (listing, warehouse), bucket, prefix, settings).await
}

/// The same without files that are left alone.
async fn staged_but(
    left: &HashSet<String>,
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
        if loaded.contains(file.as_str()) || left.contains(&file) {
            continue;
        }
        // A quote is written twice, and each note names the source beside the file.
        let takes = file.len() + file.matches('\'').count() + 16;
        let fits = loads.last().is_some_and(|load| {
            load.files.len() < FILES_MAX
                && names_bytes + takes < URL_BYTES_MAX
                && load.bytes + object.size <= LOAD_BYTES_MAX
        });
        if !fits {
            loads.push(StagedLoad::default());
            names_bytes = 0;
        }
        names_bytes += takes;
        if let Some(load) = loads.last_mut() {
            load.bytes += object.size;
            load.files.push(file);
        }
    }
    Ok(loads)
}

/// Loads what is not loaded yet, until `stop` says so: the load under way then ends, and no other
/// begins. False where it was stopped.
///
/// # Errors
/// [`OperateError`] of a plan; what becomes of a load is told.
pub async fn load_all_staged(
    (listing, writer, warehouse): (&impl ObjectListing, &impl ObjectWriter, &impl Warehouse),
    place: StagedPlace<'_>,
    settings: &LoadSettings,
    stop: &watch::Receiver<bool>,
    mut told: impl FnMut(Loading<'_>),
) -> Result<bool, OperateError> {
    let StagedPlace { bucket, prefix, manifests } = place;
    let mut failed = HashSet::new();
    for _ in 0..ROUNDS_MAX {
        let loads = staged_but(&failed, (listing, warehouse), bucket, prefix, settings).await?;
        told(Loading::Planned(&loads));
        let mut others = false;
        for load in &loads {
            if *stop.borrow() {
                return Ok(false);
            }
            let ended = load_staged((writer, warehouse), bucket, manifests, settings, load).await;
            match &ended {
                Ok(LoadedNow::Rows(_)) => {}
                Ok(LoadedNow::Before) => others = true,
                Err(_) => failed.extend(load.files.iter().cloned()),
            }
            told(Loading::Ended(load, ended));
        }
        if !others {
            break;
        }
    }
    Ok(true)
}

/// Loads files together: writes their manifest under `manifests`, then one transaction.
/// [`LoadedNow::Before`] where any of them was loaded meanwhile; then a new plan has the rest.
async fn load_staged(
    (writer, warehouse): (&impl ObjectWriter, &impl Warehouse),
    bucket: &str,
    manifests: &str,
    settings: &LoadSettings,
    load: &StagedLoad,
) -> Result<LoadedNow, OperateError> {
    let merged = merge(writer, bucket, manifests, &load.files, load.files.clone()).await?;
    load_manifest(warehouse, settings, &merged.manifest, &merged.covered).await
}
