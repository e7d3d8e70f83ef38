//! Redshift's rules for a row, as a check that knows nothing of how rows are made.
//!
//! Purpose: tell whether `COPY ... JSON 'auto' TIMEFORMAT 'auto'` would load a row. The widths and
//! types come from the schema table, which is also what the DDL is made from; every rule is
//! written anew. Independent on purpose: a rule shared with the encoder would share its mistakes.
#![allow(dead_code, clippy::allow_attributes, reason = "each test uses its own part of the check")]

use std::collections::BTreeMap;
use std::fmt;

use logferry::row::{COLUMNS, ColumnType, ROW_BYTES_MAX};
use serde_json::Value;
use serde_json::value::RawValue;

/// A row that was read back: column name to value.
pub(crate) type Row = BTreeMap<String, Value>;

/// One JSON object per line, each key once.
struct Pairs(Vec<(String, Box<RawValue>)>);

impl<'de> serde::Deserialize<'de> for Pairs {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        from.deserialize_map(Visitor)
    }
}

/// Reads one row with its newline, or says why Redshift would not load it.
pub(crate) fn load(row: &[u8]) -> Result<Row, String> {
    let text = str::from_utf8(row).map_err(|error| error.to_string())?;
    if row.len() > ROW_BYTES_MAX || ROW_BYTES_MAX >= 1_024_000 {
        return Err(format!("{} bytes", row.len()));
    }
    let object = text.strip_suffix('\n').ok_or("no newline at the end")?;
    if object.contains(['\n', '\r', '\0']) {
        return Err("more than one line".into());
    }
    let Pairs(pairs) = serde_json::from_str(object).map_err(|error| error.to_string())?;
    let mut loaded = Row::new();
    for (name, raw) in pairs {
        let spec = COLUMNS.iter().find(|spec| spec.name == name);
        let spec = spec.ok_or_else(|| format!("no column {name}"))?;
        if name.chars().any(|character| character.is_ascii_uppercase()) {
            return Err(format!("{name} is not in lower case"));
        }
        let value: Value = serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
        fits(spec.column_type, &value, raw.get()).map_err(|why| format!("{name}: {why}"))?;
        if loaded.insert(name.clone(), value).is_some() {
            return Err(format!("{name} twice"));
        }
    }
    let typed = loaded.contains_key("request_time");
    if typed == loaded.contains_key("parse_error") {
        return Err("neither typed nor quarantined, or both".into());
    }
    for name in ["record_id", "log_key", "log_offset"] {
        if !loaded.contains_key(name) {
            return Err(format!("no {name}"));
        }
    }
    Ok(loaded)
}

fn fits(column_type: ColumnType, value: &Value, raw: &str) -> Result<(), String> {
    let good = match (column_type, value) {
        (ColumnType::Text(width), Value::String(text)) => {
            if let Some(bad) = text.chars().find(|character| is_refused(*character)) {
                return Err(format!("{bad:?}"));
            }
            // An empty text is no NULL: absent values must be absent.
            text.len() <= width && !text.is_empty()
        }
        (ColumnType::SmallInt, Value::Number(_)) => raw.parse::<i16>().is_ok(),
        (ColumnType::BigInt, Value::Number(_)) => {
            raw.parse::<i64>().is_ok() && raw.bytes().all(|byte| byte.is_ascii_digit())
        }
        (ColumnType::Timestamp, Value::String(text)) => is_instant(text),
        (ColumnType::Boolean, Value::Bool(_)) => true,
        _ => false,
    };
    good.then_some(()).ok_or_else(|| raw.chars().take(100).collect())
}

/// NUL, U+FDD0 to U+FDEF, and the last two code points of every plane.
fn is_refused(character: char) -> bool {
    let code = u32::from(character);
    code == 0 || (0xfdd0..0xfdf0).contains(&code) || code % 0x1_0000 >= 0xfffe
}

/// `yyyy-mm-ddThh:mm:ssZ` of a second that exists.
fn is_instant(text: &str) -> bool {
    let shaped = text.len() == 20 && text.ends_with('Z');
    shaped && text.parse::<jiff::Timestamp>().is_ok_and(|instant| instant.to_string() == text)
}
