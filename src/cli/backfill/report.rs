//! What a backfill prints to standard output: its plan, and what came of it.

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::args::BackfillArgs;
use crate::cli::cost::{dollars, grouped};
use crate::cli::error::{Error, Exit};
use crate::cli::form::{Form, print, print_line};
use crate::cli::s3_place::S3Place;
use crate::cost::{LOG_BYTES_A_SECOND, Prices};
use crate::operate::backfill::{Counts, Outcome, Plan, Sampled, Seen};
use crate::operate::{Inventory, Stack};

/// Objects from which on the state machine is the better way: a day's worth at what one machine lists.
const LARGE: u64 = 50_000_000;

/// How old an inventory is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Age {
    created_unix_s: i64,
    seconds: i64,
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
            Form::Text => {
                let mut text = String::new();
                // Writing to a string cannot fail.
                self.written(&mut text).unwrap_or_default();
                print(&text)
            }
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

    fn json(&self) -> Value {
        let counts = &self.seen.counts;
        let modes = self.plan.as_ref().map(modes);
        let shape = self.sampled.shape;
        json!({
            "type": "plan",
            "inventory": self.inventory.map(|age| {
                json!({"created_unix_s": age.created_unix_s, "age_s": age.seconds})
            }),
            "objects": counts.objects,
            "bytes": self.plan.as_ref().map(|plan| plan.bytes),
            "largest_bytes": self.seen.largest_bytes,
            "outside": counts.outside,
            "undated": counts.undated,
            "empty": counts.empty,
            "archived": counts.archived,
            "rows_estimate": self.plan.as_ref().map(|plan| plan.rows),
            "ratio": shape.map(|shape| shape.row_bytes / shape.line_bytes),
            "sampled": self.sampled.objects,
            "not_sampled": self.sampled.failed.iter().map(|(key, error)| {
                json!({"key": key, "error": error.to_string()})
            }).collect::<Vec<_>>(),
            "modes": modes,
            "prices": {"date": self.prices.date, "region": self.prices.region},
        })
    }
}

/// Each way for programs.
fn modes(plan: &Plan) -> Value {
    let named = |parts: Vec<(&str, Option<f64>)>, total: f64| {
        let used = parts.into_iter().filter_map(|(name, usd)| Some((name, usd?)));
        let all = used.chain([("total", total + plan.listing)]);
        let all = all.map(|(name, usd)| (name.to_lowercase().replace(' ', "_"), Value::from(usd)));
        all.collect::<Map<_, _>>()
    };
    let parts = parts(plan);
    let queue = parts.iter().map(|(name, queue, _)| (*name, *queue)).collect();
    let copy = parts.iter().map(|(name, _, copy)| (*name, *copy)).collect();
    let copying = &plan.copying;
    json!([
        {
            "mode": "queue",
            "usd": named(queue, plan.cost.total()),
            "seconds": plan.seconds,
        },
        {
            "mode": "copy",
            "usd": named(copy, copying.total()),
            "seconds": copying.seconds,
            "loads": copying.loads,
            "transfer_out_usd": copying.transfer_out,
        },
    ])
}

/// By service, without what is not used: to the queue, and to COPY.
fn parts(plan: &Plan) -> Vec<(&'static str, Option<f64>, Option<f64>)> {
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

/// The end of sending.
pub(super) fn sent(form: Form, outcome: &Outcome, journal: &Path) -> Result<Exit, Error> {
    let counts = &outcome.counts;
    if form == Form::Json {
        print_line(&json!({
            "type": "summary",
            "sent": counts.objects,
            "bytes": counts.bytes,
            "outside": counts.outside,
            "undated": counts.undated,
            "empty": counts.empty,
            "archived": counts.archived,
            "stopped": outcome.is_stopped,
            "journal": journal.display().to_string(),
        }))?;
    }
    if outcome.is_stopped {
        return Ok(stopped(counts, journal));
    }
    if form == Form::Text {
        print(&format!("{} sent; {}\n", grouped(number(counts.objects)), left_out(counts)))?;
    }
    Ok(Exit::Done)
}

/// The end before the end, which is told to standard error in any case.
pub(super) fn stopped(counts: &Counts, journal: &Path) -> Exit {
    eprintln!(
        "Stopped. {} sent. Go on with the same command: journal {}",
        grouped(number(counts.objects)),
        journal.display()
    );
    Exit::Stopped
}

pub(super) fn left_out(counts: &Counts) -> String {
    let all = [
        (counts.outside, "of another date"),
        (counts.undated, "without a date (--undated takes them)"),
        (counts.empty, "empty"),
        (counts.archived, "archived (restore them first)"),
    ];
    let all: Vec<_> = all
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, why)| format!("{} {why}", grouped(number(count))))
        .collect();
    if all.is_empty() {
        "none left out".to_owned()
    } else {
        format!("left out: {}", all.join(", "))
    }
}

/// A count to be written.
#[expect(clippy::cast_precision_loss, reason = "past 2^53 nobody reads the last digits")]
fn number(count: u64) -> f64 {
    count as f64
}

fn size(bytes: f64) -> String {
    let units = [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("KB", 1e3)];
    let unit = units.into_iter().find(|(_, factor)| bytes >= *factor);
    unit.map_or_else(
        || format!("{bytes:.0} B"),
        |(unit, factor)| format!("{:.1} {unit}", bytes / factor),
    )
}

fn time(seconds: f64) -> String {
    let units =
        [("days", 172_800.0, 86_400.0), ("hours", 7_200.0, 3_600.0), ("minutes", 120.0, 60.0)];
    let unit = units.into_iter().find(|(_, from, _)| seconds >= *from);
    unit.map_or_else(
        || format!("{seconds:.0} seconds"),
        |(unit, _, factor)| format!("{:.1} {unit}", seconds / factor),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_written_for_people() {
        let sizes = [0.0, 999.0, 48_213.0, 612.4e9, 1.5e12].map(size);
        assert_eq!(sizes, ["0 B", "999 B", "48.2 KB", "612.4 GB", "1.5 TB"]);
        let times = [5.0, 600.0, 9_000.0, 1_019_520.0].map(time);
        assert_eq!(times, ["5 seconds", "10.0 minutes", "2.5 hours", "11.8 days"]);
    }

    #[test]
    fn what_is_left_out_is_told() {
        let counts = Counts { undated: 37, archived: 2_418, ..Counts::default() };
        assert_eq!(
            left_out(&counts),
            "left out: 37 without a date (--undated takes them), 2,418 archived (restore them first)"
        );
        assert_eq!(left_out(&Counts::default()), "none left out");
    }
}
