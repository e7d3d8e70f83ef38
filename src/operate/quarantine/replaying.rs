//! Page by page: lines read again, counted by their reason, and replaced where that is asked for.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use futures_util::{StreamExt as _, stream};

use super::lines::{Stored, gzip_lines, plain_line, stored};
use super::places::{Place, places};
use super::replaced::{Replacing, replace};
use crate::access_log::Line;
use crate::filter::Filters;
use crate::operate::bucket::url;
use crate::operate::error::OperateError;
use crate::operate::select::{Choice, Selection};
use crate::ports::{ObjectSource, ObjectTask, ObjectWriter, SourceError, Warehouse};
use crate::row::{Origin, RowEncoder, RowOptions};
use crate::table::SqlNames;

/// Lines of one object that are asked for together.
const READS: usize = 8;

/// Errors that are told one by one.
const ERRORS_MAX: usize = 20;

/// Which lines, and how rows of them are made.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What the table is called.
    pub names: SqlNames,
    /// The choices about rows, as the function has them.
    pub options: RowOptions,
    /// Its rules: a line that one of them drops keeps its quarantined row, for every line has one.
    pub filters: Filters,
    /// Which log objects, by the date in their keys.
    pub selection: Selection,
    /// Places that are worked on together: a transaction.
    pub page: usize,
    /// How rows are replaced; `None` for a plan.
    pub replacing: Option<Replacing>,
}

/// Lines of one reason by what became of them, each at each of its places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub lines: u64,
    /// They parse by now.
    pub typed: u64,
    /// They parse by now, and a rule drops them.
    pub filtered: u64,
    /// They do not.
    pub still: u64,
    /// Their object is gone, and their row does not hold them whole.
    pub gone: u64,
    /// Another line stands at their place: the object is another one.
    pub changed: u64,
    /// They could not be read, or came from a file.
    pub unread: u64,
}

/// What was found and done.
#[derive(Debug, Clone, Default)]
pub struct Replayed {
    /// By the reason that the table has.
    pub reasons: BTreeMap<String, Counts>,
    /// Lines whose key has no date, left out where dates were asked for.
    pub undated: u64,
    /// Rows that took the place of quarantined ones.
    pub replaced: u64,
    /// Some of the objects that could not be read, and why.
    pub errors: Vec<(String, SourceError)>,
}

/// What a line gives when it is read.
struct Read {
    record_id: [u8; 32],
    gives: Gives,
}

enum Gives {
    /// A typed row.
    Row(Vec<u8>),
    /// An entry that a rule drops.
    Dropped,
    /// No entry.
    Nothing,
}

/// What became of a line.
enum Became {
    Typed(Vec<u8>),
    Filtered,
    Still,
    Gone,
    Changed,
    Unread,
}

/// Reads quarantined lines again, and replaces their rows unless it is a plan. The same call goes on where
/// another ended.
///
/// # Errors
/// [`OperateError`]; what was replaced stays so.
pub async fn replay(
    (source, writer): (&impl ObjectSource, &impl ObjectWriter),
    warehouse: &impl Warehouse,
    settings: &Settings,
) -> Result<Replayed, OperateError> {
    let mut replayed = Replayed::default();
    let encoder = RefCell::new(RowEncoder::new(settings.options.clone()));
    let reader = Reader { source, encoder, filters: &settings.filters };
    let (mut after, mut number) = (None, 0);
    loop {
        let page = places(warehouse, &settings.names, after.as_ref(), settings.page).await?;
        let rows = reader.page(page.0, settings, &mut replayed).await;
        if let (Some(with), false) = (&settings.replacing, rows.is_empty()) {
            let ports = (writer, warehouse);
            replayed.replaced += replace(ports, &settings.names, with, (number, rows)).await?;
            number += 1;
        }
        after = page.1;
        if after.is_none() {
            return Ok(replayed);
        }
    }
}

struct Reader<'s, S> {
    source: &'s S,
    encoder: RefCell<RowEncoder>,
    filters: &'s Filters,
}

