//! Where the real `logferry-lambda` is, and the tool `logferry`.
//!
//! `LOGFERRY_LAMBDA_BINARY` and `LOGFERRY_TOOL_BINARY` name them, else cargo builds it once a process. Cargo's own lock keeps
//! processes that build at the same time apart, and a binary that is up to date costs well under a
//! second. It is built in the profile this package was built in, and for the whole workspace, so
//! that features come out as they did for this package: nothing is compiled a second time.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde::Deserialize;

/// The variable that names a binary to use as it is.
pub const VARIABLE: &str = "LOGFERRY_LAMBDA_BINARY";

/// The same for the tool.
pub const TOOL_VARIABLE: &str = "LOGFERRY_TOOL_BINARY";

/// Why there is no function to run.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The variable names no file.
    #[error("{0} names {1}, which is no file")]
    NoFile(&'static str, PathBuf),
    /// Cargo cannot be run.
    #[error("cargo cannot be run to build the program: {0}")]
    NoCargo(String),
    /// The build failed.
    #[error("the program does not build\n{0}")]
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
    FOUND.get_or_init(|| named_or_built(VARIABLE, "logferry-lambda", progress)).clone()
}

/// The path of the tool, built if need be.
///
/// # Errors
/// As of [`find`].
pub fn tool(progress: Progress) -> Result<PathBuf, Error> {
    static FOUND: OnceLock<Result<PathBuf, Error>> = OnceLock::new();
    FOUND.get_or_init(|| named_or_built(TOOL_VARIABLE, "logferry", progress)).clone()
}

fn named_or_built(
    variable: &'static str,
    program: &str,
    progress: Progress,
) -> Result<PathBuf, Error> {
    match std::env::var_os(variable) {
        Some(path) if Path::new(&path).is_file() => Ok(path.into()),
        Some(path) => Err(Error::NoFile(variable, path.into())),
        None => build(program, progress),
    }
}

/// A line of cargo's messages, as far as it matters here.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
}

fn build(program: &str, progress: Progress) -> Result<PathBuf, Error> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    let mut build = Command::new(cargo);
    build
        .args(["build", "--workspace", "--bin", program, "--manifest-path", manifest])
        .args(["--message-format", "json-render-diagnostics"])
        .stdin(Stdio::null());
    // What cargo tells the program it runs of its package. Some dependency's build script looks at the
    // same variables, and would be run again for them, with all that depends on it.
    let of_package =
        |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(of_package) {
            build.env_remove(&name);
        }
    }
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
