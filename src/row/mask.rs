//! Masks the secrets of signed URLs.
//!
//! A presigned URL in a request-URI or a referer is a credential until it expires; the session
//! token and key id in it are worth hiding longer. Parameters are recognised by name wherever a
//! `=` follows, in any letter case, also percent-encoded, and also inside another URL's parameter
//! (`?url=https%3A%2F%2F...%3FX-Amz-Signature%3D...`). The user agent is masked too: clients copy
//! URLs into it, and where quotes are ambiguous a part of the referer may stand there. So are keys and
//! fields that are not known. What stands for a secret tells it from others and does not give it away.

use memchr::{memchr_iter, memchr2_iter, memchr3_iter};
use twox_hash::XxHash3_64;

use super::SecretNames;
use super::record_id::hex;
use super::settings::SECRET_NAME_BYTES_MAX;
use crate::access_log::percent_decode;

/// Query parameters whose values are masked: Signature Version 4 (`X-Amz-...`) and 2, session tokens
/// of directory buckets, and keys that clients encrypt with (SSE-C).
/// Source: Amazon S3 API Reference, "Authenticating requests: using query parameters",
/// "`CreateSession`" and "Specifying server-side encryption with customer-provided keys".
pub const SECRET_PARAMETERS: [&str; 8] = [
    "X-Amz-Signature",
    "X-Amz-Security-Token",
    "X-Amz-Credential",
    "X-Amz-S3session-Token",
    "Signature",
    "AWSAccessKeyId",
    "x-amz-server-side-encryption-customer-key",
    "x-amz-copy-source-server-side-encryption-customer-key",
];

/// Begins what stands in the place of a secret; digits of its hash follow.
const MASK: &[u8] = b"***";

/// Bytes of the hash: enough to tell the links of a report apart, and too few to find a secret by.
const HASH_BYTES: usize = 3;
const HASH_DIGITS: usize = 2 * HASH_BYTES;

/// How far a name may reach back from its `=`, in bytes: the longest, every byte encoded twice.
const NAME_BYTES_MAX: usize = SECRET_NAME_BYTES_MAX * "%25XX".len();

/// How often an equals sign may be percent-encoded: a URL in a URL in a URL.
const DEPTH_MAX: usize = 4;

/// Masks texts. Owns the buffers that are reused from text to text.
#[derive(Debug, Default)]
pub(super) struct Masker {
    names: SecretNames,
    /// The last text that held a secret, masked.
    pub(super) masked: Vec<u8>,
    /// For a secret while it is decoded.
    secret: Vec<u8>,
}

impl Masker {
    pub(super) fn new(names: SecretNames) -> Self {
        Self { names, ..Self::default() }
    }

    /// Copies `text` into [`Masker::masked`] with its secrets masked. `false`, and what stands there
    /// is of no meaning, when it holds none.
    #[inline]
    pub(super) fn mask(&mut self, text: &[u8]) -> bool {
        self.mask_values(text, Text::Line)
    }

    /// The same with a decoded key, in which a space is as good as any other character.
    pub(super) fn mask_key(&mut self, key: &[u8]) -> bool {
        self.mask_values(key, Text::Key)
    }

    /// Whether a secret stands in the text, or what looks like one: without, none of its parts holds one.
    #[inline]
    pub(super) fn may_find_a_secret(&self, text: &[u8]) -> bool {
        memchr2_iter(b'=', b'%', text).any(|at| {
            equals_sign(text, at).is_some()
                && self.names_a_secret(text.get(..at).unwrap_or_default())
        })
    }

    fn mask_values(&mut self, text: &[u8], kind: Text) -> bool {
        self.masked.clear();
        let mut copied = 0;
        for at in memchr2_iter(b'=', b'%', text) {
            let Some((value, depth)) = equals_sign(text, at) else { continue };
            if at < copied || !self.names_a_secret(text.get(..at).unwrap_or_default()) {
                continue;
            }
            let end = value_end(text, value, depth, kind);
            let secret = text.get(value..end).unwrap_or_default();
            if secret.is_empty() || is_mask(secret) {
                continue;
            }
            self.masked.extend_from_slice(text.get(copied..value).unwrap_or_default());
            self.write_mask(secret);
            copied = end;
        }
        if copied > 0 {
            self.masked.extend_from_slice(text.get(copied..).unwrap_or_default());
        }
        copied > 0
    }

    /// `***` and a hash of the secret, the same however often the secret is percent-encoded.
    fn write_mask(&mut self, secret: &[u8]) {
        self.secret.clear();
        self.secret.extend_from_slice(secret);
        for _ in 0..=DEPTH_MAX {
            let decoded = percent_decode(&mut self.secret);
            if decoded == self.secret.len() {
                break;
            }
            self.secret.truncate(decoded);
        }
        self.masked.extend_from_slice(MASK);
        for byte in XxHash3_64::oneshot(&self.secret).to_be_bytes().into_iter().take(HASH_BYTES) {
            self.masked.extend_from_slice(&hex(byte));
        }
    }

