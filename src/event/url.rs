//! Keys as S3 notifications write them: percent-encoded, with `+` for a space.
//!
//! EventBridge events are the exception: their keys are not encoded. What it does not do: decode
//! keys inside log lines, which S3 encodes otherwise ([`crate::access_log::decode_key`]).

use thiserror::Error;

use crate::access_log::percent_decode;

/// A key that is no text once decoded. S3 keys always are.
#[derive(Debug, Clone, Copy, Error, PartialEq, Eq)]
#[error("the object key is not valid UTF-8 once decoded")]
pub struct UrlDecodeError;

/// Decodes a key of an S3 notification. A percent sign without two hex digits stands for itself: S3
/// never writes one, but hand-made events do.
///
/// Source: Amazon S3 User Guide, "Event message structure": the key is URL-encoded.
///
/// # Errors
/// [`UrlDecodeError`] when the result is not UTF-8.
pub(crate) fn decode_event_key(encoded: &str) -> Result<String, UrlDecodeError> {
    let mut decoded = encoded.replace('+', " ").into_bytes();
    let length = percent_decode(&mut decoded);
    decoded.truncate(length);
    String::from_utf8(decoded).map_err(|_| UrlDecodeError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_decode_as_s3_encodes_them() {
        for (encoded, expected) in [
            (
                "logs/2026-11-22-00-00-38-0123456789ABCDEF",
                "logs/2026-11-22-00-00-38-0123456789ABCDEF",
            ),
            ("a+b", "a b"),
            ("a%2Bb", "a+b"),
            ("a%20b", "a b"),
            ("%E2%82%AC", "€"),
            ("%e2%82%ac", "€"),
            ("100%", "100%"),
            ("%zz", "%zz"),
            ("%2", "%2"),
            ("%252F", "%2F"),
            ("", ""),
        ] {
            assert_eq!(decode_event_key(encoded).as_deref(), Ok(expected), "{encoded}");
        }
        assert_eq!(decode_event_key("%FF"), Err(UrlDecodeError));
    }
}
