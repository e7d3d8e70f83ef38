//! What one line says: the entry, what was odd about it, and why there may be none.

use super::RequestTime;

/// One parsed line, borrowing from it. Fields stand in the order of the log format.
///
/// A text field is `None` where the log says that there is no value: `-`, `"-"` or `""`. Texts are
/// as logged: bytes, not yet decoded, masked or clipped.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the fields carry the names the Amazon S3 User Guide gives them")]
pub struct Entry<'l> {
    pub bucket_owner: Option<&'l [u8]>,
    pub bucket: Option<&'l [u8]>,
    pub request_time: RequestTime,
    pub remote_ip: Option<&'l [u8]>,
    /// May hold spaces (a CloudFront origin access identity does).
    pub requester: Option<&'l [u8]>,
    pub request_id: Option<&'l [u8]>,
    pub operation: &'l [u8],
    /// URL-encoded, once or twice: see [`super::decode_key`].
    pub key: Option<&'l [u8]>,
    /// Without its outer quotes.
    pub request_uri: Option<&'l [u8]>,
    pub http_status: Option<u16>,
    pub error_code: Option<&'l [u8]>,
    pub bytes_sent: Option<Digits<'l>>,
    pub object_size: Option<Digits<'l>>,
    /// Milliseconds.
    pub total_time: Option<Digits<'l>>,
    /// Milliseconds.
    pub turn_around_time: Option<Digits<'l>>,
    /// Without its outer quotes.
    pub referer: Option<&'l [u8]>,
    /// Without its outer quotes.
    pub user_agent: Option<&'l [u8]>,
    /// The literal `null` is a value: the version of an object in an unversioned bucket.
    pub version_id: Option<&'l [u8]>,
    /// May be two tokens (console requests of 2019).
    pub host_id: Option<&'l [u8]>,
    pub signature_version: Option<&'l [u8]>,
    pub cipher_suite: Option<&'l [u8]>,
    pub authentication_type: Option<&'l [u8]>,
    pub host_header: Option<&'l [u8]>,
    pub tls_version: Option<&'l [u8]>,
    pub access_point_arn: Option<&'l [u8]>,
    pub acl_required: Option<&'l [u8]>,
    pub source_region: Option<&'l [u8]>,
    /// Fields after the 27th, as logged, from the first to the end of the line.
    pub extra: Option<&'l [u8]>,
    /// How many fields stand after the 27th.
    pub extra_fields: usize,
    /// From the key to the end of the user agent, all of it.
    pub free_text: &'l [u8],
    /// What was odd about the line.
    pub anomalies: Anomalies,
    /// Every field is printable ASCII without a quote or a backslash: as it is in JSON.
    pub plain: bool,
}

/// One or more ASCII digits, as logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digits<'l>(&'l [u8]);

impl<'l> Digits<'l> {
    /// `None` unless `text` is all digits and not empty.
    #[must_use]
    pub fn new(text: &'l [u8]) -> Option<Self> {
        // Most digits come in few, most other words show at once.
        let first = text.first().is_some_and(u8::is_ascii_digit);
        (first && text.iter().all(u8::is_ascii_digit)).then_some(Self(text))
    }

    /// The digits without leading zeros, when the number fits a BIGINT (at most 2^63 - 1).
    #[must_use]
    pub fn bigint(self) -> Option<&'l [u8]> {
        const MAX: &[u8] = b"9223372036854775807";
        if self.0.len() < MAX.len() && self.0.first() != Some(&b'0') {
            return Some(self.0);
        }
        let zeros = self.0.iter().take_while(|digit| **digit == b'0').count();
        let last = self.0.len() - 1;
        let digits = self.0.get(zeros.min(last)..)?;
        let fits = digits.len() < MAX.len() || (digits.len() == MAX.len() && digits <= MAX);
        fits.then_some(digits)
    }
}

