//! What logs cost on their way, in US dollars at list prices.
//!
//! Purpose: one set of prices and formulas behind `logferry cost`, the plan of a backfill and
//! `docs/cost.md`, so that they cannot say different things.
//!
//! Invariants: every price has its source; a price that the user gives replaces ours and no other;
//! bytes of lines and rows are measured on a log, never assumed.
//!
//! What it does not do: ask AWS for prices, or know of discounts, free tiers and storage.

mod copying;
mod prices;
mod reference;
mod rivals;
mod shape;
mod stream;
mod warehouse;

pub use copying::{Copying, CopyingCost, LOG_BYTES_A_SECOND};
pub use prices::{Item, Prices, PricesError};
pub use reference::{Named, cost_reference};
pub use rivals::{Rivals, rivals};
pub use shape::{Shape, ShapeMeter};
pub use stream::{NotificationMode, Stream, StreamCost, Traffic};
pub use warehouse::Loads;
