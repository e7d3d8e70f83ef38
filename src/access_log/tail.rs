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
const TAIL_FIELDS: usize = 10;
/// Where the host id stands among them.
const HOST_ID: usize = 1;

/// Reads the rest of the line. It cannot fail.
pub(super) fn tail<'l>(cursor: Cursor<'_, 'l>, anomalies: &mut Anomalies) -> Tail<'l> {
    let (cursor, fields) = known_fields(cursor, anomalies);
    let extra_fields = std::iter::successors(token(cursor).ok(), |(rest, _)| token(*rest).ok());
    let extra_fields = extra_fields.count();
    let extra = (extra_fields > 0).then_some(cursor.rest());
    Tail { fields, extra, extra_fields }
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
            && let Some((rest, second)) = second_host_id_token(cursor, anomalies)
        {
            *field = cursor.since(start, cursor.at + second.len());
            cursor = rest;
        }
    }
    (cursor, fields)
}

/// The second token of a host id that has two (console requests of 2019): what follows is no
/// signature version, but what follows that is.
fn second_host_id_token<'m, 'l>(
    cursor: Cursor<'m, 'l>,
    anomalies: &mut Anomalies,
) -> Option<(Cursor<'m, 'l>, &'l [u8])> {
    let (rest, next) = token(cursor).ok()?;
    if is_signature_version(next) {
        return None;
    }
    if let Ok((_, after)) = token(rest)
        && is_signature_version(after)
        && after != b"-"
    {
        return Some((rest, next));
    }
    anomalies.insert(Anomaly::UnknownSignatureVersion);
    None
}

fn is_signature_version(token: &[u8]) -> bool {
    token == b"-" || token.starts_with(b"SigV")
}

/// Whether what stands at `cursor` is a tail with its signature, host and TLS fields: the anchor
/// by which the end of the user agent is found should S3 ever quote a new trailing field.
pub(super) fn is_full_tail(cursor: Cursor<'_, '_>) -> bool {
    let (_, fields) = known_fields(cursor, &mut Anomalies::default());
    let [_, host_id, signature, cipher, authentication, host, tls, ..] = fields;
    !host_id.is_empty()
        && is_signature_version(signature)
        && !cipher.contains(&b'"')
        && matches!(authentication, b"-" | b"AuthHeader" | b"QueryString")
        && !host.contains(&b'"')
        && (tls == b"-" || tls.starts_with(b"TLS"))
}
