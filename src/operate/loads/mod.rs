//! Files that stand in the staging bucket and not in the table, loaded once each.
//!
//! `failed` finds the manifests of loads that Firehose gave up and what became of them; `staged` the
//! files that nobody loads by himself; `guarded` loads a manifest on behalf of what it covers.
//!
//! Invariants: the table of loads decides what is loaded, in the transaction that loads it, so that
//! neither two people at once nor an answer that was lost load a row twice; a plan changes nothing.
//!
//! What it does not do: read names of manifests. Firehose has used more than one form.

mod failed;
mod guarded;
mod manifest;
mod staged;

pub use failed::{FailedLoad, LoadState, failed_loads};
pub use guarded::{LoadSettings, LoadedNow, load_manifest, load_statements};
pub(in crate::operate) use manifest::manifest_of;
pub use manifest::{Merged, merge};
pub use staged::{Loading, StagedLoad, StagedPlace, load_all_staged, staged_loads};
