//! The `logferry` command-line tool: one file per verb.
//!
//! Invariants: data goes to stdout, everything else to stderr; a closed pipe is a normal end; exit
//! codes are those of [`Exit`].
//!
//! What it does not do: understand lines or make rows; that is [`crate::access_log`] and
//! [`crate::row`].

mod args;
mod convert;
mod error;
mod row_args;
mod sample;
mod schema;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Verb};
pub use error::Exit;

/// Reads the arguments, does what they say and reports errors to stderr.
#[must_use]
pub fn run() -> ExitCode {
    let result = match Args::parse().verb {
        Verb::Convert(args) => convert::run(&args),
        Verb::Schema(args) => schema::run(&args),
        Verb::Sample(args) => sample::run(&args),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(error) if error.is_closed_pipe() => Exit::Done.into(),
        Err(error) => {
            error::report(&error);
            Exit::Failed.into()
        }
    }
}
