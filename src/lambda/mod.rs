//! The function: from the Runtime API's payload to its answer.
//!
//! Purpose: put configuration, event, pipeline and AWS together, answer SQS message by message, and
//! report what happened as logs and metrics.
//!
//! Invariants: a message is only reported as done when every object it names was delivered, handed
//! on or gone; nothing a log line holds is ever logged; configuration is read once, and every mistake
//! in it is reported before the first event.
//!
//! What it does not do: parse, pack or retry; the modules below do.

mod config;
mod contract;
mod function;
mod heap;
mod kind;
mod metrics;
mod plan;
mod start;
mod variables;

pub use config::{Config, ConfigError};
pub use contract::contract;
pub use function::{Answer, Context, Function, FunctionError};
pub use heap::keep_freed_memory;
pub use metrics::{METRICS, Metric, emf_line, metric_reference};
pub use start::start;
pub use variables::{VARIABLES, Variable, variable_reference};