impl<S: ObjectSource> Reader<'_, S> {
    /// The typed rows of a page.
    async fn page(
        &self,
        mut places: Vec<Place>,
        settings: &Settings,
        replayed: &mut Replayed,
    ) -> Vec<u8> {
        places.retain(|place| match settings.selection.choose(&place.key, None, false) {
            Choice::Take => true,
            Choice::Undated => {
                replayed.undated += 1;
                false
            }
            Choice::Outside | Choice::Empty | Choice::Archived => false,
        });
        let mut rows = Vec::new();
        for object in
            places.chunk_by(|one, other| one.key == other.key && one.bucket == other.bucket)
        {
            let became = self.object(object, &mut replayed.errors).await;
            for (place, became) in object.iter().zip(became) {
                let counts = replayed.reasons.entry(place.parse_error.clone()).or_default();
                counts.lines += 1;
                match became {
                    Became::Typed(row) => {
                        counts.typed += 1;
                        rows.extend(row);
                    }
                    Became::Filtered => counts.filtered += 1,
                    Became::Still => counts.still += 1,
                    Became::Gone => counts.gone += 1,
                    Became::Changed => counts.changed += 1,
                    Became::Unread => counts.unread += 1,
                }
            }
        }
        rows
    }

    /// What became of the lines of one object, in their order.
    async fn object(
        &self,
        places: &[Place],
        errors: &mut Vec<(String, SourceError)>,
    ) -> Vec<Became> {
        let Some(first) = places.first() else { return Vec::new() };
        let origin = Origin::new(first.bucket.as_deref(), &first.key);
        let mut became: Vec<Option<Became>> =
            places.iter().map(|place| self.by_row(place, &origin)).collect();
        let open: Vec<&Place> = places
            .iter()
            .zip(&became)
            .filter_map(|(place, became)| became.is_none().then_some(place))
            .collect();
        let mut read = self.by_object(&open, &origin, errors).await.into_iter();
        for slot in became.iter_mut().filter(|slot| slot.is_none()) {
            *slot = read.next();
        }
        became.into_iter().map(|became| became.unwrap_or(Became::Unread)).collect()
    }

    /// From the bytes in the row, if they are the line: their identity says so.
    fn by_row(&self, place: &Place, origin: &Origin) -> Option<Became> {
        let bytes = place.raw.as_deref()?;
        let read = self.read(&Line { bytes, offset: place.offset, overlong: None }, origin);
        (read.record_id == place.record_id.as_bytes()).then(|| became(place, Some(read)))
    }

    fn read(&self, line: &Line<'_>, origin: &Origin) -> Read {
        let mut encoder = self.encoder.borrow_mut();
        let id = encoder.record_id(line);
        let gives = match &encoder.parse(line) {
            Err(_) => Gives::Nothing,
            Ok(entry) if !self.filters.keep(entry, id) => Gives::Dropped,
            Ok(entry) => {
                let mut row = Vec::new();
                encoder.write_row(entry, id, line.offset, origin, &mut row);
                Gives::Row(row)
            }
        };
        Read { record_id: id.hex(), gives }
    }

    async fn by_object(
        &self,
        places: &[&Place],
        origin: &Origin,
        errors: &mut Vec<(String, SourceError)>,
    ) -> Vec<Became> {
        let Some(first) = places.first() else { return Vec::new() };
        let Some(bucket) = &first.bucket else {
            return places.iter().map(|_| Became::Unread).collect();
        };
        let task = ObjectTask::whole(bucket, &first.key);
        let mut note = |error: SourceError| {
            let became = match error {
                SourceError::Missing => return Became::Gone,
                SourceError::Changed => return Became::Changed,
                error => (url(bucket, &first.key), error),
            };
            if errors.len() < ERRORS_MAX {
                errors.push(became);
            }
            Became::Unread
        };
        let take = |line: &Line<'_>| self.read(line, origin);
        let found = match stored(self.source, &task).await {
            Ok(Stored::Plain) => {
                let lines = stream::iter(places)
                    .map(|place| plain_line(self.source, &task, place.offset, take));
                let lines: Vec<_> = lines.buffered(READS).collect().await;
                let became = places.iter().zip(lines).map(|(place, line)| match line {
                    Ok(read) => became(place, read),
                    Err(error) => note(error),
                });
                return became.collect();
            }
            Ok(Stored::Gzip) => {
                let mut offsets: Vec<u64> = places.iter().map(|place| place.offset).collect();
                offsets.dedup();
                gzip_lines(self.source, &task, &offsets, take).await
            }
            Err(error) => Err(error),
        };
        match found {
            Ok(found) => {
                let mut found: HashMap<u64, Read> = found.into_iter().collect();
                places.iter().map(|place| became(place, found.remove(&place.offset))).collect()
            }
            Err(error) => places.iter().map(|_| note(error.clone())).collect(),
        }
    }
}

fn became(place: &Place, read: Option<Read>) -> Became {
    match read {
        Some(read) if read.record_id != place.record_id.as_bytes() => Became::Changed,
        Some(Read { gives: Gives::Row(row), .. }) => Became::Typed(row),
        Some(Read { gives: Gives::Dropped, .. }) => Became::Filtered,
        Some(Read { gives: Gives::Nothing, .. }) => Became::Still,
        None => Became::Changed,
    }
}
