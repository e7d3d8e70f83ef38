//! Keys from an S3 Inventory report: a manifest, and files of CSV that it names.
//!
//! Purpose: `manifest` reads and checks `manifest.json`, `spool` fetches a file and checks it, `keys`
//! gives the keys of all files.
//!
//! Invariants: no key is given from a file whose checksum is not the manifest's; keys come in one
//! order, that of the manifest and its files; memory is a page of keys, a file lies on the disk.
//!
//! What it does not do: read Parquet or ORC, or tell what came after the report was made.

mod checksum;
mod error;
mod keys;
mod manifest;
mod spool;

pub use error::InventoryError;
pub use keys::InventoryKeys;
pub use manifest::Inventory;
