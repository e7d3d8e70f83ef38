//! Runs the program `logferry`, for the tests of its verbs.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::sample;

pub(crate) fn logferry(args: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_logferry"));
    command.args(args).current_dir(folder);
    command
}

pub(crate) fn run(args: &[&str], folder: &Path) -> Output {
    logferry(args, folder).stdin(Stdio::null()).output().expect("the binary starts")
}

pub(crate) fn rows(output: &Output) -> Vec<Value> {
    parse(&output.stdout)
}

pub(crate) fn parse(rows: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(rows).expect("rows are UTF-8");
    text.lines().map(|row| serde_json::from_str(row).expect("a row is JSON")).collect()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn log(seed: u64, lines: usize) -> Vec<u8> {
    sample::hostile_log(seed, 100, lines)
}
