//! How an invocation fails, by Lambda's names.

use std::time::Duration;

/// Why an invocation gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The function itself reported an error; its type and message.
    #[error("{kind}: {message}")]
    Function {
        /// The error type the function gave.
        kind: String,
        /// The function's words.
        message: String,
    },
    /// The process did not reach its first `next`.
    #[error("Runtime.InitError: {0}")]
    Init(String),
    /// The process ended in the middle of the invocation.
    #[error("Runtime.ExitError: the runtime exited: {0}")]
    Exit(String),
    /// The time ran out; the process was killed.
    #[error("Sandbox.Timedout: Task timed out after {:.2} seconds", .0.as_secs_f64())]
    TimedOut(Duration),
    /// The memory ran out; the process was killed.
    #[error("Runtime.OutOfMemory: {used_mib} MiB used of {limit_mib}")]
    OutOfMemory {
        /// What the process held.
        used_mib: u64,
        /// What it was given.
        limit_mib: u64,
    },
    /// The service could not run the function.
    #[error("ServiceException: {0}")]
    Service(String),
}
