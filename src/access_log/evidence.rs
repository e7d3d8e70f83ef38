//! Whether something is an S3 server access log at all, by what no client can write.
//!
//! A client chooses the request-URI, the referer and the user agent of a line, and with them whether
//! the line parses. It chooses neither how S3 names a log object nor how a line begins.

use std::net::IpAddr;

use super::time::{RequestTime, TIME_FIELD_BYTES};

/// Whether the line begins with owner, bucket, time and address, whatever comes behind.
#[must_use]
pub fn has_readable_head(line: &[u8]) -> bool {
    let mut fields = line.splitn(3, |byte| *byte == b' ');
    let (Some(owner), Some(bucket), Some(rest)) = (fields.next(), fields.next(), fields.next())
    else {
        return false;
    };
    let Some((time, rest)) = rest.split_at_checked(TIME_FIELD_BYTES) else { return false };
    let named = !owner.is_empty() && !bucket.is_empty();
    let mut fields = rest.splitn(3, |byte| *byte == b' ');
    let is_next = fields.next() == Some(b"");
    let address = fields.next().unwrap_or_default();
    named && is_next && RequestTime::parse(time).is_some() && is_address(address)
}

fn is_address(field: &[u8]) -> bool {
    let address = std::str::from_utf8(field).unwrap_or_default();
    address == "-" || address.parse::<IpAddr>().is_ok()
}

/// Whether S3 names log objects like this: after any prefix `YYYY-mm-DD-HH-MM-SS-UniqueString`, the
/// string being 16 hexadecimal digits.
///
/// Source: Amazon S3 User Guide, "Log object key format".
#[must_use]
pub fn is_log_object_key(key: &str) -> bool {
    const FORM: &[u8] = b"9999-99-99-99-99-99-FFFFFFFFFFFFFFFF";
    let Some(start) = key.len().checked_sub(FORM.len()) else { return false };
    let (_, name) = key.as_bytes().split_at(start);
    name.iter().zip(FORM).all(|(byte, form)| match form {
        b'9' => byte.is_ascii_digit(),
        b'F' => byte.is_ascii_digit() || (b'A'..=b'F').contains(byte),
        _ => byte == form,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_readable_whatever_comes_behind() {
        for line in [
            "o b [06/Feb/2019:00:00:38 +0000] 192.0.2.3 anything",
            "o b [06/Feb/2019:00:00:38 +0000] -",
            "o b [06/Feb/2019:00:00:38 +0000] 2001:db8::1 - \"",
        ] {
            assert!(has_readable_head(line.as_bytes()), "{line}");
        }
        for line in [
            "",
            "o b",
            " b [06/Feb/2019:00:00:38 +0000] 192.0.2.3 x",
            "o b [36/Feb/2019:00:00:38 +0000] 192.0.2.3 x",
            "o b [06/Feb/2019:00:00:38 +0000]192.0.2.3 x",
            "o b [06/Feb/2019:00:00:38 +0000] localhost x",
            "192.0.2.3 - - [06/Feb/2019:00:00:38 +0000] \"GET / HTTP/1.1\" 200 1",
            "{\"time\":\"[06/Feb/2019:00:00:38 +0000]\"}",
        ] {
            assert!(!has_readable_head(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn names_of_log_objects_are_told_by_their_end() {
        for key in [
            "2026-11-22-00-00-38-0123456789ABCDEF",
            "logs/2026-11-22-00-00-38-0123456789ABCDEF",
            "logs/111122223333/eu-west-1/b/2026/11/22/2026-11-22-00-00-38-0123456789ABCDEF",
            "log2026-11-22-00-00-38-0123456789ABCDEF",
        ] {
            assert!(is_log_object_key(key), "{key}");
        }
        for key in [
            "",
            "2026-11-22-00-00-38-0123456789ABCDE",
            "2026-11-22-00-00-38-0123456789abcdef",
            "2026-11-22-00-00-38-0123456789ABCDEF.gz",
            "2026-11-22-00-00-38_0123456789ABCDEF",
            "ünïcödé-0123456789ABCDEF",
        ] {
            assert!(!is_log_object_key(key), "{key}");
        }
    }
}
