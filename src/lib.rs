//! logferry: Amazon S3 server access logs into Amazon Redshift, every line accounted for.
//!
//! The map of the house, in the direction the data flows:
//!
//! | module | turns | into |
//! |---|---|---|
//! | [`access_log`] | bytes of a log object | lines, and each line into an entry |
//! | [`row`] | an entry, or a line nobody could read | one JSON row that Redshift is sure to load |
//! | [`filter`] | rules and an entry | whether the line is wanted |
//! | [`pack`] | rows | records, and records into calls, within Firehose's limits |
//! | `pipeline` | objects | acknowledged batches: backpressure, retry, deadline, ledger |
//! | `event` | a Lambda payload | objects to read |
//! | `aws` | the pipeline's traits | S3, Firehose and SQS |
//! | `lambda` | all of it | a function, with its configuration and metrics |
//! | [`cli`] | the `logferry` command's arguments | work done and an exit code |
//! | [`sample`] | a seed | a realistic log to try things on |
//!
//! Dependencies run upwards in this table only: [`access_log`], [`row`] and [`pack`] do no I/O and know
//! nothing of AWS. `ARCHITECTURE.md` has the invariants.

pub mod access_log;
#[cfg(feature = "lambda")]
pub mod aws;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "lambda")]
pub mod event;
pub mod filter;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod pack;
#[cfg(feature = "lambda")]
pub mod pipeline;
#[cfg(feature = "lambda")]
pub mod ports;
pub mod row;
pub mod sample;
