//! What an audit is asked for.

use super::again::Making;
use super::portion::Portion;
use crate::operate::select::Selection;
use crate::ports::ListedObject;

/// What is audited, and how.
#[derive(Debug, Clone)]
pub struct AuditSettings {
    /// The log bucket.
    pub bucket: String,
    /// What the keys of its logs begin with.
    pub prefix: String,
    /// Which of them.
    pub selection: Selection,
    /// Objects younger than this are in flight, in seconds.
    pub grace_s: i64,
    /// The time, in seconds since 1970.
    pub now_unix_s: i64,
    /// Where the ledger is: bucket, and what its keys begin with.
    pub ledger: (String, String),
    /// The first day of the ledger that is read, in seconds since 1970.
    pub ledger_from_unix_s: Option<i64>,
    /// Whether hours without objects are looked for.
    pub gaps: bool,
    /// Which objects are read again beside those that are suspect, where the table is asked.
    pub read: Option<Portion>,
    /// Another part of the same size for another number.
    pub seed: u64,
    /// How the function makes rows.
    pub making: Making,
}

impl AuditSettings {
    /// Whether an object is too young to be judged.
    pub(super) fn is_young(&self, object: &ListedObject) -> bool {
        let young = |unix_s: i64| unix_s > self.now_unix_s.saturating_sub(self.grace_s);
        object.last_modified_unix_s.is_some_and(young)
    }
}
