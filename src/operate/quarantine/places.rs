//! Where quarantined lines stand, as the table says it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::operate::error::OperateError;
use crate::ports::{Value, Warehouse, rows_of};
use crate::table::{AfterPlace, SqlNames, quarantined_places};

/// A quarantined line at one of its places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// `None` of a line that came from a file.
    pub(super) bucket: Option<String>,
    pub(super) key: String,
    pub(super) offset: u64,
    pub(super) record_id: String,
    pub(super) parse_error: String,
    /// What the row holds of the line: all of it, or a beginning, or with secrets masked.
    pub(super) raw: Option<Vec<u8>>,
}

/// A page of places, and where the next begins; `None` on the last one.
pub(super) async fn places(
    warehouse: &impl Warehouse,
    names: &SqlNames,
    after: Option<&AfterPlace>,
    most: usize,
) -> Result<(Vec<Place>, Option<AfterPlace>), OperateError> {
    let rows = rows_of(warehouse, &[quarantined_places(names, after, most)]).await;
    let rows = rows.map_err(|source| OperateError::Warehouse {
        asked: "ask the table for its quarantined rows",
        source,
    })?;
    let is_last = rows.len() < most;
    let places: Vec<Place> = rows.into_iter().filter_map(|row| place(&row)).collect();
    let next = places.last().filter(|_| !is_last).map(|last| AfterPlace {
        key: last.key.clone(),
        offset: last.offset,
        record_id: last.record_id.clone(),
    });
    Ok((places, next))
}

/// A row without key, offset or id is none of this tool's, and stays as it is.
fn place(row: &[Value]) -> Option<Place> {
    let text = |at: usize| row.get(at).and_then(Value::text).map(str::to_owned);
    let offset = row.get(2)?.whole().and_then(|offset| u64::try_from(offset).ok())?;
    Some(Place {
        bucket: text(0),
        key: text(1)?,
        offset,
        record_id: text(3)?,
        parse_error: text(4)?,
        raw: text(5).and_then(|raw| STANDARD.decode(raw).ok()),
    })
}
