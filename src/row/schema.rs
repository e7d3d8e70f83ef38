//! The one schema table.

use super::json::ESCAPE_BYTES_MAX;

/// The fixed length in which a key is copied; the longest key fits.
pub(super) const KEY_BYTES: usize = 32;

/// What a column holds, in Redshift's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// VARCHAR of at most so many bytes of UTF-8 (Redshift counts bytes).
    Text(usize),
    /// SMALLINT.
    SmallInt,
    /// BIGINT.
    BigInt,
    /// TIMESTAMP, without time zone: UTC.
    Timestamp,
    /// BOOLEAN.
    Boolean,
}

/// One column of the table.
#[derive(Clone, Copy, Debug)]
pub struct ColumnSpec {
    /// Which one it is.
    pub column: Column,
    /// Its name, also the key in the JSON row.
    pub name: &'static str,
    /// Its type.
    pub column_type: ColumnType,
    /// What it means, in one sentence for the column reference.
    pub meaning: &'static str,
    /// `,"name":`, for every column but the first.
    pub(super) key: &'static str,
    /// `,"name":"`.
    pub(super) quoted_key: &'static str,
    /// The same in the length in which it is copied.
    pub(super) padded_key: [u8; KEY_BYTES],
}

/// `text` and zeros behind it.
pub(super) const fn padded(text: &str) -> [u8; KEY_BYTES] {
    assert!(text.len() <= KEY_BYTES, "a key is copied in one length");
    let mut padded = [0; KEY_BYTES];
    let mut at = 0;
    while at < text.len() {
        #[expect(clippy::indexing_slicing, reason = "evaluated when compiling")]
        {
            padded[at] = text.as_bytes()[at];
        }
        at += 1;
    }
    padded
}

macro_rules! columns {
    ($($column:ident $name:literal $column_type:expr, $meaning:literal;)*) => {
        /// A column of the row, in order.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "the table below says what each one means")]
        pub enum Column { $($column),* }

        /// Every column of the JSON row, in order.
        pub const COLUMNS: [ColumnSpec; [$(Column::$column),*].len()] = [$(ColumnSpec {
            column: Column::$column,
            name: $name,
            column_type: $column_type,
            meaning: $meaning,
            key: concat!(",\"", $name, "\":"),
            quoted_key: concat!(",\"", $name, "\":\""),
            padded_key: padded(concat!(",\"", $name, "\":\"")),
        }),*];
    };
}

use ColumnType::{BigInt, Boolean, SmallInt, Text, Timestamp};

