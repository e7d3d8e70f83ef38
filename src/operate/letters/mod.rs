//! Messages that the queue gave up on: what they name, whether it can be read now, and back they go.
//!
//! `judge` says of a message why it is still of use or not, by the function's own rules; `received` are
//! some of them, `sampled` groups what is said of those; `moving` is the service's own redrive of all, `started` its start;
//! `selected` goes message by message.
//!
//! Invariants: a message is deleted only when the main queue took it, or when it was judged, shown and
//! there is nothing to read for it. What was killed halfway is there twice, never not at all.
//!
//! What it does not do: judge with the function's permissions. It reads with those of whoever runs it.

mod judge;
mod moving;
mod received;
mod sampled;
mod selected;
mod started;

pub use judge::{Judged, Reason, judge};
pub use moving::{Moved, move_all};
pub use received::received;
pub use sampled::{Group, Sample, sample};
pub use selected::{Act, Outcome, Picked, Selected, replay_selected};
