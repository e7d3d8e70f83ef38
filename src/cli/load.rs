//! `logferry load`: staged files into the table, from a schedule.

use serde_json::json;

use super::connect::{connect, runtime};
use super::error::{Error, Exit, report};
use super::form::{Form, print, print_line};
use super::load_args::LoadVerbArgs;
use super::staging::{load_settings, staging};
use crate::operate::loads::{LoadedNow, StagedLoad, load_staged, staged_loads};

/// Where the manifests of these loads are written, beside the rows so that no COPY of a prefix takes
/// them for some.
const MANIFESTS: &str = "replay/load/";

pub(super) fn run(args: &LoadVerbArgs) -> Result<Exit, Error> {
    let mut stack = args.stack.read()?;
    args.warehouse.over(&mut stack);
    args.copy.over(&mut stack);
    if !args.extended_s3 && stack.stream.destination.as_deref() != Some("extended_s3") {
        return Err(Error::StreamLoads);
    }
    let settings = load_settings(&stack, "load")?;
    let (bucket, prefix) = staging(args.staging.as_deref(), &stack)?;
    runtime()?.block_on(async {
        let clients = connect(&args.stack, &stack).await?;
        let warehouse = clients.warehouse(&stack.redshift)?;
        let ports = (&clients.listing(), &warehouse);
        let loads = staged_loads(ports, &bucket, &prefix, &settings).await?;
        let mut told = Told { format: args.format, ..Told::default() };
        for load in &loads {
            if !args.run {
                told.planned(load)?;
                continue;
            }
            let ports = (&clients.writer(), &warehouse);
            match load_staged(ports, &bucket, MANIFESTS, &settings, load).await {
                Ok(loaded) => told.loaded(load, loaded)?,
                Err(error) => {
                    report(&error.into());
                    told.failed += 1;
                }
            }
        }
        told.end(args.run)
    })
}

/// What was told, and what is to be summed up.
#[derive(Default)]
struct Told {
    format: Form,
    loads: u64,
    files: usize,
    bytes: u64,
    rows: u64,
    before: u64,
    failed: u64,
}

impl Told {
    fn planned(&mut self, load: &StagedLoad) -> Result<(), Error> {
        self.loads += 1;
        self.files += load.files.len();
        self.bytes += load.bytes;
        let (files, bytes) = (load.files.len(), load.bytes);
        match self.format {
            Form::Text => print(&format!("to load  {files} files, {bytes} bytes\n")),
            Form::Json => print_line(&json!({"type": "plan", "files": files, "bytes": bytes})),
        }
    }

    fn loaded(&mut self, load: &StagedLoad, loaded: LoadedNow) -> Result<(), Error> {
        let files = load.files.len();
        let (state, rows) = match loaded {
            LoadedNow::Rows(rows) => {
                self.loads += 1;
                self.files += files;
                self.bytes += load.bytes;
                self.rows += rows;
                ("loaded", rows)
            }
            LoadedNow::Before => {
                self.before += 1;
                ("loaded by somebody else meanwhile", 0)
            }
        };
        match self.format {
            Form::Text => print(&format!("{state}  {files} files, {rows} rows\n")),
            Form::Json => print_line(&json!({
                "type": "progress", "state": state, "files": files, "rows": rows
            })),
        }
    }

    fn end(&self, run: bool) -> Result<Exit, Error> {
        match self.format {
            Form::Text if !run && self.loads == 0 => print("Nothing to load.\n")?,
            Form::Text if !run => {
                let (files, bytes) = (self.files, self.bytes);
                print(&format!("{files} files, {bytes} bytes to load. Add --run.\n"))?;
            }
            Form::Text => {
                let (files, rows, failed) = (self.files, self.rows, self.failed);
                print(&format!("{files} files loaded, {rows} rows; {failed} loads failed.\n"))?;
            }
            Form::Json => print_line(&json!({
                "type": "summary", "run": run, "loads": self.loads, "files": self.files,
                "bytes": self.bytes, "rows": self.rows, "before": self.before,
                "failed": self.failed,
            }))?,
        }
        Ok(match (self.failed, run, self.loads) {
            (0, false, 1..) => Exit::Found,
            (0, ..) => Exit::Done,
            _ => Exit::Failed,
        })
    }
}
