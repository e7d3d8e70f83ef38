//! What every way of a backfill does: goes through the keys, and says what its journal is about.

use std::path::PathBuf;

use super::args::BackfillArgs;
use super::keys::{Sources, is_standard_input};
use super::progress::Progress;
use crate::cli::error::Error;
use crate::cli::s3_place::S3Place;
use crate::operate::Selection;
use crate::operate::backfill::{Counts, Seen, Settings, count};
use crate::ports::{ObjectListing, ObjectSource};

/// One command.
pub(super) struct Work<'a, L, S> {
    pub(super) args: &'a BackfillArgs,
    pub(super) place: S3Place,
    pub(super) selection: Selection,
    pub(super) sources: Sources<L, S>,
}

impl<L: ObjectListing, S: ObjectSource> Work<'_, L, S> {
    pub(super) async fn count(&self) -> Result<Seen, Error> {
        let progress = Progress::of_counting(self.args);
        let mut keys = self.sources.keys(self.args, &self.place, None)?;
        let seen = count(&mut keys, &self.selection, |counts| progress.counted(counts)).await;
        progress.finish();
        seen.map_err(|source| Error::Keys { who: self.args.stack.who(), source })
    }

    /// How much there is; nobody knows of standard input, which can be read once.
    pub(super) async fn total(&self) -> Result<Option<Counts>, Error> {
        if self.args.keys.as_deref().is_some_and(is_standard_input) {
            return Ok(None);
        }
        Ok(Some(self.count().await?.counts))
    }

    pub(super) fn settings(&self) -> Settings {
        let S3Place { bucket, prefix } = &self.place;
        let list = self.args.keys.as_ref().map(|path| path.display().to_string());
        let list = list.or_else(|| self.args.inventory.clone()).map(|list| format!(" by {list}"));
        Settings {
            source: format!("s3://{bucket}/{prefix}{}", list.unwrap_or_default()),
            from_unix_s: self.args.dates.from,
            to_unix_s: self.args.dates.to,
            undated: self.args.dates.undated,
            queue: None,
            copy: None,
        }
    }

    pub(super) fn journal_path(&self, settings: &Settings) -> PathBuf {
        let named = || format!(".logferry-backfill-{}.json", settings.job()).into();
        self.args.journal.clone().unwrap_or_else(named)
    }
}
