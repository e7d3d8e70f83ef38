//! A log object that nobody but a trial could have written.

use std::hash::{BuildHasher as _, RandomState};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The bucket that its requests went to.
pub(super) const BUCKET: &str = "logferry-probe";

/// A number that no other trial has.
pub(super) fn unique() -> u64 {
    RandomState::new().hash_one(Timestamp::now().as_nanosecond())
}

/// The request id of a trial: sixteen letters and digits, like S3's.
pub(super) fn request_id(unique: u64) -> String {
    format!("PROBE{:011X}", unique & 0xFFF_FFFF_FFFF)
}

/// A key of the form that S3 writes.
pub(super) fn key(prefix: &str, unix_s: i64, unique: u64) -> String {
    let time = utc(unix_s);
    format!("{prefix}{}-{unique:016X}", time.strftime("%Y-%m-%d-%H-%M-%S"))
}

/// One line of an access log, with its newline.
pub(super) fn line(unix_s: i64, request_id: &str) -> String {
    let time = utc(unix_s);
    let month = usize::try_from(time.month()).ok().and_then(|month| MONTHS.get(month - 1));
    let month = month.copied().unwrap_or_default();
    let when = format!("{:02}/{month}/{}", time.day(), time.strftime("%Y:%H:%M:%S +0000"));
    format!(
        "probe {BUCKET} [{when}] 192.0.2.1 - {request_id} REST.GET.OBJECT probe \"GET /probe \
         HTTP/1.1\" 200 - 1 1 1 1 \"-\" \"logferry doctor\" -\n"
    )
}

/// As SQL writes times.
pub(super) fn sql_time(unix_s: i64) -> String {
    utc(unix_s).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

pub(super) fn utc(unix_s: i64) -> DateTime {
    Timestamp::from_second(unix_s).unwrap_or_default().to_zoned(TimeZone::UTC).datetime()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access_log::lines;
    use crate::operate::select::key_date;
    use crate::row::{Origin, Outcome, RowEncoder, RowOptions};

    #[test]
    fn a_made_up_object_is_read_as_one_of_s3() {
        let now = 1_773_480_413;
        let key = key("access-logs/", now, 0x1A);
        assert_eq!(key, "access-logs/2026-03-14-09-26-53-000000000000001A");
        assert_eq!(key_date(&key).map(|(unix_s, _)| unix_s), Some(now));
        let id = request_id(u64::MAX);
        assert_eq!(id.len(), 16);
        let (mut encoder, mut row) = (RowEncoder::new(RowOptions::default()), Vec::new());
        let text = line(now, &id);
        let outcomes: Vec<_> = lines(text.as_bytes())
            .map(|line| encoder.encode(&line, &Origin::new(None, &key), &mut row))
            .collect();
        assert!(matches!(outcomes[..], [Outcome::Row(_)]), "{outcomes:?}");
        let row = String::from_utf8(row).unwrap();
        assert!(row.contains("\"request_time\":\"2026-03-14T09:26:53Z\""), "{row}");
        assert!(row.contains(&id) && !row.contains("\"flags\""), "{row}");
        assert_eq!(sql_time(now), "2026-03-14 09:26:53");
        assert_ne!(unique(), unique());
    }
}
