//! Which objects of a bucket are meant: by the date in their keys.
//!
//! S3 writes a log as `PREFIXYYYY-mm-DD-HH-MM-SS-<16 hex digits>`, or with date-based partitioning as
//! `PREFIX<account>/<region>/<bucket>/YYYY/MM/DD/` and the same. Both end alike, so the end decides.
//! Source: Amazon S3 User Guide, "Amazon S3 server access log format".
//!
//! What it does not do: look into objects. A log holds requests of the hours before its date.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// The end of a key: `2026-03-14-10-02-11-0123456789ABCDEF`.
const TAIL_BYTES: usize = 36;

/// A range of time, half open, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first second that is meant.
    pub from_unix_s: i64,
    /// The first that no longer is.
    pub to_unix_s: i64,
}

impl Window {
    /// From one time to another, each of which may be left open.
    #[must_use]
    pub fn new(from_unix_s: Option<i64>, to_unix_s: Option<i64>) -> Option<Self> {
        if from_unix_s.is_none() && to_unix_s.is_none() {
            return None;
        }
        let (from, to) = (from_unix_s.unwrap_or(i64::MIN), to_unix_s.unwrap_or(i64::MAX));
        Some(Self { from_unix_s: from, to_unix_s: to })
    }

    fn holds(&self, unix_s: i64) -> bool {
        (self.from_unix_s..self.to_unix_s).contains(&unix_s)
    }
}

/// What is meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Selection {
    /// The dates; `None` for all.
    pub window: Option<Window>,
    /// Whether keys without a date are meant too, where dates are asked for.
    pub undated: bool,
}

/// What becomes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// It is meant.
    Take,
    /// Its date is another.
    Outside,
    /// Dates are asked for, and its key has none.
    Undated,
    /// It has no bytes, as markers of folders: there is nothing to read.
    Empty,
    /// It lies in an archive and cannot be read before it is restored.
    Archived,
}

impl Selection {
    /// What becomes of an object with that key.
    #[must_use]
    pub fn choose(&self, key: &str, size: Option<u64>, is_archived: bool) -> Choice {
        if let Some(window) = &self.window {
            match key_date(key) {
                Some((unix_s, _)) if !window.holds(unix_s) => return Choice::Outside,
                None if !self.undated => return Choice::Undated,
                _ => {}
            }
        }
        match size {
            Some(0) => Choice::Empty,
            _ if is_archived => Choice::Archived,
            _ => Choice::Take,
        }
    }

    /// Behind which key a listing may go on after `key`, when nothing of its day is meant: the last
    /// one possible of that day in the same place. So days that are not asked for cost a page each.
    #[must_use]
    pub fn skip_after(&self, key: &str) -> Option<String> {
        let window = self.window.as_ref().filter(|_| !self.undated)?;
        let (_, date) = key_date(key)?;
        let begin = midnight(date)?;
        let end = begin.saturating_add(86_400);
        let meant = begin < window.to_unix_s && end > window.from_unix_s;
        if meant {
            return None;
        }
        let head = key.get(..key.len().saturating_sub(TAIL_BYTES))?;
        let day = match without_folder(head, date) {
            Some(_) => head.to_owned(),
            None => format!("{head}{date}-"),
        };
        Some(format!("{day}{}", char::MAX))
    }
}

/// The date in a key, in seconds since 1970 and as a day, if it has one.
#[must_use]
pub fn key_date(key: &str) -> Option<(i64, Date)> {
    let tail = key.get(key.len().checked_sub(TAIL_BYTES)?..)?;
    let (time, id) = (tail.get(..20)?, tail.get(20..)?);
    if !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut parts = [0_i16; 6];
    for (part, (from, to)) in
        parts.iter_mut().zip([(0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19)])
    {
        let digits = time.get(from..to).filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
        if time.get(to..=to) != Some("-") {
            return None;
        }
        *part = digits.parse().ok()?;
    }
    let [year, month, day, hour, minute, second] = parts;
    let small = |part: i16| i8::try_from(part).ok();
    let (month, day) = (small(month)?, small(day)?);
    let (hour, minute, second) = (small(hour)?, small(minute)?, small(second)?.min(59));
    let time = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    let timestamp = time.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some((timestamp.as_second(), time.date()))
}

/// What a key that has a date begins with before it: a place, whichever the layout.
pub(super) fn key_head(key: &str) -> Option<&str> {
    let (_, date) = key_date(key)?;
    let head = key.get(..key.len().saturating_sub(TAIL_BYTES))?;
    Some(without_folder(head, date).unwrap_or(head))
}

/// What stands before the folder of a day.
fn without_folder(head: &str, date: Date) -> Option<&str> {
    let folder = format!("{:04}/{:02}/{:02}/", date.year(), date.month(), date.day());
    head.strip_suffix(folder.as_str())
}

