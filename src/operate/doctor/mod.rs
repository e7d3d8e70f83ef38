//! Whether a deployment is as it should be: read-only checks, and two trials.
//!
//! [`examine`] looks up facts by the ports and holds them against the stack file and this version. Each
//! check has a stable id, says what is there, and what to do where that is not right; what may not be
//! looked at is told as not done. [`send_probe`] and [`load_two_members`] write, and take back what
//! they wrote.
//!
//! What it does not do: repair.

mod buckets;
mod check;
mod examine;
mod function;
mod gzip;
mod made_up;
mod manifests;
mod metrics;
mod permissions;
mod probe;
mod probe_ports;
mod queue;
mod serverless;
mod settings;
mod stream;
mod table;
mod text;
mod warehouse;
mod whereabouts;

pub use check::{Check, Verdict};
pub use examine::examine;
pub use gzip::{GzipTrial, load_two_members};
pub use probe::{Probe, Probed, send_probe};
pub use probe_ports::ProbePorts;
pub use settings::ExamineSettings;
pub use table::Freshness;
pub use text::duration;
