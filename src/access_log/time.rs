//! The time of a request: `[06/Feb/2019:00:00:38 +0000]` to an instant in UTC.
//!
//! Only times that exist pass: a day that the month has, an hour below 24, an offset below
//! a day. A leap second `:60`, which Redshift's TIMESTAMP does not know, becomes `:59`.

use std::fmt;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// Length of the field with its brackets, in bytes.
pub(super) const TIME_FIELD_BYTES: usize = "[06/Feb/2019:00:00:38 +0000]".len();

/// The instant a request was received, in UTC, to the second; years 1 to 9999.
///
/// From the highest byte on two of the year, one each of month, day, hour, minute and second, and a zero:
/// in this form two times are one comparison.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestTime(u64);

impl RequestTime {
    /// Reads `[dd/Mon/yyyy:hh:mm:ss +hhmm]`, brackets included; `None` when there is no such time.
    #[must_use]
    pub fn parse(field: &[u8]) -> Option<Self> {
        let field: &[u8; TIME_FIELD_BYTES] = field.try_into().ok()?;
        let [b'[', d1, d2, b'/', mon @ .., b']'] = field else { return None };
        let [m1, m2, m3, b'/', y1, y2, y3, y4, b':', time @ ..] = mon else { return None };
        let [h1, h2, b':', n1, n2, b':', s1, s2, b' ', sign, offset @ ..] = time else {
            return None;
        };
        let month = match [*m1, *m2, *m3] {
            [b'J', b'a', b'n'] => 1,
            [b'F', b'e', b'b'] => 2,
            [b'M', b'a', b'r'] => 3,
            [b'A', b'p', b'r'] => 4,
            [b'M', b'a', b'y'] => 5,
            [b'J', b'u', b'n'] => 6,
            [b'J', b'u', b'l'] => 7,
            [b'A', b'u', b'g'] => 8,
            [b'S', b'e', b'p'] => 9,
            [b'O', b'c', b't'] => 10,
            [b'N', b'o', b'v'] => 11,
            [b'D', b'e', b'c'] => 12,
            _ => return None,
        };
        let year = i16::from(two_digits(*y1, *y2)?) * 100 + i16::from(two_digits(*y3, *y4)?);
        let date = Date::new(year, month, two_digits(*d1, *d2)?).ok()?;
        let second = two_digits(*s1, *s2).filter(|second| *second <= 60)?.min(59);
        let time = Time::new(two_digits(*h1, *h2)?, two_digits(*n1, *n2)?, second, 0).ok()?;
        let local = DateTime::from_parts(date, time);

        let utc = match (sign, offset) {
            (b'+' | b'-', b"0000") => local,
            (b'+', offset) => to_utc(local, *offset, 1)?,
            (b'-', offset) => to_utc(local, *offset, -1)?,
            _ => return None,
        };
        (1..=9999).contains(&utc.year()).then_some(Self::of(utc))
    }

    fn of(utc: DateTime) -> Self {
        let [century, year] = utc.year().to_be_bytes();
        let day = [utc.month(), utc.day(), utc.hour(), utc.minute(), utc.second()];
        let [month, day, hour, minute, second] = day.map(i8::cast_unsigned);
        Self(u64::from_be_bytes([century, year, month, day, hour, minute, second, 0]))
    }

    /// The year, and month, day, hour, minute and second.
    fn parts(self) -> (i16, [i8; 5]) {
        let [century, year, day @ .., _] = self.0.to_be_bytes();
        (i16::from_be_bytes([century, year]), day.map(u8::cast_signed))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        let (year, [month, day, hour, minute, second]) = self.parts();
        let utc = DateTime::new(year, month, day, hour, minute, second, 0);
        let instant = utc.and_then(|utc| Offset::UTC.to_timestamp(utc));
        instant.map_or(0, jiff::Timestamp::as_second)
    }

