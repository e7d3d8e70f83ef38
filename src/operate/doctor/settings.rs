//! What is held against what.

use super::table::Freshness;
use crate::cost::Prices;
use crate::table::SqlNames;

/// What the checks need to know beside the deployment.
#[derive(Debug, Clone)]
pub struct ExamineSettings {
    /// What the table is called.
    pub names: SqlNames,
    /// How old the newest request may be.
    pub freshness: Freshness,
    /// The capacity of a Serverless workgroup, where it does not say itself.
    pub rpu: f64,
    /// What everything costs.
    pub prices: Prices,
    /// What the ids of checks begin with that are left out.
    pub skip: Vec<String>,
    /// Now, in seconds since 1970.
    pub now_unix_s: i64,
}

impl ExamineSettings {
    /// Whether a check is asked for.
    pub(super) fn wants(&self, id: &str) -> bool {
        !self.skip.iter().any(|begin| id.starts_with(begin.as_str()))
    }
}
