//! Masks the secrets of signed URLs.
//!
//! A presigned URL in a request-URI or a referer is a credential until it expires; the session
//! token and key id in it are worth hiding longer. Parameters are recognised by name wherever a
//! `=` follows, in any letter case, also percent-encoded, and also inside another URL's parameter
//! (`?url=https%3A%2F%2F...%3FX-Amz-Signature%3D...`). The user agent is masked too: clients copy
//! URLs into it, and where quotes are ambiguous a part of the referer may stand there.

use memchr::{memchr_iter, memchr2_iter, memchr3_iter};

use crate::access_log::percent_decode;

/// Query parameters whose values are masked: Signature Version 4 (`X-Amz-...`) and 2.
/// Source: Amazon S3 API Reference, "Authenticating requests: using query parameters".
pub const SECRET_PARAMETERS: [&str; 5] =
    ["X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-Credential", "Signature", "AWSAccessKeyId"];

/// What stands in the place of a secret.
const MASK: &[u8] = b"***";

/// How far a name may reach back from its `=`, in bytes: the longest, every byte encoded twice.
const NAME_BYTES_MAX: usize = 128;

/// How often an equals sign may be percent-encoded: a URL in a URL in a URL.
const DEPTH_MAX: usize = 4;

/// Copies `text` into `masked` with its secrets masked. `false`, and `masked` is left in an
/// unspecified state, when it holds none.
pub(super) fn mask(text: &[u8], masked: &mut Vec<u8>) -> bool {
    masked.clear();
    let mut copied = 0;
    for at in memchr2_iter(b'=', b'%', text) {
        let Some((value, depth)) = equals_sign(text, at) else { continue };
        if at < copied || !names_a_secret(text.get(..at).unwrap_or_default()) {
            continue;
        }
        let end = value_end(text, value, depth);
        let secret = text.get(value..end).unwrap_or_default();
        if secret.is_empty() || secret == MASK {
            continue;
        }
        masked.extend_from_slice(text.get(copied..value).unwrap_or_default());
        masked.extend_from_slice(MASK);
        copied = end;
    }
    if copied > 0 {
        masked.extend_from_slice(text.get(copied..).unwrap_or_default());
    }
    copied > 0
}

/// If a `=`, percent-encoded or not, stands at `at`: where its value begins, how often encoded.
fn equals_sign(text: &[u8], at: usize) -> Option<(usize, usize)> {
    encoded(text, at, b'=', *b"3D")
}

/// If `plain`, or `%`, any number of `25` and `hex`, stands at `at`: where it ends, how deep.
fn encoded(text: &[u8], at: usize, plain: u8, hex: [u8; 2]) -> Option<(usize, usize)> {
    let rest = text.get(at..)?;
    if rest.first() == Some(&plain) {
        return Some((at + 1, 0));
    }
    let mut digits = rest.strip_prefix(b"%")?;
    let mut depth = 1;
    while let Some(deeper) = digits.strip_prefix(b"25")
        && depth < DEPTH_MAX
    {
        digits = deeper;
        depth += 1;
    }
    let after = digits.get(2..)?;
    digits.get(..2)?.eq_ignore_ascii_case(&hex).then(|| (text.len() - after.len(), depth))
}

/// Whether `before` ends in the name of a secret parameter.
fn names_a_secret(before: &[u8]) -> bool {
    let tail = before.get(before.len().saturating_sub(NAME_BYTES_MAX)..).unwrap_or_default();
    let (border, name) = last_name(tail);
    if border != Some(b'%') {
        return is_secret(name);
    }
    let mut name = [0; NAME_BYTES_MAX];
    let Some(name) = name.get_mut(..tail.len()) else { return false };
    name.copy_from_slice(tail);
    let mut length = name.len();
    for _ in 0..DEPTH_MAX {
        let decoded = percent_decode(name.get_mut(..length).unwrap_or_default());
        if decoded == length {
            break;
        }
        length = decoded;
    }
    is_secret(last_name(name.get(..length).unwrap_or_default()).1)
}

