//! The three fields whose text clients control: request-URI, referer and user agent.
//!
//! S3 does not escape quotes in them, so they are found by what stands around them: the leftmost
//! run of status and counters after the request-URI, and the last quote of the line. Inside those
//! borders the text may say what it likes.

use nom::Err;

use super::grammar::{Counters, Cursor, Parsed, counters, dash};
use super::{Anomalies, Anomaly, Reason};

/// Fields 9 to 15: the request-URI without its quotes, and the counters that end it.
pub(super) fn request_uri<'m, 'l>(
    cursor: Cursor<'m, 'l>,
    quotes: &[u32],
) -> Parsed<'m, 'l, (&'l [u8], Counters<'l>)> {
    if cursor.byte() != Some(b'"') {
        let (after_dash, uri) = dash(cursor).map_err(|error| match error {
            Err::Error(Reason::Truncated) => error,
            _ => Err::Error(Reason::BadRequestUri),
        })?;
        let (rest, found) = counters(after_dash)?;
        return Ok((rest, (uri, found)));
    }
    let open = cursor.at;
    let mut failure = Reason::Truncated;
    for close in closing_quotes(cursor.line, quotes, open) {
        match counters(cursor.jump(close + 1).skip_spaces()) {
            Ok((rest, found)) => return Ok((rest, (cursor.since(open + 1, close), found))),
            Err(Err::Error(Reason::Truncated)) => failure = Reason::Truncated,
            Err(_) => failure = Reason::NoStatus,
        }
    }
    Err(Err::Error(failure))
}

/// Whether counters stand once more between `cursor` and the end of the user agent, with a status
/// that is no dash: the tail of a lifecycle record is a run of dashes, a request has a status.
pub(super) fn counters_again(cursor: Cursor<'_, '_>, quotes: &[u32]) -> bool {
    // The quote at the cursor counts too: it may be the one that really ends the request-URI.
    let closing = closing_quotes(cursor.line, quotes, cursor.at.saturating_sub(1));
    closing
        .filter(|close| matches!(cursor.line.get(close + 2), Some(b'0'..=b'9' | b' ')))
        .filter_map(|close| counters(cursor.jump(close + 1).skip_spaces()).ok())
        .any(|(_, found)| found.http_status.is_some())
}

/// Offsets of the quotes after `open` that a space follows.
fn closing_quotes(line: &[u8], quotes: &[u32], open: usize) -> impl Iterator<Item = usize> {
    let first = quotes.partition_point(|quote| (*quote as usize) <= open);
    let after = quotes.get(first..).unwrap_or_default();
    after.iter().map(|quote| *quote as usize).filter(|quote| line.get(quote + 1) == Some(&b' '))
}

/// Fields 16 and 17, without their quotes.
pub(super) struct Client<'l> {
    pub(super) referer: &'l [u8],
    pub(super) user_agent: &'l [u8],
    /// Quotes that stand around the two.
    pub(super) quotes: usize,
}

/// Referer and user agent, which end at the quote at `last` (the last of the line), if any.
pub(super) fn client<'m, 'l>(
    cursor: Cursor<'m, 'l>,
    last: Option<usize>,
    quotes: &[u32],
    anomalies: &mut Anomalies,
) -> Parsed<'m, 'l, Client<'l>> {
    let start = cursor.at;
    let Some(last) = last.filter(|last| *last > start) else {
        // No closed quote from here on: both are bare dashes, or the line was cut.
        let failure = |_| {
            let cut = cursor.rest().contains(&b'"');
            Err::Error(if cut { Reason::Truncated } else { Reason::BadRefererUserAgent })
        };
        let (cursor, referer) = dash(cursor).map_err(failure)?;
        let (cursor, user_agent) = dash(cursor).map_err(failure)?;
        return Ok((cursor, Client { referer, user_agent, quotes: 0 }));
    };
    let after = cursor.jump(last + 1).skip_spaces();

    if cursor.byte() != Some(b'"') {
        let no_dash = |_| Err::Error(Reason::BadRefererUserAgent);
        let (cursor, referer) = dash(cursor).map_err(no_dash)?;
        if cursor.byte() != Some(b'"') {
            let (cursor, user_agent) = dash(cursor).map_err(no_dash)?;
            return Ok((cursor, Client { referer, user_agent, quotes: 0 }));
        }
        if cursor.at >= last {
            return Err(Err::Error(Reason::Truncated));
        }
        let user_agent = cursor.since(cursor.at + 1, last);
        return Ok((after, Client { referer, user_agent, quotes: 2 }));
    }

    let gaps = || gaps(cursor.line, quotes, start, last);
    let mut seams = gaps().filter(|(from, to)| *to == from + 2);
    // A line that a tool rewrote may have more spaces there.
    let Some((seam, next)) = seams.next().or_else(|| gaps().next()) else {
        // A quoted referer and a bare dash for the user agent.
        let (rest, user_agent) = dash(after).map_err(|_| Err::Error(Reason::Truncated))?;
        let referer = cursor.since(start + 1, last);
        return Ok((rest, Client { referer, user_agent, quotes: 2 }));
    };
    if seams.next().is_some() {
        anomalies.insert(Anomaly::AmbiguousRefererUserAgent);
    }
    let (referer, user_agent) = (cursor.since(start + 1, seam), cursor.since(next + 1, last));
    Ok((after, Client { referer, user_agent, quotes: 4 }))
}

/// Where referer and user agent may part between the quotes at `open` and `last`: offsets of two
/// quotes with nothing but spaces between them.
fn gaps(
    line: &[u8],
    quotes: &[u32],
    open: usize,
    last: usize,
) -> impl Iterator<Item = (usize, usize)> {
    let pairs = quotes.iter().zip(quotes.iter().skip(1));
    pairs.map(|(quote, next)| (*quote as usize, *next as usize)).filter(move |(quote, next)| {
        let between = line.get(quote + 1..*next).unwrap_or_default();
        *quote > open
            && *next < last
            && !between.is_empty()
            && between.iter().all(|byte| *byte == b' ')
    })
}

/// The last quote of the line that ends a field: a space or nothing follows it.
pub(super) fn last_closing_quote(line: &[u8], quotes: &[u32]) -> Option<usize> {
    let mut ends = quotes.iter().rev().map(|quote| *quote as usize);
    ends.find(|quote| matches!(line.get(quote + 1), None | Some(b' ')))
}
