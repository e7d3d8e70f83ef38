//! `logferry convert`: local logs to rows.
//!
//! One thread reads and cuts the files into blocks of whole lines, every core turns blocks into
//! rows, this thread writes the rows in the order of the blocks. Blocks wait in bounded queues, so
//! memory depends on the number of cores and not on any file.

pub(super) mod args;
mod blocks;
mod compress;
pub(super) mod content;
mod csv;
mod explain;
mod format;
mod inputs;
mod interrupt;
mod ledger;
pub(super) mod open;
mod output;
mod progress;
mod report;
mod rows;
mod zstd;

use std::fs;
use std::io::{Write as _, stdout};
use std::num::NonZero;
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Instant;

use super::error::{Error, Exit, report};
use crate::filter::Filters;
use args::{ConvertArgs, StatsForm};
use blocks::{Block, Blocks, Pool};
use csv::CsvForm;
use explain::Explanation;
use format::{Form, Format, form};
use inputs::{Input, Inputs, Search};
use ledger::Ledger;
use output::{Destination, Output};
use progress::Progress;
use report::Report;
use rows::{Converted, Converter, Plan};

/// One step of the output, in order: rows to come from a worker, or an input that failed.
enum Step {
    Rows(Receiver<Converted>),
    Failure(Error),
}

/// A block and where its rows are to go.
type Job = (Block, SyncSender<Converted>);

pub(super) fn run(args: &ConvertArgs) -> Result<Exit, Error> {
    let destination = Destination::new(args.output.as_deref());
    let form = match &args.output {
        Some(path) if !destination.is_standard_output() => form(path, args.format)
            .map_err(|reason| Error::OutputForm { path: path.clone(), reason })?,
        _ => Form::plain(args.format),
    };
    let filters = args.filters.as_deref().map_or_else(|| Ok(Filters::default()), read_filters)?;
    let search = Search {
        hidden: args.hidden,
        log_prefix: args.log_prefix.as_deref(),
        output: if args.explain { None } else { destination.file_id() },
    };
    let inputs = search.list(&args.paths)?;
    inputs.failures.iter().for_each(report);
    if let Some((one, other)) = inputs.same_key() {
        eprintln!(
            "warning: {} and {} have the same log_key, {}; give the folder that holds both",
            one.path().display(),
            other.path().display(),
            one.log_key
        );
    }
    if inputs.files.is_empty() {
        return Ok(Exit::Failed);
    }
    let options = args.rows.options();
    let csv = (form.format == Format::Csv).then(|| CsvForm::new(options.drop_columns));
    let plan = Plan {
        options: &options,
        filters: &filters,
        csv: csv.as_ref().filter(|_| !args.explain),
        compression: form.compression,
        explain: args.explain,
    };
    let output = (!args.explain).then(|| destination.open(form.compression, csv.as_ref()));
    let output = output.transpose()?;
    let progress = Progress::start(&inputs, args);
    let started = Instant::now();
    let mut done = convert_all(args, &inputs, plan, output, &progress)?;
    done.ledger.elapsed = started.elapsed();
    progress.finish();
    finish(args, &inputs, &filters, &done)
}

pub(in crate::cli) fn read_filters(path: &Path) -> Result<Filters, Error> {
    let json = fs::read_to_string(path);
    let json = json.map_err(|source| Error::Read { path: path.into(), source })?;
    Filters::from_json(&json).map_err(|source| Error::Filters { path: path.into(), source })
}

/// What was done with the inputs.
#[derive(Default)]
struct Done {
    ledger: Ledger,
    /// Inputs that failed on the way.
    failed: usize,
    explanation: Option<Explanation>,
}

/// Says what was done.
fn finish(
    args: &ConvertArgs,
    inputs: &Inputs,
    filters: &Filters,
    done: &Done,
) -> Result<Exit, Error> {
    let Done { ledger, failed, explanation } = done;
    if let Some(explanation) = explanation {
        let written = write!(stdout(), "{}", explanation.display(filters, ledger));
        written.map_err(|source| Error::Write { to: "standard output".into(), source })?;
    }
    let converted = Report {
        files: (inputs.files.len() - failed) as u64,
        failed: (failed + inputs.failures.len()) as u64,
        skipped: inputs.skipped,
        ledger,
    };
    match args.stats {
        Some(StatsForm::Text) => eprint!("{converted}"),
        Some(StatsForm::Json) => eprintln!("{}", converted.json()),
        None => {}
    }
    Ok(if converted.failed > 0 {
        Exit::Failed
    } else if args.fail_on_quarantine && ledger.quarantined() > 0 {
        Exit::Found
    } else {
        Exit::Done
    })
}

