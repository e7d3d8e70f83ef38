//! Hours without any object, in a place that has objects in other hours.
//!
//! S3 delivers on a best-effort basis and says nothing where it does not: this sees it in the gross, in
//! places whose traffic never rests. What it does not do: know whether there were requests.

use std::collections::{BTreeMap, BTreeSet};

use crate::operate::select::{Window, key_date, key_head};

const HOUR_S: i64 = 3_600;

/// Hours in a row without an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// What the keys of the place begin with, up to their date.
    pub place: String,
    /// The first second.
    pub from_unix_s: i64,
    /// The first behind it.
    pub to_unix_s: i64,
}

impl Gap {
    /// How many hours.
    #[must_use]
    pub fn hours(&self) -> u64 {
        u64::try_from((self.to_unix_s - self.from_unix_s) / HOUR_S).unwrap_or(0)
    }
}

/// The gaps between the first and the last hour that are meant; those of `window`, where there is one,
/// up to `until`, and otherwise those with objects.
pub(super) fn gaps<'k>(
    keys: impl Iterator<Item = &'k str>,
    window: Option<Window>,
    until_unix_s: i64,
) -> Vec<Gap> {
    let mut places: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    for key in keys {
        if let (Some((unix_s, _)), Some(head)) = (key_date(key), key_head(key)) {
            places.entry(head).or_default().insert(unix_s.div_euclid(HOUR_S));
        }
    }
    let until = until_unix_s.div_euclid(HOUR_S);
    let meant_from = window.map(|window| window.from_unix_s).filter(|from| *from > i64::MIN);
    let meant_to = window.map(|window| window.to_unix_s).filter(|to| *to < i64::MAX);
    let mut gaps = Vec::new();
    for (place, hours) in places {
        let (Some(first), Some(last)) = (hours.first(), hours.last()) else { continue };
        // An hour that is meant in part may be empty.
        let from = meant_from.map_or(*first, |from| -(-from).div_euclid(HOUR_S));
        let to = meant_to.map_or(*last, |to| to.div_euclid(HOUR_S)).min(until);
        let mut begin = from;
        for hour in hours.range(from..).copied().take_while(|hour| *hour < to).chain([to]) {
            if hour > begin {
                let (from_unix_s, to_unix_s) = (begin * HOUR_S, hour * HOUR_S);
                gaps.push(Gap { place: place.to_owned(), from_unix_s, to_unix_s });
            }
            begin = hour + 1;
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operate::select::date_or_time;

    const LATE: i64 = i64::MAX;

    fn key(place: &str, hour: u8) -> String {
        format!("{place}2026-03-14-{hour:02}-59-11-0123456789ABCDEF")
    }

    fn found(keys: &[String], window: Option<(&str, &str)>, until: i64) -> Vec<(String, i64, i64)> {
        let unix_s = |text| Some(date_or_time(text).unwrap());
        let window = window.and_then(|(from, to)| Window::new(unix_s(from), unix_s(to)));
        let day = date_or_time("2026-03-14").unwrap();
        let gaps = gaps(keys.iter().map(String::as_str), window, until).into_iter();
        let hour = |unix_s: i64| (unix_s - day) / HOUR_S;
        gaps.map(|gap| (gap.place, hour(gap.from_unix_s), hour(gap.to_unix_s))).collect()
    }

    #[test]
    fn hours_between_objects_are_gaps_and_a_place_is_no_other() {
        let keys: Vec<String> = [2, 3, 3, 6, 7, 9].map(|hour| key("a/", hour)).into();
        let expected = [("a/".to_owned(), 4, 6), ("a/".to_owned(), 8, 9)];
        assert_eq!(found(&keys, None, LATE), expected);
        let others: Vec<String> = (2..10).map(|hour| key("b/", hour)).collect();
        assert_eq!(found(&[keys.clone(), others].concat(), None, LATE), expected);
        assert_eq!(found(&[], None, LATE), []);
        assert_eq!(found(&["a/none".to_owned()], None, LATE), []);
    }

    #[test]
    fn days_that_are_asked_for_are_looked_at_up_to_now() {
        let keys: Vec<String> = (2..10).map(|hour| key("a/", hour)).collect();
        let day = Some(("2026-03-14", "2026-03-15"));
        let place = || "a/".to_owned();
        assert_eq!(found(&keys, day, LATE), [(place(), 0, 2), (place(), 10, 24)]);
        let noon = date_or_time("2026-03-14T12:30:00Z").unwrap();
        assert_eq!(found(&keys, day, noon), [(place(), 0, 2), (place(), 10, 12)]);
        // Half an hour may be empty.
        let part = Some(("2026-03-14T01:30:00Z", "2026-03-14T10:30:00Z"));
        assert_eq!(found(&keys, part, LATE), []);
    }
}
