//! The `logferry` command-line tool: one file per verb.
//!
//! Invariants: data goes to stdout, everything else to stderr; a closed pipe is a normal end; exit
//! codes are those of [`Exit`].
//!
//! What it does not do: understand lines or make rows; that is [`crate::access_log`] and
//! [`crate::row`]; nor write SQL, which is [`crate::table`].

#[cfg(feature = "operate")]
mod amounts;
mod args;
#[cfg(feature = "operate")]
mod audit;
#[cfg(feature = "operate")]
mod backfill;
#[cfg(feature = "operate")]
mod connect;
mod convert;
mod cost;
mod cost_args;
#[cfg(feature = "operate")]
mod doctor;
#[cfg(test)]
mod documented_tests;
#[cfg(feature = "operate")]
mod duration;
#[cfg(not(feature = "operate"))]
mod elsewhere;
mod error;
mod form;
#[cfg(feature = "operate")]
mod load;
#[cfg(feature = "operate")]
mod load_args;
mod manual;
#[cfg(feature = "operate")]
mod progress;
#[cfg(feature = "operate")]
mod replay;
mod row_args;
mod s3_place;
mod sample;
mod schema;
mod schema_args;
#[cfg(feature = "operate")]
mod selection_args;
#[cfg(feature = "operate")]
mod shell;
#[cfg(feature = "operate")]
mod stack_args;
#[cfg(feature = "operate")]
mod staging;
#[cfg(feature = "operate")]
mod terminal;
#[cfg(feature = "operate")]
mod warehouse_args;

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ContextKind;

use args::{Args, Verb};
pub use error::Exit;

/// Reads the arguments, does what they say and reports errors to stderr.
#[must_use]
pub fn run() -> ExitCode {
    let args = Args::try_parse().unwrap_or_else(|mut error| {
        // Only "to pass '--x' as a value, use '-- --x'", which nobody wants who mistyped an option.
        // The tip about the likely option is another one, and stays.
        error.remove(ContextKind::Suggested);
        error.exit()
    });
    let result = match args.verb {
        Verb::Convert(args) => convert::run(&args),
        Verb::Schema(args) => schema::run(&args),
        Verb::Cost(args) => cost::run(&args),
        #[cfg(feature = "operate")]
        Verb::Backfill(args) => backfill::run(&args),
        #[cfg(not(feature = "operate"))]
        Verb::Backfill(_) => elsewhere::refuse("backfill"),
        #[cfg(feature = "operate")]
        Verb::Load(args) => load::run(&args),
        #[cfg(not(feature = "operate"))]
        Verb::Load(_) => elsewhere::refuse("load"),
        #[cfg(feature = "operate")]
        Verb::Replay(args) => replay::run(&args),
        #[cfg(not(feature = "operate"))]
        Verb::Replay(_) => elsewhere::refuse("replay"),
        #[cfg(feature = "operate")]
        Verb::Audit(args) => audit::run(&args),
        #[cfg(not(feature = "operate"))]
        Verb::Audit(_) => elsewhere::refuse("audit"),
        #[cfg(feature = "operate")]
        Verb::Doctor(args) => doctor::run(&args),
        #[cfg(not(feature = "operate"))]
        Verb::Doctor(_) => elsewhere::refuse("doctor"),
        Verb::Sample(args) => sample::run(&args),
        Verb::Completions(args) => manual::completions(&args),
        Verb::Man(args) => manual::pages(&args),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(error) if error.is_closed_pipe() => Exit::Done.into(),
        Err(error) => {
            error::report(&error);
            error.exit().into()
        }
    }
}
