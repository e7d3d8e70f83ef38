//! From a line to the bytes of its row.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::anonymise::without_address;
use super::flags::Flags;
use super::mask::Masker;
use super::origin::Origin;
use super::writer::{Masking, RowBuffers, RowWriter};
use super::{AnonymiseIp, Column, RecordId, RowOptions};
use crate::access_log::{Entry, LINE_BYTES_MAX, Line, Parser, Reason, RequestTime, address_span};

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds nothing but white space: no row.
    Blank,
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

/// Raw bytes of a quarantined line that fit into its column as base64.
const RAW_LINE_BYTES_MAX: usize = Column::RawLineBase64.width() / 4 * 3;
const _: () = assert!(RAW_LINE_BYTES_MAX <= LINE_BYTES_MAX);

/// Turns lines into rows. Owns the buffers that are reused from line to line.
#[derive(Debug, Default)]
pub struct RowEncoder {
    options: RowOptions,
    parser: Parser,
    buffers: RowBuffers,
    masker: Masker,
    /// For a text while it is put together: a decoded key, an address, unknown fields.
    scratch: Vec<u8>,
    /// For a line without its address.
    line: Vec<u8>,
}

impl RowEncoder {
    /// An encoder with its own buffers.
    #[must_use]
    pub fn new(options: RowOptions) -> Self {
        let masker = Masker::new(options.secret_names.clone());
        Self { options, masker, ..Self::default() }
    }

    /// Appends to `out` the row of `line`, one JSON object and a newline, or nothing when the line
    /// is blank: parsing and writing in one, where nothing is to be decided between them.
    pub fn encode(&mut self, line: &Line<'_>, origin: &Origin, out: &mut Vec<u8>) -> Outcome {
        if line.is_blank() {
            return Outcome::Blank;
        }
        // By reference: an entry is half a kilobyte to move.
        match &self.parse(line) {
            Ok(entry) => {
                let id = self.record_id(line);
                Outcome::Row(self.write_row(entry, id, line.offset, origin, out))
            }
            Err(reason) => {
                self.write_quarantined(*reason, line, origin, out);
                Outcome::Quarantined(*reason)
            }
        }
    }

    /// The entry of a line that is not blank.
    ///
    /// # Errors
    /// Why the line is to be quarantined.
    #[inline]
    pub(crate) fn parse<'l>(&mut self, line: &Line<'l>) -> Result<Entry<'l>, Reason> {
        self.parser.parse(line)
    }

    /// The identity of a line.
    #[inline]
    pub(crate) fn record_id(&mut self, line: &Line<'_>) -> RecordId {
        match (self.options.anonymise_ip, line.overlong) {
            (AnonymiseIp::None, None) => RecordId::of(line.bytes),
            (AnonymiseIp::None, Some(overlong)) => RecordId::of_overlong(overlong),
            (AnonymiseIp::Truncate, None) => {
                RecordId::of(without_address(line.bytes, &mut self.line))
            }
            (AnonymiseIp::Truncate, Some(overlong)) => match address_span(line.bytes) {
                None => RecordId::of_overlong(overlong),
                Some(address) => {
                    let head = line.bytes.get(..address.end).unwrap_or_default();
                    let head = without_address(head, &mut self.line);
                    RecordId::of_overlong_without_address(head, overlong)
                }
            },
        }
    }

    /// Appends the typed row of an entry, whose line starts at `offset` and has this id.
    pub(crate) fn write_row(
        &mut self,
        entry: &Entry<'_>,
        id: RecordId,
        offset: u64,
        origin: &Origin,
        out: &mut Vec<u8>,
    ) -> RowFacts {
        let mut flags = origin.flags;
        flags.anomalies = entry.anomalies;
        let masking = if self.options.mask_secrets {
            // Where quotes are ambiguous, a part of a URL may stand in any column.
            let everywhere = !entry.anomalies.is_empty();
            // One look at all texts tells for most lines that none of them holds a secret.
            let secrets =
                || entry.extra.is_some() || self.masker.may_find_a_secret(entry.free_text);
            if everywhere {
                Masking::Everywhere
            } else if secrets() {
                Masking::Urls
            } else {
                Masking::DecodedKey
            }
        } else {
            Masking::Off
        };
        let mut row =
            RowWriter::begin(&mut self.buffers, flags, id, &self.options, &mut self.masker);
        row.care(entry.plain, masking);
        row.quoted(Column::RequestTime, &entry.request_time.iso_8601());
        row.text(Column::Bucket, entry.bucket);
        row.key(entry, &mut self.scratch);
        row.text(Column::Operation, Some(entry.operation));
        row.url(Column::RequestUri, entry.request_uri);
        row.status(entry.http_status);
        row.text(Column::ErrorCode, entry.error_code);
        row.bigint(Column::BytesSent, entry.bytes_sent);
        row.bigint(Column::ObjectSize, entry.object_size);
        row.bigint(Column::TotalTimeMs, entry.total_time);
        row.bigint(Column::TurnAroundTimeMs, entry.turn_around_time);
        row.remote_ip(entry.remote_ip, self.options.anonymise_ip, &mut self.scratch);
        row.text(Column::Requester, entry.requester);
        row.text(Column::RequestId, entry.request_id);
        row.url(Column::Referer, entry.referer);
        row.url(Column::UserAgent, entry.user_agent);
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
        row.extra(entry, &mut self.scratch);
        row.end(origin, offset);
        self.buffers.row.put_first(b"}\n", 2);
        out.extend_from_slice(self.buffers.row.row());
        RowFacts { request_time: entry.request_time, extra_fields: entry.extra_fields }
    }

    /// Appends the quarantined row of a line without an entry.
    pub(crate) fn write_quarantined(
        &mut self,
        reason: Reason,
        line: &Line<'_>,
        origin: &Origin,
        out: &mut Vec<u8>,
    ) {
        let id = self.record_id(line);
        let mut flags = origin.flags;
        let kept = self.raw_line(line, &mut flags);
        let mut row =
            RowWriter::begin(&mut self.buffers, flags, id, &self.options, &mut self.masker);
        row.end(origin, line.offset);
        row.quoted(Column::ParseError, reason.code().as_bytes());
        out.extend_from_slice(self.buffers.row.row());
        if kept {
            out.extend_from_slice(Column::RawLineBase64.spec().quoted_key.as_bytes());
            let start = out.len();
            out.resize(start + self.scratch.len().div_ceil(3) * 4, 0);
            let free = out.get_mut(start..).unwrap_or_default();
            let written = STANDARD.encode_slice(&self.scratch, free);
            debug_assert_eq!(written.ok(), Some(out.len() - start));
            out.push(b'"');
        }
        out.extend_from_slice(b"}\n");
    }

    /// Puts the bytes of a quarantined line that its row keeps into the scratch buffer; `false` when
    /// it keeps none.
    fn raw_line(&mut self, line: &Line<'_>, flags: &mut Flags) -> bool {
        // Nothing tells where the address stands in a line that cannot be read.
        let anonymous = self.options.anonymise_ip != AnonymiseIp::None;
        if anonymous || self.options.drop_columns.0.contains(Column::RawLineBase64) {
            return false;
        }
        flags.masked = self.options.mask_secrets && self.masker.mask(line.bytes);
        let raw = if flags.masked { &self.masker.masked } else { line.bytes };
        let kept = raw.get(..RAW_LINE_BYTES_MAX).unwrap_or(raw);
        if kept.len() < raw.len() || line.overlong.is_some() {
            flags.clipped.insert(Column::RawLineBase64);
        }
        self.scratch.clear();
        self.scratch.extend_from_slice(kept);
        true
    }
}
