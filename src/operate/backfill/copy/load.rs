//! A portion that is prepared, into the table.
//!
//! It may have been loaded before: the guard in the transaction says so. A manifest of which a file is
//! gone can never be loaded, for each of its files must be there.

use std::collections::HashSet;

use crate::operate::backfill::prepared::Prepared;
use crate::operate::bucket::{find, list_all, parts, patiently};
use crate::operate::error::OperateError;
use crate::operate::loads::{LoadSettings, LoadedNow, load_manifest};
use crate::ports::{ObjectListing, Value, Warehouse, WarehouseError, rows_of};
use crate::table::loaded_rows;

/// How the load of a portion ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadEnd {
    /// Its rows are in the table, so many.
    Loaded(u64),
    /// So many files of it are gone, and it was never loaded: its objects are to be read again.
    Gone(u64),
}

/// Loads a portion, unless it was loaded before.
pub(super) async fn load(
    warehouse: &impl Warehouse,
    settings: &LoadSettings,
    prepared: &Prepared,
) -> Result<u64, OperateError> {
    let manifest = &prepared.manifest;
    let ask = async || load_manifest(warehouse, settings, manifest, &[]).await;
    match patiently(ask, is_unavailable).await? {
        LoadedNow::Rows(rows) => Ok(rows),
        LoadedNow::Before => {
            Ok(noted_rows(warehouse, settings, manifest).await?.unwrap_or_default())
        }
    }
}

fn is_unavailable(error: &OperateError) -> bool {
    matches!(error, OperateError::Warehouse { source: WarehouseError::Unavailable(_), .. })
}

/// The rows that a load brought, as the table of loads has it; `None` where there was none.
pub(super) async fn noted_rows(
    warehouse: &impl Warehouse,
    settings: &LoadSettings,
    manifest: &str,
) -> Result<Option<u64>, OperateError> {
    let asked = "ask the table of loads what was loaded (it comes with `logferry schema ddl`)";
    let rows = rows_of(warehouse, &[loaded_rows(&settings.names, manifest)]).await;
    let rows = rows.map_err(|source| OperateError::Warehouse { asked, source })?;
    let rows = rows.first().map(|row| row.first().and_then(Value::whole).unwrap_or_default());
    Ok(rows.map(|rows| u64::try_from(rows).unwrap_or_default()))
}

/// What became of a portion whose load failed now; `None` where it may be loaded yet.
///
/// An earlier run may have loaded it before its files expired. That it did not is for the table of loads
/// to say, and for nobody else.
pub(super) async fn ended(
    (listing, warehouse): (&impl ObjectListing, &impl Warehouse),
    settings: &LoadSettings,
    (bucket, prepared): (&str, &Prepared),
) -> Result<Option<LoadEnd>, OperateError> {
    let files = gone(listing, bucket, prepared).await?;
    if files == 0 {
        return Ok(None);
    }
    let noted = noted_rows(warehouse, settings, &prepared.manifest).await?;
    Ok(Some(noted.map_or(LoadEnd::Gone(files), LoadEnd::Loaded)))
}

/// How many of the objects that a load needs are gone from the staging bucket.
async fn gone(
    listing: &impl ObjectListing,
    bucket: &str,
    prepared: &Prepared,
) -> Result<u64, OperateError> {
    let there = list_all(listing, bucket, &prepared.folder, None).await?;
    let there: HashSet<&str> = there.iter().map(|object| object.key.as_str()).collect();
    let files = prepared.files.iter().filter(|file| !there.contains(file.key.as_str()));
    let mut gone = files.count() as u64;
    if let Some((bucket, key)) = parts(&prepared.manifest)
        && find(listing, bucket, key).await?.is_none()
    {
        gone += 1;
    }
    Ok(gone)
}
