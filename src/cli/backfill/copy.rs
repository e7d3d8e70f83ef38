//! `logferry backfill --to-copy --run`.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;

use super::args::BackfillArgs;
use super::copy_report::{Told, copied};
use super::report::stopped;
use super::work::Work;
use crate::cli::connect::{CopyPorts, while_it_ends};
use crate::cli::convert::read_filters;
use crate::cli::error::{Error, Exit};
use crate::cli::staging::load_settings;
use crate::filter::Filters;
use crate::operate::Stack;
use crate::operate::backfill::copy::{CopyError, Copying, Outcome, Run};
use crate::operate::backfill::{Begun, CopySettings, Counts, Journal, Settings, digest};
use crate::operate::loads::LoadSettings;
use crate::ports::{ObjectListing, ObjectSource};

/// Where files are staged, beside the rows of the stream, so that nobody loads them who loads those.
const FOLDER: &str = "backfill/";

/// Bytes of rows in a file: a few MB compressed.
pub(super) const FILE_BYTES: usize = 32 << 20;

/// Files that are compressed at the same time, each with its rows in memory. More do not help: rows are
/// made by one thread at a time, which three of these keep up with.
const FILES_AT_ONCE_MAX: usize = 4;

/// What `--to-copy` needs to know of a deployment.
pub(super) struct Target {
    staging: String,
    load: LoadSettings,
    filters: Arc<Filters>,
    settings: CopySettings,
    ledger: Option<String>,
}

impl Target {
    pub(super) fn new(args: &BackfillArgs, stack: &Stack) -> Result<Self, Error> {
        let copying = &args.copying;
        let given = copying.staging_bucket.as_ref().or(stack.staging.bucket.as_ref()).cloned();
        let staging = Stack::need(&given, "staging.bucket", "--staging-bucket")?.to_owned();
        let mut load = load_settings(stack, "backfill")?;
        load.options = gzipped(load.options);
        let filters = copying.filters.as_deref().map(read_filters).transpose()?;
        let redshift = &stack.redshift;
        let place = redshift.workgroup.as_ref().or(redshift.cluster_identifier.as_ref());
        let place = Stack::need(&place.cloned(), "redshift.workgroup", "--workgroup or --cluster")?
            .to_owned();
        let database = Stack::need(&redshift.database, "redshift.database", "--database")?;
        let settings = CopySettings {
            rows: format!("{:?}", copying.rows.options()),
            filters: filters.as_ref().map(of_rules),
            staging: staging.clone(),
            warehouse: format!("{place}/{database}"),
            table: load.names.qualified(),
        };
        // The ledger stands in the bucket of the stack, and nowhere else.
        let is_the_stacks = stack.staging.bucket.as_ref() == Some(&staging);
        let ledger = stack.ledger.as_ref().and_then(|ledger| ledger.prefix.clone());
        let ledger = ledger.filter(|prefix| is_the_stacks && !prefix.is_empty());
        let filters = Arc::new(filters.unwrap_or_default());
        Ok(Self { staging, load, filters, settings, ledger })
    }
}

/// A few digits for rules.
fn of_rules(filters: &Filters) -> String {
    digest(&filters.texts().collect::<Vec<_>>().join("\n"))
}

/// The options of COPY for files that are gzipped, whatever those of the stream are.
fn gzipped(options: String) -> String {
    let is_gzip = options.split_whitespace().any(|word| word.eq_ignore_ascii_case("gzip"));
    if is_gzip { options } else { format!("{options} GZIP") }
}

/// A name that no other run has: neither one at the same time, nor one on another machine.
fn attempt() -> String {
    format!("{:x}-{:x}", Timestamp::now().as_nanosecond(), std::process::id())
}

impl<L: ObjectListing, S: ObjectSource> Work<'_, L, S> {
    pub(super) async fn copy(
        &self,
        target: &Target,
        ports: &CopyPorts,
        mut stop: watch::Receiver<bool>,
    ) -> Result<Exit, Error> {
        let settings = Settings { copy: Some(target.settings.clone()), ..self.settings() };
        let path = self.journal_path(&settings);
        let journal_error = |source| Error::Journal { path: path.clone(), source };
        let (mut journal, mut begun) = Journal::open(&path, &settings).map_err(journal_error)?;
        if begun.is_done {
            let (counts, copied_before) = (begun.counts, begun.copied);
            let outcome = Outcome { counts, copied: copied_before, is_stopped: false };
            eprintln!("Everything was copied before; remove {} to copy it again.", path.display());
            return copied(self.args, &self.place.bucket, &outcome, &path);
        }
        let copying = self.copying(target, &settings);
        if !begun.is_begun {
            let first = async {
                copying.check(&ports.warehouse).await.map_err(|source| self.copy_error(source))?;
                self.total().await
            };
            begun.total = tokio::select! {
                total = first => total?,
                Ok(_) = stop.wait_for(|stop| *stop) => return Ok(stopped(&Counts::default(), &path)),
            };
            journal.begin(begun.total).map_err(journal_error)?;
        }
        let outcome = self.copy_all(&copying, ports, (&mut journal, begun), &path, stop).await?;
        copied(self.args, &self.place.bucket, &outcome, &path)
    }

    async fn copy_all(
        &self,
        copying: &Copying,
        ports: &CopyPorts,
        (journal, begun): (&mut Journal, Begun),
        path: &Path,
        stop: watch::Receiver<bool>,
    ) -> Result<Outcome, Error> {
        let mut told = Told::new(self.args, &self.place.bucket, &begun, path);
        let run = Run { copying, ports };
        let work = async {
            let settled = run.settle(journal, begun, |step| told.hear(&step)).await;
            let begun = settled.map_err(|source| self.copy_error(source))?;
            if begun.is_done || *stop.borrow() {
                let is_stopped = !begun.is_done;
                let Begun { counts, copied, .. } = begun;
                return Ok(Outcome { counts, copied, is_stopped });
            }
            let mut keys = self.sources.keys(self.args, &self.place, begun.place.as_ref())?;
            let copied = run.run(&mut keys, journal, begun, stop.clone(), |step| told.hear(&step));
            copied.await.map_err(|source| self.copy_error(source))
        };
        let outcome = while_it_ends(Box::pin(work), stop.clone()).await;
        told.finish()?;
        outcome
    }

    fn copying(&self, target: &Target, settings: &Settings) -> Copying {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let of_rows = target.settings.of_rows();
        Copying {
            bucket: self.place.bucket.clone(),
            selection: self.selection,
            rows: self.args.copying.rows.options(),
            filters: Arc::clone(&target.filters),
            staging: target.staging.clone(),
            folder: format!("{FOLDER}{}/", settings.job()),
            attempt: attempt(),
            file_bytes: FILE_BYTES,
            files_at_once: processors.min(FILES_AT_ONCE_MAX),
            portion: self.args.copying.portion(),
            failures_max: self.args.copying.failures_in_a_row,
            load: target.load.clone(),
            ledger: target.ledger.clone().map(|prefix| (prefix, of_rows)),
        }
    }

    fn copy_error(&self, source: CopyError) -> Error {
        Error::Copy { who: self.args.stack.who(), source: Box::new(source) }
    }
}
