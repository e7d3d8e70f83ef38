//! Amounts as people read them.

/// A count to be written.
#[expect(clippy::cast_precision_loss, reason = "past 2^53 nobody reads the last digits")]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}

pub(super) fn size(bytes: f64) -> String {
    let units = [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("KB", 1e3)];
    let unit = units.into_iter().find(|(_, factor)| bytes >= *factor);
    unit.map_or_else(
        || format!("{bytes:.0} B"),
        |(unit, factor)| format!("{:.1} {unit}", bytes / factor),
    )
}

pub(super) fn time(seconds: f64) -> String {
    let units =
        [("days", 172_800.0, 86_400.0), ("hours", 7_200.0, 3_600.0), ("minutes", 120.0, 60.0)];
    let unit = units.into_iter().find(|(_, from, _)| seconds >= *from);
    unit.map_or_else(
        || format!("{seconds:.0} seconds"),
        |(unit, _, factor)| format!("{:.1} {unit}", seconds / factor),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_written_for_people() {
        let sizes = [0.0, 999.0, 48_213.0, 612.4e9, 1.5e12].map(size);
        assert_eq!(sizes, ["0 B", "999 B", "48.2 KB", "612.4 GB", "1.5 TB"]);
        let times = [5.0, 600.0, 9_000.0, 1_019_520.0].map(time);
        assert_eq!(times, ["5 seconds", "10.0 minutes", "2.5 hours", "11.8 days"]);
    }
}
