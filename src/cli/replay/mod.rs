//! `logferry replay`: what failed, done again.

pub(super) mod args;
mod loads;

use super::error::{Error, Exit};
use args::{Replay, ReplayArgs};

pub(super) fn run(args: &ReplayArgs) -> Result<Exit, Error> {
    match &args.what {
        Replay::Loads(args) => loads::run(args),
    }
}
