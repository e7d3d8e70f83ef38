//! `logferry load`: staged files into the table, from a schedule.

use serde_json::json;
use tokio::sync::watch;

use super::connect::{Connection, connect, runtime, stop_on_signal, while_it_ends};
use super::error::{Error, Exit, report};
use super::form::{Form, print, print_line};
use super::load_args::LoadVerbArgs;
use super::progress::Progress;
use super::staging::{load_settings, staging};
use crate::operate::Stack;
use crate::operate::loads::{
    LoadSettings, LoadedNow, Loading, StagedLoad, StagedPlace, load_all_staged, staged_loads,
};

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
    let place = StagedPlace { bucket: &bucket, prefix: &prefix, manifests: MANIFESTS };
    runtime()?.block_on(async {
        let stop = stop_on_signal();
        let clients = connect(&args.stack, &stack).await?;
        let work = Work { args, stack: &stack, place, settings: &settings };
        if args.run {
            Box::pin(work.load(&clients, stop)).await
        } else {
            work.plan(&clients, stop).await
        }
    })
}

struct Work<'a> {
    args: &'a LoadVerbArgs,
    stack: &'a Stack,
    place: StagedPlace<'a>,
    settings: &'a LoadSettings,
}

impl Work<'_> {
    async fn plan(
        &self,
        clients: &Connection,
        mut stop: watch::Receiver<bool>,
    ) -> Result<Exit, Error> {
        let warehouse = clients.warehouse(&self.stack.redshift)?;
        let listing = clients.listing();
        let StagedPlace { bucket, prefix, .. } = self.place;
        let mut told = Told::new(self.args);
        told.progress.waiting("the staging bucket is listed");
        let loads = tokio::select! {
            loads = staged_loads((&listing, &warehouse), bucket, prefix, self.settings) => loads,
            Ok(_) = stop.wait_for(|stop| *stop) => {
                told.progress.finish();
                eprintln!("Stopped. Nothing was loaded.");
                return Ok(Exit::Stopped);
            }
        };
        told.progress.finish();
        for load in &loads? {
            told.planned(load)?;
        }
        told.end(false, false)
    }

    async fn load(&self, clients: &Connection, stop: watch::Receiver<bool>) -> Result<Exit, Error> {
        let warehouse = clients.warehouse(&self.stack.redshift)?;
        let (listing, writer) = (clients.listing(), clients.writer());
        let ports = (&listing, &writer, &warehouse);
        let mut told = Told::new(self.args);
        let mut printed = Ok(());
        let tell = |loading: Loading<'_>| {
            let now = told.hear(loading);
            if printed.is_ok() {
                printed = now;
            }
        };
        let loaded = load_all_staged(ports, self.place, self.settings, &stop, tell);
        let is_whole = while_it_ends(Box::pin(loaded), stop.clone()).await;
        told.progress.finish();
        let is_whole = is_whole?;
        printed?;
        told.end(true, !is_whole)
    }
}

/// What was told, and what is to be summed up.
struct Told {
    format: Form,
    progress: Progress,
    /// Files that are to be loaded, those that are loaded included.
    of: u64,
    loads: u64,
    files: u64,
    bytes: u64,
    rows: u64,
    before: u64,
    failed: u64,
}

impl Told {
    fn new(args: &LoadVerbArgs) -> Self {
        let progress = Progress::new(args.format, !args.no_progress);
        let format = args.format;
        Self {
            format,
            progress,
            of: 0,
            loads: 0,
            files: 0,
            bytes: 0,
            rows: 0,
            before: 0,
            failed: 0,
        }
    }

    fn planned(&mut self, load: &StagedLoad) -> Result<(), Error> {
        self.loads += 1;
        self.files += load.files.len() as u64;
        self.bytes += load.bytes;
        let (files, bytes) = (load.files.len(), load.bytes);
        match self.format {
            Form::Text => print(&format!("to load  {files} files, {bytes} bytes\n")),
            Form::Json => print_line(&json!({"type": "plan", "files": files, "bytes": bytes})),
        }
    }

    fn hear(&mut self, loading: Loading<'_>) -> Result<(), Error> {
        let told = match loading {
            Loading::Planned(loads) => {
                let planned: usize = loads.iter().map(|load| load.files.len()).sum();
                self.of = self.files + planned as u64;
                Ok(())
            }
            Loading::Ended(load, Ok(loaded)) => self.loaded(load, loaded),
            Loading::Ended(_, Err(error)) => {
                self.failed += 1;
                self.progress.beside(|| report(&error.into()));
                Ok(())
            }
        };
        self.progress.of("files loaded", self.files, self.of);
        told
    }

    fn loaded(&mut self, load: &StagedLoad, loaded: LoadedNow) -> Result<(), Error> {
        let files = load.files.len();
        let (state, rows) = match loaded {
            LoadedNow::Rows(rows) => {
                self.loads += 1;
                self.files += files as u64;
                self.bytes += load.bytes;
                self.rows += rows;
                ("loaded", rows)
            }
            LoadedNow::Before => {
                self.before += 1;
                ("loaded in part by somebody else meanwhile, looked at again", 0)
            }
        };
        self.progress.beside(|| match self.format {
            Form::Text => print(&format!("{state}  {files} files, {rows} rows\n")),
            Form::Json => print_line(&json!({
                "type": "progress", "state": state, "files": files, "rows": rows
            })),
        })
    }

    fn end(&self, run: bool, is_stopped: bool) -> Result<Exit, Error> {
        let (files, rows, failed) = (self.files, self.rows, self.failed);
        match self.format {
            Form::Text if !run && self.loads == 0 => print("Nothing to load.\n")?,
            Form::Text if !run => {
                print(&format!("{files} files, {} bytes to load. Add --run.\n", self.bytes))?;
            }
            Form::Text => {
                print(&format!("{files} files loaded, {rows} rows; {failed} loads failed.\n"))?;
            }
            Form::Json => print_line(&json!({
                "type": "summary", "run": run, "loads": self.loads, "files": files,
                "bytes": self.bytes, "rows": rows, "before": self.before,
                "failed": failed, "stopped": is_stopped,
            }))?,
        }
        if is_stopped {
            let left = self.of - files;
            eprintln!("Stopped. {left} files are left; the same command goes on with them.");
            return Ok(Exit::Stopped);
        }
        Ok(match (self.failed, run, self.loads) {
            (0, false, 1..) => Exit::Found,
            (0, ..) => Exit::Done,
            _ => Exit::Failed,
        })
    }
}
