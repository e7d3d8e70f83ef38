//! What S3 is told to do wrong, read by read and listing by listing.
//!
//! A rule applies to the next `times` reads of keys, or listings of prefixes, that contain a text; rules are tried in the
//! order given. Nothing here is random: a test says what breaks and when.

use std::sync::{Mutex, PoisonError};

use s3s::{S3Error, s3_error};

/// One way in which a read goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 503 `SlowDown`.
    SlowDown,
    /// 403 `AccessDenied`, as when the role lacks `s3:GetObject`.
    AccessDenied,
    /// 500 `InternalError`.
    InternalError,
    /// 404 `NoSuchKey`, as when a lifecycle rule was faster.
    NoSuchKey,
    /// The connection breaks after this many bytes of the body.
    BreakAfter(u64),
}

#[derive(Debug)]
struct Rule {
    of_listings: bool,
    key_contains: String,
    fault: Fault,
    left: usize,
}

/// The rules still to be applied.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Mutex<Vec<Rule>>,
}

impl Faults {
    /// Makes the next `times` reads of keys that contain a text go wrong.
    pub fn on_read(&self, key_contains: &str, fault: Fault, times: usize) {
        self.add(Rule {
            of_listings: false,
            key_contains: key_contains.to_owned(),
            fault,
            left: times,
        });
    }

    /// Makes the next `times` listings of prefixes that contain a text go wrong. A listing has no
    /// body that breaks.
    pub fn on_list(&self, prefix_contains: &str, fault: Fault, times: usize) {
        let key_contains = prefix_contains.to_owned();
        self.add(Rule { of_listings: true, key_contains, fault, left: times });
    }

    fn add(&self, rule: Rule) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).push(rule);
    }

    /// How many applications are still to come; a test asserts zero to know its faults happened.
    #[must_use]
    pub fn left(&self) -> usize {
        let rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        rules.iter().map(|rule| rule.left).sum()
    }

    pub(super) fn next_for(&self, of_listings: bool, key: &str) -> Option<Fault> {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let rule = rules.iter_mut().find(|rule| {
            rule.left > 0 && rule.of_listings == of_listings && key.contains(&rule.key_contains)
        })?;
        rule.left -= 1;
        Some(rule.fault)
    }
}

/// The answer a fault gives instead of the object, if it does.
pub(super) fn error_of(fault: Fault) -> Option<S3Error> {
    match fault {
        Fault::SlowDown => Some(s3_error!(SlowDown, "Please reduce your request rate.")),
        Fault::AccessDenied => Some(s3_error!(AccessDenied, "Access Denied")),
        Fault::InternalError => {
            Some(s3_error!(InternalError, "We encountered an internal error. Please try again."))
        }
        Fault::NoSuchKey => Some(s3_error!(NoSuchKey, "The specified key does not exist.")),
        Fault::BreakAfter(_) => None,
    }
}
