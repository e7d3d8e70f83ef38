//! One line to one entry: puts the parts of the grammar together.

use memchr::memchr_iter;
use nom::Err;

use super::free_text::{client, counters_again, last_closing_quote, request_uri};
use super::grammar::{Cursor, embedded_head, head};
use super::scan::Marks;
use super::tail::{is_full_tail, tail};
use super::{Anomalies, Anomaly, Entry, Line, Reason};

/// Parses lines. Holds the delimiter index that is reused from line to line.
#[derive(Debug, Default)]
pub struct Parser {
    marks: Marks,
}

impl Parser {
    /// A parser.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The entry that `line` holds.
    ///
    /// # Errors
    /// The reason why the line is to be quarantined.
    pub fn parse<'l>(&mut self, line: &Line<'l>) -> Result<Entry<'l>, Reason> {
        if line.oversize {
            return Err(Reason::LineTooLong);
        }
        let line = line.bytes;
        self.marks.scan(line);
        let mut anomalies = Anomalies::default();
        let start = Cursor::new(line, self.marks.spaces()).skip_spaces();

        let (at_uri, head) = head(start).map_err(|error| reason(&error))?;
        find_embedded_records(at_uri, &head, &mut anomalies, &self.marks)?;
        let (at_client, (request_uri, counters)) =
            request_uri(at_uri, self.marks.quotes()).map_err(|error| reason(&error))?;
        let last = self.last_client_quote(at_client, &mut anomalies);
        let uri_quotes = if at_uri.byte() == Some(b'"') { 2 } else { 0 };
        let (at_tail, client) = client(at_client, last, self.marks.quotes(), &mut anomalies)
            .map_err(|error| reason(&error))?;
        let structural_quotes = uri_quotes + client.quotes;
        let tail = tail(at_tail, &mut anomalies);
        let [
            version_id,
            host_id,
            signature_version,
            cipher_suite,
            authentication_type,
            host_header,
            tls_version,
            access_point_arn,
            acl_required,
            source_region,
        ] = tail.fields.map(value);

        Ok(Entry {
            bucket_owner: value(head.bucket_owner),
            bucket: value(head.bucket),
            request_time: head.request_time,
            remote_ip: value(head.remote_ip),
            requester: value(head.requester),
            request_id: value(head.request_id),
            operation: head.operation,
            key: value(head.key),
            request_uri: value(request_uri),
            http_status: counters.http_status,
            error_code: value(counters.error_code),
            bytes_sent: counters.bytes_sent,
            object_size: counters.object_size,
            total_time: counters.total_time,
            turn_around_time: counters.turn_around_time,
            referer: value(client.referer),
            user_agent: value(client.user_agent),
            version_id,
            host_id,
            signature_version,
            cipher_suite,
            authentication_type,
            host_header,
            tls_version,
            access_point_arn,
            acl_required,
            source_region,
            extra: tail.extra,
            extra_fields: tail.extra_fields,
            anomalies,
            plain: self.marks.plain() && self.marks.quotes().len() == structural_quotes,
        })
    }

    /// The quote that closes referer and user agent: the last of the line. Only when nothing
    /// stands behind it but a full tail before it, a trailing field is quoted: S3 may add one.
    fn last_client_quote(
        &self,
        at_client: Cursor<'_, '_>,
        anomalies: &mut Anomalies,
    ) -> Option<usize> {
        let quotes = self.marks.quotes();
        let last = last_closing_quote(at_client.line, quotes)?;
        if counters_again(at_client, quotes) {
            anomalies.insert(Anomaly::AmbiguousRequestUri);
        }
        if last <= at_client.at || !at_client.jump(last + 1).skip_spaces().rest().is_empty() {
            return Some(last);
        }
        // The last such quote: an earlier one may be a client's.
        let before_last =
            quotes.iter().rev().map(|quote| *quote as usize).skip_while(|end| *end >= last);
        let mut ends = before_last.take_while(|end| *end > at_client.at);
        let end = ends.find(|end| {
            at_client.line.get(end + 1) == Some(&b' ')
                && is_full_tail(at_client.jump(end + 1).skip_spaces())
        });
        if end.is_some() {
            anomalies.insert(Anomaly::AmbiguousRefererUserAgent);
        }
        end.or(Some(last))
    }
}

/// Looks for the head of another record behind the key of this one.
///
/// It is a cut-off record that ran into the next one when it stands where no client writes (outside
/// all quotes), or when this line's own bucket owner stands before
/// it, which a client that forges a record into its user agent does not know.
fn find_embedded_records(
    at_uri: Cursor<'_, '_>,
    head: &super::grammar::Head<'_>,
    anomalies: &mut Anomalies,
    marks: &Marks,
) -> Result<(), Reason> {
    let rest = at_uri.rest();
    for bracket in memchr_iter(b'[', rest).map(|bracket| at_uri.at + bracket) {
        if !embedded_head(at_uri.jump(bracket)) {
            continue;
        }
        let before = at_uri.line.get(..bracket).unwrap_or_default();
        let is_before = |quote: &u32| (*quote as usize) < bracket;
        let (first, last) = (marks.quotes().first(), marks.quotes().last());
        let quoted = first.is_some_and(is_before) && !last.is_some_and(is_before);
        if !quoted || owner_before(before, head.bucket_owner) {
            return Err(Reason::TwoRecordsGlued);
        }
        anomalies.insert(Anomaly::EmbeddedRecord);
    }
    Ok(())
}

/// Whether `before` ends in `owner bucket `, the owner possibly glued to what stood before it.
fn owner_before(before: &[u8], owner: &[u8]) -> bool {
    const OWNER_BYTES_MIN: usize = 16;
    let mut tokens = before.rsplit(|byte| *byte == b' ').filter(|token| !token.is_empty());
    let _bucket = tokens.next();
    owner.len() >= OWNER_BYTES_MIN && tokens.next().is_some_and(|token| token.ends_with(owner))
}

/// `None` where the log writes that there is no value.
fn value(field: &[u8]) -> Option<&[u8]> {
    match field {
        b"" | b"-" => None,
        _ => Some(field),
    }
}

fn reason(error: &Err<Reason>) -> Reason {
    match error {
        Err::Error(reason) | Err::Failure(reason) => *reason,
        Err::Incomplete(_) => Reason::Truncated,
    }
}
