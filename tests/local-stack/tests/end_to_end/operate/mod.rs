//! The operator's verbs as processes, against the stack's endpoints.

mod audit;
mod dead_letters;
mod doctor;
mod ledger;
mod loads;
mod quarantine;

use std::process::Stdio;

use bytes::Bytes;
use local_stack::function_binary::{self, Progress};
use local_stack::stack::{STAGING_BUCKET, Stack};
use logferry::access_log::Lines;
use logferry::row::{Origin, RowEncoder, RowOptions};
use serde_json::Value;
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
    let tool =
        tokio::task::spawn_blocking(|| function_binary::tool(Progress::Hidden)).await.unwrap();
    let tool = tool.unwrap_or_else(|error| panic!("{error}"));
    let mut command = Command::new(tool);
    command.args(args).envs(stack.environment()).stdin(Stdio::null()).kill_on_drop(true);
    // What the stack lacks is not looked for elsewhere.
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    let output = command.output().await.unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
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