/// A day (`2026-03-14`) or a time (RFC 3339), in seconds since 1970, UTC.
///
/// # Errors
/// What is wanted, for a text that is neither.
pub fn date_or_time(text: &str) -> Result<i64, String> {
    let day = text.parse::<Date>().ok().filter(|_| text.len() == 10).and_then(midnight);
    let time = || text.parse::<Timestamp>().ok().map(Timestamp::as_second);
    day.or_else(time).ok_or_else(|| "want 2026-03-14 or 2026-03-14T09:00:00Z".to_owned())
}

fn midnight(date: Date) -> Option<i64> {
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from: &str, to: &str) -> Selection {
        let unix_s = |text: &str| Some(date_or_time(text).unwrap());
        Selection { window: Window::new(unix_s(from), unix_s(to)), undated: false }
    }

    #[test]
    fn both_layouts_have_their_date() {
        let expected = date_or_time("2026-03-14T10:02:11Z").unwrap();
        for key in [
            "2026-03-14-10-02-11-0123456789ABCDEF",
            "logs/photos-2026-03-14-10-02-11-0123456789ABCDEF",
            "l/123456789012/eu-west-1/b/2026/03/14/2026-03-14-10-02-11-0123456789ABCDEF",
        ] {
            assert_eq!(key_date(key).map(|(unix_s, _)| unix_s), Some(expected), "{key}");
        }
        let tail = "2026-03-14-10-02-11-0123456789ABCDEF";
        for place in ["", "logs/photos-", "l/123456789012/eu-west-1/b/"] {
            assert_eq!(key_head(&format!("{place}{tail}")), Some(place));
        }
        let folders = format!("l/123456789012/eu-west-1/b/2026/03/14/{tail}");
        assert_eq!(key_head(&folders), Some("l/123456789012/eu-west-1/b/"));
        assert_eq!(key_head("logs/other"), None);
        for key in [
            "",
            "logs/",
            "2026-03-14-10-02-11-0123456789ABCDE",
            "2026-03-14-10-02-11-0123456789ABCDEX",
            "2026-13-14-10-02-11-0123456789ABCDEF",
            "2026-02-30-10-02-11-0123456789ABCDEF",
            "2026-03-14T10-02-11-0123456789ABCDEF",
            "2026-03-14-10-02-+1-0123456789ABCDEF",
            "2026-03-14-10-02-11-0123456789ABCDEF.gz",
            "ü-03-14-10-02-11-0123456789ABCDEF",
        ] {
            assert_eq!(key_date(key), None, "{key}");
        }
    }

    #[test]
    fn the_range_is_half_open() {
        let selection = window("2026-03-14", "2026-03-15");
        for (time, choice) in [
            ("2026-03-13-23-59-59", Choice::Outside),
            ("2026-03-14-00-00-00", Choice::Take),
            ("2026-03-14-23-59-59", Choice::Take),
            ("2026-03-15-00-00-00", Choice::Outside),
        ] {
            let key = format!("a/{time}-0123456789ABCDEF");
            assert_eq!(selection.choose(&key, Some(1), false), choice, "{key}");
        }
        assert_eq!(selection.choose("a/other", Some(1), false), Choice::Undated);
        let both = Selection { undated: true, ..selection };
        assert_eq!(both.choose("a/other", Some(1), false), Choice::Take);
        let all = Selection::default();
        assert_eq!(all.choose("a/other", Some(1), false), Choice::Take);
        assert_eq!(all.choose("a/", Some(0), false), Choice::Empty);
        assert_eq!(all.choose("a/other", Some(1), true), Choice::Archived);
    }

    #[test]
    fn only_a_day_that_is_not_meant_is_stepped_over() {
        let selection = window("2026-03-14T12:00:00Z", "2026-03-15");
        let skip = |key: &str| selection.skip_after(key);
        let before = "a/2026-03-13-10-02-11-0123456789ABCDEF";
        let next = skip(before).unwrap();
        assert!(next.as_str() > before && next.as_str() < "a/2026-03-14-00-00-00-0000000000000000");
        // Another place whose name begins with the same digits is none of that day.
        assert!(next.as_str() < "a/2026031/x" && next.as_str() < "a/2026-03-13/x");
        let folder = "l/123456789012/r/b/2026/03/13/2026-03-13-10-02-11-0123456789ABCDEF";
        let next = skip(folder).unwrap();
        assert!(next.as_str() > folder && next.as_str() < "l/123456789012/r/b/2026/03/14/");
        for meant in ["a/2026-03-14-00-00-00-0123456789ABCDEF", "a/other"] {
            assert_eq!(skip(meant), None, "{meant}");
        }
        assert!(skip("a/2026-03-15-00-00-00-0123456789ABCDEF").is_some());
        let all = Selection { undated: true, ..selection };
        assert_eq!(all.skip_after(before), None);
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        assert_eq!(date_or_time("1970-01-02"), Ok(86_400));
        assert_eq!(date_or_time("1970-01-01T01:00:00+01:00"), Ok(0));
        for text in ["", "yesterday", "2026-3-14", "2026-03-14T10:00", "2026-02-30"] {
            assert!(date_or_time(text).is_err(), "{text}");
        }
    }
}
