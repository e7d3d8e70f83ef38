//! `logferry convert`: local logs to rows.
//!
//! One thread reads and cuts the files into blocks of whole lines, every core turns blocks into
//! rows, this thread writes the rows in the order of the blocks. Blocks wait in bounded queues, so
//! memory depends on the number of cores and not on any file.

mod blocks;
mod inputs;
mod ledger;
mod progress;

use std::fs::File;
use std::io::{Write, stdout};
use std::num::NonZero;
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Instant;

use super::args::ConvertArgs;
use super::error::{Error, Exit, report};
use crate::access_log::lines;
use crate::row::{RowEncoder, RowOptions};
use blocks::{Block, Blocks, Pool};
use inputs::{Input, Inputs};
use ledger::Ledger;
use progress::Progress;

/// What a worker made of a block.
struct Converted {
    rows: Vec<u8>,
    ledger: Ledger,
}

/// One step of the output, in order: rows to come from a worker, or an input that failed.
enum Step {
    Rows(Receiver<Converted>),
    Failure(Error),
}

/// A block and where its rows are to go.
type Job = (Block, SyncSender<Converted>);

pub(super) fn run(args: &ConvertArgs) -> Result<Exit, Error> {
    let inputs = inputs::list(&args.paths)?;
    let output = Output::open(args.output.as_deref(), &inputs.files)?;
    let progress = Progress::start(&inputs, args);
    let started = Instant::now();
    let (mut ledger, failed) = convert_all(args, &inputs, output, &progress)?;
    ledger.elapsed = started.elapsed();
    progress.finish();

    for failure in &inputs.failures {
        report(failure);
    }
    if args.stats {
        eprint!("{ledger}");
    }
    assert!(ledger.balances(), "every line becomes one row: {ledger:?}");
    Ok(if failed > 0 || !inputs.failures.is_empty() {
        Exit::Failed
    } else if args.fail_on_quarantine && ledger.quarantined() > 0 {
        Exit::Found
    } else {
        Exit::Done
    })
}

/// Runs the threads; gives the ledger and how many inputs failed on the way.
fn convert_all(
    args: &ConvertArgs,
    inputs: &Inputs,
    output: Output,
    progress: &Progress,
) -> Result<(Ledger, usize), Error> {
    let options = args.rows.options();
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let (job_sender, jobs) = sync_channel::<Job>(workers);
    let (step_sender, steps) = sync_channel::<Step>(2 * workers);
    let jobs = Mutex::new(jobs);
    let pool = Pool::default();
    thread::scope(|scope| {
        // The scope ends when every thread has: whoever stops drops its ends of the channels.
        let steps = steps;
        for _ in 0..workers {
            scope.spawn(|| work(&jobs, &options, &pool));
        }
        let reader = Reader { args, progress, pool: &pool, jobs: job_sender, steps: step_sender };
        scope.spawn(move || reader.read_all(&inputs.files));
        write(&steps, output, progress)
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
fn work(jobs: &Mutex<Receiver<Job>>, options: &RowOptions, pool: &Pool) {
    let mut encoder = RowEncoder::new(options.clone());
    loop {
        // A poisoned lock means that another worker panicked: the scope passes that on.
        let Ok(job) = jobs.lock().map(|jobs| jobs.recv()) else { return };
        let Ok((block, rows)) = job else { return };
        // The writer is gone only when it failed: then nobody wants the rows.
        if rows.send(convert(&block, &mut encoder)).is_err() {
            return;
        }
        pool.give_back(block.bytes);
    }
}

fn convert(block: &Block, encoder: &mut RowEncoder) -> Converted {
    let mut rows = Vec::with_capacity(2 * block.bytes.len());
    let mut ledger = Ledger::default();
    for line in lines(&block.bytes).starting_at(block.offset) {
        ledger.count(encoder.encode(&line, &block.origin, &mut rows));
    }
    ledger.bytes = block.size;
    ledger.check_output(&rows);
    Converted { rows, ledger }
}

/// Writes what comes, in order; gives the ledger and the number of inputs that failed.
fn write(
    steps: &Receiver<Step>,
    mut output: Output,
    progress: &Progress,
) -> Result<(Ledger, usize), Error> {
    let (mut ledger, mut failures) = (Ledger::default(), 0);
    for step in steps {
        match step {
            Step::Rows(rows) => {
                // A worker that panicked sends nothing: the scope passes the panic on.
                let Ok(converted) = rows.recv() else { continue };
                output.write(&converted.rows)?;
                ledger.add(&converted.ledger);
            }
            Step::Failure(error) => {
                failures += 1;
                progress.suspend(|| report(&error));
            }
        }
    }
    output.flush()?;
    Ok((ledger, failures))
}

/// Where the rows go.
struct Output {
    name: String,
    to: Box<dyn Write>,
}

impl Output {
    fn open(path: Option<&Path>, inputs: &[Input]) -> Result<Self, Error> {
        let Some(path) = path else {
            return Ok(Self { name: "standard output".into(), to: Box::new(stdout().lock()) });
        };
        if inputs.iter().any(|input| input.is_file_at(path)) {
            return Err(Error::OutputIsInput { path: path.into() });
        }
        let name = path.display().to_string();
        match File::create(path) {
            Ok(file) => Ok(Self { name, to: Box::new(file) }),
            Err(source) => Err(Error::Write { to: name, source }),
        }
    }

    fn write(&mut self, rows: &[u8]) -> Result<(), Error> {
        self.to.write_all(rows).map_err(|source| self.failed(source))
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.to.flush().map_err(|source| self.failed(source))
    }

    fn failed(&self, source: std::io::Error) -> Error {
        Error::Write { to: self.name.clone(), source }
    }
}
