//! From a line to the bytes of its row.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::flags::Flags;
use super::json::{ESCAPE_BYTES_MAX, write_text};
use super::mask::mask;
use super::{COLUMNS, Column, ColumnType, RecordId};
use crate::access_log::{
    DecodedKey, Digits, Entry, LINE_BYTES_MAX, Line, Parser, Reason, RequestTime, decode_key,
};

/// Choices about the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowOptions {
    /// Mask the secrets of signed URLs, see [`super::SECRET_PARAMETERS`].
    pub mask_secrets: bool,
}

impl Default for RowOptions {
    fn default() -> Self {
        Self { mask_secrets: true }
    }
}

/// The log object that lines stand in, its part of the row encoded once.
#[derive(Clone, Debug)]
pub struct Origin {
    /// From `,"log_bucket"` to the colon after `"log_offset"`.
    json: Vec<u8>,
    flags: Flags,
}

impl Origin {
    /// `log_bucket` is `None` for local files, whose `log_key` is the file's name.
    #[must_use]
    pub fn new(log_bucket: Option<&str>, log_key: &str) -> Self {
        let mut flags = Flags::default();
        let mut json = Vec::new();
        let texts = [(Column::LogBucket, log_bucket), (Column::LogKey, Some(log_key))];
        for (column, text) in texts {
            let Some(text) = text else { continue };
            json.extend_from_slice(column.spec().quoted_key.as_bytes());
            let repairs = write_text(text.as_bytes(), column.width(), &mut json);
            flags.note(column, repairs);
            json.push(b'"');
        }
        json.extend_from_slice(Column::LogOffset.spec().key.as_bytes());
        Self { json, flags }
    }
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds nothing but white space: no row.
    Blank,
    /// It was parsed, and the caller did not want it: no row.
    Filtered,
    /// A typed row was written.
    Row(RowFacts),
    /// A quarantined row was written.
    Quarantined(Reason),
}

/// What a caller may want to know of a typed row without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowFacts {
    /// When S3 received the request.
    pub request_time: RequestTime,
    /// How many fields stand after those that are known.
    pub extra_fields: usize,
}

/// No row is longer than this, in bytes with its newline: every text at its full width in the
/// longest escapes, keys, quotes, numbers and times beside it.
pub const ROW_BYTES_MAX: usize = {
    let mut bytes = "{}\n".len();
    let mut index = 0;
    while index < COLUMNS.len() {
        #[expect(clippy::indexing_slicing, reason = "evaluated when compiling")]
        let spec = &COLUMNS[index];
        bytes += spec.quoted_key.len()
            + match spec.column_type {
                // Base64 needs no escapes.
                ColumnType::Text(width) if matches!(spec.column, Column::RawLineBase64) => width,
                ColumnType::Text(width) => width * ESCAPE_BYTES_MAX,
                _ => 32,
            };
        index += 1;
    }
    bytes
};

// COPY refuses an object above 4 MB, Firehose a record above 1,024,000 bytes.
const _: () = assert!(ROW_BYTES_MAX < 1_024_000);

/// Raw bytes of a quarantined line that fit into its column as base64.
const RAW_LINE_BYTES_MAX: usize = Column::RawLineBase64.width() / 4 * 3;
const _: () = assert!(RAW_LINE_BYTES_MAX <= LINE_BYTES_MAX);

/// Turns lines into rows. Owns the buffers that are reused from line to line.
#[derive(Debug, Default)]
pub struct RowEncoder {
    options: RowOptions,
    parser: Parser,
    key: Vec<u8>,
    masked: Vec<u8>,
    /// A line that is parsed again after its secrets were masked.
    masked_line: Vec<u8>,
}

impl RowEncoder {
    /// An encoder with its own buffers.
    #[must_use]
    pub fn new(options: RowOptions) -> Self {
        Self { options, ..Self::default() }
    }

