//! The plan of a backfill, for people.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::json;

use super::args::BackfillArgs;
use super::report::left_out;
use crate::cli::amounts::{number, size, time};
use crate::cli::cost::{dollars, grouped};
use crate::cli::error::Error;
use crate::cli::form::{Form, print_line, print_written};
use crate::cli::s3_place::S3Place;
use crate::cost::{LOG_BYTES_A_SECOND, Prices};
use crate::operate::backfill::{Plan, Sampled, Seen};
use crate::operate::{Inventory, Stack};

/// Objects from which on the state machine is the better way: a day's worth at what one machine lists.
const LARGE: u64 = 50_000_000;

/// How old an inventory is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Age {
    pub(super) created_unix_s: i64,
    pub(super) seconds: i64,
}

impl Age {
    pub(super) fn of(inventory: &Inventory, now_unix_s: i64) -> Self {
        let created_unix_s = inventory.created_unix_s;
        Self { created_unix_s, seconds: (now_unix_s - created_unix_s).max(0) }
    }

    fn written(self) -> String {
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970")]
        let age = time(self.seconds as f64);
        let created = Timestamp::from_second(self.created_unix_s).unwrap_or_default();
        format!("  inventory of {created}, {age} old: what came later is not in it")
    }
}

/// A plan with what it is made of.
pub(super) struct Report<'r> {
    pub(super) args: &'r BackfillArgs,
    pub(super) place: &'r S3Place,
    /// Of an inventory, where the keys come from one.
    pub(super) inventory: Option<Age>,
    pub(super) seen: Seen,
    pub(super) sampled: Sampled,
    /// `None` when no object could be read.
    pub(super) plan: Option<Plan>,
    pub(super) prices: Prices,
    pub(super) stack: &'r Stack,
}

impl Report<'_> {
    pub(super) fn print(&self) -> Result<(), Error> {
        match self.args.format {
            Form::Text => print_written(|to| self.written(to)),
            Form::Json => {
                print_line(&self.json())?;
                print_line(&json!({"type": "summary", "sent": 0, "planned": self.plan.is_some()}))
            }
        }
    }

    fn written(&self, to: &mut String) -> std::fmt::Result {
        let counts = &self.seen.counts;
        let S3Place { bucket, prefix } = self.place;
        writeln!(to, "Plan for s3://{bucket}/{prefix}")?;
        if let Some(age) = self.inventory {
            writeln!(to, "{}", age.written())?;
        }
        writeln!(to, "  objects {:>16}   {}", grouped(number(counts.objects)), left_out(counts))?;
        if let Some(plan) = &self.plan {
            self.costs(to, plan)?;
        } else if counts.objects > 0 {
            writeln!(to, "  No cost: of the objects looked into, none could be read as a log.")?;
        }
        for (key, error) in self.sampled.failed.iter().take(3) {
            writeln!(to, "  could not read s3://{bucket}/{key}: {error}")?;
        }
        if counts.objects >= LARGE {
            writeln!(to, "\n{}", self.state_machine())?;
        }
        writeln!(to, "\nNothing was sent. Add --to-queue --run, or --to-copy --run.")
    }

    fn costs(&self, to: &mut String, plan: &Plan) -> std::fmt::Result {
        let counts = &self.seen.counts;
        let mean = plan.bytes / number(counts.objects).max(1.0);
        let largest = match self.seen.largest_bytes {
            0 => "sizes by sample".to_owned(),
            bytes => format!("largest {}", size(number(bytes))),
        };
        writeln!(to, "  bytes   {:>16}   {} an object, {largest}", size(plan.bytes), size(mean))?;
        if let Some(shape) = &self.sampled.shape {
            writeln!(
                to,
                "  rows    {:>16}   {:.0} B a line, {:.0} a row; {} objects looked into",
                format!("~{}", grouped(plan.rows)),
                shape.line_bytes,
                shape.row_bytes,
                self.sampled.objects
            )?;
        }
        writeln!(to, "\n  {:<12}{:>14}{:>14}", "", "to the queue", "to COPY")?;
        for (name, queue, copy) in parts(plan) {
            let note = self.note(name, plan);
            writeln!(to, "  {name:<12}{:>14}{:>14}{note}", or_none(queue), or_none(copy))?;
        }
        writeln!(
            to,
            "  {:<12}{:>14}{:>14}   list prices of {}, {}",
            "in all",
            dollars(plan.cost.total() + plan.listing),
            dollars(plan.copying.total() + plan.listing),
            self.prices.region,
            self.prices.date
        )?;
        let (rate, megabytes) = (self.args.stream_rate, LOG_BYTES_A_SECOND / 1e6);
        writeln!(
            to,
            "  {:<12}{:>14}{:>14}   {rate} MiB/s; {megabytes:.0} MB/s, 1 Gbit/s",
            "time",
            time(plan.seconds),
            time(plan.copying.seconds)
        )?;
        writeln!(
            to,
            "  {:<12}{:>14}{:>14}   unless run in the logs' Region",
            "transfer out",
            "-",
            dollars(plan.copying.transfer_out)
        )?;
        writeln!(to, "\n--prices, --stream-rate and --rpu change what this is calculated with.")
    }

    /// What is behind a part of the cost.
    fn note(&self, name: &str, plan: &Plan) -> String {
        let loads = grouped(plan.copying.loads);
        match name {
            "Firehose" => format!("   {} in units of 5 KB", size(plan.cost.billed_bytes)),
            "Redshift" if plan.copying.redshift > 0.0 => {
                format!("   loads of a minute at {} RPU: {loads}", self.args.copying.rpu)
            }
            "Redshift" => format!("   loads, in a cluster that runs anyway: {loads}"),
            _ => String::new(),
        }
    }

    fn state_machine(&self) -> String {
        let S3Place { bucket, prefix } = self.place;
        let name = self.stack.function.name.as_deref().unwrap_or("logferry");
        format!(
            "For as many as this, let Step Functions do it: `backfill = {{ enabled = true }}` of the \
             module makes\nthe state machine {name}-backfill, which takes \
             {{\"bucket\": \"{bucket}\", \"prefix\": \"{prefix}\", \"concurrency\": 5}}."
        )
    }
}

/// By service, without what is not used: to the queue, and to COPY.
pub(super) fn parts(plan: &Plan) -> Vec<(&'static str, Option<f64>, Option<f64>)> {
    let parts = plan.cost.parts().into_iter().filter(|(name, _)| *name != "EventBridge");
    let parts = parts.map(|(name, usd)| match name {
        "S3 requests" => (name, Some(usd + plan.listing), Some(plan.copying.s3 + plan.listing)),
        _ => (name, Some(usd), None),
    });
    parts.chain([("Redshift", None, Some(plan.copying.redshift))]).collect()
}

fn or_none(usd: Option<f64>) -> String {
    usd.map_or_else(|| "-".to_owned(), dollars)
}
