//! The operator's verbs as processes, against the stack's endpoints.

mod audit;
mod dead_letters;
mod doctor;
mod interrupted;
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
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, Lines as OutLines};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

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

/// The tool while it works.
struct Running {
    child: Child,
    out: OutLines<BufReader<ChildStdout>>,
    err: OutLines<BufReader<ChildStderr>>,
    /// What it has printed.
    printed: Ran,
}

impl Running {
    async fn start(stack: &Stack, args: &[&str]) -> Self {
        let mut command = command(stack, args).await;
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap()).lines();
        let err = BufReader::new(child.stderr.take().unwrap()).lines();
        let printed = Ran { code: None, out: String::new(), err: String::new() };
        Self { child, out, err, printed }
    }

    /// Reads on until a line of `--format json` is the one that is waited for.
    async fn wait_for(&mut self, is_it: impl Fn(&Value) -> bool) {
        while let Some(line) = self.out.next_line().await.unwrap() {
            self.printed.out.push_str(&format!("{line}\n"));
            if is_it(&serde_json::from_str(&line).unwrap()) {
                return;
            }
        }
        panic!("it ended before: {:?}", self.end().await);
    }

    /// Reads on until it is told so on standard error.
    async fn wait_to_be_told(&mut self, words: &str) {
        while let Some(line) = self.err.next_line().await.unwrap() {
            self.printed.err.push_str(&format!("{line}\n"));
            if line.contains(words) {
                return;
            }
        }
        panic!("it ended before: {:?}", self.printed);
    }

    /// Ctrl-C.
    async fn interrupt(&self) {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().await.unwrap().success());
    }

    async fn end(&mut self) -> Ran {
        let Self { out, err, printed, .. } = self;
        let rest = tokio::join!(rest(out.get_mut()), rest(err.get_mut()));
        printed.out.push_str(&rest.0);
        printed.err.push_str(&rest.1);
        let code = self.child.wait().await.unwrap().code();
        let Ran { out, err, .. } = &self.printed;
        Ran { code, out: out.clone(), err: err.clone() }
    }
}

async fn rest(from: &mut (impl tokio::io::AsyncRead + Unpin)) -> String {
    let mut text = String::new();
    from.read_to_string(&mut text).await.unwrap();
    text
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
