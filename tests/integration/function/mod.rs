//! The function against fakes: scripted failures one at a time, and all of them at once by seed.
//!
//! Everything but AWS is the real code, from the event to the answer; time is the runtime's paused
//! clock, so nothing sleeps.

mod chains;
mod conformance;
mod deadline;
mod delivering;
mod envelopes;
mod evidence;
pub(crate) mod fakes;
mod ledger;
mod losses;
mod quota;
mod reading;
mod runs;
mod simulator;
