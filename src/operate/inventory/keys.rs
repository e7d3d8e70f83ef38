//! The keys of an inventory, file by file.
//!
//! Invariant: a row that is no current object is passed over, and any other is a key or an error.

use std::fs;
use std::io::BufReader;

use csv::{ByteRecord, Reader, ReaderBuilder};
use flate2::bufread::MultiGzDecoder;

use super::error::InventoryError;
use super::manifest::{Columns, File, Inventory};
use super::spool::spool;
use crate::event::decode_event_key;
use crate::operate::keys::{Key, Keys, KeysError, Place};
use crate::ports::ObjectSource;

/// The most rows of a page.
const PAGE_ROWS: usize = 1_000;

/// Classes and tiers that have to be restored before they can be read.
const ARCHIVES: [&str; 5] =
    ["GLACIER", "DEEP_ARCHIVE", "ARCHIVE", "ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"];

/// The keys of an inventory below a prefix, as its files have them.
#[derive(Debug)]
pub struct InventoryKeys<'i, S> {
    source: &'i S,
    inventory: &'i Inventory,
    prefix: String,
    /// The index of the file that is read, or is next.
    file: usize,
    rows: Option<Rows<'i>>,
    /// The row of each key of the page that was given last, and their file.
    given: (usize, Vec<u64>),
    /// Where an earlier run came to, until it is reached.
    from: Option<Place>,
}

impl<'i, S: ObjectSource> InventoryKeys<'i, S> {
    /// The keys of an inventory that begin like that, from the first or behind a place.
    #[must_use]
    pub fn new(
        source: &'i S,
        inventory: &'i Inventory,
        prefix: &str,
        from: Option<&Place>,
    ) -> Self {
        let from = from.filter(|place| place.line > 0).cloned();
        let file = from.as_ref().map_or(0, |place| place.file);
        let given = (file, Vec::new());
        Self { source, inventory, prefix: prefix.to_owned(), file, rows: None, given, from }
    }

    /// The file that is next, at its first row or behind the place.
    async fn open(&mut self) -> Result<Option<Rows<'i>>, KeysError> {
        let Some(file) = self.inventory.files.get(self.file) else {
            // A list that has become shorter is another one.
            return self.from.take().map_or(Ok(None), |from| Err(other(&from)));
        };
        let spooled = spool(self.source, file).await?;
        let mut rows = Rows::new(self.inventory, file, spooled);
        if let Some(from) = self.from.take() {
            let mut last = None;
            while rows.row < from.line {
                let Some(row) = rows.next()? else { break };
                last = Some(row);
            }
            let is_it = matches!(last, Some(Row::Current(key)) if key.key == from.key);
            if !is_it {
                return Err(other(&from));
            }
        }
        Ok(Some(rows))
    }
}

fn other(from: &Place) -> KeysError {
    KeysError::OtherList { line: from.line }
}

impl<S: ObjectSource> Keys for InventoryKeys<'_, S> {
    async fn next_page(&mut self) -> Result<Option<Vec<Key>>, KeysError> {
        let mut rows = match self.rows.take() {
            Some(rows) => rows,
            None => match self.open().await? {
                Some(rows) => rows,
                None => return Ok(None),
            },
        };
        self.given = (self.file, Vec::new());
        let mut page = Vec::new();
        for _ in 0..PAGE_ROWS {
            let Some(row) = rows.next()? else {
                self.file += 1;
                return Ok(Some(page));
            };
            let Row::Current(key) = row else { continue };
            if !key.key.starts_with(&self.prefix) {
                continue;
            }
            self.given.1.push(rows.row);
            page.push(key);
        }
        self.rows = Some(rows);
        Ok(Some(page))
    }

    fn place(&self, index: usize, key: &Key) -> Place {
        let (file, rows) = &self.given;
        let line = rows.get(index).copied().unwrap_or_default();
        Place { key: key.key.clone(), line, file: *file }
    }
}

/// What a row says.
enum Row {
    /// Of an object.
    Current(Key),
    /// Of an old version, or a delete marker.
    Past,
}

/// The rows of a file.
#[derive(Debug)]
struct Rows<'i> {
    inventory: &'i Inventory,
    file: &'i File,
    csv: Reader<MultiGzDecoder<BufReader<fs::File>>>,
    record: ByteRecord,
    /// Rows read so far.
    row: u64,
}

impl<'i> Rows<'i> {
    fn new(inventory: &'i Inventory, file: &'i File, spooled: fs::File) -> Self {
        let text = MultiGzDecoder::new(BufReader::new(spooled));
        // Widths are compared with the schema instead of with the first row.
        let csv = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
        Self { inventory, file, csv, record: ByteRecord::new(), row: 0 }
    }

    /// The next row, or the end.
    fn next(&mut self) -> Result<Option<Row>, InventoryError> {
        let read = self.csv.read_byte_record(&mut self.record);
        self.row += 1;
        let wrong = |why| InventoryError::Row { url: self.file.url(), row: self.row, why };
        if !read.map_err(|error| wrong(error.to_string()))? {
            return Ok(None);
        }
        let columns = &self.inventory.columns;
        read_row(columns, &self.inventory.bucket, &self.record).map(Some).map_err(wrong)
    }
}

fn read_row(columns: &Columns, bucket: &str, record: &ByteRecord) -> Result<Row, String> {
    if record.len() != columns.all {
        return Err(format!("{} columns, and the schema has {}", record.len(), columns.all));
    }
    let text = |column| {
        let text = record.get(column).map(std::str::from_utf8);
        text.and_then(Result::ok).ok_or_else(|| "it is no UTF-8".to_owned())
    };
    let optional = |column: Option<usize>| column.map(text).transpose();
    let found = text(columns.bucket)?;
    if found != bucket {
        return Err(format!("it is of the bucket {found}"));
    }
    let is = |column, word: &str| {
        Ok::<_, String>(optional(column)?.is_some_and(|text| text.eq_ignore_ascii_case(word)))
    };
    if is(columns.is_latest, "false")? || is(columns.is_delete_marker, "true")? {
        return Ok(Row::Past);
    }
    let key = decode_event_key(text(columns.key)?).map_err(|error| error.to_string())?;
    let size = match optional(columns.size)?.filter(|size| !size.is_empty()) {
        None => None,
        Some(size) => Some(size.parse().map_err(|_| format!("its size is {size}"))?),
    };
    let archived = |column| {
        let class = optional(column)?.map(|class| class.replace(' ', "_"));
        Ok::<_, String>(class.is_some_and(|class| ARCHIVES.contains(&class.as_str())))
    };
    let is_archived = archived(columns.storage_class)? || archived(columns.access_tier)?;
    Ok(Row::Current(Key { key, size, is_archived }))
}
