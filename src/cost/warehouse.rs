//! What loading costs in Redshift Serverless, which sleeps until somebody loads.
//!
//! A load of less than a minute is billed as one. A provisioned cluster runs anyway.

use super::prices::{Item, Prices};

/// The least that is billed when the warehouse wakes up, in seconds.
/// Source: Redshift's price page, "Serverless".
pub(super) const SECONDS_MIN: f64 = 60.0;

/// Loads, and what wakes up for each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loads {
    /// How many.
    pub loads: f64,
    /// Redshift processing units, the base capacity of the workgroup.
    pub rpu: f64,
}

impl Loads {
    /// US dollars for them, if none takes longer than the minute that is billed at least.
    #[must_use]
    pub fn cost(&self, prices: &Prices) -> f64 {
        self.loads * SECONDS_MIN * self.rpu * prices.of(Item::RpuHour) / 3600.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_costs_a_minute() {
        let cost = Loads { loads: 96.0, rpu: 8.0 }.cost(&Prices::default());
        assert!((cost - 4.80).abs() < 1e-9, "{cost}");
    }
}
