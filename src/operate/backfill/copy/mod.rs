//! Rows of objects into files of the staging bucket, and the files into the table, each once.
//!
//! ```text
//! keys ─▶ portion ─▶ pipeline ─▶ files ─▶ manifest ─▶ journal: prepared ─▶ guarded load ─▶ journal: mark
//! ```
//!
//! A portion is some objects in a row. While one is loaded the next is read; no more than one is prepared
//! and not marked.
//!
//! Invariants: a portion is noted with its files before it is loaded, and is loaded under one manifest
//! only; files of a portion that was given up are never listed in one, for no two attempts share a name;
//! an object that failed is in the journal before the mark passes it.
//!
//! What it does not do: read arguments, or print.

mod copying;
mod error;
mod files;
mod load;
mod note;
mod portion;
mod receipts;
mod run;

pub use copying::{Copying, Outcome, Ports, Step};
pub use error::CopyError;
pub use load::LoadEnd;
pub use portion::{PortionSize, Progress};
pub use run::Run;
