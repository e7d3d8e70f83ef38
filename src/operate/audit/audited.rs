//! What an audit answers, and how far it is meanwhile.

use super::gaps::Gap;
use super::verdict::{Finding, Verdict};

/// What an audit found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audited {
    /// Objects that were meant.
    pub objects: u64,
    /// Their stored bytes.
    pub bytes: u64,
    /// Objects without a date in their key, left out where dates were asked for.
    pub undated: u64,
    /// Objects the ledger covers to their last byte.
    pub delivered: u64,
    /// Objects too young to be judged.
    pub in_flight: u64,
    /// Delivered objects whose rows nobody counted: they were read in parts by the function, and not
    /// again here.
    pub uncounted: u64,
    /// Rows that were delivered, the quarantined ones included.
    pub rows: u64,
    /// Quarantined rows among them.
    pub quarantined: u64,
    /// Lines that rules dropped.
    pub filtered: u64,
    /// Blank lines.
    pub blank: u64,
    /// Rows of these objects in the table; `None` where it was not asked.
    pub in_table: Option<u64>,
    /// Rows among those that stand there once more.
    pub copies: u64,
    /// Rows that are missing.
    pub missing_rows: u64,
    /// Objects that were read again, and their lines.
    pub read: Reread,
    /// Objects that should have been read again and could not, with the reason.
    pub unread: Vec<(String, String)>,
    /// Hours without objects, where they were looked for.
    pub gaps: Vec<Gap>,
    /// What was found, in the order of the keys; [`Verdict::Copies`] too.
    pub findings: Vec<Finding>,
}

/// What was read again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reread {
    /// Objects.
    pub objects: u64,
    /// Their lines that become rows.
    pub lines: u64,
}

impl Audited {
    /// Whether nothing is to be repaired or looked at.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.gaps.is_empty() && self.findings.iter().all(Finding::is_fine)
    }

    /// How many findings have that verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.findings.iter().filter(|finding| finding.verdict == verdict).count()
    }
}

/// How far an audit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// So many objects are listed.
    Listed(u64),
    /// So many files of the ledger are read.
    Ledger {
        /// Files.
        done: u64,
        /// Of all.
        of: u64,
    },
    /// The table is asked.
    Asked,
    /// So many objects are read again.
    Read {
        /// Objects.
        done: u64,
        /// Of all.
        of: u64,
    },
}
