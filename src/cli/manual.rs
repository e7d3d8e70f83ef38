//! `logferry completions` and `logferry man`: made of the arguments themselves.

use std::fs;
use std::io::{Write as _, stdout};

use clap::CommandFactory as _;

use super::args::{Args, CompletionsArgs, ManArgs};
use super::error::{Error, Exit};

pub(super) fn completions(args: &CompletionsArgs) -> Result<Exit, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "logferry", &mut script);
    let written = stdout().write_all(&script);
    written.map_err(|source| Error::Write { to: "standard output".into(), source })?;
    Ok(Exit::Done)
}

pub(super) fn pages(args: &ManArgs) -> Result<Exit, Error> {
    let folder = &args.folder;
    let written = fs::create_dir_all(folder).and_then(|()| {
        clap_mangen::generate_to(Args::command().disable_help_subcommand(true), folder)
    });
    written.map_err(|source| Error::Write { to: folder.display().to_string(), source })?;
    Ok(Exit::Done)
}