/// Something odd about a line that still gave an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Anomaly {
    /// The request-URI could end at more than one place: the leftmost was taken.
    AmbiguousRequestUri,
    /// More than one place could part referer and user agent, or end the user agent.
    AmbiguousRefererUserAgent,
    /// Text that a client controls holds what looks like the head of another record.
    EmbeddedRecord,
    /// The field after the host id is no known signature version.
    UnknownSignatureVersion,
    /// The bucket owner is longer than an id of a user.
    LongBucketOwner,
}

impl Anomaly {
    /// All anomalies, in the order in which they are reported.
    pub const ALL: [Self; 5] = [
        Self::AmbiguousRequestUri,
        Self::AmbiguousRefererUserAgent,
        Self::EmbeddedRecord,
        Self::UnknownSignatureVersion,
        Self::LongBucketOwner,
    ];

    /// The name it has in the column `flags`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AmbiguousRequestUri => "ambiguous_request_uri",
            Self::AmbiguousRefererUserAgent => "ambiguous_referer_user_agent",
            Self::EmbeddedRecord => "embedded_record",
            Self::UnknownSignatureVersion => "unknown_signature_version",
            Self::LongBucketOwner => "long_bucket_owner",
        }
    }
}

/// The set of [`Anomaly`]s of one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Anomalies(u8);

impl Anomalies {
    /// Adds one.
    pub fn insert(&mut self, anomaly: Anomaly) {
        self.0 |= 1 << anomaly as u8;
    }

    /// Whether it is in the set.
    #[must_use]
    pub fn contains(self, anomaly: Anomaly) -> bool {
        self.0 & (1 << anomaly as u8) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Why a line gave no entry and is quarantined. The names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The line ends before its user agent does.
    Truncated,
    /// The third field is no time that exists, in brackets.
    BadTime,
    /// No token after the requester is an operation.
    NoOperation,
    /// The field after the key is neither a dash nor a quoted request line.
    BadRequestUri,
    /// No status and counters follow the request-URI.
    NoStatus,
    /// Referer or user agent is neither a dash nor quoted.
    BadRefererUserAgent,
    /// A record was cut off and the next one begins on the same line.
    TwoRecordsGlued,
    /// The line is longer than [`super::LINE_BYTES_MAX`].
    LineTooLong,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 8] = [
        Self::Truncated,
        Self::BadTime,
        Self::NoOperation,
        Self::BadRequestUri,
        Self::NoStatus,
        Self::BadRefererUserAgent,
        Self::TwoRecordsGlued,
        Self::LineTooLong,
    ];

    /// The code in the column `parse_error`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::BadTime => "bad_time",
            Self::NoOperation => "no_operation",
            Self::BadRequestUri => "bad_request_uri",
            Self::NoStatus => "no_status",
            Self::BadRefererUserAgent => "bad_referer_user_agent",
            Self::TwoRecordsGlued => "two_records_glued",
            Self::LineTooLong => "line_too_long",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_fit_a_bigint_or_are_refused() {
        for (text, expected) in [
            ("0", Some("0")),
            ("000", Some("0")),
            ("0041", Some("41")),
            ("9223372036854775807", Some("9223372036854775807")),
            ("00009223372036854775807", Some("9223372036854775807")),
            ("9223372036854775808", None),
            ("10000000000000000000", None),
        ] {
            let digits = Digits::new(text.as_bytes()).unwrap();
            assert_eq!(digits.bigint(), expected.map(str::as_bytes), "{text}");
        }
        assert!(Digits::new(b"").is_none());
        assert!(Digits::new(b"-1").is_none());
        assert!(Digits::new(b"1e3").is_none());
    }

    #[test]
    fn anomalies_are_a_set() {
        let mut anomalies = Anomalies::default();
        assert!(anomalies.is_empty());
        anomalies.insert(Anomaly::EmbeddedRecord);
        for anomaly in Anomaly::ALL {
            assert_eq!(anomalies.contains(anomaly), anomaly == Anomaly::EmbeddedRecord);
        }
    }
}
