//! logferry: Amazon S3 server access logs into Amazon Redshift, every line accounted for.
//!
//! The map of the house, in the direction the data flows:
//!
//! | module | turns | into |
//! |---|---|---|
//! | [`access_log`] | bytes of a log object | lines, and each line into an entry |
//! | [`row`] | an entry, or a line nobody could read | one JSON row that Redshift is sure to load |
//! | [`cli`] | the `logferry` command's arguments | work done and an exit code |
//! | [`sample`] | a seed | a realistic log to try things on |
//!
//! Dependencies run upwards in this table only: [`access_log`] and [`row`] do no I/O and know
//! nothing of AWS. `ARCHITECTURE.md` has the invariants.

pub mod access_log;
#[cfg(feature = "cli")]
pub mod cli;
pub mod row;
pub mod sample;
