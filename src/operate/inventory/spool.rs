//! A file of an inventory on this machine's disk, once its checksum was found right.
//!
//! The file has no name: it is gone when it is closed, or the process killed.

use std::fs;
use std::io::{Seek as _, Write as _};

use md5::{Digest as _, Md5};

use super::checksum::hex;
use super::error::InventoryError;
use super::manifest::File;
use crate::operate::bucket::patiently;
use crate::ports::{ObjectBody as _, ObjectSource, ObjectTask, SourceError};

/// Fetches a file and holds it to its size and checksum.
pub(super) async fn spool(
    source: &impl ObjectSource,
    file: &File,
) -> Result<fs::File, InventoryError> {
    let again = |error: &InventoryError| {
        matches!(
            error,
            InventoryError::Read { source: SourceError::Interrupted(_) | SourceError::Changed, .. }
        )
    };
    patiently(async || spool_once(source, file).await, again).await
}

async fn spool_once(source: &impl ObjectSource, file: &File) -> Result<fs::File, InventoryError> {
    let no_read = |source| InventoryError::Read { url: file.url(), source };
    let no_disk = |source| InventoryError::Spool { url: file.url(), source };
    let damaged = |why| InventoryError::Damaged { url: file.url(), why };
    let task = ObjectTask::whole(&file.bucket, &file.key);
    let mut opened = source.open(&task, 0, None).await.map_err(no_read)?;
    let mut spooled = tempfile::tempfile().map_err(no_disk)?;
    let (mut digest, mut bytes) = (Md5::new(), 0);
    while let Some(chunk) = opened.body.next_chunk().await.map_err(no_read)? {
        bytes += chunk.len() as u64;
        if bytes > file.size {
            return Err(damaged(format!(
                "it has more than the {} bytes of the manifest",
                file.size
            )));
        }
        digest.update(&chunk);
        spooled.write_all(&chunk).map_err(no_disk)?;
    }
    if opened.length.is_some_and(|length| length != bytes) {
        return Err(no_read(SourceError::Interrupted("the stream ended early".to_owned())));
    }
    let found = hex(digest);
    if !found.eq_ignore_ascii_case(&file.md5) {
        return Err(damaged(format!("its MD5 is {found}, and the manifest says {:.32}", file.md5)));
    }
    spooled.rewind().map_err(no_disk)?;
    Ok(spooled)
}
