//! The commands that repair what an audit found, as they are to be run.

use std::env;

use super::args::AuditArgs;
use crate::cli::shell::{command, quoted};

/// Reads the findings again and feeds those that a backfill repairs to it.
pub(super) fn backfill(args: &AuditArgs) -> String {
    let bucket = format!("s3://{}", args.place.bucket);
    let mut send = vec!["logferry", "backfill", &bucket, "--keys", "-"];
    let queue = if args.stack.stack.is_some() { "" } else { " --queue-url \"$QUEUE_URL\"" };
    let deployment = args.stack.flags();
    send.extend(deployment.iter().map(String::as_str));
    send.extend(["--to-queue", "--run"]);
    format!(
        "  {} |\n    jq -r 'select(.type == \"finding\" and .repair == \"backfill\").key' |\n    {}{queue}\n",
        again(env::args().skip(1)),
        command(send),
    )
}

/// What puts lines that can be read now in the place of their quarantined rows.
pub(super) fn replay(args: &AuditArgs) -> String {
    let flags = [args.stack.flags(), args.warehouse.flags()].concat();
    let words = ["logferry", "replay", "quarantine"].into_iter();
    let words = words.chain(flags.iter().map(String::as_str)).chain(["--run"]);
    format!("  {}\n", command(words))
}

/// This command, for programs to read.
fn again(words: impl Iterator<Item = String>) -> String {
    let mut again = vec!["logferry".to_owned()];
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        if word == "--format" {
            words.next();
        } else if !word.starts_with("--format=") && word != "--no-progress" {
            again.push(quoted(&word));
        }
    }
    again.extend(["--format".to_owned(), "json".to_owned()]);
    again.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_command_is_given_again_for_programs() {
        let words = ["audit", "s3://b/a b", "--format", "text", "--table", "--no-progress"];
        let words = words.into_iter().chain(["--read=1%", "--format=json"]).map(str::to_owned);
        assert_eq!(again(words), "logferry audit 's3://b/a b' --table --read=1% --format json");
    }
}
