//! The fields after the user agent: unquoted, grown over the years, and still growing.
//!
//! Lines of 17, 18, 19, 23, 24, 25, 26 and 27 fields exist, also within one log. Fields beyond the
//! 27th are kept as they are.

use super::grammar::{Cursor, token};
use super::{Anomalies, Anomaly};

/// Fields 18 to 27 in order; a field that the line does not have is empty.
pub(super) struct Tail<'l> {
    pub(super) fields: [&'l [u8]; TAIL_FIELDS],
    /// From the 28th field to the end of the line.
    pub(super) extra: Option<&'l [u8]>,
    pub(super) extra_fields: usize,
}

/// Version id to source region.
pub(super) const TAIL_FIELDS: usize = 10;
/// Where the host id stands among them.
const HOST_ID: usize = 1;

/// Reads the rest of the line. It cannot fail.
#[inline]
pub(super) fn tail<'l>(cursor: Cursor<'_, 'l>, anomalies: &mut Anomalies) -> Tail<'l> {
    if let Some(fields) = ordinary(cursor) {
        return Tail { fields, extra: None, extra_fields: 0 };
    }
    let (cursor, fields) = known_fields(cursor, anomalies);
    let extra_fields = std::iter::successors(token(cursor).ok(), |(rest, _)| token(*rest).ok());
    let extra_fields = extra_fields.count();
    let extra = (extra_fields > 0).then_some(cursor.rest());
    Tail { fields, extra, extra_fields }
}

/// Most lines: all of today's fields, one space between them, and nothing more. `None` leaves it to the
/// long way, which would read such a line in the same way.
#[inline]
fn ordinary<'l>(cursor: Cursor<'_, 'l>) -> Option<[&'l [u8]; TAIL_FIELDS]> {
    let (rest, [version, host_id, signature, f4, f5, f6, f7, f8, f9]) =
        cursor.single_spaced::<{ TAIL_FIELDS - 1 }>()?;
    let last = rest.rest();
    let whole = rest.is_last_word() && !last.is_empty() && is_signature_version(signature);
    whole.then_some([version, host_id, signature, f4, f5, f6, f7, f8, f9, last])
}

fn known_fields<'m, 'l>(
    mut cursor: Cursor<'m, 'l>,
    anomalies: &mut Anomalies,
) -> (Cursor<'m, 'l>, [&'l [u8]; TAIL_FIELDS]) {
    let mut fields: [&[u8]; TAIL_FIELDS] = [b""; TAIL_FIELDS];
    for (index, field) in fields.iter_mut().enumerate() {
        let start = cursor.at;
        let Ok((rest, found)) = token(cursor) else { break };
        cursor = rest;
        *field = found;
        if index == HOST_ID
            && let Some((rest, host_id)) = spaced_host_id(start, cursor, anomalies)
        {
            *field = host_id;
            cursor = rest;
        }
    }
    (cursor, fields)
}

/// The host id that begins at `start` and goes on behind its first word, in lines of 2019: console
/// requests wrote another word before it, and all wrote a dash there for a few weeks. Told by what
/// follows, because what stands after a host id is a signature version.
fn spaced_host_id<'m, 'l>(
    start: usize,
    cursor: Cursor<'m, 'l>,
    anomalies: &mut Anomalies,
) -> Option<(Cursor<'m, 'l>, &'l [u8])> {
    let (rest, next) = token(cursor).ok()?;
    if is_signature_version(next) {
        return None;
    }
    let after = token(rest).map_or(&b""[..], |(_, after)| after);
    let signed = after.starts_with(b"SigV");
    let unsigned = after == b"-" && looks_like_host_id(next);
    if !signed && !unsigned {
        anomalies.insert(Anomaly::UnknownSignatureVersion);
        return None;
    }
    let whole = cursor.since(start, cursor.at + next.len());
    // Nothing but a space ends a word, whatever else is white.
    let first_is_dash = cursor.line.get(start..start + 2) == Some(b"- ");
    Some((rest, if first_is_dash { next } else { whole }))
}

/// Base64 of 40 or more characters, or something that ends as base64 does.
fn looks_like_host_id(word: &[u8]) -> bool {
    const BYTES_MIN: usize = 40;
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    word.ends_with(b"=") || (word.len() >= BYTES_MIN && word.iter().all(base64))
}

fn is_signature_version(token: &[u8]) -> bool {
    token == b"-" || token.starts_with(b"SigV")
}

/// Whether what stands at `cursor` is a tail with its signature, host and TLS fields: the anchor
/// by which the end of the user agent is found should S3 ever quote a new trailing field.
pub(super) fn is_full_tail(cursor: Cursor<'_, '_>) -> bool {
    let (_, fields) = known_fields(cursor, &mut Anomalies::default());
    let [version, host_id, signature, cipher, authentication, host, tls, ..] = fields;
    !host_id.is_empty()
        && is_signature_version(signature)
        && [version, host_id, cipher, host].iter().all(|field| !field.contains(&b'"'))
        && matches!(authentication, b"-" | b"AuthHeader" | b"QueryString")
        && (tls == b"-" || tls.starts_with(b"TLS"))
}
