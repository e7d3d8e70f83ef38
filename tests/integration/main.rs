//! The integration tests, one program: it is linked once, and what they share stands once.
//!
//! Shared with other programs: `tests/support`. Data: `tests/data`. `tests/allocations.rs` and the
//! tests of the local stack are programs of their own.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod adversary;
#[cfg(feature = "cli")]
mod convert;
#[cfg(feature = "cli")]
mod convert_filters;
#[cfg(feature = "cli")]
mod convert_inputs;
#[cfg(feature = "cli")]
mod convert_outputs;
mod corpus;
#[cfg(feature = "cli")]
mod cost;
mod format_document;
#[cfg(feature = "lambda")]
mod function;
#[cfg(feature = "cli")]
mod golden;
mod known_truth;
#[cfg(feature = "cli")]
mod manual;
#[cfg(all(feature = "operate", feature = "lambda"))]
mod operate;
mod properties;
mod readme;
#[cfg(feature = "cli")]
mod schema;
mod settings;
#[cfg(feature = "cli")]
mod tool;
