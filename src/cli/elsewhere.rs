//! The verbs that talk to AWS, in a build that has none: they say which build does.

use clap::Args;

use super::error::{Error, Exit};

/// Whatever the verb takes elsewhere.
#[derive(Debug, Args)]
pub(super) struct ElsewhereArgs {
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    _rest: Vec<String>,
}

pub(super) fn refuse(verb: &'static str) -> Result<Exit, Error> {
    Err(Error::NotInThisBuild(verb))
}
