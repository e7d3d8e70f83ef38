//! What goes into the journal, and when: a portion before it is loaded, its mark after that.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::copying::Step;
use super::error::CopyError;
use super::files::write;
use super::load::LoadEnd;
use super::portion::Portion;
use super::receipts::{Receipts, post};
use super::run::Run;
use crate::operate::backfill::journal::{Begun, Journal};
use crate::operate::backfill::prepared::{Copied, FailedObject, Prepared};
use crate::operate::bucket::url;
use crate::operate::error::OperateError;
use crate::operate::loads::manifest_of;
use crate::ports::{ObjectListing, ObjectSource, ObjectWriter, Warehouse};

impl<S: ObjectSource, W: ObjectWriter, L: ObjectListing, H: Warehouse> Run<'_, S, W, L, H> {
    /// Makes a portion ready to be loaded, and notes it. Where it has no row the mark moves at once.
    pub(super) async fn prepare(
        &self,
        journal: &mut Journal,
        folder: &str,
        portion: Portion,
        begun: &mut Begun,
        mut told: impl FnMut(Step<'_>),
    ) -> Result<Option<Prepared>, CopyError> {
        let mut counts = begun.counts;
        counts.add_all(&portion.counts);
        let missing = portion.failed.iter().filter(|failed| failed.is_missing).count() as u64;
        let rows: u64 = portion.files.iter().map(|file| file.rows).sum();
        let has_rows = !portion.files.is_empty();
        let before = begun.copied;
        let copied = Copied {
            loads: before.loads + u64::from(has_rows),
            files: before.files + portion.files.len() as u64,
            rows: before.rows + rows,
            quarantined: before.quarantined + portion.quarantined,
            filtered: before.filtered + portion.filtered,
            failed: before.failed + portion.failed.len() as u64 - missing,
            missing: before.missing + missing,
            short_rows: before.short_rows,
        };
        let receipts = self.receipts(folder, portion.receipts, &mut told).await;
        let place = portion.place.or_else(|| begun.place.clone()).unwrap_or_default();
        let prepared = Prepared {
            manifest: self.manifest(folder),
            files: portion.files,
            receipts,
            folder: folder.to_owned(),
            last_key: place.key,
            line: place.line,
            file: place.file,
            counts,
            copied,
            failed: portion.failed,
            is_last: portion.is_last,
        };
        if !has_rows {
            self.mark(journal, &prepared, 0, begun, told).await?;
            return Ok(None);
        }
        let staging = &self.copying.staging;
        let files: Vec<String> =
            prepared.files.iter().map(|file| url(staging, &file.key)).collect();
        let key = prepared.manifest.strip_prefix(&url(staging, "")).unwrap_or_default();
        let written = write(&*self.ports.writer, staging, key, manifest_of(&files).into()).await;
        let manifest = || prepared.manifest.clone();
        written.map_err(|source| OperateError::Write { url: manifest(), source })?;
        journal.prepare(&prepared)?;
        told(Step::Prepared(&prepared));
        Ok(Some(prepared))
    }

    /// Notes that a portion is loaded. Its lines of the ledger come first, for they may be written twice,
    /// and are a loss that an audit makes good.
    pub(super) async fn mark(
        &self,
        journal: &mut Journal,
        prepared: &Prepared,
        rows: u64,
        begun: &mut Begun,
        mut told: impl FnMut(Step<'_>),
    ) -> Result<(), CopyError> {
        let mut copied = prepared.copied;
        copied.short_rows += prepared.rows().saturating_sub(rows);
        if let (Some(from), Some((prefix, _))) = (&prepared.receipts, &self.copying.ledger) {
            let to = format!("{prefix}dt={}/{}", today(), from.replace('/', "-"));
            let ports = (&*self.ports.source, &*self.ports.writer);
            let posted = post(ports, &self.copying.staging, (from, &to)).await;
            if let Err(error) = posted {
                told(Step::NoReceipts(&error));
            }
        }
        if !prepared.failed.is_empty() {
            let failed = prepared.failed.iter().filter(|failed| !failed.is_missing);
            let failed: Vec<&str> = failed.map(|failed: &FailedObject| &*failed.key).collect();
            journal.fail(&self.copying.bucket, &failed)?;
            told(Step::Failed(&prepared.failed));
        }
        let place = prepared.place();
        journal.mark_copied(&place, (&prepared.counts, Some(copied)), prepared.is_last)?;
        (begun.counts, begun.copied) = (prepared.counts, copied);
        (begun.place, begun.is_done) = (Some(place), prepared.is_last);
        told(Step::Loaded(prepared, LoadEnd::Loaded(rows)));
        Ok(())
    }

    /// Keeps the lines of the ledger where a later run finds them. Without them there are none.
    async fn receipts(
        &self,
        folder: &str,
        receipts: Option<Receipts>,
        mut told: impl FnMut(Step<'_>),
    ) -> Option<String> {
        let receipts = receipts?;
        let key = format!("{folder}ledger.gz");
        let (writer, staging) = (&*self.ports.writer, &self.copying.staging);
        match receipts.keep(writer, staging, &key).await {
            Ok(()) => Some(key),
            Err(error) => {
                told(Step::NoReceipts(&error));
                None
            }
        }
    }

    /// Where the manifest of a folder is: beside the folders, so that no folder holds anything else.
    fn manifest(&self, folder: &str) -> String {
        let name = folder.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        url(&self.copying.staging, &format!("{}manifests/{name}", self.copying.folder))
    }
}

/// The day, as the ledger's folders are called.
fn today() -> String {
    Timestamp::now().to_zoned(TimeZone::UTC).date().to_string()
}
