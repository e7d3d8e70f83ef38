//! What `logferry backfill --to-copy` tells while it runs, and at its end.

use std::path::{Path, PathBuf};

use indicatif::HumanBytes;
use serde_json::json;

use super::args::BackfillArgs;
use super::progress::Progress;
use super::report::left_out;
use crate::cli::amounts::number;
use crate::cli::cost::grouped;
use crate::cli::error::{Error, Exit};
use crate::cli::form::{Form, print, print_line};
use crate::operate::backfill::copy::{LoadEnd, Outcome, Step};
use crate::operate::backfill::{Begun, Copied, FailedObject, Prepared, failed_path};

/// Failures that are told one by one on standard error; the list has them all.
const NAMED_MAX: u64 = 100;

/// Tells what happens.
pub(super) struct Told<'t> {
    args: &'t BackfillArgs,
    bucket: &'t str,
    journal: PathBuf,
    progress: Progress,
    /// Failures that were named.
    named: u64,
    printed: Result<(), Error>,
}

impl<'t> Told<'t> {
    pub(super) fn new(
        args: &'t BackfillArgs,
        bucket: &'t str,
        begun: &Begun,
        journal: &Path,
    ) -> Self {
        let progress = Progress::of_copying(args, begun);
        Self { args, bucket, journal: journal.to_owned(), progress, named: 0, printed: Ok(()) }
    }

    pub(super) fn hear(&mut self, step: &Step<'_>) {
        match step {
            Step::Read(progress) => self.progress.read(progress),
            Step::Failed(failed) => failed.iter().for_each(|failed| self.failed(failed)),
            Step::Prepared(prepared) => self.prepared(prepared),
            Step::Loaded(prepared, LoadEnd::Loaded(rows)) => self.loaded(prepared, *rows),
            Step::Loaded(prepared, LoadEnd::Gone(files)) => self.progress.beside(|| {
                eprintln!(
                    "note: {files} files of {} are gone from the staging bucket, which keeps them \
                     for some days; it was never loaded, and its objects are read again",
                    prepared.manifest
                );
            }),
            Step::NoReceipts(error) => self.progress.beside(|| {
                let cause = std::error::Error::source(error);
                let cause = cause.map_or_else(String::new, |cause| format!(": {cause}"));
                eprintln!(
                    "note: the ledger lacks a part of what is loaded, failed to {error}{cause}; an \
                     audit reads those objects again"
                );
            }),
        }
    }

    /// Takes the progress away, and says what could not be printed.
    pub(super) fn finish(self) -> Result<(), Error> {
        self.progress.finish();
        self.printed
    }

    fn failed(&mut self, failed: &FailedObject) {
        let FailedObject { key, reason, is_missing } = failed;
        self.named += 1;
        if self.named <= NAMED_MAX {
            let url = format!("s3://{}/{key}", self.bucket);
            self.progress.beside(|| eprintln!("error: failed to copy {url}: {reason}"));
        }
        if self.named == NAMED_MAX + 1 {
            let list = failed_path(&self.journal);
            self.progress.beside(|| eprintln!("... the others are in {}", list.display()));
        }
        let repair = if *is_missing { None } else { Some("backfill") };
        self.json(&json!({
            "type": "finding", "bucket": self.bucket, "key": key, "reason": reason,
            "missing": is_missing, "repair": repair,
        }));
    }

    fn prepared(&mut self, prepared: &Prepared) {
        self.json(&json!({
            "type": "progress", "state": "staged", "manifest": prepared.manifest,
            "files": prepared.files.len(), "bytes": prepared.bytes(), "rows": prepared.rows(),
        }));
    }

    fn loaded(&mut self, prepared: &Prepared, rows: u64) {
        if prepared.files.is_empty() {
            return;
        }
        self.json(&json!({
            "type": "progress", "state": "loaded", "manifest": prepared.manifest,
            "files": prepared.files.len(), "bytes": prepared.bytes(), "rows": rows,
        }));
        if self.args.format == Form::Text {
            let line = format!(
                "loaded  {} rows in {} files, {}; {} objects so far\n",
                grouped(number(rows)),
                prepared.files.len(),
                HumanBytes(prepared.bytes()),
                grouped(number(prepared.counts.objects)),
            );
            self.tell(|| print(&line));
        }
        let staged = prepared.rows();
        if rows < staged {
            let manifest = &prepared.manifest;
            self.progress.beside(|| {
                eprintln!(
                    "error: {manifest} holds {staged} rows and brought {rows}; sys_load_error_detail \
                     says why, and `logferry replay` is of no help: copy its objects again"
                );
            });
        }
    }

    fn json(&mut self, line: &serde_json::Value) {
        if self.args.format == Form::Json {
            self.tell(|| print_line(line));
        }
    }

    fn tell(&mut self, print: impl FnOnce() -> Result<(), Error>) {
        let now = self.progress.beside(print);
        if self.printed.is_ok() {
            self.printed = now;
        }
    }
}

/// The end of copying.
pub(super) fn copied(
    args: &BackfillArgs,
    bucket: &str,
    outcome: &Outcome,
    journal: &Path,
) -> Result<Exit, Error> {
    let Outcome { counts, copied, is_stopped } = outcome;
    let Copied { loads, files, rows, quarantined, filtered, failed, missing, short_rows } = *copied;
    let list = failed_path(journal);
    if args.format == Form::Json {
        print_line(&json!({
            "type": "summary",
            "objects": counts.objects,
            "bytes": counts.bytes,
            "outside": counts.outside,
            "undated": counts.undated,
            "empty": counts.empty,
            "archived": counts.archived,
            "loads": loads,
            "files": files,
            "rows": rows,
            "quarantined": quarantined,
            "filtered": filtered,
            "failed": failed,
            "missing": missing,
            "short_rows": short_rows,
            "failed_keys": (failed > 0).then(|| list.display().to_string()),
            "stopped": is_stopped,
            "journal": journal.display().to_string(),
        }))?;
    } else if !is_stopped {
        print(&format!(
            "{} objects copied, {} rows in {loads} loads; {}\n",
            grouped(number(counts.objects - failed - missing)),
            grouped(number(rows)),
            left_out(counts)
        ))?;
    }
    if *is_stopped {
        eprintln!(
            "Stopped. {} objects copied. Go on with the same command: journal {}",
            grouped(number(counts.objects - failed - missing)),
            journal.display()
        );
        return Ok(Exit::Stopped);
    }
    if missing > 0 {
        eprintln!("{missing} objects were not there any more.");
    }
    if failed > 0 {
        eprintln!(
            "{failed} objects failed and are not done, though rows of their beginnings may be in the \
             table. To try them again: the same command with s3://{bucket} --keys {} in place of its \
             keys",
            list.display()
        );
    }
    Ok(match (failed + short_rows, missing) {
        (1.., _) => Exit::Failed,
        (0, 1..) => Exit::Found,
        (0, 0) => Exit::Done,
    })
}
