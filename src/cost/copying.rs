//! The path past queue, function and stream: rows made on one machine, loaded by COPY.
//!
//! What is counted: reading each object, writing files and having COPY read them, and a minute of the
//! warehouse a load. What is assumed: the machine's line, which is narrower than its processors are fast
//! (docs/backfill.md has what was measured). What is left out: the machine itself, and storage for the
//! days that staged files are kept.

use super::prices::{Item, Prices};
use super::shape::Shape;
use super::stream::Traffic;
use super::warehouse::Loads;

/// Bytes of log a second: what a line of 1 Gbit/s brings. Two processors make three times as many into
/// files.
pub const LOG_BYTES_A_SECOND: f64 = 120e6;

const GB: f64 = 1e9;

/// How rows are copied, as far as it decides about cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Copying {
    /// How large lines and rows are.
    pub shape: Shape,
    /// Bytes of rows in a file.
    pub file_bytes: f64,
    /// The most stored bytes of a load, or bytes of rows twice as many.
    pub load_bytes: f64,
    /// The most objects of a load.
    pub load_objects: f64,
    /// Base capacity of the Serverless workgroup; `None` of a cluster, which runs anyway.
    pub rpu: Option<f64>,
}

/// What it comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CopyingCost {
    /// How many loads.
    pub loads: f64,
    /// Requests to S3, those of COPY among them.
    pub s3: f64,
    /// The warehouse that wakes up.
    pub redshift: f64,
    /// Bytes that leave the Region, if the machine is elsewhere: no part of the total.
    pub transfer_out: f64,
    /// How long reading and staging takes.
    pub seconds: f64,
}

impl CopyingCost {
    /// Everything, on a machine in the Region.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.s3 + self.redshift
    }
}

impl Copying {
    /// What copying that much costs, which takes that many stored bytes.
    #[must_use]
    pub fn cost(&self, prices: &Prices, traffic: &Traffic, stored_bytes: f64) -> CopyingCost {
        let Traffic { objects, bytes } = *traffic;
        if objects < 1.0 {
            return CopyingCost::default();
        }
        let rows = bytes / self.shape.line_bytes * self.shape.row_bytes;
        let by_bytes = stored_bytes.max(rows / 2.0) / self.load_bytes;
        let loads = by_bytes.max(objects / self.load_objects).ceil();
        // The last file of each load is not full.
        let files = (rows / self.file_bytes).floor() + loads;
        let (get, put) = (prices.of(Item::S3Get), prices.of(Item::S3PutOrList));
        CopyingCost {
            loads,
            s3: (objects + files + loads) * get + (files + loads) * put,
            redshift: self.rpu.map_or(0.0, |rpu| Loads { loads, rpu }.cost(prices)),
            transfer_out: stored_bytes / GB * prices.of(Item::TransferOutGb),
            seconds: bytes / LOG_BYTES_A_SECOND,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::RecordCompression;

    fn copying() -> Copying {
        let shape = Shape {
            line_bytes: 500.0,
            row_bytes: 900.0,
            stored_bytes: 900.0,
            compression: RecordCompression::None,
        };
        let (file_bytes, load_bytes) = (32e6, 8e9);
        Copying { shape, file_bytes, load_bytes, load_objects: 10_000.0, rpu: Some(8.0) }
    }

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
    }

    #[test]
    fn loads_are_bounded_by_bytes_and_by_objects() {
        let prices = Prices::default();
        let traffic = Traffic { objects: 2_000.0, bytes: 16e9 };
        let cost = copying().cost(&prices, &traffic, 16e9);
        near(cost.loads, 2.0);
        // 28.8 GB of rows are 900 files.
        near(cost.s3, (2_000.0 + 902.0 + 2.0) * 0.4e-6 + 904.0 * 5e-6);
        near(cost.redshift, 2.0 * 60.0 * 8.0 * 0.375 / 3600.0);
        near(cost.transfer_out, 16.0 * 0.09);
        let many = Traffic { objects: 50_001.0, bytes: 16e9 };
        near(copying().cost(&prices, &many, 16e9).loads, 6.0);
        // Gzipped objects are small, and their rows are not.
        near(copying().cost(&prices, &traffic, 1e9).loads, 2.0);
        let cluster = Copying { rpu: None, ..copying() };
        near(cluster.cost(&prices, &traffic, 16e9).redshift, 0.0);
        let none = Traffic { objects: 0.0, bytes: 0.0 };
        assert_eq!(copying().cost(&prices, &none, 0.0), CopyingCost::default());
    }
}
