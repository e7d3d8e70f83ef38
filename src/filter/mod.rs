//! Which lines are wanted: an ordered list of rules, the first that matches decides.
//!
//! Invariants: a line gets the same decision on every retry, because sampling goes by the line's
//! `record_id`; without a rule that matches a line is kept; a line that could not be parsed is never
//! filtered. What it does not do: change rows.

mod glob;
mod parse;
mod rules;

pub use parse::FilterError;
pub use rules::{Decision, Filters};

#[cfg(test)]
mod tests;
