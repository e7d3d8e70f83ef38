//! What became of keys, in numbers.

use serde::{Deserialize, Serialize};

use crate::operate::keys::Key;
use crate::operate::select::Choice;

/// Keys by what became of them. Together they are all that were seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Meant, and sent where something is sent.
    pub objects: u64,
    /// The stored bytes of these, as far as known.
    pub bytes: u64,
    /// Left out: of another date.
    pub outside: u64,
    /// Left out: without a date, where dates are asked for.
    pub undated: u64,
    /// Left out: without bytes.
    pub empty: u64,
    /// Left out: in an archive.
    pub archived: u64,
}

impl Counts {
    /// Adds a key.
    pub fn add(&mut self, choice: Choice, key: &Key) {
        match choice {
            Choice::Take => {
                self.objects += 1;
                self.bytes += key.size.unwrap_or_default();
            }
            Choice::Outside => self.outside += 1,
            Choice::Undated => self.undated += 1,
            Choice::Empty => self.empty += 1,
            Choice::Archived => self.archived += 1,
        }
    }

    /// Adds what others counted.
    pub fn add_all(&mut self, other: &Self) {
        self.objects += other.objects;
        self.bytes += other.bytes;
        self.outside += other.outside;
        self.undated += other.undated;
        self.empty += other.empty;
        self.archived += other.archived;
    }
}
