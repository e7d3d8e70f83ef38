//! The manifests of loads that Firehose gave up.

use std::collections::HashMap;

use super::guarded::noted;
use super::manifest::Manifest;
use crate::operate::bucket::{find, list_all, parts, read_all, url};
use crate::operate::error::OperateError;
use crate::ports::{ObjectListing, ObjectSource, Value, Warehouse, rows_of};
use crate::table::{SqlNames, load_errors};

/// A manifest that Firehose left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedLoad {
    /// Its `s3://` URL.
    pub manifest: String,
    /// When it was written, in seconds since 1970.
    pub written_unix_s: Option<i64>,
    /// The files it lists.
    pub files: Vec<String>,
    /// The bytes of those that are there.
    pub bytes: u64,
    /// What is to be done about it.
    pub state: LoadState,
    /// Why the load failed, where the warehouse still knows: it keeps errors for seven days.
    pub cause: Option<String>,
}

/// What is to be done about a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadState {
    /// Its files are there and not loaded.
    ToLoad,
    /// It was loaded.
    Loaded {
        /// By whom.
        source: String,
        /// When, as the warehouse says it.
        at: String,
        /// How many rows; `None` where it was loaded together with others.
        rows: Option<u64>,
    },
    /// Files are gone, and their rows with them.
    Lost {
        /// The `s3://` URLs of the files.
        gone: Vec<String>,
    },
    /// It is no manifest of COPY.
    NoManifest,
}

/// What the table of loads says of a manifest.
struct Note {
    source: String,
    rows: Option<u64>,
    at: String,
}

/// Finds the manifests under a prefix of the staging bucket, with what became of each. Reads only.
///
/// # Errors
/// [`OperateError`]; that the causes of failures are not to be had is none.
pub async fn failed_loads(
    (listing, source, warehouse): (&impl ObjectListing, &impl ObjectSource, &impl Warehouse),
    bucket: &str,
    prefix: &str,
    names: &SqlNames,
) -> Result<Vec<FailedLoad>, OperateError> {
    let objects = list_all(listing, bucket, prefix, None).await?;
    if objects.is_empty() {
        return Ok(Vec::new());
    }
    let notes = notes(warehouse, names).await?;
    let causes = causes(warehouse).await;
    let mut loads = Vec::with_capacity(objects.len());
    for object in objects.iter().filter(|object| object.size > 0) {
        let manifest = url(bucket, &object.key);
        let read = read_all(source, bucket, &object.key).await?;
        let entries = serde_json::from_slice::<Manifest>(&read).map(|read| read.entries);
        let files: Vec<String> = entries.iter().flatten().map(|entry| entry.url.clone()).collect();
        let (bytes, gone) = on_hand(listing, &files).await?;
        let state = match notes.get(&manifest) {
            Some(note) => LoadState::Loaded {
                source: note.source.clone(),
                at: note.at.clone(),
                rows: note.rows,
            },
            None if files.is_empty() => LoadState::NoManifest,
            None if gone.is_empty() => LoadState::ToLoad,
            None => LoadState::Lost { gone },
        };
        let cause = files.iter().find_map(|file| causes.get(file).cloned());
        let written_unix_s = object.last_modified_unix_s;
        loads.push(FailedLoad { manifest, written_unix_s, files, bytes, state, cause });
    }
    Ok(loads)
}

/// The bytes of the files that are there, and those that are not.
async fn on_hand(
    listing: &impl ObjectListing,
    files: &[String],
) -> Result<(u64, Vec<String>), OperateError> {
    let (mut bytes, mut gone) = (0, Vec::new());
    for file in files {
        let object = match parts(file) {
            Some((bucket, key)) => find(listing, bucket, key).await?,
            None => None,
        };
        match object {
            Some(object) => bytes += object.size,
            None => gone.push(file.clone()),
        }
    }
    Ok((bytes, gone))
}

async fn notes(
    warehouse: &impl Warehouse,
    names: &SqlNames,
) -> Result<HashMap<String, Note>, OperateError> {
    let rows = noted(warehouse, names).await?;
    let text = |value: Option<&Value>| {
        value.and_then(Value::text).unwrap_or_default().trim_end().to_owned()
    };
    let note = |row: Vec<Value>| {
        let rows = row.get(2).and_then(Value::whole).and_then(|rows| u64::try_from(rows).ok());
        let note = Note { source: text(row.get(1)), rows, at: text(row.get(3)) };
        (text(row.first()), note)
    };
    Ok(rows.into_iter().map(note).collect())
}

/// By file, why its load failed. Whoever may not ask sees no causes, which changes nothing else.
async fn causes(warehouse: &impl Warehouse) -> HashMap<String, String> {
    let rows = rows_of(warehouse, &[load_errors()]).await.unwrap_or_default();
    let text =
        |value: Option<&Value>| value.and_then(Value::text).unwrap_or_default().trim().to_owned();
    let mut causes = HashMap::new();
    for row in rows {
        let (message, column) = (text(row.get(2)), text(row.get(1)));
        let cause = if column.is_empty() { message } else { format!("{message} ({column})") };
        causes.insert(text(row.first()), cause);
    }
    causes
}
