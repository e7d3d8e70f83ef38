//! The columns of one row, one after the other, into the buffer of the caller.
//!
//! Invariant: what is written is valid JSON up to the closing brace, each text within its column's
//! width. What it does not do: know which columns there are; [`super::RowEncoder`] calls it for each.

use super::flags::Flags;
use super::json::write_text;
use super::mask::mask;
use super::origin::Origin;
use super::{Column, RecordId};
use crate::access_log::{DecodedKey, Digits, Entry, decode_key};

/// In which texts secrets are masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Masking {
    Off,
    /// In those that hold URLs: request-URI, referer and user agent.
    Urls,
    /// In every text.
    Everywhere,
}

/// Writes the columns of one row. Absent values write nothing: COPY loads a missing key as NULL.
pub(super) struct RowWriter<'o> {
    out: &'o mut Vec<u8>,
    flags: Flags,
    /// No text needs an escape.
    pub(super) plain: bool,
    pub(super) masking: Masking,
    /// For texts that are masked before they are written.
    scratch: &'o mut Vec<u8>,
}

impl<'o> RowWriter<'o> {
    #[inline]
    pub(super) fn begin(
        out: &'o mut Vec<u8>,
        flags: Flags,
        id: RecordId,
        scratch: &'o mut Vec<u8>,
    ) -> Self {
        out.extend_from_slice(b"{\"record_id\":\"");
        out.extend_from_slice(&id.hex());
        out.push(b'"');
        Self { out, flags, plain: false, masking: Masking::Off, scratch }
    }

    /// `value` needs no escapes and fits its column.
    #[inline]
    pub(super) fn quoted(&mut self, column: Column, value: &[u8]) {
        self.out.extend_from_slice(column.spec().quoted_key.as_bytes());
        self.out.extend_from_slice(value);
        self.out.push(b'"');
    }

    #[inline]
    pub(super) fn text(&mut self, column: Column, value: Option<&[u8]>) {
        let Some(value) = value else { return };
        if self.masking == Masking::Everywhere {
            self.masked(value, |row, text| row.plain_text(column, text));
        } else {
            self.plain_text(column, value);
        }
    }

    /// A text that may hold a URL.
    #[inline]
    pub(super) fn url(&mut self, column: Column, value: Option<&[u8]>) {
        let Some(value) = value else { return };
        if self.masking == Masking::Off {
            self.plain_text(column, value);
        } else {
            self.masked(value, |row, text| row.plain_text(column, text));
        }
    }

    /// The key, decoded, and as it was logged where that is something else.
    pub(super) fn key(&mut self, entry: &Entry<'_>, decoded: &mut Vec<u8>) {
        let Some(logged) = entry.key else { return };
        if self.masking != Masking::Everywhere {
            return self.decoded_key(logged, entry.operation, decoded);
        }
        self.masked(logged, |row, logged| row.decoded_key(logged, entry.operation, decoded));
    }

    fn decoded_key(&mut self, logged: &[u8], operation: &[u8], decoded: &mut Vec<u8>) {
        match decode_key(logged, operation, decoded) {
            DecodedKey::AsLogged => self.plain_text(Column::Key, logged),
            DecodedKey::NotUtf8 => {
                self.flags.key_not_utf8 = true;
                self.plain_text(Column::Key, logged);
            }
            DecodedKey::Decoded => {
                self.careful_text(Column::Key, decoded);
                self.plain_text(Column::KeyRaw, logged);
            }
        }
    }

    /// The fields behind the known ones, joined by one space each; before them a value that the
    /// column `acl_required` cannot hold.
    pub(super) fn extra(&mut self, entry: &Entry<'_>, joined: &mut Vec<u8>) {
        let odd_acl = entry.acl_required.filter(|value| acl_required(value).is_none());
        if entry.extra.is_none() && odd_acl.is_none() {
            return;
        }
        joined.clear();
        let extra = entry.extra.unwrap_or_default().split(|byte| *byte == b' ');
        for field in odd_acl.into_iter().chain(extra).filter(|field| !field.is_empty()) {
            if !joined.is_empty() {
                joined.push(b' ');
            }
            joined.extend_from_slice(field);
        }
        self.text(Column::Extra, Some(joined));
    }

    #[inline]
    pub(super) fn status(&mut self, status: Option<u16>) {
        let Some(status) = status else { return };
        self.out.extend_from_slice(Column::HttpStatus.spec().key.as_bytes());
        self.out.extend_from_slice(itoa::Buffer::new().format(status).as_bytes());
    }

    #[inline]
    pub(super) fn bigint(&mut self, column: Column, digits: Option<Digits<'_>>) {
        let Some(digits) = digits else { return };
        match digits.bigint() {
            Some(digits) => {
                self.out.extend_from_slice(column.spec().key.as_bytes());
                self.out.extend_from_slice(digits);
            }
            None => self.flags.out_of_range.insert(column),
        }
    }

    pub(super) fn acl_required(&mut self, value: Option<&[u8]>) {
        let Some(value) = value else { return };
        let Some(json) = acl_required(value) else {
            return self.flags.out_of_range.insert(Column::AclRequired);
        };
        self.out.extend_from_slice(Column::AclRequired.spec().key.as_bytes());
        self.out.extend_from_slice(json);
    }

    /// The flags and where the line stands; what follows closes the object.
    #[inline]
    pub(super) fn end(&mut self, origin: &Origin, offset: u64) {
        self.flags.write(self.out);
        self.out.extend_from_slice(&origin.json);
        self.out.extend_from_slice(itoa::Buffer::new().format(offset).as_bytes());
    }

    #[inline]
    fn plain_text(&mut self, column: Column, value: &[u8]) {
        if self.plain && value.len() <= column.width() {
            self.quoted(column, value);
        } else {
            self.careful_text(column, value);
        }
    }

    #[inline(never)]
    fn careful_text(&mut self, column: Column, value: &[u8]) {
        self.out.extend_from_slice(column.spec().quoted_key.as_bytes());
        let repairs = write_text(value, column.width(), self.out);
        self.flags.note(column, repairs);
        self.out.push(b'"');
    }

    /// Lets `write` write the text with its secrets masked.
    fn masked(&mut self, text: &[u8], write: impl FnOnce(&mut Self, &[u8])) {
        let mut scratch = std::mem::take(self.scratch);
        if mask(text, &mut scratch) {
            self.flags.masked = true;
            write(self, &scratch);
        } else {
            write(self, text);
        }
        *self.scratch = scratch;
    }
}

/// The value as JSON, if it is one that S3 is known to write, in any letter case.
fn acl_required(value: &[u8]) -> Option<&'static [u8]> {
    match value {
        yes if yes.eq_ignore_ascii_case(b"yes") => Some(b"true"),
        no if no.eq_ignore_ascii_case(b"no") => Some(b"false"),
        _ => None,
    }
}
