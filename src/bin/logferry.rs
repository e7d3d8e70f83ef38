//! The `logferry` command. Everything it does lives in [`logferry::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    logferry::cli::run()
}
