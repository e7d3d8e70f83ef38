//! The columns of one row, one after the other, into a buffer.
//!
//! Invariant: what is written is valid JSON up to the closing brace, each text within its column's
//! width. What it does not do: know which columns there are; [`super::RowEncoder`] calls it for each.

use super::anonymise::write_truncated;
use super::buffer::RowBuffer;
use super::flags::{ColumnSet, Flags};
use super::json::write_text;
use super::mask::Masker;
use super::origin::Origin;
use super::schema::{KEY_BYTES, padded};
use super::{AnonymiseIp, Column, RecordId, RowOptions};
use crate::access_log::{DecodedKey, Digits, Entry, decode_key};

/// In which texts secrets are masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Masking {
    Off,
    /// In a decoded key alone: what is logged holds no equals sign, but decoding may give one.
    DecodedKey,
    /// In those that hold URLs, or may: request-URI, referer, user agent, keys and unknown fields.
    Urls,
    /// In every text.
    Everywhere,
}

/// What a row begins with, in the length in which it is copied.
const BEGIN: [u8; KEY_BYTES] = padded("{\"record_id\":\"");
const BEGIN_BYTES: usize = "{\"record_id\":\"".len();

/// Where a row is put together; reused from row to row.
#[derive(Debug, Default)]
pub(super) struct RowBuffers {
    pub(super) row: RowBuffer,
    repaired: Vec<u8>,
}

/// Writes the columns of one row. Absent values write nothing: COPY loads a missing key as NULL.
pub(super) struct RowWriter<'o> {
    row: &'o mut RowBuffer,
    /// For a text that is repaired before it is put.
    repaired: &'o mut Vec<u8>,
    flags: Flags,
    /// No text needs an escape.
    plain: bool,
    masking: Masking,
    /// Texts that hold no URL can be put as they are.
    simple: bool,
    dropped: ColumnSet,
    masker: &'o mut Masker,
}

impl<'o> RowWriter<'o> {
    #[inline]
    pub(super) fn begin(
        buffers: &'o mut RowBuffers,
        flags: Flags,
        id: RecordId,
        options: &RowOptions,
        masker: &'o mut Masker,
    ) -> Self {
        let RowBuffers { row, repaired } = buffers;
        row.clear();
        row.put_entry(&BEGIN, BEGIN_BYTES, &id.hex(), true);
        let dropped = options.drop_columns.0;
        Self {
            row,
            repaired,
            flags,
            plain: false,
            masking: Masking::Off,
            simple: false,
            dropped,
            masker,
        }
    }

    /// What has to be done to the texts of this row.
    pub(super) fn care(&mut self, plain: bool, masking: Masking) {
        (self.plain, self.masking) = (plain, masking);
        self.simple = plain && masking != Masking::Everywhere;
    }

    /// A value without quotes.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as what it calls")]
    fn bare(&mut self, column: Column, value: &[u8]) {
        let spec = column.spec();
        self.row.put_entry(&spec.padded_key, spec.key.len(), value, false);
    }

