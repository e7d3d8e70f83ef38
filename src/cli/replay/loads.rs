//! `logferry replay loads`: the manifests that Firehose left.

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::args::LoadsArgs;
use crate::cli::connect::{connect, runtime, stop_on_signal, while_it_ends};
use crate::cli::error::{Error, Exit, report};
use crate::cli::form::{Form, print, print_line};
use crate::cli::progress::Progress;
use crate::cli::shell::command;
use crate::cli::staging::{load_settings, staging};
use crate::operate::Stack;
use crate::operate::loads::{
    FailedLoad, LoadSettings, LoadState, LoadedNow, failed_loads, load_manifest, load_statements,
    merge,
};
use crate::ports::{ObjectWriter, Warehouse};

/// Where merged manifests are written.
const MERGED: &str = "replay/";

pub(super) fn run(args: &LoadsArgs) -> Result<Exit, Error> {
    let mut stack = args.stack.read()?;
    args.warehouse.over(&mut stack);
    args.copy.over(&mut stack);
    let settings = load_settings(&stack, "replay")?;
    let (bucket, prefix) = staging(args.staging.as_deref(), &stack)?;
    let errors = format!("{prefix}errors/");
    runtime()?.block_on(async {
        let mut stop = stop_on_signal();
        let clients = connect(&args.stack, &stack).await?;
        let warehouse = clients.warehouse(&stack.redshift)?;
        let ports = (&clients.listing(), &clients.source(), &warehouse);
        let mut progress = Progress::new(args.format, !args.no_progress);
        progress.waiting("the manifests are read");
        let loads = tokio::select! {
            loads = failed_loads(ports, &bucket, &errors, &settings.names) => Some(loads),
            Ok(_) = stop.wait_for(|stop| *stop) => None,
        };
        progress.finish();
        let Some(loads) = loads.transpose()? else {
            eprintln!("Stopped. Nothing was loaded.");
            return Ok(Exit::Stopped);
        };
        if args.print_sql {
            return print_sql(&loads, &settings);
        }
        let work = Work { args, settings: &settings, bucket: &bucket, stack: &stack };
        for load in &loads {
            work.told(load)?;
        }
        let writer = clients.writer();
        let done = work.load((&writer, &warehouse), &loads, &stop, &mut progress);
        let done = while_it_ends(Box::pin(done), stop.clone()).await;
        progress.finish();
        summed_up(args, &loads, &done?)
    })
}

/// What was done.
#[derive(Default)]
struct Done {
    loaded: u64,
    rows: u64,
    before: u64,
    failed: u64,
    is_stopped: bool,
}

struct Work<'a> {
    args: &'a LoadsArgs,
    settings: &'a LoadSettings,
    bucket: &'a str,
    stack: &'a Stack,
}

impl Work<'_> {
    async fn load(
        &self,
        (writer, warehouse): (&impl ObjectWriter, &impl Warehouse),
        loads: &[FailedLoad],
        stop: &watch::Receiver<bool>,
        progress: &mut Progress,
    ) -> Result<Done, Error> {
        let mut done = Done::default();
        let open: Vec<&FailedLoad> = to_load(loads).collect();
        if !self.args.run || open.is_empty() {
            return Ok(done);
        }
        if self.args.merge && open.len() > 1 {
            let files: Vec<String> = open.iter().flat_map(|load| load.files.clone()).collect();
            let covered = open.iter().map(|load| load.manifest.clone()).collect();
            let merged = merge(writer, self.bucket, MERGED, &files, covered).await?;
            progress.waiting("one load of all manifests");
            let state = self.one(warehouse, &merged.manifest, &merged.covered, &mut done).await;
            progress.beside(|| self.told_now(&merged.manifest, state))?;
            return Ok(done);
        }
        for (at, load) in open.iter().enumerate() {
            if *stop.borrow() {
                done.is_stopped = true;
                break;
            }
            progress.of("manifests loaded", at as u64, open.len() as u64);
            let state = self.one(warehouse, &load.manifest, &[], &mut done).await;
            progress.beside(|| self.told_now(&load.manifest, state))?;
        }
        Ok(done)
    }

    async fn one(
        &self,
        warehouse: &impl Warehouse,
        manifest: &str,
        covered: &[String],
        done: &mut Done,
    ) -> Result<String, Error> {
        match load_manifest(warehouse, self.settings, manifest, covered).await {
            Ok(LoadedNow::Rows(rows)) => {
                done.loaded += 1;
                done.rows += rows;
                Ok(format!("loaded, {rows} rows"))
            }
            Ok(LoadedNow::Before) => {
                done.before += 1;
                Ok("loaded by somebody else meanwhile".to_owned())
            }
            Err(error) => {
                done.failed += 1;
                Err(error.into())
            }
        }
    }

    /// Says what became of a load. One that failed is told, and the others go on.
    fn told_now(&self, manifest: &str, state: Result<String, Error>) -> Result<(), Error> {
        let state = match state {
            Ok(state) => state,
            Err(error) => {
                report(&error);
                return Ok(());
            }
        };
        match self.args.format {
            Form::Text => print(&format!("{state}\n    {manifest}\n")),
            Form::Json => print_line(&json!({
                "type": "progress", "manifest": manifest, "state": state
            })),
        }
    }

    fn told(&self, load: &FailedLoad) -> Result<(), Error> {
        let (state, more) = state(load);
        let cause = load.cause.as_deref();
        let lost = matches!(load.state, LoadState::Lost { .. });
        let repair = if lost { self.audits(load) } else { Vec::new() };
        if self.args.format == Form::Json {
            let mut line = json!({
                "type": "finding", "manifest": load.manifest, "files": load.files.len(),
                "bytes": load.bytes, "state": state, "cause": cause,
            });
            if let (Some(line), LoadState::Lost { gone }) = (line.as_object_mut(), &load.state) {
                line.insert("gone".to_owned(), json!(gone));
                line.insert("audit".to_owned(), json!(repair));
            }
            return print_line(&line);
        }
        let unknown = "cause unknown: Redshift has no error of it (it keeps them 7 days)";
        let cause = cause.or((load.state == LoadState::ToLoad).then_some(unknown));
        let (files, bytes) = (load.files.len(), load.bytes);
        let mut text =
            format!("{state:<11}  {files} files, {bytes} bytes{more}\n    {}\n", load.manifest);
        text.extend(cause.map(|cause| format!("    {cause}\n")));
        text.extend(repair.iter().map(|command| format!("    its logs: {command}\n")));
        print(&text)
    }

    /// What finds the log objects whose rows are lost: logs are a few hours older than their load.
    fn audits(&self, load: &FailedLoad) -> Vec<String> {
        let written = load.written_unix_s.and_then(|unix_s| Timestamp::from_second(unix_s).ok());
        let days = written.map(|written| {
            let day = written.to_zoned(TimeZone::UTC).date();
            let (from, to) = (day.saturating_sub(1.day()), day.saturating_add(1.day()));
            ["--from".to_owned(), from.to_string(), "--to".to_owned(), to.to_string()]
        });
        let buckets = self.stack.log_buckets.iter();
        let mut places: Vec<String> = buckets
            .flat_map(|bucket| {
                let whole = bucket.prefixes.is_empty().then(String::new);
                let prefixes = bucket.prefixes.iter().cloned().chain(whole);
                prefixes.map(|prefix| format!("s3://{}/{prefix}", bucket.bucket))
            })
            .collect();
        if places.is_empty() {
            // Nobody said which bucket the logs are in.
            places.push("s3://LOG-BUCKET/PREFIX".to_owned());
        }
        let flags = [self.args.stack.flags(), self.args.warehouse.flags()].concat();
        let audit = |place: &String| {
            let words = ["logferry", "audit", place].into_iter();
            let days = days.iter().flatten().chain(&flags).map(String::as_str);
            command(words.chain(days).chain(["--table"]))
        };
        places.iter().map(audit).collect()
    }
}

