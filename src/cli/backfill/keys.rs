//! Where the keys of a backfill come from, as its arguments say: a listing, a list or an inventory.

use std::fs::File;
use std::io::{BufRead, BufReader, stdin};
use std::path::Path;

use super::args::BackfillArgs;
use crate::cli::error::Error;
use crate::cli::s3_place::S3Place;
use crate::operate::{
    Inventory, InventoryKeys, Key, Keys, KeysError, ListedKeys, Place, WrittenKeys,
};
use crate::ports::{ObjectListing, ObjectSource};

/// The services that keys come from, and the inventory where there is one.
pub(super) struct Sources<L, S> {
    pub(super) listing: L,
    pub(super) source: S,
    pub(super) inventory: Option<Inventory>,
}

impl<L: ObjectListing, S: ObjectSource> Sources<L, S> {
    /// The keys that are asked for, from the first or behind a place.
    pub(super) fn keys(
        &self,
        args: &BackfillArgs,
        place: &S3Place,
        from: Option<&Place>,
    ) -> Result<AnyKeys<'_, L, S>, Error> {
        let S3Place { bucket, prefix } = place;
        if let Some(inventory) = &self.inventory {
            let keys = InventoryKeys::new(&self.source, inventory, prefix, from);
            return Ok(AnyKeys::OfInventory(Box::new(keys)));
        }
        let Some(path) = &args.keys else {
            let selection = args.dates.selection();
            let keys = ListedKeys::new(&self.listing, bucket, prefix, selection, from);
            return Ok(AnyKeys::Listed(keys));
        };
        let list: Box<dyn BufRead> = if is_standard_input(path) {
            Box::new(BufReader::new(stdin()))
        } else {
            let file = File::open(path);
            let file = file.map_err(|source| Error::Read { path: path.clone(), source })?;
            Box::new(BufReader::new(file))
        };
        Ok(AnyKeys::Written(WrittenKeys::new(list, bucket, from)))
    }
}

pub(super) fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Keys, wherever they come from.
pub(super) enum AnyKeys<'k, L, S> {
    Listed(ListedKeys<'k, L>),
    Written(WrittenKeys<Box<dyn BufRead>>),
    OfInventory(Box<InventoryKeys<'k, S>>),
}

impl<L: ObjectListing, S: ObjectSource> Keys for AnyKeys<'_, L, S> {
    async fn next_page(&mut self) -> Result<Option<Vec<Key>>, KeysError> {
        match self {
            Self::Listed(keys) => keys.next_page().await,
            Self::Written(keys) => keys.next_page().await,
            Self::OfInventory(keys) => keys.next_page().await,
        }
    }

    fn place(&self, index: usize, key: &Key) -> Place {
        match self {
            Self::Listed(keys) => keys.place(index, key),
            Self::Written(keys) => keys.place(index, key),
            Self::OfInventory(keys) => keys.place(index, key),
        }
    }
}