columns! {
    RecordId "record_id" Text(32), "XXH3-128 of the raw line's bytes, in hex. The same line has the same id through retries, redeliveries, duplicates and backfill.";
    RequestTime "request_time" Timestamp, "When S3 received the request, in UTC. A leap second is written as the second before it.";
    Bucket "bucket" Text(255), "Bucket of the request.";
    Key "key" Text(1024), "Key of the object, decoded; as logged where decoding gives no valid UTF-8. S3 keys have at most 1,024 bytes.";
    KeyRaw "key_raw" Text(8192), "Key as logged, only where it differs from `key`.";
    Operation "operation" Text(64), "`REST.GET.OBJECT` and the like.";
    RequestUri "request_uri" Text(16384), "HTTP request line without its quotes, secrets of signed URLs masked.";
    HttpStatus "http_status" SmallInt, "HTTP status of the response.";
    ErrorCode "error_code" Text(128), "S3 error code.";
    BytesSent "bytes_sent" BigInt, "Bytes of the response, without HTTP overhead. Null where the log has `-`, which means none.";
    ObjectSize "object_size" BigInt, "Size of the object in bytes.";
    TotalTimeMs "total_time_ms" BigInt, "Milliseconds from the request's arrival to the last byte of the response.";
    TurnAroundTimeMs "turn_around_time_ms" BigInt, "Milliseconds that S3 spent on the request.";
    RemoteIp "remote_ip" Text(45), "Apparent address of the client, IPv4 or IPv6.";
    Requester "requester" Text(2048), "Canonical user id, IAM ARN or service name; null for anonymous requests. May hold spaces.";
    RequestId "request_id" Text(64), "Id that S3 gave the request. Not unique: a batch delete logs one line per key.";
    Referer "referer" Text(8192), "HTTP referer, secrets of signed URLs masked.";
    UserAgent "user_agent" Text(8192), "HTTP user agent, secrets of signed URLs masked.";
    VersionId "version_id" Text(1024), "Version of the object; the text `null` is the version in an unversioned bucket.";
    HostId "host_id" Text(256), "Extended request id (`x-amz-id-2`); may be two tokens.";
    SignatureVersion "signature_version" Text(16), "`SigV2`, `SigV4`, ...; null for unsigned requests.";
    CipherSuite "cipher_suite" Text(64), "TLS cipher; null over plain HTTP.";
    AuthenticationType "authentication_type" Text(32), "`AuthHeader` or `QueryString`; null for unsigned requests.";
    HostHeader "host_header" Text(512), "Endpoint the client spoke to.";
    TlsVersion "tls_version" Text(32), "As logged: `TLSv1.2`, `TLSv1.3`, ...";
    AccessPointArn "access_point_arn" Text(512), "ARN of the access point, if one was used.";
    AclRequired "acl_required" Boolean, "True when the request needed an ACL to be allowed; null otherwise.";
    SourceRegion "source_region" Text(32), "AWS Region the request came from (since February 2026).";
    BucketOwner "bucket_owner" Text(128), "Canonical user id of the bucket's owner.";
    Extra "extra" Text(4096), "Fields after the 27th as logged, separated by one space.";
    Flags "flags" Text(256), "What was odd about the line, comma separated.";
    LogBucket "log_bucket" Text(63), "Bucket of the log object that holds the line.";
    LogKey "log_key" Text(1024), "Key of that object; the file's name for local files.";
    LogOffset "log_offset" BigInt, "Offset of the line's first byte in that object, uncompressed.";
    ParseError "parse_error" Text(64), "Why the line is quarantined; null on a typed row.";
    RawLineBase64 "raw_line_base64" Text(65535), "Quarantined rows only: the bytes of the line, secrets of signed URLs masked.";
}

/// The column of the table that is not in the row, as (name, type, meaning): COPY fills in its default.
pub const LOADED_AT: (&str, &str, &str) =
    ("loaded_at", "TIMESTAMP DEFAULT sysdate", "When Redshift loaded the row. Not in the JSON.");

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
                Text(width) if matches!(spec.column, Column::RawLineBase64) => width,
                Text(width) => width * ESCAPE_BYTES_MAX,
                _ => 32,
            };
        index += 1;
    }
    bytes
};

// COPY refuses an object above 4 MB, Firehose a record above 1,024,000 bytes.
const _: () = assert!(ROW_BYTES_MAX < 1_024_000);

impl Column {
    /// Its line in [`COLUMNS`].
    #[must_use]
    #[inline]
    #[expect(clippy::indexing_slicing, reason = "the macro gives every column its line")]
    pub const fn spec(self) -> &'static ColumnSpec {
        &COLUMNS[self as usize]
    }

    /// Its width in bytes, if it is a text.
    #[must_use]
    #[inline]
    pub const fn width(self) -> usize {
        match self.spec().column_type {
            Text(width) => width,
            _ => 0,
        }
    }
}

impl ColumnType {
    /// As written in Redshift SQL.
    #[must_use]
    pub fn sql(self) -> String {
        match self {
            Text(width) => format!("VARCHAR({width})"),
            SmallInt => "SMALLINT".into(),
            BigInt => "BIGINT".into(),
            Timestamp => "TIMESTAMP".into(),
            Boolean => "BOOLEAN".into(),
        }
    }
}

/// The value of Firehose's `DataTableColumns`: the names of the row's columns, comma separated.
/// `loaded_at` is left out, so that COPY fills in its default.
#[must_use]
pub fn column_list() -> String {
    COLUMNS.map(|column| column.name).join(",")
}

/// The column reference of the docs, in Markdown.
#[must_use]
pub fn column_reference() -> String {
    let described =
        COLUMNS.iter().map(|column| (column.name, column.column_type.sql(), column.meaning));
    let lines = described
        .chain([(LOADED_AT.0, LOADED_AT.1.into(), LOADED_AT.2)])
        .map(|(name, column_type, meaning)| format!("| `{name}` | {column_type} | {meaning} |"));
    let head = ["| column | type | meaning |".into(), "|---|---|---|".into()];
    let mut text = head.into_iter().chain(lines).collect::<Vec<String>>().join("\n");
    text.push('\n');
    text
}