    /// `value` needs no escapes and fits its column.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "the name of a column known where it stands is copied in words"
    )]
    pub(super) fn quoted(&mut self, column: Column, value: &[u8]) {
        let spec = column.spec();
        self.row.put_entry(&spec.padded_key, spec.quoted_key.len(), value, true);
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as what it calls")]
    pub(super) fn text(&mut self, column: Column, value: Option<&[u8]>) {
        let Some(value) = value.filter(|_| !self.dropped.contains(column)) else { return };
        if self.simple && value.len() <= column.width() {
            self.quoted(column, value);
        } else if self.masking == Masking::Everywhere {
            self.masked(column, value);
        } else {
            self.plain_text(column, value);
        }
    }

    /// A text that may hold a URL.
    #[inline]
    pub(super) fn url(&mut self, column: Column, value: Option<&[u8]>) {
        let Some(value) = value.filter(|_| !self.dropped.contains(column)) else { return };
        match self.masking {
            Masking::Off | Masking::DecodedKey => self.plain_text(column, value),
            Masking::Urls | Masking::Everywhere => self.masked(column, value),
        }
    }

    /// An address, or as much of it as the user wants to keep.
    #[inline]
    pub(super) fn remote_ip(
        &mut self,
        value: Option<&[u8]>,
        anonymise: AnonymiseIp,
        truncated: &mut Vec<u8>,
    ) {
        match (anonymise, value) {
            (AnonymiseIp::Truncate, Some(address)) => {
                truncated.clear();
                if write_truncated(address, truncated) {
                    self.text(Column::RemoteIp, Some(truncated));
                } else {
                    self.flags.out_of_range.insert(Column::RemoteIp);
                }
            }
            _ => self.text(Column::RemoteIp, value),
        }
    }

    /// The key, decoded, and as it was logged where that is something else.
    pub(super) fn key(&mut self, entry: &Entry<'_>, decoded: &mut Vec<u8>) {
        let Some(logged) = entry.key else { return };
        match decode_key(logged, entry.operation, decoded) {
            DecodedKey::AsLogged => self.url(Column::Key, Some(logged)),
            DecodedKey::NotUtf8 => {
                self.flags.key_not_utf8 = true;
                self.url(Column::Key, Some(logged));
            }
            DecodedKey::Decoded => {
                self.decoded_key(decoded);
                self.url(Column::KeyRaw, Some(logged));
            }
        }
    }

    fn decoded_key(&mut self, key: &[u8]) {
        if self.dropped.contains(Column::Key) {
            return;
        }
        if self.masking == Masking::Off || !self.masker.mask_key(key) {
            return self.careful_text(Column::Key, key);
        }
        self.flags.masked = true;
        let masked = std::mem::take(&mut self.masker.masked);
        self.careful_text(Column::Key, &masked);
        self.masker.masked = masked;
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
        self.url(Column::Extra, Some(joined));
    }

    #[inline]
    pub(super) fn status(&mut self, status: Option<u16>) {
        let Some(status) = status.filter(|_| !self.dropped.contains(Column::HttpStatus)) else {
            return;
        };
        self.bare(Column::HttpStatus, itoa::Buffer::new().format(status).as_bytes());
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as what it calls")]
    pub(super) fn bigint(&mut self, column: Column, digits: Option<Digits<'_>>) {
        let Some(digits) = digits.filter(|_| !self.dropped.contains(column)) else { return };
        match digits.bigint() {
            Some(digits) => self.bare(column, digits),
            None => self.flags.out_of_range.insert(column),
        }
    }

    pub(super) fn acl_required(&mut self, value: Option<&[u8]>) {
        let Some(value) = value.filter(|_| !self.dropped.contains(Column::AclRequired)) else {
            return;
        };
        let Some(json) = acl_required(value) else {
            return self.flags.out_of_range.insert(Column::AclRequired);
        };
        self.bare(Column::AclRequired, json);
    }

    /// The flags and where the line stands; what follows closes the object.
    #[inline]
    pub(super) fn end(&mut self, origin: &Origin, offset: u64) {
        if !self.flags.is_empty() && !self.dropped.contains(Column::Flags) {
            self.repaired.clear();
            self.flags.write(self.repaired);
            self.row.put(self.repaired);
        }
        self.row.put(&origin.json);
        self.row.put(itoa::Buffer::new().format(offset).as_bytes());
    }

    fn plain_text(&mut self, column: Column, value: &[u8]) {
        if self.plain && value.len() <= column.width() {
            self.quoted(column, value);
        } else {
            self.careful_text(column, value);
        }
    }

    #[inline(never)]
    fn careful_text(&mut self, column: Column, value: &[u8]) {
        self.repaired.clear();
        let repairs = write_text(value, column.width(), self.repaired);
        self.flags.note(column, repairs);
        let spec = column.spec();
        self.row.put_entry(&spec.padded_key, spec.quoted_key.len(), self.repaired, true);
    }

    /// The text with its secrets masked.
    #[inline(never)]
    fn masked(&mut self, column: Column, text: &[u8]) {
        if self.masker.mask(text) {
            self.flags.masked = true;
            let masked = std::mem::take(&mut self.masker.masked);
            self.plain_text(column, &masked);
            self.masker.masked = masked;
        } else {
            self.plain_text(column, text);
        }
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
