//! `logferry replay loads`: the manifests that Firehose left.

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde_json::{Value, json};

use super::args::LoadsArgs;
use crate::cli::connect::{connect, runtime};
use crate::cli::error::{Error, Exit, report};
use crate::cli::form::{Form, print, print_line};
use crate::cli::staging::{load_settings, staging};
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
        let clients = connect(&args.stack, &stack).await?;
        let warehouse = clients.warehouse(&stack.redshift)?;
        let ports = (&clients.listing(), &clients.source(), &warehouse);
        let loads = failed_loads(ports, &bucket, &errors, &settings.names).await?;
        if args.print_sql {
            return print_sql(&loads, &settings);
        }
        for load in &loads {
            told(args.format, load)?;
        }
        let work = Work { args, settings: &settings, bucket: &bucket };
        let done = work.load(&clients.writer(), &warehouse, &loads).await?;
        summed_up(args, &loads, &done)
    })
}

/// What was done.
#[derive(Default)]
struct Done {
    loaded: u64,
    rows: u64,
    before: u64,
    failed: u64,
}

struct Work<'a> {
    args: &'a LoadsArgs,
    settings: &'a LoadSettings,
    bucket: &'a str,
}

impl Work<'_> {
    async fn load(
        &self,
        writer: &impl ObjectWriter,
        warehouse: &impl Warehouse,
        loads: &[FailedLoad],
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
            self.one(warehouse, &merged.manifest, &merged.covered, &mut done).await?;
            return Ok(done);
        }
        for load in open {
            self.one(warehouse, &load.manifest, &[], &mut done).await?;
        }
        Ok(done)
    }

    async fn one(
        &self,
        warehouse: &impl Warehouse,
        manifest: &str,
        covered: &[String],
        done: &mut Done,
    ) -> Result<(), Error> {
        let state = match load_manifest(warehouse, self.settings, manifest, covered).await {
            Ok(LoadedNow::Rows(rows)) => {
                done.loaded += 1;
                done.rows += rows;
                format!("loaded, {rows} rows")
            }
            Ok(LoadedNow::Before) => {
                done.before += 1;
                "loaded by somebody else meanwhile".to_owned()
            }
            Err(error) => {
                done.failed += 1;
                report(&error.into());
                return Ok(());
            }
        };
        match self.args.format {
            Form::Text => print(&format!("{manifest}  {state}\n")),
            Form::Json => print_line(&json!({
                "type": "progress", "manifest": manifest, "state": state
            })),
        }
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

fn told(format: Form, load: &FailedLoad) -> Result<(), Error> {
    let (state, more) = state(load);
    let cause = load.cause.as_deref();
    if format == Form::Json {
        let mut line = json!({
            "type": "finding", "manifest": load.manifest, "files": load.files.len(),
            "bytes": load.bytes, "state": state, "cause": cause,
        });
        if let (Some(line), LoadState::Lost { gone }) = (line.as_object_mut(), &load.state) {
            line.insert("gone".to_owned(), json!(gone));
            line.insert("audit".to_owned(), json!(days(load)));
        }
        return print_line(&line);
    }
    let cause = match (cause, &load.state) {
        (Some(cause), _) => format!("  {cause}"),
        (None, LoadState::ToLoad) => "  cause unknown (older than Redshift keeps)".to_owned(),
        (None, _) => String::new(),
    };
    let (files, bytes) = (load.files.len(), load.bytes);
    print(&format!("{}  {files} files  {bytes} bytes  {state}{more}{cause}\n", load.manifest))
}

fn state(load: &FailedLoad) -> (&'static str, String) {
    match &load.state {
        LoadState::ToLoad => ("to load", String::new()),
        LoadState::Loaded { source, at, rows } => {
            let rows =
                rows.map_or("together with others".to_owned(), |rows| format!("{rows} rows"));
            ("loaded", format!("  {at} by {source}, {rows}"))
        }
        LoadState::Lost { gone } => {
            let first = gone.first().map(String::as_str).unwrap_or_default();
            let gone = gone.len();
            ("LOST", format!("  {gone} staged files are gone ({first}); {}", days(load)))
        }
        LoadState::NoManifest => ("no manifest", "  nothing COPY could read".to_owned()),
    }
}

/// How to find the log objects whose rows are lost: logs are a few hours older than their load.
fn days(load: &FailedLoad) -> String {
    let written = load.written_unix_s.and_then(|unix_s| Timestamp::from_second(unix_s).ok());
    let Some(written) = written else { return "find its logs by an audit".to_owned() };
    let day = written.to_zoned(TimeZone::UTC).date();
    let (from, to) = (day.saturating_sub(1.day()), day.saturating_add(1.day()));
    format!("backfill its logs: logferry backfill s3://LOG-BUCKET/PREFIX --from {from} --to {to}")
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
        "failed": done.failed,
    })
}
