//! One line to one entry: puts the parts of the grammar together.

use memchr::memchr_iter;

use super::free_text::{free_text, reason};
use super::grammar::{Cursor, embedded_head, head, is_from_client};
use super::scan::Marks;
use super::tail::tail;
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
        if line.overlong.is_some() {
            return Err(Reason::LineTooLong);
        }
        let line = line.bytes;
        self.marks.scan(line);
        let mut anomalies = Anomalies::default();
        let start = Cursor::new(line, self.marks.spaces()).skip_spaces();

        let (at_uri, head) = head(start).map_err(reason)?;
        if head.bucket_owner.len() > OWNER_BYTES {
            anomalies.insert(Anomaly::LongBucketOwner);
        }
        find_embedded_records(at_uri, &mut anomalies, &self.marks)?;
        let from_client = is_from_client(head.operation);
        let text = free_text(at_uri, self.marks.quotes(), from_client, &mut anomalies)?;
        let tail = tail(text.tail, &mut anomalies);
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
            request_uri: value(text.request_uri),
            http_status: text.counters.http_status,
            error_code: value(text.counters.error_code),
            bytes_sent: text.counters.bytes_sent,
            object_size: text.counters.object_size,
            total_time: text.counters.total_time,
            turn_around_time: text.counters.turn_around_time,
            referer: value(text.referer),
            user_agent: value(text.user_agent),
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
            free_text: at_uri.since(at_uri.at.saturating_sub(head.key.len() + 1), text.tail.at),
            anomalies,
            plain: self.marks.plain() && self.marks.quotes().len() == text.quotes,
        })
    }
}

/// The length of a canonical user id, in bytes. A longer owner may be the beginning of one into
/// which the next record ran.
const OWNER_BYTES: usize = 64;

/// Looks for the head of another record behind the key of this one.
///
/// Outside all quotes, where no client writes, it is a cut-off record that ran into the next one.
/// Inside them a client may have written it, which must not keep its request out of the table.
fn find_embedded_records(
    at_uri: Cursor<'_, '_>,
    anomalies: &mut Anomalies,
    marks: &Marks,
) -> Result<(), Reason> {
    // The time has one.
    if marks.brackets() == 1 {
        return Ok(());
    }
    let (first, last) = (marks.quotes().first(), marks.quotes().last());
    for bracket in memchr_iter(b'[', at_uri.rest()).map(|bracket| at_uri.at + bracket) {
        if !embedded_head(at_uri.jump(bracket)) {
            continue;
        }
        let is_before = |quote: &u32| (*quote as usize) < bracket;
        if !first.is_some_and(is_before) || last.is_some_and(is_before) {
            return Err(Reason::TwoRecordsGlued);
        }
        anomalies.insert(Anomaly::EmbeddedRecord);
    }
    Ok(())
}

/// `None` where the log writes that there is no value.
fn value(field: &[u8]) -> Option<&[u8]> {
    match field {
        b"" | b"-" => None,
        _ => Some(field),
    }
}
