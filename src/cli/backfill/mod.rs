//! `logferry backfill`: a plan, or messages for the deployed function.

pub(super) mod args;
mod progress;
mod report;

use std::fs::File;
use std::io::{BufRead, BufReader, stdin};
use std::path::{Path, PathBuf};

use tokio::sync::watch;

use super::connect::{connect, runtime, stop_on_signal};
use super::cost::prices;
use super::error::{Error, Exit};
use super::selection_args::S3Place;
use crate::operate::backfill::{
    Begun, Counts, Journal, Outcome, Seen, Sending, Settings, backlog_max, count, measure, plan,
    send,
};
use crate::operate::{Keys, ListedKeys, Place, Selection, Stack, StackError, WrittenKeys};
use crate::ports::{MessageQueue, ObjectListing, ObjectSource, QueueWatch};
use crate::row::RowOptions;
use args::BackfillArgs;
use progress::Progress;
use report::{Report, sent, stopped};

const MIB: f64 = 1_048_576.0;

/// Bytes of rows for a stored byte, where nobody measured: more than there are of plain logs.
const ROWS_A_STORED_BYTE: f64 = 2.0;

pub(super) fn run(args: &BackfillArgs) -> Result<Exit, Error> {
    let mut stack = args.stack.read()?;
    if args.queue_url.is_some() {
        stack.queue.url.clone_from(&args.queue_url);
    }
    let work = Work { args, place: place(args, &stack)?, selection: args.dates.selection() };
    runtime()?.block_on(async {
        let stop = stop_on_signal();
        let clients = connect(&args.stack, &stack).await?;
        if args.run {
            let url = Stack::need(&stack.queue.url, "queue.url", "--queue-url")?;
            work.send(&clients.listing(), &clients.queue(url), url, stop).await
        } else {
            work.plan(&clients.listing(), &clients.source(), &stack, stop).await
        }
    })
}

fn place(args: &BackfillArgs, stack: &Stack) -> Result<S3Place, Error> {
    let place = match (&args.place, stack.log_buckets.as_slice()) {
        (Some(place), _) => place.clone(),
        (None, [only]) => S3Place { bucket: only.bucket.clone(), prefix: String::new() },
        (None, _) => {
            return Err(StackError::Missing { field: "log_buckets", flag: "s3://BUCKET" }.into());
        }
    };
    if args.keys.is_some() && !place.prefix.is_empty() {
        return Err(Error::PrefixAndKeys);
    }
    Ok(place)
}

/// One command.
struct Work<'a> {
    args: &'a BackfillArgs,
    place: S3Place,
    selection: Selection,
}

impl Work<'_> {
    async fn plan(
        &self,
        listing: &impl ObjectListing,
        source: &impl ObjectSource,
        stack: &Stack,
        mut stop: watch::Receiver<bool>,
    ) -> Result<Exit, Error> {
        let prices = prices(self.args.prices.as_deref())?;
        let planned = async {
            let seen = self.count(listing).await?;
            let bucket = &self.place.bucket;
            let sampled = measure(source, bucket, &seen.samples, RowOptions::default()).await;
            Ok::<_, Error>((seen, sampled))
        };
        let (seen, sampled) = tokio::select! {
            planned = planned => planned?,
            Ok(_) = stop.wait_for(|stop| *stop) => {
                eprintln!("Stopped. Nothing was sent.");
                return Ok(Exit::Stopped);
            }
        };
        let plan = plan(&seen, &sampled, &prices, self.args.stream_rate * MIB);
        let could_not = plan.is_none() && seen.counts.objects > 0;
        let (args, place) = (self.args, &self.place);
        let report = Report { args, place, seen, sampled, plan, prices, stack };
        report.print()?;
        Ok(if could_not { Exit::Failed } else { Exit::Done })
    }

    async fn send(
        &self,
        listing: &impl ObjectListing,
        queue: &(impl MessageQueue + QueueWatch),
        url: &str,
        mut stop: watch::Receiver<bool>,
    ) -> Result<Exit, Error> {
        let settings = self.settings(url);
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
                total = self.total(listing) => total?,
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
        let outcome = match self.list()? {
            None => {
                let mut keys = self.listed(listing, begun.place.as_ref());
                self.send_keys(&sending, &mut keys, &mut journal, &begun, stop).await
            }
            Some(list) => {
                let mut keys = WrittenKeys::new(list, &self.place.bucket, begun.place.as_ref());
                self.send_keys(&sending, &mut keys, &mut journal, &begun, stop).await
            }
        }?;
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

    async fn count(&self, listing: &impl ObjectListing) -> Result<Seen, Error> {
        let progress = Progress::of_counting(self.args);
        let counted = |counts: &Counts| progress.counted(counts);
        let seen = match self.list()? {
            None => count(&mut self.listed(listing, None), &self.selection, counted).await,
            Some(list) => {
                let mut keys = WrittenKeys::new(list, &self.place.bucket, None);
                count(&mut keys, &self.selection, counted).await
            }
        };
        progress.finish();
        seen.map_err(|source| Error::Keys { who: self.args.stack.who(), source })
    }

    /// How much there is; nobody knows of standard input, which can be read once.
    async fn total(&self, listing: &impl ObjectListing) -> Result<Option<Counts>, Error> {
        if self.args.keys.as_deref().is_some_and(is_standard_input) {
            return Ok(None);
        }
        Ok(Some(self.count(listing).await?.counts))
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

    fn listed<'l, L: ObjectListing>(
        &self,
        listing: &'l L,
        from: Option<&Place>,
    ) -> ListedKeys<'l, L> {
        let S3Place { bucket, prefix } = &self.place;
        ListedKeys::new(listing, bucket, prefix, self.selection, from)
    }

    fn list(&self) -> Result<Option<Box<dyn BufRead>>, Error> {
        let Some(path) = &self.args.keys else { return Ok(None) };
        if is_standard_input(path) {
            return Ok(Some(Box::new(BufReader::new(stdin()))));
        }
        let file = File::open(path).map_err(|source| Error::Read { path: path.clone(), source })?;
        Ok(Some(Box::new(BufReader::new(file))))
    }

    fn settings(&self, url: &str) -> Settings {
        let S3Place { bucket, prefix } = &self.place;
        let list = self.args.keys.as_ref().map(|path| format!(" by {}", path.display()));
        Settings {
            source: format!("s3://{bucket}/{prefix}{}", list.unwrap_or_default()),
            from_unix_s: self.args.dates.from,
            to_unix_s: self.args.dates.to,
            undated: self.args.dates.undated,
            queue: url.to_owned(),
        }
    }

    fn journal_path(&self, settings: &Settings) -> PathBuf {
        let named = || format!(".logferry-backfill-{}.json", settings.job()).into();
        self.args.journal.clone().unwrap_or_else(named)
    }
}

fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}