    /// Appends to `out` the row of `line`, one JSON object and a newline, or nothing when the line
    /// is blank or `keep` says no to its entry.
    ///
    /// A line without an entry is always kept, as a quarantined row.
    pub fn encode(
        &mut self,
        line: &Line<'_>,
        origin: &Origin,
        mut keep: impl FnMut(&Entry<'_>, RecordId) -> bool,
        out: &mut Vec<u8>,
    ) -> Outcome {
        match self.parser.parse(line) {
            Ok(entry) => {
                let id = RecordId::of(line.bytes);
                if !keep(&entry, id) {
                    return Outcome::Filtered;
                }
                if self.options.mask_secrets && !entry.anomalies.is_empty() {
                    return self.write_odd_row(&entry, id, line, origin, out);
                }
                self.write_row(&entry, id, false, line.offset, origin, out)
            }
            Err(_) if line.bytes.trim_ascii().is_empty() && !line.oversize => Outcome::Blank,
            Err(reason) => {
                self.write_quarantined(reason, line, origin, out);
                Outcome::Quarantined(reason)
            }
        }
    }

    /// A row whose request-URI or referer may have run into other columns: secrets are masked in
    /// the whole line before it is parsed.
    fn write_odd_row(
        &mut self,
        entry: &Entry<'_>,
        id: RecordId,
        line: &Line<'_>,
        origin: &Origin,
        out: &mut Vec<u8>,
    ) -> Outcome {
        let mut masked_line = std::mem::take(&mut self.masked_line);
        let outcome = if mask(line.bytes, &mut masked_line) {
            let masked = Line { bytes: &masked_line, ..*line };
            match self.parser.parse(&masked) {
                Ok(masked) => {
                    let anomalies = entry.anomalies;
                    let masked = Entry { anomalies, ..masked };
                    self.write_row(&masked, id, true, line.offset, origin, out)
                }
                Err(reason) => {
                    self.write_quarantined(reason, line, origin, out);
                    Outcome::Quarantined(reason)
                }
            }
        } else {
            self.write_row(entry, id, false, line.offset, origin, out)
        };
        self.masked_line = masked_line;
        outcome
    }

    fn write_row(
        &mut self,
        entry: &Entry<'_>,
        id: RecordId,
        masked: bool,
        offset: u64,
        origin: &Origin,
        out: &mut Vec<u8>,
    ) -> Outcome {
        let mut row = RowWriter { out, flags: origin.flags, plain: entry.plain };
        row.flags.anomalies = entry.anomalies;
        row.flags.masked = masked;
        row.begin(id);
        row.quoted(Column::RequestTime, &entry.request_time.iso_8601());
        row.text(Column::Bucket, entry.bucket);
        self.write_key(entry, &mut row);
        row.text(Column::Operation, Some(entry.operation));
        self.write_url(Column::RequestUri, entry.request_uri, &mut row);
        row.status(entry.http_status);
        row.text(Column::ErrorCode, entry.error_code);
        row.bigint(Column::BytesSent, entry.bytes_sent);
        row.bigint(Column::ObjectSize, entry.object_size);
        row.bigint(Column::TotalTimeMs, entry.total_time);
        row.bigint(Column::TurnAroundTimeMs, entry.turn_around_time);
        row.text(Column::RemoteIp, entry.remote_ip);
        row.text(Column::Requester, entry.requester);
        row.text(Column::RequestId, entry.request_id);
        self.write_url(Column::Referer, entry.referer, &mut row);
        self.write_url(Column::UserAgent, entry.user_agent, &mut row);
        row.text(Column::VersionId, entry.version_id);
        row.text(Column::HostId, entry.host_id);
        row.text(Column::SignatureVersion, entry.signature_version);
        row.text(Column::CipherSuite, entry.cipher_suite);
        row.text(Column::AuthenticationType, entry.authentication_type);
        row.text(Column::HostHeader, entry.host_header);
        row.text(Column::TlsVersion, entry.tls_version);
        row.text(Column::AccessPointArn, entry.access_point_arn);
        row.acl_required(entry.acl_required);
        row.text(Column::SourceRegion, entry.source_region);
        row.text(Column::BucketOwner, entry.bucket_owner);
        self.write_extra(entry.extra, &mut row);
        row.end(origin, offset);
        row.out.extend_from_slice(b"}\n");
        Outcome::Row(RowFacts {
            request_time: entry.request_time,
            extra_fields: entry.extra_fields,
        })
    }

    fn write_key(&mut self, entry: &Entry<'_>, row: &mut RowWriter<'_>) {
        let Some(logged) = entry.key else { return };
        match decode_key(logged, entry.operation, &mut self.key) {
            DecodedKey::AsLogged => row.text(Column::Key, Some(logged)),
            DecodedKey::NotUtf8 => {
                row.flags.key_not_utf8 = true;
                row.text(Column::Key, Some(logged));
            }
            DecodedKey::Decoded => {
                row.careful_text(Column::Key, &self.key);
                row.text(Column::KeyRaw, Some(logged));
            }
        }
    }

    fn write_url(&mut self, column: Column, url: Option<&[u8]>, row: &mut RowWriter<'_>) {
        match url {
            Some(url) if self.options.mask_secrets && mask(url, &mut self.masked) => {
                row.flags.masked = true;
                row.text(column, Some(&self.masked));
            }
            _ => row.text(column, url),
        }
    }

    fn write_extra(&mut self, extra: Option<&[u8]>, row: &mut RowWriter<'_>) {
        let Some(extra) = extra else { return };
        self.key.clear();
        for field in extra.split(|byte| *byte == b' ').filter(|field| !field.is_empty()) {
            if !self.key.is_empty() {
                self.key.push(b' ');
            }
            self.key.extend_from_slice(field);
        }
        row.careful_text(Column::Extra, &self.key);
    }

    fn write_quarantined(
        &mut self,
        reason: Reason,
        line: &Line<'_>,
        origin: &Origin,
        out: &mut Vec<u8>,
    ) {
        let mut row = RowWriter { out, flags: origin.flags, plain: false };
        row.begin(RecordId::of(line.bytes));
        let mut raw = line.bytes;
        if self.options.mask_secrets && mask(raw, &mut self.masked) {
            row.flags.masked = true;
            raw = &self.masked;
        }
        let kept = raw.get(..RAW_LINE_BYTES_MAX).unwrap_or(raw);
        if kept.len() < raw.len() || line.oversize {
            row.flags.clipped.insert(Column::RawLineBase64);
        }
        row.end(origin, line.offset);
        row.quoted(Column::ParseError, reason.code().as_bytes());
        row.out.extend_from_slice(Column::RawLineBase64.spec().quoted_key.as_bytes());
        let start = row.out.len();
        row.out.resize(start + kept.len().div_ceil(3) * 4, 0);
        let written = STANDARD.encode_slice(kept, row.out.get_mut(start..).unwrap_or_default());
        debug_assert_eq!(written.ok(), Some(row.out.len() - start));
        row.out.extend_from_slice(b"\"}\n");
    }
}

/// Writes the columns of one row. Absent values write nothing: COPY loads a missing key as NULL.
struct RowWriter<'o> {
    out: &'o mut Vec<u8>,
    flags: Flags,
    plain: bool,
}

