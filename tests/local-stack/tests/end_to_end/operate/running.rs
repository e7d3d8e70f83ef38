//! The tool as a process that is watched, and interrupted, while it works.

use std::process::Stdio;

use local_stack::stack::Stack;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader, Lines as OutLines};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use super::{Ran, command};

/// The tool while it works.
pub(super) struct Running {
    child: Child,
    out: OutLines<BufReader<ChildStdout>>,
    err: OutLines<BufReader<ChildStderr>>,
    /// What it has printed.
    printed: Ran,
}

impl Running {
    pub(super) async fn start(stack: &Stack, args: &[&str]) -> Self {
        let mut command = command(stack, args).await;
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap()).lines();
        let err = BufReader::new(child.stderr.take().unwrap()).lines();
        let printed = Ran { code: None, out: String::new(), err: String::new() };
        Self { child, out, err, printed }
    }

    /// Reads on until a line of `--format json` is the one that is waited for.
    pub(super) async fn wait_for(&mut self, is_it: impl Fn(&Value) -> bool) {
        while let Some(line) = self.out.next_line().await.unwrap() {
            self.printed.out.extend([line.as_str(), "\n"]);
            if is_it(&serde_json::from_str(&line).unwrap()) {
                return;
            }
        }
        panic!("it ended before: {:?}", self.end().await);
    }

    /// Reads on until it is told so on standard error.
    pub(super) async fn wait_to_be_told(&mut self, words: &str) {
        while let Some(line) = self.err.next_line().await.unwrap() {
            self.printed.err.extend([line.as_str(), "\n"]);
            if line.contains(words) {
                return;
            }
        }
        panic!("it ended before: {:?}", self.printed);
    }

    /// Ctrl-C.
    pub(super) async fn interrupt(&self) {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().await.unwrap().success());
    }

    pub(super) async fn end(&mut self) -> Ran {
        let Self { out, err, printed, .. } = self;
        let rest = tokio::join!(rest(out.get_mut()), rest(err.get_mut()));
        printed.out.push_str(&rest.0);
        printed.err.push_str(&rest.1);
        let code = self.child.wait().await.unwrap().code();
        let Ran { out, err, .. } = &self.printed;
        Ran { code, out: out.clone(), err: err.clone() }
    }
}

async fn rest(from: &mut (impl AsyncRead + Unpin)) -> String {
    let mut text = String::new();
    from.read_to_string(&mut text).await.unwrap();
    text
}
