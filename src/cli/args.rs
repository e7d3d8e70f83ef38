//! The arguments of every verb.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};
use clap_complete::Shell;

#[cfg(feature = "operate")]
use super::audit::args::AuditArgs;
#[cfg(feature = "operate")]
use super::backfill::args::BackfillArgs;
use super::convert::args::ConvertArgs;
use super::cost_args::CostArgs;
#[cfg(feature = "operate")]
use super::doctor::args::DoctorArgs;
#[cfg(not(feature = "operate"))]
use super::elsewhere::ElsewhereArgs as AuditArgs;
#[cfg(not(feature = "operate"))]
use super::elsewhere::ElsewhereArgs as BackfillArgs;
#[cfg(not(feature = "operate"))]
use super::elsewhere::ElsewhereArgs as DoctorArgs;
#[cfg(not(feature = "operate"))]
use super::elsewhere::ElsewhereArgs as LoadVerbArgs;
#[cfg(not(feature = "operate"))]
use super::elsewhere::ElsewhereArgs as ReplayArgs;
#[cfg(feature = "operate")]
use super::load_args::LoadVerbArgs;
#[cfg(feature = "operate")]
use super::replay::args::ReplayArgs;
use super::schema_args::SchemaArgs;

/// Amazon S3 server access logs into Amazon Redshift, every line accounted for.
#[derive(Debug, Parser)]
#[command(name = "logferry", version = env!("LOGFERRY_VERSION"), max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "\
Exit codes: 0 done; 1 done, but --fail-on-quarantine found quarantined lines; 2 wrong usage;
3 some of the work could not be done; 130 stopped by Ctrl-C, and the same command goes on.")]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    Convert(ConvertArgs),
    Schema(SchemaArgs),
    Cost(CostArgs),
    /// Bring logs that were there before into the table
    Backfill(Box<BackfillArgs>),
    /// Load the staged files that are not in the table yet, each once
    Load(LoadVerbArgs),
    /// Do again what failed
    Replay(ReplayArgs),
    /// Prove that every log was delivered, and with --table that every row is there
    Audit(Box<AuditArgs>),
    /// Examine a deployment: what is not as it should be, and what to do about it
    Doctor(DoctorArgs),
    Sample(SampleArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

/// Write a realistic, made-up log to try things on
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  logferry sample --lines 100000 > access.log
  logferry sample --hostile 50 --seed 7 | logferry convert --stats > rows.ndjson")]
pub(super) struct SampleArgs {
    /// How many lines
    #[arg(long, default_value_t = 1000)]
    pub(super) lines: u64,

    /// Lines in a thousand that hold what breaks other parsers
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub(super) hostile: u32,

    /// The same seed gives the same log
    #[arg(long, default_value_t = 1)]
    pub(super) seed: u64,
}

/// Print the completions of a shell
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  source <(logferry completions bash)    # in ~/.bashrc
  logferry completions fish > ~/.config/fish/completions/logferry.fish
  logferry completions zsh > \"${fpath[1]}/_logferry\"")]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(super) shell: Shell,
}

/// Write the manual pages, one for each verb, into a folder
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  logferry man ~/.local/share/man/man1    # then `man logferry-convert`")]
pub(super) struct ManArgs {
    /// The folder, made where it is missing
    #[arg(value_name = "FOLDER")]
    pub(super) folder: PathBuf,
}
