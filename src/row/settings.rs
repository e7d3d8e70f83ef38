//! The user's choices about rows, and how each is written down.
//!
//! The function's variables, the flags of the tool and everything else that takes such a choice read
//! it with the [`FromStr`] of its type here, so that it means the same everywhere; `docs/settings.md`
//! is its page. What it does not do: know how a choice is named in a variable or on a command line.

use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

use super::flags::ColumnSet;
use super::{COLUMNS, Column};

/// Choices about the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowOptions {
    /// Mask the secrets of signed URLs, see [`super::SECRET_PARAMETERS`].
    pub mask_secrets: bool,
    /// Names of parameters whose values are masked as well.
    pub secret_names: SecretNames,
    /// Columns that rows do not carry.
    pub drop_columns: DropColumns,
    /// What is kept of the clients' addresses.
    pub anonymise_ip: AnonymiseIp,
}

impl Default for RowOptions {
    fn default() -> Self {
        Self {
            mask_secrets: true,
            secret_names: SecretNames::default(),
            drop_columns: DropColumns::default(),
            anonymise_ip: AnonymiseIp::None,
        }
    }
}

/// What is wrong with how a choice is written.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct SettingError(String);

impl SettingError {
    /// A mistake in one sentence that names what may be written.
    pub(crate) fn new(mistake: &str) -> Self {
        Self(mistake.to_owned())
    }
}

/// Names of one's own for [`super::SECRET_PARAMETERS`], written as a list with commas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretNames(Arc<[String]>);

/// The longest name, in bytes.
pub(super) const SECRET_NAME_BYTES_MAX: usize = 64;

/// The most names: each is compared with the name before every equals sign.
const SECRET_NAMES_MAX: usize = 32;

impl SecretNames {
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl FromStr for SecretNames {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        let names: Vec<String> = listed(text).map(str::to_owned).collect();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let good = |name: &String| name.len() <= SECRET_NAME_BYTES_MAX && name.bytes().all(allowed);
        if let Some(bad) = names.iter().find(|name| !good(name)) {
            return Err(SettingError(format!(
                "`{bad}` is no name of a parameter: at most {SECRET_NAME_BYTES_MAX} letters, \
                 digits, dashes and underscores"
            )));
        }
        if names.len() > SECRET_NAMES_MAX {
            return Err(SettingError(format!("at most {SECRET_NAMES_MAX} names are possible")));
        }
        Ok(Self(names.into()))
    }
}

/// Columns that rows do not carry, written as a list with commas. They are null in the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DropColumns(pub(super) ColumnSet);

/// What says which line a row is, when, and whether it could be read: never dropped.
const KEPT: [Column; 6] = [
    Column::RecordId,
    Column::RequestTime,
    Column::LogBucket,
    Column::LogKey,
    Column::LogOffset,
    Column::ParseError,
];

impl DropColumns {
    /// Whether rows do not carry this column.
    #[must_use]
    pub fn contains(self, column: Column) -> bool {
        self.0.contains(column)
    }
}

impl FromStr for DropColumns {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        let mut columns = ColumnSet::default();
        for name in listed(text) {
            let spec = COLUMNS.iter().find(|spec| spec.name == name);
            let spec = spec.ok_or_else(|| {
                SettingError(format!("`{name}` is no column; `logferry schema columns` lists them"))
            })?;
            if KEPT.contains(&spec.column) {
                let kept = KEPT.map(|column| column.spec().name).join(", ");
                return Err(SettingError(format!(
                    "`{name}` cannot be dropped, nor can any of {kept}"
                )));
            }
            columns.insert(spec.column);
        }
        Ok(Self(columns))
    }
}

/// What is kept of the clients' addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnonymiseIp {
    /// `none`: they stand in the rows as logged.
    #[default]
    None,
    /// `truncate`: the first 24 bits of an IPv4 address and the first 48 of an IPv6 address, the
    /// rest 0. Record ids are those of the lines with such addresses, and quarantined rows hold no
    /// bytes of their lines.
    Truncate,
}

impl FromStr for AnonymiseIp {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        match text {
            "none" | "off" => Ok(Self::None),
            "truncate" => Ok(Self::Truncate),
            _ => Err(SettingError::new("must be none or truncate")),
        }
    }
}

/// The entries of a list with commas, spaces around them and empty ones left out.
fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_mistakes_told() {
        let dropped: DropColumns = " host_id, bucket_owner,".parse().unwrap();
        let expected: DropColumns = "bucket_owner,host_id,host_id".parse().unwrap();
        assert_eq!(dropped, expected);
        assert_ne!(dropped, DropColumns::default());
        for name in
            ["record_id", "request_time", "log_bucket", "log_key", "log_offset", "parse_error"]
        {
            let error = name.parse::<DropColumns>().unwrap_err().to_string();
            assert!(error.contains("cannot be dropped"), "{error}");
        }
        let error = "host_id,hostid".parse::<DropColumns>().unwrap_err().to_string();
        assert!(error.starts_with("`hostid` is no column"), "{error}");

        let names: SecretNames = "x-token, sig".parse().unwrap();
        assert_eq!(names.iter().collect::<Vec<_>>(), ["x-token", "sig"]);
        for bad in ["a=b", "a b", &"a".repeat(65), &"a,".repeat(33)] {
            assert!(bad.parse::<SecretNames>().is_err(), "{bad}");
        }
        assert_eq!("truncate".parse(), Ok(AnonymiseIp::Truncate));
        assert!("yes".parse::<AnonymiseIp>().is_err());
    }
}
