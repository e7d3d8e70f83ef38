//! `logferry backfill`: a plan, messages for the deployed function, or rows that it makes itself.

pub(super) mod args;
mod copy;
mod copy_args;
mod copy_report;
mod keys;
mod plan_json;
mod plan_report;
mod progress;
mod report;
mod work;

use jiff::Timestamp;
use tokio::sync::watch;

use super::connect::{connect, runtime, runtime_of_many, stop_on_signal};
use super::cost::prices;
use super::error::{Error, Exit};
use super::s3_place::S3Place;
use crate::operate::backfill::{
    Begun, Counts, Journal, Outcome, Sending, Settings, Ways, backlog_max, measure, plan, send,
};
use crate::operate::{Inventory, InventoryError, Keys, KeysError, Stack, StackError};
use crate::ports::{MessageQueue, ObjectListing, ObjectSource, QueueWatch};
use crate::row::RowOptions;
use args::BackfillArgs;
use copy::{FILE_BYTES, Target};
use keys::Sources;
use plan_report::{Age, Report};
use progress::Progress;
use report::{sent, stopped};
use work::Work;

const MIB: f64 = 1_048_576.0;

/// Bytes of rows for a stored byte, where nobody measured: more than there are of plain logs.
const ROWS_A_STORED_BYTE: f64 = 2.0;

pub(super) fn run(args: &BackfillArgs) -> Result<Exit, Error> {
    let mut stack = args.stack.read()?;
    if args.queue_url.is_some() {
        stack.queue.url.clone_from(&args.queue_url);
    }
    if args.keys.is_some() && args.place.as_ref().is_some_and(|place| !place.prefix.is_empty()) {
        return Err(Error::PrefixAndKeys);
    }
    args.copying.warehouse.over(&mut stack);
    args.copying.load.over(&mut stack);
    if args.to_queue && args.copying.rows.options() != RowOptions::default() {
        return Err(Error::RowsOfTheFunction);
    }
    let queue = Stack::need(&stack.queue.url, "queue.url", "--queue-url").map(str::to_owned);
    // What is missing is told before anything is asked.
    let named = if args.inventory.is_some() { None } else { Some(place(args, &stack)?) };
    let queue = if args.run && args.to_queue { Some(queue?) } else { None };
    let target = if args.run && args.to_copy { Some(Target::new(args, &stack)?) } else { None };
    let runtime = if target.is_some() { runtime_of_many()? } else { runtime()? };
    runtime.block_on(async {
        let stop = stop_on_signal();
        let clients = connect(&args.stack, &stack).await?;
        let source = clients.source();
        let inventory = open_inventory(args, &source, stop.clone()).await;
        let Some(inventory) = inventory.transpose()? else {
            eprintln!("Stopped. Nothing was sent.");
            return Ok(Exit::Stopped);
        };
        let place = named.or_else(|| of_inventory(args, inventory.as_ref()));
        let place = place.ok_or(NO_BUCKET)?;
        let sources = Sources { listing: clients.listing(), source, inventory };
        let work = Work { args, place, selection: args.dates.selection(), sources };
        match (queue, target) {
            (Some(url), _) => work.send(&clients.queue(&url), &url, stop).await,
            (None, Some(target)) => {
                let ports = clients.copy_ports(&stack.redshift)?;
                Box::pin(work.copy(&target, &ports, stop)).await
            }
            (None, None) => work.plan(&stack, stop).await,
        }
    })
}

const NO_BUCKET: StackError = StackError::Missing { field: "log_buckets", flag: "s3://BUCKET" };

fn place(args: &BackfillArgs, stack: &Stack) -> Result<S3Place, Error> {
    match (&args.place, stack.log_buckets.as_slice()) {
        (Some(place), _) => Ok(place.clone()),
        (None, [only]) => Ok(S3Place { bucket: only.bucket.clone(), prefix: String::new() }),
        (None, _) => Err(NO_BUCKET.into()),
    }
}

/// What is named, or all that the inventory is about.
fn of_inventory(args: &BackfillArgs, inventory: Option<&Inventory>) -> Option<S3Place> {
    let all = inventory.map(|inventory| &inventory.bucket);
    let all = all.map(|bucket| S3Place { bucket: bucket.clone(), prefix: String::new() });
    args.place.clone().or(all)
}

/// The inventory that is asked for, if any; nothing at all where it was stopped.
async fn open_inventory(
    args: &BackfillArgs,
    source: &impl ObjectSource,
    mut stop: watch::Receiver<bool>,
) -> Option<Result<Option<Inventory>, Error>> {
    let Some(manifest) = &args.inventory else { return Some(Ok(None)) };
    let wanted = args.place.as_ref().map(|place| place.bucket.as_str());
    let opened = tokio::select! {
        opened = Inventory::open(source, manifest, wanted) => opened,
        Ok(_) = stop.wait_for(|stop| *stop) => return None,
    };
    Some(opened.map(Some).map_err(|error| keys_error(args, error)))
}

