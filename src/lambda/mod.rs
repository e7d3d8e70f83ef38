//! The function: from the Runtime API's payload to its response.
//!
//! Purpose: put configuration, event, pipeline and AWS together, respond to SQS message by message,
//! and report what happened as logs and metrics.
//!
//! Invariants: a message is only reported as done when every object it names was delivered,
//! continued or gone; nothing a log line holds is ever logged; configuration is read once, and every mistake
//! in it is reported before the first event.
//!
//! What it does not do: parse, pack or retry; the modules below do.

mod advice;
mod config;
mod continuation;
mod contract;
mod function;
mod heap;
mod kind;
mod memory;
mod metrics;
mod plan;
mod post;
mod receipts;
mod response;
mod start;
mod variables;

pub use config::{Config, ConfigError};
pub use contract::contract;
pub use function::{Context, Function, LedgerStream, Response};
pub use heap::keep_freed_memory;
pub use metrics::metric_reference;
pub use response::FunctionError;
pub use start::start;
pub use variables::variable_reference;
