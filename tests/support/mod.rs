//! What tests share. A program takes all of it, or with `#[path]` the files it needs.

pub(crate) mod corpus;
pub(crate) mod fields;
#[cfg(any(feature = "cli", feature = "lambda"))]
pub(crate) mod gzip;
pub(crate) mod loadable;
pub(crate) mod rows;
pub(crate) mod sample;
#[cfg(feature = "lambda")]
pub(crate) mod sink_cases;
#[cfg(feature = "lambda")]
pub(crate) mod source_cases;
pub(crate) mod twin;
