//! The operator's verbs as processes, against the stack's endpoints.

mod audit;
mod copy;
mod dead_letters;
mod doctor;
mod documented;
mod interrupted;
mod ledger;
mod loads;
mod quarantine;
mod running;

use std::path::Path;
use std::process::Stdio;

use bytes::Bytes;
use local_stack::function_binary::{self, Progress};
use local_stack::stack::{STAGING_BUCKET, Stack};
use logferry::access_log::Lines;
use logferry::row::{Origin, RowEncoder, RowOptions};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// Flags that a stack file would have.
const COPY: [&str; 4] =
    ["--copy-role", "arn:aws:iam::123456789012:role/copy", "--copy-options", OPTIONS];
const OPTIONS: &str = "JSON 'auto' GZIP TIMEFORMAT 'auto'";
const WAREHOUSE: [&str; 4] = ["--workgroup", "logs", "--database", "dev"];

/// What a command ended with and printed.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    /// The lines of `--format json`.
    fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn summary(&self) -> Value {
        let lines = self.lines();
        let last = lines.last().unwrap_or_else(|| panic!("{self:?}"));
        assert_eq!(last["type"], "summary", "{self:?}");
        last.clone()
    }
}

/// Runs the tool as it would run for an operator of the stack.
async fn logferry(stack: &Stack, args: &[&str]) -> Ran {
    let output = command(stack, args).await.output().await.unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

async fn command(stack: &Stack, args: &[&str]) -> Command {
    let tool =
        tokio::task::spawn_blocking(|| function_binary::tool(Progress::Hidden)).await.unwrap();
    let tool = tool.unwrap_or_else(|error| panic!("{error}"));
    let mut command = Command::new(tool);
    command.args(args).envs(stack.environment()).stdin(Stdio::null()).kill_on_drop(true);
    // What the stack lacks is not looked for elsewhere.
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    command
}

/// Runs what somebody copied from the screen or from a page.
async fn shell(stack: &Stack, folder: &Path, command: &str, input: &str) -> Ran {
    let tool = tokio::task::spawn_blocking(|| function_binary::tool(Progress::Hidden));
    let tool = tool.await.unwrap().unwrap_or_else(|error| panic!("{error}"));
    let tools = tool.parent().unwrap().display();
    let path = format!("{tools}:{}", std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).envs(stack.environment()).env("PATH", path);
    // What the stack lacks is not looked for elsewhere.
    shell.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    shell.current_dir(folder).kill_on_drop(true);
    shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = shell.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// The rows of lines of a log object, each with its newline.
fn rows(bucket: &str, key: &str, lines: Lines<'_>) -> Vec<Vec<u8>> {
    let (mut encoder, origin) =
        (RowEncoder::new(RowOptions::default()), Origin::new(Some(bucket), key));
    let row = |line| {
        let mut row = Vec::new();
        encoder.encode(&line, &origin, &mut row);
        row
    };
    lines.map(row).filter(|row| !row.is_empty()).collect()
}

/// Puts rows into the staging bucket, as a stream to S3 would.
async fn stage(stack: &Stack, key: &str, rows: &[Vec<u8>]) {
    let body = Bytes::from(super::gzip(&rows.concat()));
    stack.s3.put(STAGING_BUCKET, key, body).await.unwrap();
}

async fn count(stack: &Stack, sql: &str) -> String {
    let answer = stack.warehouse.query(sql).await.unwrap();
    answer.rows.first().and_then(|row| row.first()?.clone()).unwrap_or_default()
}
