//! Times and names as people say them.

/// The last part of an ARN, or of anything with colons.
pub(super) fn name_of(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

/// A span of time in its two largest units.
#[must_use]
pub fn duration(seconds: u64) -> String {
    let parts = [
        (seconds / 86_400, "days"),
        (seconds % 86_400 / 3600, "h"),
        (seconds % 3600 / 60, "min"),
        (seconds % 60, "s"),
    ];
    let mut said = parts.iter().skip_while(|(number, _)| *number == 0).take(2);
    let Some((first, unit)) = said.next() else { return "0 s".to_owned() };
    match said.next().filter(|(number, _)| *number > 0) {
        Some((second, smaller)) => format!("{first} {unit} {second} {smaller}"),
        None => format!("{first} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_in_two_units() {
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (25_920, "7 h 12 min"),
            (345_600, "4 days"),
            (90_061, "1 days 1 h"),
        ] {
            assert_eq!(duration(seconds), text);
        }
        assert_eq!(name_of("arn:aws:sqs:eu-west-1:123456789012:ferry"), "ferry");
    }
}