    /// `2019-02-06T00:00:38Z`, which COPY reads with `TIMEFORMAT 'auto'`.
    #[must_use]
    pub fn iso_8601(self) -> [u8; 20] {
        let mut text = *b"0000-00-00T00:00:00Z";
        let (year, [month, day, hour, minute, second]) = self.parts();
        let (century, year) = (year / 100, year % 100);
        for (value, at) in [
            (century, 0),
            (year, 2),
            (month.into(), 5),
            (day.into(), 8),
            (hour.into(), 11),
            (minute.into(), 14),
            (second.into(), 17),
        ] {
            let digits = usize::try_from(value).ok().and_then(|value| DIGITS.get(value));
            if let (Some(pair), Some(digits)) = (text.get_mut(at..at + 2), digits) {
                pair.copy_from_slice(digits);
            }
        }
        text
    }
}

impl fmt::Debug for RequestTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequestTime").field(&self.iso_8601().escape_ascii().to_string()).finish()
    }
}

/// The two digits of every number below 100.
const DIGITS: [[u8; 2]; 100] = {
    let mut pairs = [*b"00"; 100];
    let mut number = 0;
    while number < 100 {
        #[expect(clippy::indexing_slicing, reason = "evaluated when compiling")]
        {
            pairs[number as usize] = [b'0' + number / 10, b'0' + number % 10];
        }
        number += 1;
    }
    pairs
};

fn two_digits(tens: u8, ones: u8) -> Option<i8> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    if tens > 9 || ones > 9 {
        return None;
    }
    i8::try_from(tens * 10 + ones).ok()
}

fn to_utc(local: DateTime, offset: [u8; 4], sign: i32) -> Option<DateTime> {
    let [h1, h2, m1, m2] = offset;
    let (hours, minutes) = (two_digits(h1, h2)?, two_digits(m1, m2)?);
    if hours >= 24 || minutes >= 60 {
        return None;
    }
    let seconds = sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60);
    let instant = Offset::from_seconds(seconds).ok()?.to_timestamp(local).ok()?;
    Some(Offset::UTC.to_datetime(instant))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(field: &str) -> Option<String> {
        let time = RequestTime::parse(field.as_bytes())?;
        Some(String::from_utf8_lossy(&time.iso_8601()).into_owned())
    }

    #[test]
    fn real_instants() {
        for (field, expected) in [
            ("[06/Feb/2019:00:00:38 +0000]", "2019-02-06T00:00:38Z"),
            ("[29/Feb/2024:23:59:59 -0000]", "2024-02-29T23:59:59Z"),
            ("[31/Dec/2016:23:59:60 +0000]", "2016-12-31T23:59:59Z"),
            ("[01/Jan/2026:00:10:00 +0530]", "2025-12-31T18:40:00Z"),
            ("[31/Dec/2025:20:10:00 -0700]", "2026-01-01T03:10:00Z"),
        ] {
            assert_eq!(iso(field).as_deref(), Some(expected), "{field}");
        }
        let time = RequestTime::parse(b"[06/Feb/2019:00:00:38 +0000]").unwrap();
        assert_eq!(time.unix_seconds(), 1_549_411_238);
    }

    #[test]
    fn everything_else_is_refused() {
        for field in [
            "-",
            "",
            "[06/Feb/2019:00:00:38]",
            "[06/Feb/2019:00:00:38 0000]x",
            "[30/Feb/2019:00:00:38 +0000]",
            "[00/Feb/2019:00:00:38 +0000]",
            "[06/feb/2019:00:00:38 +0000]",
            "[06/Feb/2019:24:00:38 +0000]",
            "[06/Feb/2019:00:60:38 +0000]",
            "[06/Feb/2019:00:00:61 +0000]",
            "[06/Feb/2019:00:00:38 +2400]",
            "[06/Feb/2019:00:00:38 *0000]",
            "[06/Feb/0000:00:00:38 +0000]",
            "[01/Jan/0001:00:00:38 +0100]",
            "[31/Dec/9999:23:00:38 -0200]",
            "[+6/Feb/2019:00:00:38 +0000]",
            "[06/Feb/2019 00:00:38 +0000]",
        ] {
            assert_eq!(iso(field), None, "{field}");
        }
    }
}