/// The name that `text` ends in, and the byte before it.
fn last_name(text: &[u8]) -> (Option<u8>, &[u8]) {
    let of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    match text.iter().rposition(|byte| !of_name(byte)) {
        Some(border) => (text.get(border).copied(), text.get(border + 1..).unwrap_or_default()),
        None => (None, text),
    }
}

fn is_secret(name: &[u8]) -> bool {
    SECRET_PARAMETERS.iter().any(|secret| name.eq_ignore_ascii_case(secret.as_bytes()))
}

/// Where a value that begins at `start` ends: at an ampersand no deeper encoded than its equals
/// sign, at a space, at a quote that a space follows, or with the text.
fn value_end(text: &[u8], start: usize, depth: usize) -> usize {
    let value = text.get(start..).unwrap_or_default();
    let plain = memchr3_iter(b' ', b'"', b'&', value).map(|at| start + at);
    let mut plain = plain
        .filter(|at| text.get(*at) != Some(&b'"') || matches!(text.get(at + 1), None | Some(b' ')));
    let end = plain.next().unwrap_or(text.len());
    if depth == 0 {
        return end;
    }
    let value = text.get(start..end).unwrap_or_default();
    let mut encoded_ends = memchr_iter(b'%', value)
        .map(|at| start + at)
        .filter(|at| encoded(text, *at, b'&', *b"26").is_some_and(|(_, found)| found <= depth));
    encoded_ends.next().unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> Option<String> {
        let mut buffer = b"left over".to_vec();
        mask(text.as_bytes(), &mut buffer).then(|| String::from_utf8(buffer).unwrap())
    }

    #[test]
    fn masks_the_secrets_and_nothing_else() {
        for (text, expected) in [
            (
                "GET /k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK/2026/eu-west-1/s3/x&\
                 X-Amz-Expires=900&X-Amz-Security-Token=IQ/o+J==&X-Amz-SignedHeaders=host&\
                 X-Amz-Signature=abab HTTP/1.1",
                "GET /k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=***&X-Amz-Expires=900&\
                 X-Amz-Security-Token=***&X-Amz-SignedHeaders=host&X-Amz-Signature=*** HTTP/1.1",
            ),
            (
                "/k?AWSAccessKeyId=AK&Expires=1&Signature=a%2Bb%3D",
                "/k?AWSAccessKeyId=***&Expires=1&Signature=***",
            ),
            ("/k?x-amz-signature=abab", "/k?x-amz-signature=***"),
            ("/k?X-Amz%2DSignature=abab", "/k?X-Amz%2DSignature=***"),
            ("/k?X-Amz-%53ignature=abab&a=b", "/k?X-Amz-%53ignature=***&a=b"),
            ("/k?X-Amz-Security-Token=a%26b%3Dc&d=e", "/k?X-Amz-Security-Token=***&d=e"),
            (
                "https://v.example/?u=https%3A%2F%2Fb%2Fk%3FX-Amz-Signature%3Dab%26a%3Db&c=d",
                "https://v.example/?u=https%3A%2F%2Fb%2Fk%3FX-Amz-Signature%3D***%26a%3Db&c=d",
            ),
            (
                "/?u=%253FX-Amz-Credential%253DAK%252F1%2526b%253Dc",
                "/?u=%253FX-Amz-Credential%253D***%2526b%253Dc",
            ),
            ("\"GET /?Signature=ab\" 403 x", "\"GET /?Signature=***\" 403 x"),
            ("/?Signature=a\"b&c=d", "/?Signature=***&c=d"),
        ] {
            assert_eq!(masked(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn leaves_everything_else_alone() {
        for text in [
            "",
            "GET /reports/q1.csv HTTP/1.1",
            "/k?X-Amz-SignedHeaders=host&versionId=abc&list-type=2",
            "/k?mySignature=abc&my-Signature=abc",
            "/k?Signature=&X-Amz-Signature=***",
            "/Signature/abc?a=%3",
            "/k?Signature",
        ] {
            assert_eq!(masked(text), None, "{text}");
        }
    }
}
