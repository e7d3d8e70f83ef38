//! Typed rows in place of quarantined ones: a file, then one transaction.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::operate::bucket::url;
use crate::operate::error::OperateError;
use crate::ports::{ObjectWriter, Value, Warehouse, WarehouseError, rows_of};
use crate::table::{Replacement, SqlNames, loaded_rows, replace_quarantined};

/// How often a transaction is tried whose answer was lost. It takes a file once.
const ATTEMPTS: u32 = 3;

/// How rows get into the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacing {
    /// The staging bucket.
    pub bucket: String,
    /// What the keys of the files begin with. No two runs share it.
    pub prefix: String,
    /// ARN of the role that Redshift reads S3 with.
    pub iam_role: String,
    /// The options of COPY.
    pub options: String,
}

/// Replaces; gives how many rows did. Those that somebody else replaced meanwhile are not among them.
pub(super) async fn replace(
    (writer, warehouse): (&impl ObjectWriter, &impl Warehouse),
    names: &SqlNames,
    with: &Replacing,
    (number, rows): (u64, Vec<u8>),
) -> Result<u64, OperateError> {
    let key = format!("{}{number}", with.prefix);
    let file = url(&with.bucket, &key);
    let written = writer.write(&with.bucket, &key, stored(&with.options, rows)).await;
    written.map_err(|source| OperateError::Write { url: file.clone(), source })?;
    let by = Replacement {
        file: file.clone(),
        iam_role: with.iam_role.clone(),
        options: with.options.clone(),
    };
    let count = loaded_rows(names, &file);
    let mut statements = replace_quarantined(names, &by);
    statements.push(count.clone());
    let mut attempt = 1;
    let counted = loop {
        match rows_of(warehouse, &statements).await {
            Err(WarehouseError::Unavailable(_)) if attempt < ATTEMPTS => attempt += 1,
            // An attempt whose answer was lost took it.
            Err(WarehouseError::DoneBefore) => break rows_of(warehouse, &[count]).await,
            answer => break answer,
        }
    };
    let asked = "put typed rows in place of the quarantined ones; those stand as they were";
    let counted = counted.map_err(|source| OperateError::Warehouse { asked, source })?;
    let replaced = counted.first().and_then(|row| row.first()).and_then(Value::whole);
    Ok(replaced.and_then(|rows| u64::try_from(rows).ok()).unwrap_or(0))
}

/// The rows as the options of COPY say they are stored.
fn stored(options: &str, rows: Vec<u8>) -> Bytes {
    let is_gzip = options.split_whitespace().any(|word| word.eq_ignore_ascii_case("gzip"));
    if !is_gzip {
        return rows.into();
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    match encoder.write_all(&rows).and_then(|()| encoder.finish()) {
        Ok(stored) => stored.into(),
        // Writing into memory does not fail; COPY would refuse what is not gzip.
        Err(_) => rows.into(),
    }
}