    /// Whether `before` ends in the name of a secret parameter.
    fn names_a_secret(&self, before: &[u8]) -> bool {
        let tail = before.get(before.len().saturating_sub(NAME_BYTES_MAX)..).unwrap_or_default();
        let (border, name) = last_name(tail);
        if border != Some(b'%') {
            return self.is_secret(name);
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
        self.is_secret(last_name(name.get(..length).unwrap_or_default()).1)
    }

    fn is_secret(&self, name: &[u8]) -> bool {
        let mut names = SECRET_PARAMETERS.into_iter().chain(self.names.iter());
        names.any(|secret| name.eq_ignore_ascii_case(secret.as_bytes()))
    }
}

/// What a text is a part of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Text {
    /// A line, in which a space may end a field.
    Line,
    /// A key, which may hold any character.
    Key,
}

/// Whether a value was masked before.
fn is_mask(value: &[u8]) -> bool {
    value.strip_prefix(MASK).is_some_and(|hash| {
        hash.is_empty() || (hash.len() == HASH_DIGITS && hash.iter().all(u8::is_ascii_hexdigit))
    })
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

/// The name that `text` ends in, and the byte before it.
fn last_name(text: &[u8]) -> (Option<u8>, &[u8]) {
    let of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    match text.iter().rposition(|byte| !of_name(byte)) {
        Some(border) => (text.get(border).copied(), text.get(border + 1..).unwrap_or_default()),
        None => (None, text),
    }
}

/// Where a value that begins at `start` ends: at an ampersand no deeper encoded than its equals
/// sign, with the text, and in a line at a space or at a quote that a space follows.
fn value_end(text: &[u8], start: usize, depth: usize, kind: Text) -> usize {
    let value = text.get(start..).unwrap_or_default();
    let ends = |at: &usize| match text.get(*at) {
        Some(b'"') => kind == Text::Line && matches!(text.get(at + 1), None | Some(b' ')),
        Some(b' ') => kind == Text::Line,
        _ => true,
    };
    let mut plain = memchr3_iter(b' ', b'"', b'&', value).map(|at| start + at).filter(ends);
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
        let mut masker = Masker::new("x-my_token".parse().unwrap());
        masker.masked.extend_from_slice(b"left over");
        masker.mask(text.as_bytes()).then(|| String::from_utf8(masker.masked).unwrap())
    }

    /// With every hash left out, which another test looks at.
    fn without_hashes(text: &str) -> String {
        let mut parts = text.split("***");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| text + "***" + &part[HASH_DIGITS..])
    }

    #[test]
    fn a_secret_has_one_mask_however_it_is_encoded() {
        let mask = |value: &str| masked(&format!("/k?Signature={value}")).unwrap();
        assert_eq!(mask("a/b=="), mask("a%2Fb%3D%3D"));
        assert_eq!(mask("a/b=="), mask("a%252Fb%253d="));
        assert_ne!(mask("a/b=="), mask("a/b="));
        // XXH3-64 of `abab` begins with these digits: `xxhsum -H3`.
        assert_eq!(
            mask("abab"),
            format!("/k?Signature=***{:06x}", XxHash3_64::oneshot(b"abab") >> 40)
        );
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
            ("/?X-My_Token=abab&my_token=abab", "/?X-My_Token=***&my_token=abab"),
            ("/?x-amz-s3session-token=abab", "/?x-amz-s3session-token=***"),
            (
                "/?X-Amz-Server-Side-Encryption-Customer-Key=YWJhYg==&\
                 x-amz-server-side-encryption-customer-key-MD5=abab",
                "/?X-Amz-Server-Side-Encryption-Customer-Key=***&\
                 x-amz-server-side-encryption-customer-key-MD5=abab",
            ),
            (
                "/?x-amz-copy-source-server-side-encryption-customer-key=YWJhYg==",
                "/?x-amz-copy-source-server-side-encryption-customer-key=***",
            ),
        ] {
            let masked = masked(text).map(|text| without_hashes(&text));
            assert_eq!(masked.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn leaves_everything_else_alone() {
        for text in [
            "",
            "GET /reports/q1.csv HTTP/1.1",
            "/k?X-Amz-SignedHeaders=host&versionId=abc&list-type=2",
            "/k?mySignature=abc&my-Signature=abc",
            "/k?Signature=&X-Amz-Signature=***&X-Amz-Credential=***0a1b2c",
            "/Signature/abc?a=%3",
            "/k?Signature",
        ] {
            assert_eq!(masked(text), None, "{text}");
        }
    }
}
