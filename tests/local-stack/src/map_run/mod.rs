//! Step Functions, as far as Distributed Maps of a Lambda task and a choice between them go: the
//! module's backfill.
//!
//! [`Definition`] reads the state machine, [`MapRun`] lists the objects or reads their inventory, selects, makes batches,
//! invokes the function for each and counts. Batches fail as a whole, by the function's error, and
//! the run fails where more of them fail than are tolerated. Not emulated: any other state, waits
//! of a real execution, redrives, and the console.

mod definition;
mod error;
mod reader;
mod run;
mod shape;
mod template;

pub use definition::Definition;
pub use error::Error;
pub use run::{MapRun, Report};
