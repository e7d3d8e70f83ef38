//! The components of the stack, one by one, and the function's own clients against them.
//!
//! One program, because each further one is another copy of the SDK to build and to link.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod conformance;
mod data_api;
mod delivery;
mod demo;
mod event;
mod firehose;
mod lambda;
mod listing;
mod logs;
mod redrive;
mod redshift;
mod s3;
mod sqs;
mod text;