/// Runs the threads.
fn convert_all(
    args: &ConvertArgs,
    inputs: &Inputs,
    plan: Plan<'_>,
    output: Option<Output>,
    progress: &Progress,
) -> Result<Done, Error> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let (job_sender, jobs) = sync_channel::<Job>(workers);
    let (step_sender, steps) = sync_channel::<Step>(2 * workers);
    let jobs = Mutex::new(jobs);
    let pool = Pool::default();
    thread::scope(|scope| {
        // The scope ends when every thread has: whoever stops drops its ends of the channels.
        let steps = steps;
        for _ in 0..workers {
            scope.spawn(|| work(&jobs, plan, &pool));
        }
        let reader = Reader { args, progress, pool: &pool, jobs: job_sender, steps: step_sender };
        scope.spawn(move || reader.read_all(&inputs.files));
        let explanation = plan.explain.then(|| Explanation::of(plan.filters));
        let done = Done { explanation, ..Done::default() };
        write(&steps, output, done, inputs.files.len(), progress)
    })
}

/// Reads the files and gives each block to the workers, and its place in the order to the writer.
struct Reader<'r> {
    args: &'r ConvertArgs,
    progress: &'r Progress,
    pool: &'r Pool,
    jobs: SyncSender<Job>,
    steps: SyncSender<Step>,
}

impl Reader<'_> {
    /// Stops early when the writer or the workers are gone.
    fn read_all(&self, files: &[Input]) {
        for file in files {
            let going_on = match self.read(file) {
                Ok(going_on) => going_on,
                Err(error) => self.steps.send(Step::Failure(error)).is_ok(),
            };
            if !going_on {
                return;
            }
        }
    }

    fn read(&self, file: &Input) -> Result<bool, Error> {
        let mut blocks =
            Blocks::open(file, self.args.log_bucket.as_deref(), self.progress, self.pool)?;
        while let Some(block) = blocks.next()? {
            let (sender, rows) = sync_channel(1);
            let wanted = self.steps.send(Step::Rows(rows)).is_ok();
            if !wanted || self.jobs.send((block, sender)).is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Turns blocks into rows until there are no more.
fn work(jobs: &Mutex<Receiver<Job>>, plan: Plan<'_>, pool: &Pool) {
    let mut converter = Converter::new(plan);
    loop {
        // A poisoned lock means that another worker panicked: the scope passes that on.
        let Ok(job) = jobs.lock().map(|jobs| jobs.recv()) else { return };
        let Ok((block, rows)) = job else { return };
        // The writer is gone only when it failed: then nobody wants the rows.
        if rows.send(converter.convert(&block)).is_err() {
            return;
        }
        pool.give_back(block);
    }
}

/// Writes what comes, in order. Where nothing came of any of the inputs, the output stays as it was.
fn write(
    steps: &Receiver<Step>,
    mut output: Option<Output>,
    mut done: Done,
    files: usize,
    progress: &Progress,
) -> Result<Done, Error> {
    for step in steps {
        match step {
            Step::Rows(rows) => {
                // A worker that panicked sends nothing: the scope passes the panic on.
                let Ok(converted) = rows.recv() else { return Ok(done) };
                if let Some(output) = &mut output {
                    output.write(&converted.rows, converted.stored)?;
                }
                done.ledger.add(&converted.ledger);
                done.ledger.tally.add(&converted.rows);
                if let (Some(all), Some(later)) = (&mut done.explanation, converted.explanation) {
                    all.add(later);
                }
            }
            Step::Failure(error) => {
                done.failed += 1;
                progress.suspend(|| report(&error));
            }
        }
    }
    assert!(done.ledger.balances(), "every line becomes one row: {:?}", done.ledger);
    let something_came = done.failed < files || done.ledger.rows > 0;
    if let Some(output) = output.filter(|_| something_came) {
        output.finish()?;
    }
    Ok(done)
}