impl RowWriter<'_> {
    #[inline]
    fn begin(&mut self, id: RecordId) {
        self.out.extend_from_slice(b"{\"record_id\":\"");
        self.out.extend_from_slice(&id.hex());
        self.out.push(b'"');
    }

    /// `value` needs no escapes and fits its column.
    #[inline]
    fn quoted(&mut self, column: Column, value: &[u8]) {
        self.out.extend_from_slice(column.spec().quoted_key.as_bytes());
        self.out.extend_from_slice(value);
        self.out.push(b'"');
    }

    #[inline]
    fn text(&mut self, column: Column, value: Option<&[u8]>) {
        let Some(value) = value else { return };
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

    #[inline]
    fn status(&mut self, status: Option<u16>) {
        let Some(status) = status else { return };
        self.out.extend_from_slice(Column::HttpStatus.spec().key.as_bytes());
        self.out.extend_from_slice(itoa::Buffer::new().format(status).as_bytes());
    }

    #[inline]
    fn bigint(&mut self, column: Column, digits: Option<Digits<'_>>) {
        let Some(digits) = digits else { return };
        match digits.bigint() {
            Some(digits) => {
                self.out.extend_from_slice(column.spec().key.as_bytes());
                self.out.extend_from_slice(digits);
            }
            None => self.flags.out_of_range.insert(column),
        }
    }

    fn acl_required(&mut self, value: Option<&[u8]>) {
        let Some(value) = value else { return };
        let json: &[u8] = match value {
            yes if yes.eq_ignore_ascii_case(b"yes") => b"true",
            no if no.eq_ignore_ascii_case(b"no") => b"false",
            _ => return self.flags.out_of_range.insert(Column::AclRequired),
        };
        self.out.extend_from_slice(Column::AclRequired.spec().key.as_bytes());
        self.out.extend_from_slice(json);
    }

    /// The flags and where the line stands; what follows closes the object.
    #[inline]
    fn end(&mut self, origin: &Origin, offset: u64) {
        self.flags.write(self.out);
        self.out.extend_from_slice(&origin.json);
        self.out.extend_from_slice(itoa::Buffer::new().format(offset).as_bytes());
    }
}
