//! Where the real `logferry-lambda` is, and the tool `logferry`.
//!
//! `LOGFERRY_LAMBDA_BINARY` names one, else cargo builds it once a process. Cargo's own lock keeps
//! processes that build at the same time apart, and a binary that is up to date costs well under a
//! second. It is built in the profile this package was built in, and for the whole workspace, so
//! that features come out as they did for this package: nothing is compiled a second time.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde::Deserialize;

/// The variable that names a binary to use as it is.
pub const VARIABLE: &str = "LOGFERRY_LAMBDA_BINARY";

/// Why there is no function to run.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The variable names no file.
    #[error("{VARIABLE} names {0}, which is no file")]
    NoFile(PathBuf),
    /// Cargo cannot be run.
    #[error("cargo cannot be run to build what is tested: {0}")]
    NoCargo(String),
    /// The build failed.
    #[error("what is tested does not build\n{0}")]
    Build(String),
}

/// What of cargo's work is seen while it builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Everything, on standard error.
    Shown,
    /// Nothing, unless it fails.
    Hidden,
}

/// The path of the binary, built if need be.
///
/// # Errors
/// When there is none and none can be built.
pub fn find(progress: Progress) -> Result<PathBuf, Error> {
    static FOUND: OnceLock<Result<PathBuf, Error>> = OnceLock::new();
    FOUND
        .get_or_init(|| match std::env::var_os(VARIABLE) {
            Some(path) if Path::new(&path).is_file() => Ok(path.into()),
            Some(path) => Err(Error::NoFile(path.into())),
            None => build("logferry-lambda", progress),
        })
        .clone()
}

/// The path of the tool, built if need be.
///
/// # Errors
/// When it cannot be built.
pub fn tool(progress: Progress) -> Result<PathBuf, Error> {
    static FOUND: OnceLock<Result<PathBuf, Error>> = OnceLock::new();
    FOUND.get_or_init(|| build("logferry", progress)).clone()
}

/// A line of cargo's messages, as far as it matters here.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
}

fn build(binary: &str, progress: Progress) -> Result<PathBuf, Error> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    let mut build = Command::new(cargo);
    build
        .args(["build", "--workspace", "--bin", binary, "--manifest-path", manifest])
        .args(["--message-format", "json-render-diagnostics"])
        .stdin(Stdio::null());
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    match progress {
        Progress::Shown => build.stderr(Stdio::inherit()),
        Progress::Hidden => build.arg("--quiet"),
    };
    let output = build.output().map_err(|error| Error::NoCargo(error.to_string()))?;
    let messages = String::from_utf8_lossy(&output.stdout);
    let executable = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok()?.executable)
        .next_back();
    match executable {
        Some(path) if output.status.success() => Ok(path),
        _ => Err(Error::Build(String::from_utf8_lossy(&output.stderr).into_owned())),
    }
}
