//! Level 1: what the ledger says of one object of the listing.

use super::ledger::Part;
use super::verdict::Verdict;
use crate::ports::ListedObject;

/// What the table must hold of an object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Want {
    pub(super) rows: u64,
    pub(super) quarantined: u64,
    pub(super) filtered: u64,
    pub(super) blank: u64,
    pub(super) offset_sum: u128,
}

/// What the ledger says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivered {
    /// Every byte was delivered, with so many rows.
    Counted(Want),
    /// Every byte was delivered, in parts whose rows nobody counted.
    Covered,
    /// Not every byte was.
    Not(Verdict),
}

/// What the ledger says of an object.
pub(super) fn delivered(object: &ListedObject, parts: &[Part]) -> Delivered {
    let of_this_version = |part: &&Part| match (&part.etag, &object.etag) {
        (Some(told), Some(listed)) => told == listed,
        _ => true,
    };
    let mut parts: Vec<&Part> = parts.iter().filter(of_this_version).collect();
    if parts.is_empty() {
        return Delivered::Not(Verdict::NeverDelivered);
    }
    parts.sort_by_key(|part| (part.text_from, part.text_to));
    let mut reached = 0;
    for part in &parts {
        if part.text_from > reached {
            return Delivered::Not(Verdict::Unfinished);
        }
        reached = reached.max(part.text_to);
    }
    let is_ended = parts.iter().any(|part| part.is_end && part.text_to == reached);
    if !is_ended {
        return Delivered::Not(Verdict::Unfinished);
    }
    // Of a compressed object offsets count its text, which the listing does not know.
    if reached < object.size && !is_compressed(&object.key) {
        return Delivered::Not(Verdict::ShortRead);
    }
    // An object that was read whole has its counts in one line, whatever other lines there are.
    let whole =
        parts.iter().find(|part| part.text_from == 0 && part.is_end && part.lines.is_some());
    whole.map_or(Delivered::Covered, |part| {
        Delivered::Counted(Want {
            rows: part.typed + part.quarantined,
            quarantined: part.quarantined,
            filtered: part.filtered,
            blank: part.blank,
            offset_sum: part.offset_sum,
        })
    })
}

fn is_compressed(key: &str) -> bool {
    let end = key.rsplit('.').next().unwrap_or_default();
    end.eq_ignore_ascii_case("gz") || end.eq_ignore_ascii_case("gzip")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(key: &str) -> ListedObject {
        ListedObject {
            key: key.to_owned(),
            size: 100,
            etag: Some("e".to_owned()),
            last_modified_unix_s: Some(0),
            storage_class: None,
        }
    }

    fn part(from: u64, to: u64, is_end: bool, lines: Option<u64>) -> Part {
        let text = format!(
            r#"{{"log_bucket":"b","log_key":"k","etag":"e","text_from":{from},"text_to":{to},"typed":3}}"#
        );
        Part { is_end, lines, ..serde_json::from_str(&text).unwrap() }
    }

    #[test]
    fn only_parts_without_a_hole_up_to_the_end_are_a_delivery() {
        let of = |parts: &[Part]| delivered(&object("k"), parts);
        let counted = Delivered::Counted(Want { rows: 3, ..Want::default() });
        assert_eq!(of(&[part(0, 100, true, Some(3))]), counted);
        assert_eq!(of(&[part(60, 100, true, None), part(0, 60, false, None)]), Delivered::Covered);
        for (parts, verdict) in [
            (vec![], Verdict::NeverDelivered),
            (vec![part(0, 60, false, None)], Verdict::Unfinished),
            (vec![part(0, 40, false, None), part(60, 100, true, None)], Verdict::Unfinished),
            (vec![part(10, 100, true, Some(3))], Verdict::Unfinished),
            (vec![part(0, 99, true, Some(3))], Verdict::ShortRead),
        ] {
            assert_eq!(of(&parts), Delivered::Not(verdict), "{parts:?}");
        }
    }

    #[test]
    fn another_version_is_another_object_and_gzip_has_lengths_of_its_own() {
        let other = Part { etag: Some("f".to_owned()), ..part(0, 100, true, Some(3)) };
        assert_eq!(delivered(&object("k"), &[other]), Delivered::Not(Verdict::NeverDelivered));
        let short = [part(0, 50, true, Some(3))];
        assert!(matches!(delivered(&object("k.gz"), &short), Delivered::Counted(_)));
    }
}
