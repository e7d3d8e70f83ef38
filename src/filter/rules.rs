//! Rules and how a line meets them.

use crate::access_log::{DecodedKey, Entry, decode_key};
use crate::row::RecordId;

use super::glob::Glob;

/// What becomes of the lines a rule matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// They are delivered.
    Keep,
    /// They are counted as filtered, and nothing more.
    Drop,
    /// One in so many is kept, chosen by `record_id`. Never 0.
    Sample(u32),
}

/// One rule. Every condition that is there has to hold; a condition holds when one of its patterns
/// matches. A field the log gives as `-` is matched as the text `-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Patterns for the operation, such as `REST.HEAD.*`.
    pub operation: Option<Vec<Glob>>,
    /// Patterns for the HTTP status, such as `4??`.
    pub status: Option<Vec<Glob>>,
    /// Patterns for the bucket that was accessed (not the one that holds the log).
    pub bucket: Option<Vec<Glob>>,
    /// Beginnings of the decoded key.
    pub key_prefix: Option<Vec<String>>,
    /// Patterns for the requester.
    pub requester: Option<Vec<Glob>>,
    /// What to do with the lines that match.
    pub action: Action,
    /// The rule as it was written: one JSON object.
    pub text: String,
}

/// An ordered list of rules. Without any, every line is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    pub(super) rules: Vec<Rule>,
}

/// What becomes of a line, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether the line is to be delivered.
    pub keep: bool,
    /// The position of the rule that decided, from 0 on; `None` where none matches.
    pub rule: Option<usize>,
}

impl Filters {
    /// Whether the line of this entry is to be delivered.
    #[must_use]
    pub fn keep(&self, entry: &Entry<'_>, id: RecordId) -> bool {
        self.decide(entry, id).keep
    }

    /// Whether the line of this entry is to be delivered, and which rule says so.
    #[must_use]
    pub fn decide(&self, entry: &Entry<'_>, id: RecordId) -> Decision {
        let mut rules = self.rules.iter().enumerate();
        let Some((index, rule)) = rules.find(|(_, rule)| rule.matches(entry)) else {
            return Decision { keep: true, rule: None };
        };
        let keep = match rule.action {
            Action::Keep => true,
            Action::Drop => false,
            Action::Sample(one_in) => id.as_u128().is_multiple_of(u128::from(one_in.max(1))),
        };
        Decision { keep, rule: Some(index) }
    }

    /// The positions of all rules that match, also of those that come too late to decide.
    pub fn matching(&self, entry: &Entry<'_>) -> impl Iterator<Item = usize> {
        let rules = self.rules.iter().enumerate();
        rules.filter(|(_, rule)| rule.matches(entry)).map(|(index, _)| index)
    }

    /// The rules as they were written, each one JSON object.
    #[must_use]
    pub fn texts(&self) -> impl ExactSizeIterator<Item = &str> {
        self.rules.iter().map(|rule| rule.text.as_str())
    }
}

impl Rule {
    fn matches(&self, entry: &Entry<'_>) -> bool {
        // The cheapest and most telling conditions come first.
        any(self.operation.as_deref(), entry.operation)
            && self.status_matches(entry.http_status)
            && any(self.bucket.as_deref(), entry.bucket.unwrap_or(b"-"))
            && any(self.requester.as_deref(), entry.requester.unwrap_or(b"-"))
            && self.key_matches(entry)
    }

    fn status_matches(&self, status: Option<u16>) -> bool {
        let Some(globs) = self.status.as_deref() else { return true };
        let text = status.map_or_else(|| "-".to_owned(), |status| status.to_string());
        any(Some(globs), text.as_bytes())
    }

    fn key_matches(&self, entry: &Entry<'_>) -> bool {
        let Some(prefixes) = &self.key_prefix else { return true };
        let Some(logged) = entry.key else { return false };
        let mut decoded = Vec::new();
        let key = match decode_key(logged, entry.operation, &mut decoded) {
            DecodedKey::Decoded => &decoded,
            DecodedKey::AsLogged | DecodedKey::NotUtf8 => logged,
        };
        prefixes.iter().any(|prefix| key.starts_with(prefix.as_bytes()))
    }
}

fn any(globs: Option<&[Glob]>, text: &[u8]) -> bool {
    globs.is_none_or(|globs| globs.iter().any(|glob| glob.matches(text)))
}
