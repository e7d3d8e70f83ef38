//! COPY of JSON: which options it takes, and which rows it loads.
//!
//! `JSON 'auto'`: a key fills the listed column of the same name, case matters; other keys are
//! ignored; a listed column without a key is NULL, an unlisted one gets its default. Only white
//! space may stand between objects. The options that would make COPY lenient (`TRUNCATECOLUMNS`,
//! `ACCEPTINVCHARS`) are accepted and have no effect: rows must not need them.

use std::collections::HashMap;

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::error::{Error, LoadError};
use super::schema::Column;
use super::value::{Refused, Value, convert};

/// A row has to stay below 4 MB.
const ROW_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A COPY command, but for where its files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The table.
    pub table: String,
    /// The columns to load, in any order.
    pub columns: Vec<String>,
    /// Whether the files are compressed.
    pub gzip: bool,
}

impl Copy {
    /// A command from what a delivery stream is configured with.
    ///
    /// # Errors
    /// When an option is not known, or is one that JSON rows cannot have.
    pub fn new(table: &str, columns: &str, options: &str) -> Result<Self, Error> {
        let wrong = |what: String| Err(Error::IncorrectCopyOptions(what));
        let (mut json, mut gzip) = (false, false);
        let mut words = options.split_whitespace();
        while let Some(word) = words.next() {
            match word.to_ascii_uppercase().as_str() {
                "FORMAT" | "AS" | "TRUNCATECOLUMNS" | "ACCEPTINVCHARS" => {}
                "JSON" => match words.next() {
                    Some("'auto'") => json = true,
                    other => {
                        return wrong(format!(
                            "JSON {} is not served here",
                            other.unwrap_or_default()
                        ));
                    }
                },
                "TIMEFORMAT" => match words.next() {
                    Some("'auto'") => {}
                    other => {
                        return wrong(format!(
                            "TIMEFORMAT {} does not read ISO 8601",
                            other.unwrap_or_default()
                        ));
                    }
                },
                "GZIP" => gzip = true,
                "COMPUPDATE" | "STATUPDATE" | "REGION" if words.next().is_some() => {}
                // The replacement of ACCEPTINVCHARS AS.
                text if text.starts_with('\'') => {}
                "MANIFEST" => return wrong("MANIFEST is added by Firehose itself".to_owned()),
                other => return wrong(format!("{other} is not known, or not to be had with JSON")),
            }
        }
        if !json {
            return wrong(
                "JSON 'auto' is missing: rows would be read as delimited text".to_owned(),
            );
        }
        let columns = columns.split(',').map(|column| column.trim().to_owned());
        let columns = columns.filter(|column| !column.is_empty()).collect();
        Ok(Self { table: table.to_owned(), columns, gzip })
    }
}

/// Reads rows for one command.
#[derive(Debug)]
pub(super) struct Loader<'a> {
    /// The listed columns, in the order of the list.
    columns: Vec<&'a Column>,
    positions: HashMap<&'a str, usize>,
}

impl<'a> Loader<'a> {
    /// A reader for a table with these columns.
    pub(super) fn new(columns: &'a [Column], command: &Copy) -> Result<Self, Error> {
        let table = &command.table;
        if columns.is_empty() {
            return Err(Error::TableNotFound(format!("relation \"{table}\" does not exist")));
        }
        let find = |name: &String| {
            let column = columns.iter().find(|column| column.name == *name);
            column.ok_or_else(|| {
                Error::ColumnNotFound(format!(
                    "column \"{name}\" of relation \"{table}\" does not exist"
                ))
            })
        };
        let columns: Vec<&Column> = command.columns.iter().map(find).collect::<Result<_, _>>()?;
        if columns.is_empty() {
            return Err(Error::IncorrectCopyOptions(
                "the columns must be listed, or defaults are lost".to_owned(),
            ));
        }
        let positions = columns.iter().enumerate().map(|(at, column)| (column.name.as_str(), at));
        Ok(Self { positions: positions.collect(), columns })
    }

    /// Reads a file to its end, or to its first bad row.
    pub(super) fn read(
        &self,
        file: &str,
        bytes: &[u8],
        rows: &mut Vec<Vec<Value>>,
    ) -> Result<(), LoadError> {
        let at = |offset: usize, column: Option<&Column>, refused: Refused| {
            let until = bytes.get(..offset).unwrap_or(bytes);
            let lines = until.split(|byte| *byte == b'\n').count() as u64;
            LoadError {
                file_name: file.to_owned(),
                line_number: lines,
                column_name: column.map(|column| column.name.clone()).unwrap_or_default(),
                column_type: column.map(|column| column.kind_sql.clone()).unwrap_or_default(),
                error_code: refused.code,
                error_message: refused.message,
            }
        };
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let bad =
                bytes.get(error.valid_up_to()..).and_then(<[u8]>::first).copied().unwrap_or(0);
            at(error.valid_up_to(), None, Refused::code_points(&format!("{bad:02x}"), 3))
        })?;
        let mut objects = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
        while let Some(object) = objects.next() {
            let end = objects.byte_offset();
            let object =
                object.map_err(|error| at(end, None, Refused::line(&error.to_string())))?;
            let row =
                self.row(object.get()).map_err(|(column, refused)| at(end, column, refused))?;
            if !text.get(end..).unwrap_or_default().starts_with([' ', '\t', '\r', '\n'])
                && end < text.len()
            {
                let what = "only white space may stand between objects";
                return Err(at(end, None, Refused::line(what)));
            }
            rows.push(row);
        }
        Ok(())
    }

    fn row(&self, object: &str) -> Result<Vec<Value>, (Option<&Column>, Refused)> {
        if object.len() >= ROW_BYTES_MAX {
            return Err((None, Refused::line("the row is larger than 4 MB")));
        }
        let mut seed =
            RowSeed { loader: self, row: vec![Value::Null; self.columns.len()], refused: None };
        let mut json = serde_json::Deserializer::from_str(object);
        let parsed = (&mut seed).deserialize(&mut json);
        if let Some((position, refused)) = seed.refused {
            return Err((self.columns.get(position).copied(), refused));
        }
        parsed.map_err(|error| (None, Refused::line(&error.to_string())))?;
        for (column, value) in self.columns.iter().zip(&seed.row) {
            if column.not_null && *value == Value::Null {
                let what = "Missing data for not-null field";
                return Err((Some(column), Refused { code: 1213, message: what.to_owned() }));
            }
        }
        Ok(seed.row)
    }
}

/// Fills a row from an object without building the object.
struct RowSeed<'l, 'a> {
    loader: &'l Loader<'a>,
    row: Vec<Value>,
    refused: Option<(usize, Refused)>,
}

impl<'de> DeserializeSeed<'de> for &mut RowSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut RowSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(position) = map.next_key_seed(Key { positions: &self.loader.positions })? {
            let Some(position) = position else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let json: serde_json::Value = map.next_value()?;
            let (Some(column), Some(place)) =
                (self.loader.columns.get(position), self.row.get_mut(position))
            else {
                continue;
            };
            match convert(column.kind, json) {
                Ok(value) => *place = value,
                Err(refused) => {
                    self.refused = Some((position, refused));
                    return Err(serde::de::Error::custom("refused"));
                }
            }
        }
        Ok(())
    }
}

/// Looks a key up without keeping it.
struct Key<'k> {
    positions: &'k HashMap<&'k str, usize>,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<usize>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.positions.get(key).copied())
    }
}
