//! `logferry replay`: what failed, done again.

pub(super) mod args;
mod dead_letters;
mod letters_args;
mod loads;
mod quarantine;
mod quarantine_args;

use super::error::{Error, Exit};
use args::{Replay, ReplayArgs};

pub(super) fn run(args: &ReplayArgs) -> Result<Exit, Error> {
    match &args.what {
        Replay::Loads(args) => loads::run(args),
        Replay::DeadLetters(args) => dead_letters::run(args),
        Replay::Quarantine(args) => quarantine::run(args),
    }
}
