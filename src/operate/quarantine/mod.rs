//! Quarantined lines read again by this version, and put into the table as typed rows where they parse.
//!
//! `places` asks the table for them, `lines` gets the bytes of a line, `replaying` makes rows of them and
//! counts, `replaced` puts the rows in place of the quarantined ones.
//!
//! Invariants: a line is what it was only if its bytes have the `record_id` of its row, wherever they come
//! from; the typed row comes and the quarantined one goes in one transaction, so that a line is never
//! without a row; two at once put each row once.
//!
//! What it does not do: apply the rules of the function's filter. What was quarantined was kept.

mod lines;
mod places;
mod replaced;
mod replaying;

pub use replaced::Replacing;
pub use replaying::{Counts, Replayed, Settings, replay};
