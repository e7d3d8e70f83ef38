//! The arguments of every verb.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::convert::args::ConvertArgs;

/// Amazon S3 server access logs into Amazon Redshift, every line accounted for.
#[derive(Debug, Parser)]
#[command(name = "logferry", version = env!("LOGFERRY_VERSION"), max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "\
Exit codes: 0 done; 1 done, but --fail-on-quarantine found quarantined lines; 2 wrong usage;
3 some of the work could not be done.")]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    Convert(ConvertArgs),
    Schema(SchemaArgs),
    Sample(SampleArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

/// Describe the table the rows go to
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  logferry schema ddl | psql \"host=my-cluster.example.eu-west-1.redshift.amazonaws.com port=5439\"
  logferry schema ddl --schema logs --table s3_access_log --replace
  logferry schema columns")]
pub(super) struct SchemaArgs {
    /// What to print
    #[arg(value_enum)]
    pub(super) what: SchemaPart,

    /// Schema to qualify the names with (for ddl, table and views)
    #[arg(long, value_name = "NAME", value_parser = identifier)]
    pub(super) schema: Option<String>,

    /// Name of the table, and prefix of the views' names
    #[arg(long, value_name = "NAME", default_value = "s3_access_log", value_parser = identifier)]
    pub(super) table: String,

    /// Replace views that exist (Redshift and PostgreSQL, not SQLite)
    #[arg(long)]
    pub(super) replace: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaPart {
    /// The table and its views as SQL
    Ddl,
    /// The table alone
    Table,
    /// The views alone
    Views,
    /// The columns of a row for Firehose's `DataTableColumns`, comma separated
    Columns,
    /// The column reference as Markdown
    Markdown,
}

/// Write a realistic, made-up log to try things on
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  logferry sample --lines 100000 > access.log
  logferry sample --lines 1000 --hostile 50 --seed 7 | logferry convert --stats > rows.ndjson")]
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
  logferry completions bash > ~/.local/share/bash-completion/completions/logferry
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
  logferry man ~/.local/share/man/man1    then `man logferry-convert`")]
pub(super) struct ManArgs {
    /// The folder, made where it is missing
    #[arg(value_name = "FOLDER")]
    pub(super) folder: PathBuf,
}

/// Longest name that Redshift keeps, in bytes.
/// Source: Amazon Redshift Database Developer Guide, "Names and identifiers".
const IDENTIFIER_BYTES_MAX: usize = 127;

/// A name that needs no quotes in SQL. COPY matches JSON keys to lower-case columns only.
fn identifier(name: &str) -> Result<String, String> {
    let starts = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    let word = |letter: char| matches!(letter, 'a'..='z' | '0'..='9' | '_');
    // The longest suffix of a view's name must fit as well.
    let fits = name.len() <= IDENTIFIER_BYTES_MAX - "_requests_per_day".len();
    if starts && fits && name.chars().all(word) {
        Ok(name.to_owned())
    } else {
        Err("want lower-case letters, digits and underscores, not a digit first, at most 110"
            .into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_need_no_quotes_are_taken() {
        let longest = "a".repeat(110);
        for name in ["s3_access_log", "_logs", "a", "a1", &longest] {
            assert_eq!(identifier(name).as_deref(), Ok(name));
        }
        for name in ["", "1a", "Logs", "a-b", "a b", "a;drop", "é", &format!("{longest}a")] {
            assert!(identifier(name).is_err(), "{name}");
        }
    }
}
