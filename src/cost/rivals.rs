//! What other ways cost for the same log.

use super::prices::{Item, Prices};
use super::shape::Shape;

/// Bytes of the JSON that CloudWatch delivers for a byte of log. Taken to be as ours without the
/// columns that say where a line stands; nobody here has measured one.
const VENDED_RATIO: f64 = 1.7;

const GB: f64 = 1e9;

/// US dollars for a log of so many bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rivals {
    /// CloudWatch delivers to Firehose, which loads Redshift.
    pub vended_to_firehose: f64,
    /// CloudWatch delivers to a log group.
    pub vended_to_log_group: f64,
    /// Athena reads the objects as they are, once: one question about all of them.
    pub athena_scan: f64,
}

/// The other ways for `bytes` of log.
#[must_use]
pub fn rivals(prices: &Prices, bytes: f64) -> Rivals {
    let json_gb = bytes / GB * VENDED_RATIO;
    Rivals {
        vended_to_firehose: json_gb
            * (prices.of(Item::VendedGb) + prices.of(Item::FirehoseVendedGb)),
        vended_to_log_group: json_gb * prices.of(Item::VendedLogGroupGb),
        athena_scan: bytes / 1e12 * prices.of(Item::AthenaTb),
    }
}

/// The ratio in a sentence, for pages.
pub(super) fn assumption(shape: &Shape) -> String {
    format!(
        "Their JSON is taken to have {VENDED_RATIO} bytes for a byte of log (our rows have {:.2}).",
        shape.row_bytes / shape.line_bytes
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gb_costs_what_the_prices_say() {
        let found = rivals(&Prices::default(), 1e9);
        assert!((found.vended_to_firehose - 0.646).abs() < 1e-9, "{found:?}");
        assert!((found.vended_to_log_group - 0.85).abs() < 1e-9, "{found:?}");
        assert!((found.athena_scan - 0.005).abs() < 1e-9, "{found:?}");
    }
}
