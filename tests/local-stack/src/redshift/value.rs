//! One JSON value into one column, by Redshift's rules and with its error numbers.
//!
//! The numbers and words are those of the load error reference where it has them. Widths count
//! bytes. A code point that Redshift takes for invalid (noncharacters) and a NUL are refused: the
//! documentation contradicts itself on both, so rows must hold neither.
//!
//! Independent of `logferry::row` and of the tests' `loadable` on purpose: it is the third to say
//! what loads, and whoever errs is found out by the others.

use serde_json::Value as Json;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{PrimitiveDateTime, format_description::well_known::Rfc3339};

use super::schema::Type;

/// A value as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// NULL.
    Null,
    /// Text, or a timestamp as `YYYY-MM-DD HH:MM:SS`.
    Text(String),
    /// A number.
    Integer(i64),
    /// True or false.
    Boolean(bool),
}

/// Why a value was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) code: u16,
    pub(super) message: String,
}

impl Refused {
    pub(super) fn line(message: &str) -> Self {
        Self { code: 1216, message: format!("Invalid input line: {message}") }
    }

    pub(super) fn code_points(hex: &str, kind: u8) -> Self {
        let message = format!(
            "String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence: {hex} (error {kind})"
        );
        Self { code: 1220, message }
    }

    fn digits(text: &str, kind: &str) -> Self {
        let at = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(0);
        let bad = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
        Self {
            code: 1207,
            message: format!("Invalid digit, Value '{bad}', Pos {at}, Type: {kind}"),
        }
    }
}

const SECONDS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
const STORED: &[BorrowedFormatItem<'_>] = SECONDS;

/// Converts a value, or says why it does not load.
pub(super) fn convert(kind: Type, json: Json) -> Result<Value, Refused> {
    if json.is_null() {
        return Ok(Value::Null);
    }
    match kind {
        Type::Varchar(width) => varchar(width, json),
        Type::Smallint => integer(&json, "Short", i64::from(i16::MIN)..=i64::from(i16::MAX)),
        Type::Integer => integer(&json, "Integer", i64::from(i32::MIN)..=i64::from(i32::MAX)),
        Type::Bigint => integer(&json, "Long", i64::MIN..=i64::MAX),
        Type::Decimal(precision, scale) => decimal(&json, precision, scale),
        Type::Boolean => boolean(&json),
        Type::Timestamp => timestamp(&json),
    }
}

fn varchar(width: usize, json: Json) -> Result<Value, Refused> {
    let text = match json {
        Json::String(text) => text,
        Json::Number(number) => number.to_string(),
        Json::Bool(value) => value.to_string(),
        _ => return Err(Refused::line("an object or array in a VARCHAR")),
    };
    if text.contains('\0') {
        let message = "Invalid null byte - field longer than 1 byte".to_owned();
        return Err(Refused { code: 1218, message });
    }
    if let Some(bad) = text.chars().find(|character| is_noncharacter(*character)) {
        let mut bytes = [0; 4];
        let hex: Vec<_> =
            bad.encode_utf8(&mut bytes).bytes().map(|byte| format!("{byte:02x}")).collect();
        let kind = if matches!(bad, '\u{FDD0}'..='\u{FDEF}') { 6 } else { 7 };
        return Err(Refused::code_points(&hex.join(" "), kind));
    }
    if text.len() > width {
        let message = "String length exceeds DDL length".to_owned();
        return Err(Refused { code: 1204, message });
    }
    Ok(Value::Text(text))
}

fn is_noncharacter(character: char) -> bool {
    let code = u32::from(character);
    (0xFDD0..=0xFDEF).contains(&code) || code & 0xFFFE == 0xFFFE
}

fn integer(
    json: &Json,
    kind: &str,
    range: std::ops::RangeInclusive<i64>,
) -> Result<Value, Refused> {
    let text = match json {
        Json::Number(number) => number.to_string(),
        Json::String(text) => text.clone(),
        other => return Err(Refused::digits(&other.to_string(), kind)),
    };
    let digits = text.strip_prefix('-').unwrap_or(&text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refused::digits(digits, kind));
    }
    match text.parse::<i64>() {
        Ok(number) if range.contains(&number) => Ok(Value::Integer(number)),
        _ => {
            Err(Refused { code: 1207, message: format!("Overflow, Value '{text}', Type: {kind}") })
        }
    }
}

/// Digits as they stand: the database has them as a number. More of them behind the point than the
/// column keeps are refused where Redshift rounds.
fn decimal(json: &Json, precision: usize, scale: usize) -> Result<Value, Refused> {
    let text = match json {
        Json::Number(number) => number.to_string(),
        Json::String(text) => text.clone(),
        other => return Err(Refused::digits(&other.to_string(), "Decimal")),
    };
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) {
        return Err(Refused::digits(digits, "Decimal"));
    }
    if whole.len() > precision.saturating_sub(scale) || part.len() > scale {
        let message = format!("Overflow, Value '{text}', Type: Decimal");
        return Err(Refused { code: 1207, message });
    }
    Ok(Value::Text(text))
}

fn boolean(json: &Json) -> Result<Value, Refused> {
    let text = match json {
        Json::Bool(value) => return Ok(Value::Boolean(*value)),
        Json::String(text) => text.to_ascii_lowercase(),
        other => other.to_string(),
    };
    match text.as_str() {
        "t" | "true" | "y" | "yes" | "1" => Ok(Value::Boolean(true)),
        "f" | "false" | "n" | "no" | "0" => Ok(Value::Boolean(false)),
        _ => Err(Refused { code: 1210, message: "Unknown boolean format".to_owned() }),
    }
}

fn timestamp(json: &Json) -> Result<Value, Refused> {
    let refused = || {
        let message = "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]".to_owned();
        Refused { code: 1206, message }
    };
    let text = json.as_str().ok_or_else(refused)?;
    let at = PrimitiveDateTime::parse(text, SECONDS).or_else(|_| {
        let zoned = if text.ends_with('Z') { text } else { "" };
        time::OffsetDateTime::parse(zoned, &Rfc3339)
            .map(|at| PrimitiveDateTime::new(at.date(), at.time()))
    });
    let stored = at.map_err(|_| refused())?.format(STORED).map_err(|_| refused())?;
    Ok(Value::Text(stored))
}
