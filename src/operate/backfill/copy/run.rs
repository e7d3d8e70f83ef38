//! Portion after portion: one is loaded while the next is read.

use std::cell::RefCell;
use std::pin::pin;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;

use super::copying::{Copying, Outcome, Ports, Step};
use super::error::CopyError;
use super::files::Files;
use super::load::{LoadEnd, ended, load};
use super::portion::{Cursor, Portion, Progress, Reading};
use crate::operate::backfill::journal::{Begun, Journal};
use crate::operate::backfill::prepared::Prepared;
use crate::operate::keys::Keys;
use crate::pack::{BatchSize, RECORD_BYTES_MAX, RecordCompression};
use crate::pipeline::{Settings, Settled};
use crate::ports::{ObjectListing, ObjectSource, ObjectWriter, Warehouse};

/// Objects that are read at the same time: as many as hide the time to the first byte.
const OBJECTS_AT_ONCE: usize = 16;

/// One run of the command.
#[derive(Debug)]
pub struct Run<'r, S, W, L, H> {
    /// What is copied, and how.
    pub copying: &'r Copying,
    /// What with.
    pub ports: &'r Ports<S, W, L, H>,
}

impl<S: ObjectSource, W: ObjectWriter, L: ObjectListing, H: Warehouse> Run<'_, S, W, L, H> {
    /// Loads what an earlier run prepared, unless it did so itself. Gives how far it is then.
    ///
    /// # Errors
    /// [`CopyError`].
    pub async fn settle(
        &self,
        journal: &mut Journal,
        mut begun: Begun,
        mut told: impl FnMut(Step<'_>),
    ) -> Result<Begun, CopyError> {
        let Some(prepared) = begun.prepared.take() else { return Ok(begun) };
        let Copying { load: settings, staging, .. } = self.copying;
        let ports = (&self.ports.listing, &self.ports.warehouse);
        let rows = match load(&self.ports.warehouse, settings, &prepared).await {
            Ok(rows) => rows,
            Err(error) => match ended(ports, settings, (staging, &prepared)).await {
                Ok(Some(LoadEnd::Loaded(rows))) => rows,
                Ok(Some(end @ LoadEnd::Gone(_))) => {
                    told(Step::Loaded(&prepared, end));
                    return Ok(begun);
                }
                Ok(None) | Err(_) => return Err(error.into()),
            },
        };
        self.mark(journal, &prepared, rows, &mut begun, &mut told).await?;
        Ok(begun)
    }

    /// Reads, stages and loads until the keys end, `stop` says so, or something fails. A load that is under
    /// way is waited for when it is stopped; what is read meanwhile is given up.
    ///
    /// # Errors
    /// [`CopyError`].
    pub async fn run(
        &self,
        keys: &mut impl Keys,
        journal: &mut Journal,
        mut begun: Begun,
        mut stop: watch::Receiver<bool>,
        told: impl FnMut(Step<'_>),
    ) -> Result<Outcome, CopyError> {
        let told = RefCell::new(told);
        let tell = |step: Step<'_>| (told.borrow_mut())(step);
        let mut progress = Progress::of(&begun);
        let mut cursor = Cursor::new(keys);
        let mut prepared: Option<Prepared> = None;
        let mut is_stopped = false;
        for number in 0_u64.. {
            let folder = format!("{}{}-{number:05}/", self.copying.folder, self.copying.attempt);
            let mut portion = None;
            {
                let settled = |settled: &Settled| {
                    progress.add(settled);
                    tell(Step::Read(&progress));
                };
                let mut reading = prepared.as_ref().is_none_or(|prepared| !prepared.is_last);
                let mut loading = prepared.is_some();
                let mut read = pin!(self.read(&folder, &mut cursor, settled));
                let mut load = pin!(self.load(prepared.as_ref()));
                while reading || loading {
                    tokio::select! {
                        biased;
                        Ok(_) = stop.wait_for(|stop| *stop), if reading => {
                            (reading, is_stopped) = (false, true);
                        }
                        loaded = &mut load, if loading => {
                            loading = false;
                            if let (rows, Some(prepared)) = (loaded?, &prepared) {
                                self.mark(journal, prepared, rows, &mut begun, tell).await?;
                            }
                        }
                        read = &mut read, if reading => (reading, portion) = (false, Some(read?)),
                    }
                }
            }
            let Some(portion) = portion else { break };
            prepared = self.prepare(journal, &folder, portion, &mut begun, tell).await?;
            if begun.is_done {
                break;
            }
        }
        Ok(Outcome { counts: begun.counts, copied: begun.copied, is_stopped })
    }

    async fn read(
        &self,
        folder: &str,
        cursor: &mut Cursor<'_, impl Keys>,
        told: impl FnMut(&Settled),
    ) -> Result<Portion, CopyError> {
        let copying = self.copying;
        let settings = Settings {
            record_bytes: RECORD_BYTES_MAX,
            record_compression: RecordCompression::None,
            batch: BatchSize::File(copying.file_bytes),
            objects_in_flight: OBJECTS_AT_ONCE,
            calls_in_flight: copying.files_at_once,
            bytes_per_second: None,
            rows: copying.rows.clone(),
            filters: Arc::clone(&copying.filters),
        };
        let reading = Reading {
            bucket: &copying.bucket,
            selection: copying.selection,
            size: copying.portion,
            files: Arc::new(Files::new(&self.ports.writer, &copying.staging, folder)),
            settings,
            failures_max: copying.failures_max,
            receipts: copying.ledger.as_ref().map(|(_, settings)| settings.as_str()),
            now_unix_s: Timestamp::now().as_second(),
        };
        reading.read(&self.ports.source, cursor, told).await
    }

    async fn load(&self, prepared: Option<&Prepared>) -> Result<u64, CopyError> {
        let Some(prepared) = prepared else { return Ok(0) };
        Ok(load(&self.ports.warehouse, &self.copying.load, prepared).await?)
    }
}