fn keys_error(args: &BackfillArgs, error: InventoryError) -> Error {
    Error::Keys { who: args.stack.who(), source: KeysError::from(error) }
}

impl<L: ObjectListing, S: ObjectSource> Work<'_, L, S> {
    async fn plan(&self, stack: &Stack, mut stop: watch::Receiver<bool>) -> Result<Exit, Error> {
        let prices = prices(self.args.prices.as_deref())?;
        let planned = async {
            let seen = self.count().await?;
            let bucket = &self.place.bucket;
            let options = self.args.copying.rows.options();
            let sampled = measure(&self.sources.source, bucket, &seen.samples, options);
            let sampled = sampled.await;
            Ok::<_, Error>((seen, sampled))
        };
        let (seen, sampled) = tokio::select! {
            planned = planned => planned?,
            Ok(_) = stop.wait_for(|stop| *stop) => {
                eprintln!("Stopped. Nothing was sent.");
                return Ok(Exit::Stopped);
            }
        };
        let rpu = f64::from(self.args.copying.rpu);
        let ways = Ways {
            stream_bytes_a_second: self.args.stream_rate * MIB,
            portion: self.args.copying.portion(),
            file_bytes: FILE_BYTES,
            rpu: stack.redshift.cluster_identifier.is_none().then_some(rpu),
        };
        let mut plan = plan(&seen, &sampled, &prices, &ways);
        if let (Some(plan), Some(_)) = (&mut plan, &self.sources.inventory) {
            // Sizes are known, and no key was listed.
            plan.listing = 0.0;
        }
        let could_not = plan.is_none() && seen.counts.objects > 0;
        let (args, place) = (self.args, &self.place);
        let inventory = self.sources.inventory.as_ref();
        let now_unix_s = Timestamp::now().as_second();
        let inventory = inventory.map(|inventory| Age::of(inventory, now_unix_s));
        let report = Report { args, place, inventory, seen, sampled, plan, prices, stack };
        report.print()?;
        Ok(if could_not { Exit::Failed } else { Exit::Done })
    }

    async fn send(
        &self,
        queue: &(impl MessageQueue + QueueWatch),
        url: &str,
        mut stop: watch::Receiver<bool>,
    ) -> Result<Exit, Error> {
        let settings = Settings { queue: Some(url.to_owned()), ..self.settings() };
        let path = self.journal_path(&settings);
        let journal_error = |source| Error::Journal { path: path.clone(), source };
        let (mut journal, mut begun) = Journal::open(&path, &settings).map_err(journal_error)?;
        if begun.is_done {
            let outcome = Outcome { counts: begun.counts, is_stopped: false };
            eprintln!("Everything was sent before; remove {} to send it again.", path.display());
            return sent(self.args.format, &outcome, &path);
        }
        if !begun.is_begun {
            begun.total = tokio::select! {
                total = self.total() => total?,
                Ok(_) = stop.wait_for(|stop| *stop) => return Ok(stopped(&Counts::default(), &path)),
            };
            self.check_backlog(queue, begun.total.as_ref()).await?;
            journal.begin(begun.total).map_err(journal_error)?;
        }
        let sending = Sending {
            queue,
            bucket: &self.place.bucket,
            selection: self.selection,
            backlog: self.args.backlog,
        };
        let mut keys = self.sources.keys(self.args, &self.place, begun.place.as_ref())?;
        let outcome = self.send_keys(&sending, &mut keys, &mut journal, &begun, stop).await?;
        sent(self.args.format, &outcome, &path)
    }

    async fn send_keys<K: Keys>(
        &self,
        sending: &Sending<'_, impl MessageQueue + QueueWatch>,
        keys: &mut K,
        journal: &mut Journal,
        begun: &Begun,
        stop: watch::Receiver<bool>,
    ) -> Result<Outcome, Error> {
        let mut progress = Progress::of_sending(self.args, begun);
        let outcome = send(sending, keys, journal, begun, stop, |counts, waiting| {
            progress.sent(counts, waiting);
        });
        let outcome = outcome.await;
        progress.finish();
        outcome.map_err(|source| Error::Send { who: self.args.stack.who(), source })
    }

    /// More than drains in time must not wait in the queue, or what waits last expires.
    async fn check_backlog(
        &self,
        queue: &impl QueueWatch,
        total: Option<&Counts>,
    ) -> Result<(), Error> {
        let retention_s = queue.retention_s().await;
        let retention_s = retention_s
            .map_err(|error| Error::Send { who: self.args.stack.who(), source: error.into() })?;
        let Some(total) = total.filter(|total| total.objects > 0) else { return Ok(()) };
        #[expect(clippy::cast_precision_loss, reason = "a mean")]
        let rows = total.bytes as f64 / total.objects as f64 * ROWS_A_STORED_BYTE;
        let most = backlog_max(retention_s, rows, self.args.stream_rate * MIB);
        if self.args.backlog > most {
            return Err(Error::Backlog { asked: self.args.backlog, most, retention_s });
        }
        Ok(())
    }
}
