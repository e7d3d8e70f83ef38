//! From a key as logged to the key of the object.
//!
//! S3 URL-encodes keys twice in REST, WEBSITE and SOAP records and once in BATCH and S3 (lifecycle
//! and jobs) records. Its encoder writes a space as `+`. `docs/format.md` has the evidence.

/// What [`decode_key`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodedKey {
    /// The logged key is the key.
    AsLogged,
    /// The key is in the buffer.
    Decoded,
    /// Decoding gives no valid UTF-8: the logged key is the best there is.
    NotUtf8,
}

/// Decodes the key of a record of `operation` into `buffer`, replacing what it held.
pub fn decode_key(logged: &[u8], operation: &[u8], buffer: &mut Vec<u8>) -> DecodedKey {
    if memchr::memchr2(b'%', b'+', logged).is_none() {
        return DecodedKey::AsLogged;
    }
    buffer.clear();
    buffer.extend_from_slice(logged);
    if !is_encoded_once(operation) {
        let length = percent_decode(buffer);
        buffer.truncate(length);
    }
    for byte in buffer.iter_mut().filter(|byte| **byte == b'+') {
        *byte = b' ';
    }
    let length = percent_decode(buffer);
    buffer.truncate(length);
    if std::str::from_utf8(buffer).is_err() {
        return DecodedKey::NotUtf8;
    }
    if buffer == logged { DecodedKey::AsLogged } else { DecodedKey::Decoded }
}

fn is_encoded_once(operation: &[u8]) -> bool {
    operation.starts_with(b"BATCH.") || operation.starts_with(b"S3.")
}

/// Replaces each `%XX` by its byte, in place, and gives the new length. A percent sign that begins
/// no such triple stays.
#[must_use]
pub fn percent_decode(text: &mut [u8]) -> usize {
    let first = memchr::memchr(b'%', text).unwrap_or(text.len());
    let (mut from, mut to) = (first, first);
    while let Some(&byte) = text.get(from) {
        let triple = if byte == b'%' { text.get(from..from + 3) } else { None };
        let (decoded, taken) = match triple {
            Some([_, high, low]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, 3),
                _ => (byte, 1),
            },
            _ => (byte, 1),
        };
        if let Some(slot) = text.get_mut(to) {
            *slot = decoded;
        }
        from += taken;
        to += 1;
    }
    to
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(logged: &str, operation: &str) -> (DecodedKey, String) {
        let mut buffer = b"left over".to_vec();
        let found = decode_key(logged.as_bytes(), operation.as_bytes(), &mut buffer);
        let key = if found == DecodedKey::Decoded { buffer } else { logged.into() };
        (found, String::from_utf8(key).unwrap())
    }

    #[test]
    fn once_or_twice_by_operation() {
        for (logged, operation, expected) in [
            ("tbl/dt%253D2026-03-14/a", "REST.GET.OBJECT", "tbl/dt=2026-03-14/a"),
            ("foo-%2525Y", "REST.GET.OBJECT", "foo-%Y"),
            ("foo-%2525Y", "S3.EXPIRE.OBJECT", "foo-%25Y"),
            ("foo-%2525Y", "BATCH.DELETE.OBJECT", "foo-%25Y"),
            ("a+b", "BATCH.DELETE.OBJECT", "a b"),
            ("a%2Bb", "S3.EXPIRE.OBJECT", "a+b"),
            ("a%2520b", "REST.GET.OBJECT", "a b"),
            ("a%2Bb", "REST.GET.OBJECT", "a b"),
            ("a%252Bb", "REST.GET.OBJECT", "a+b"),
            ("preseed%2Fa", "REST.GET.OBJECT", "preseed/a"),
            ("%25E6%2597%25A5", "WEBSITE.GET.OBJECT", "日"),
            ("line%250Abreak", "REST.PUT.OBJECT", "line\nbreak"),
        ] {
            let decoded = (DecodedKey::Decoded, expected.to_owned());
            assert_eq!(decode(logged, operation), decoded, "{operation} {logged}");
        }
    }

    #[test]
    fn what_is_not_encoded_stays() {
        for logged in [
            "reports/q1.csv",
            "75*75/a(1)!'.jpeg",
            "100%",
            "%zz",
            "%2",
            "a%+".trim_end_matches('+'),
        ] {
            assert_eq!(decode(logged, "REST.GET.OBJECT").0, DecodedKey::AsLogged, "{logged}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_keep_the_logged_key() {
        assert_eq!(decode("a%25FF", "REST.GET.OBJECT").0, DecodedKey::NotUtf8);
        assert_eq!(decode("a%FF", "S3.EXPIRE.OBJECT").0, DecodedKey::NotUtf8);
    }
}
