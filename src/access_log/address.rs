//! Where the remote address stands in a line, whether or not the rest of the line can be read.

use std::ops::Range;

use super::time::TIME_FIELD_BYTES;

/// The place of field 4 in bytes of the line: the word behind owner, bucket and a time in brackets.
/// `None` when the line has no such beginning.
#[must_use]
pub fn address_span(line: &[u8]) -> Option<Range<usize>> {
    let owner = word(line, 0)?;
    let bucket = word(line, owner.end)?;
    let time = word(line, bucket.end)?.start;
    let time_end = time + TIME_FIELD_BYTES;
    let bracketed = line.get(time) == Some(&b'[') && line.get(time_end - 1) == Some(&b']');
    if !bracketed || line.get(time_end) != Some(&b' ') {
        return None;
    }
    word(line, time_end)
}

/// The first word at or after `from`.
fn word(line: &[u8], from: usize) -> Option<Range<usize>> {
    let rest = line.get(from..)?;
    let start = from + rest.iter().position(|byte| *byte != b' ')?;
    let length = line.get(start..)?.iter().position(|byte| *byte == b' ');
    Some(start..length.map_or(line.len(), |length| start + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_fourth_field() {
        let time = "[06/Feb/2019:00:00:38 +0000]";
        for (line, expected) in [
            (format!("o b {time} 192.0.2.3 - id"), Some("192.0.2.3")),
            (format!("  o  b   {time}   2001:db8::7"), Some("2001:db8::7")),
            (format!("o b {time}"), None),
            (format!("o b {time} "), None),
            (format!("o b {time}x 192.0.2.3"), None),
            ("o b 192.0.2.3 [06".to_owned(), None),
            (String::new(), None),
        ] {
            let found = address_span(line.as_bytes()).map(|span| &line[span]);
            assert_eq!(found, expected, "{line}");
        }
    }
}
