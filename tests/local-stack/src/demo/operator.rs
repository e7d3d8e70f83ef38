//! What an operator does the morning after: the objects that were there before the path go through it,
//! the audit finds the one that S3 told nobody of, and what it finds is repaired.
//!
//! The real tool, as a process, against the stack's endpoints; what it prints is shown as it is.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::error::Error;
use super::objects::{LogObject, Told};
use super::terminal::{DIM, PLAIN, heading, tell, tell_command};
use crate::stack::{LOG_BUCKET, STAGING_BUCKET, Stack};

/// Which keys are the log's, and the hour before which they were there already.
const PLACE: &str = "s3://access-logs/access-logs/";
const BUCKET: &str = "s3://access-logs";
const THERE_TO: &str = "2026-03-14T02:00:00Z";
/// The audit's exit code when something is to be repaired.
const FOUND: i32 = 1;

/// Runs the verbs where there is something for them; gives whether all was found and repaired.
///
/// # Errors
/// When the tool cannot be built or run, or fails.
pub(super) async fn work(
    stack: &Stack,
    folder: &Path,
    tool: PathBuf,
    logs: &[LogObject],
) -> Result<bool, Error> {
    let lost: Vec<&str> =
        logs.iter().filter(|log| log.told == Told::Lost).map(|log| log.key.as_str()).collect();
    if lost.is_empty() {
        return Ok(true);
    }
    let operator = Operator::new(stack, folder, tool)?;
    heading("The morning after: an operator with logferry");
    tell("  ", 2, "some logs were there before the path was", DIM);
    operator.show(&["backfill", PLACE, "--to", THERE_TO, "--to-queue", "--run"], "").await?;

    tell("  ", 2, "is anything missing?", DIM);
    let audit = ["audit", PLACE, "--table", "--grace", "0s"];
    let found = operator.show(&audit, "").await?;
    let found_keys = operator.found(&audit).await?;

    tell("  ", 2, "the keys that it found, on standard input", DIM);
    let keys = format!("{}\n", found_keys.join("\n"));
    operator.show(&["backfill", BUCKET, "--keys", "-", "--to-queue", "--run"], &keys).await?;
    let repaired = operator.show(&audit, "").await?;
    Ok(found == FOUND && found_keys == lost && repaired == 0)
}

/// The tool at work on the stack.
struct Operator<'s> {
    stack: &'s Stack,
    folder: &'s Path,
    tool: PathBuf,
}

impl<'s> Operator<'s> {
    fn new(stack: &'s Stack, folder: &'s Path, tool: PathBuf) -> Result<Self, Error> {
        let data_api = stack.data_api.settings();
        let file = json!({
            "logferry": "stack", "version": 1,
            "log_buckets": [{"bucket": LOG_BUCKET, "prefixes": ["access-logs/"]}],
            "queue": {"url": stack.queue_url(&stack.queues.events)},
            "staging": {"bucket": STAGING_BUCKET, "prefix": "rows/"},
            "ledger": {"prefix": "ledger/"},
            "redshift": {"workgroup": data_api.workgroup, "database": data_api.database},
        });
        let path = folder.join("logferry.json");
        let written = std::fs::write(&path, file.to_string());
        written.map_err(|error| Error::File(path.display().to_string(), error))?;
        Ok(Self { stack, folder, tool })
    }

    /// Shows a command and what it says, waits for what it set going, and gives its exit code.
    async fn show(&self, args: &[&str], input: &str) -> Result<i32, Error> {
        tell_command("  $ logferry ", args);
        let (code, out) = self.run(args, input).await?;
        for line in out.lines().take_while(|line| !line.ends_with("to be read again:")) {
            let indent = "    ".len() + line.len() - line.trim_start().len();
            tell(&" ".repeat(indent), indent, line.trim_start(), PLAIN);
        }
        self.stack.settle().await;
        self.stack.stream.drain().await;
        if let Some(ledger) = &self.stack.ledger {
            ledger.drain().await;
        }
        Ok(code)
    }

    /// The keys that a backfill is to repair.
    async fn found(&self, audit: &[&str]) -> Result<Vec<String>, Error> {
        let (_, out) = self.run(&[audit, &["--format", "json"]].concat(), "").await?;
        let lines = out.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let to_repair = lines.filter(|line| line.get("repair") == Some(&json!("backfill")));
        Ok(to_repair.filter_map(|line| Some(line.get("key")?.as_str()?.to_owned())).collect())
    }

    async fn run(&self, args: &[&str], input: &str) -> Result<(i32, String), Error> {
        let failed = |error| Error::File(self.tool.display().to_string(), error);
        let mut command = Command::new(&self.tool);
        command.args(args).current_dir(self.folder).envs(self.stack.environment());
        command.env("LOGFERRY_STACK", self.folder.join("logferry.json")).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes()).await.map_err(failed)?;
        }
        let output = child.wait_with_output().await.map_err(failed)?;
        let errors = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(code @ (0 | FOUND)) => {
                Ok((code, String::from_utf8_lossy(&output.stdout).into_owned()))
            }
            _ => Err(Error::Tool(format!("logferry {}: {}", args.join(" "), errors.trim()))),
        }
    }
}
