//! The version that the command-line tool tells: that of the package, and the commit it was built
//! from. Without a repository, as in a package from a registry, Cargo's own note of the commit is
//! taken; without that, the version stands alone.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Only the tool tells it: what builds the function alone is not built anew for every commit.
    if env::var_os("CARGO_FEATURE_CLI").is_none() {
        return;
    }
    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let version = match commit_of_repository().or_else(commit_of_package) {
        Some(commit) => format!("{version} ({commit})"),
        None => version,
    };
    println!("cargo::rustc-env=LOGFERRY_VERSION={version}");
}

/// The first digits of the commit that is checked out, and its day.
fn commit_of_repository() -> Option<String> {
    // A repository further up is somebody else's.
    if !Path::new(".git").exists() {
        return None;
    }
    // What moves when a commit is made or another one is checked out.
    let reference = git(&["symbolic-ref", "--quiet", "HEAD"]);
    for name in ["HEAD", "packed-refs"].into_iter().chain(reference.as_deref()) {
        let path = git(&["rev-parse", "--git-path", name])?;
        if Path::new(&path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    git(&["show", "--no-patch", "--format=%h %cs", "--abbrev=10", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

/// What `cargo package` notes: `{"git": {"sha1": "..."}}`.
fn commit_of_package() -> Option<String> {
    let note = fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let (_, rest) = note.split_once("\"sha1\"")?;
    let commit = rest.split('"').nth(1)?;
    Some(commit.get(..10)?.to_owned())
}
