//! Spans of time as people write them: `90m`, `3h`, `2d`, or seconds.

use jiff::{Span, SpanRelativeTo};

/// A span in seconds.
pub(super) fn seconds(text: &str) -> Result<i64, String> {
    if let Ok(seconds) = text.parse::<u32>() {
        return Ok(seconds.into());
    }
    let span = text.parse::<Span>().ok();
    let days = SpanRelativeTo::days_are_24_hours();
    let duration =
        span.and_then(|span| span.to_duration(days).ok()).filter(|one| !one.is_negative());
    let seconds = duration.map(|duration| duration.as_secs());
    seconds.ok_or_else(|| "want a time like 90m, 3h or 2d, or seconds".to_owned())
}

/// A span as it is read again.
pub(super) fn written(seconds: i64) -> String {
    let units = [("d", 86_400), ("h", 3_600), ("m", 60)];
    let mut rest = seconds;
    let mut text = Vec::new();
    for (unit, length) in units {
        if rest >= length {
            text.push(format!("{}{unit}", rest / length));
            rest %= length;
        }
    }
    if rest > 0 || text.is_empty() {
        text.push(format!("{rest}s"));
    }
    text.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written_as_people_do() {
        for (text, expected) in [
            ("0", 0),
            ("90", 90),
            ("0s", 0),
            ("45s", 45),
            ("90m", 5_400),
            ("3h", 10_800),
            ("2d", 172_800),
            ("1h30m", 5_400),
            ("2d 1h", 176_400),
        ] {
            assert_eq!(seconds(text), Ok(expected), "{text}");
            assert_eq!(seconds(&written(expected)), Ok(expected), "{text}");
        }
        for text in ["", "h", "-1", "-3h", "3x", "1y", "soon", "3h ago", "1mo"] {
            assert!(seconds(text).is_err(), "{text}: {:?}", seconds(text));
        }
        assert_eq!(written(8_400), "2h 20m");
    }
}