fn to_load(loads: &[FailedLoad]) -> impl Iterator<Item = &FailedLoad> {
    loads.iter().filter(|load| load.state == LoadState::ToLoad)
}

fn print_sql(loads: &[FailedLoad], settings: &LoadSettings) -> Result<Exit, Error> {
    for load in to_load(loads) {
        let statements = load_statements(settings, &load.manifest, &[]).join(";\n");
        print(&format!("BEGIN;\n{statements};\nCOMMIT;\n"))?;
    }
    Ok(Exit::Done)
}

fn state(load: &FailedLoad) -> (&'static str, String) {
    match &load.state {
        LoadState::ToLoad => ("to load", String::new()),
        LoadState::Loaded { source, at, rows } => {
            let rows =
                rows.map_or("together with others".to_owned(), |rows| format!("{rows} rows"));
            ("loaded", format!("; {at} by {source}, {rows}"))
        }
        LoadState::Lost { gone } => {
            let first = gone.first().map(String::as_str).unwrap_or_default();
            let gone = gone.len();
            ("LOST", format!("; {gone} of them are gone ({first})"))
        }
        LoadState::NoManifest => ("no manifest", "; nothing COPY could read".to_owned()),
    }
}

fn summed_up(args: &LoadsArgs, loads: &[FailedLoad], done: &Done) -> Result<Exit, Error> {
    let count = |is: fn(&LoadState) -> bool| loads.iter().filter(|load| is(&load.state)).count();
    let to_load = count(|state| *state == LoadState::ToLoad);
    let lost = count(|state| matches!(state, LoadState::Lost { .. }));
    let loaded = count(|state| matches!(state, LoadState::Loaded { .. }));
    match args.format {
        Form::Json => print_line(&summary(args.run, (to_load, loaded, lost), done))?,
        Form::Text if args.run => print(&format!(
            "{} loads done, {} rows; {} were done meanwhile, {} failed; {lost} lost.\n",
            done.loaded, done.rows, done.before, done.failed
        ))?,
        Form::Text => {
            let add = if to_load > 0 { " Nothing was run. Add --run." } else { "" };
            print(&format!("{to_load} to load, {loaded} loaded, {lost} lost.{add}\n"))?;
        }
    }
    if done.is_stopped {
        eprintln!("Stopped. {} loads done; the same command goes on with the others.", done.loaded);
        return Ok(Exit::Stopped);
    }
    let found = lost > 0 || (!args.run && to_load > 0);
    Ok(match (done.failed, found) {
        (1.., _) => Exit::Failed,
        (0, true) => Exit::Found,
        (0, false) => Exit::Done,
    })
}

fn summary(run: bool, (to_load, loaded, lost): (usize, usize, usize), done: &Done) -> Value {
    json!({
        "type": "summary", "run": run, "to_load": to_load, "loaded": loaded, "lost": lost,
        "loaded_now": done.loaded, "rows": done.rows, "before": done.before,
        "failed": done.failed, "stopped": done.is_stopped,
    })
}
