//! `logferry cost`: dollars a day, for people or as one JSON line.

use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::convert::content::check;
use super::convert::open::open;
use super::cost_args::CostArgs;
use super::error::{Error, Exit};
use super::form::{Form, print_line, print_written};
use crate::cost::{Loads, Prices, Rivals, Shape, ShapeMeter, Stream, StreamCost, Traffic, rivals};
use crate::sample::Sample;

/// How much of a log is measured, in bytes of text.
const MEASURED_BYTES_MAX: u64 = 64 << 20;

/// Lines of the made-up log that are measured.
const SAMPLE_LINES: u64 = 20_000;

const DAYS_A_MONTH: f64 = 30.0;
const GB: f64 = 1e9;

pub(super) fn run(args: &CostArgs) -> Result<Exit, Error> {
    let prices = prices(args.prices.as_deref())?;
    let shape = shape(args)?;
    let (lines, objects) = (args.lines_per_day, args.lines_per_day / args.lines_per_object);
    let traffic = Traffic { objects: objects.max(1.0), bytes: lines * shape.line_bytes };
    let stream = Stream::live(shape, objects, args.notification_mode.into());
    let day = Day {
        lines,
        traffic,
        stream,
        cost: stream.cost(&prices, &traffic),
        loads: Loads { loads: args.loads_per_day, rpu: args.rpu },
        rivals: rivals(&prices, traffic.bytes),
        prices,
    };
    match args.format {
        Form::Text => print_written(|text| day.written(text, args.sample.as_deref()))?,
        Form::Json => print_line(&day.json())?,
    }
    Ok(Exit::Done)
}

/// Our prices, with those of a file put over them.
pub(super) fn prices(path: Option<&Path>) -> Result<Prices, Error> {
    let Some(path) = path else { return Ok(Prices::default()) };
    let text =
        fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    Prices::read(&text).map_err(|source| Error::Prices { path: path.to_owned(), source })
}

fn shape(args: &CostArgs) -> Result<Shape, Error> {
    let mut meter = ShapeMeter::new(args.rows.options(), args.compression);
    let Some(path) = &args.sample else {
        let (mut sample, mut text) = (Sample::new(1), Vec::new());
        (0..SAMPLE_LINES).for_each(|_| sample.append_line(&mut text));
        meter.add(&text);
        return meter.finish().ok_or_else(|| Error::NoLines { path: "the sample".into() });
    };
    let read_error = |source| Error::Read { path: path.clone(), source };
    let mut text = Vec::new();
    let log = open(Some(path), |_| ()).map_err(read_error)?;
    #[expect(clippy::disallowed_methods, reason = "it takes no more than that")]
    log.take(MEASURED_BYTES_MAX).read_to_end(&mut text).map_err(read_error)?;
    let whole = (text.len() as u64) < MEASURED_BYTES_MAX;
    check(&path.to_string_lossy(), &text, whole)
        .map_err(|refusal| Error::Refused { path: path.clone(), refusal })?;
    if !whole {
        // The last line may be cut.
        text.truncate(memchr::memrchr(b'\n', &text).map_or(0, |newline| newline + 1));
    }
    meter.add(&text);
    meter.finish().ok_or_else(|| Error::NoLines { path: path.clone() })
}

/// A day of it.
struct Day {
    lines: f64,
    traffic: Traffic,
    stream: Stream,
    cost: StreamCost,
    loads: Loads,
    rivals: Rivals,
    prices: Prices,
}

impl Day {
    fn written(&self, to: &mut String, sample: Option<&Path>) -> std::fmt::Result {
        let Self { traffic, stream, cost, .. } = self;
        let shape = &stream.shape;
        writeln!(
            to,
            "{} lines a day: {:.1} GB of log in {} objects, {:.0} read together",
            grouped(self.lines),
            traffic.bytes / GB,
            grouped(traffic.objects),
            stream.together,
        )?;
        let measured =
            sample.map_or_else(|| "a made-up log".to_owned(), |path| path.display().to_string());
        writeln!(
            to,
            "{:.0} bytes a line, {:.0} a row, {:.0} of it to Firehose: measured on {measured}\n",
            shape.line_bytes, shape.row_bytes, shape.stored_bytes
        )?;
        writeln!(to, "{:<16}{:>12}{:>12}{:>14}", "", "a day", "30 days", "a TB of log")?;
        for (name, usd) in cost.parts() {
            self.row(to, name, usd)?;
        }
        self.row(to, "in all", cost.total())?;
        writeln!(to)?;
        self.row(to, "Redshift", self.loads.cost(&self.prices))?;
        writeln!(
            to,
            "  Serverless alone: {:.0} loads a day wake {:.0} RPU for a minute each; a cluster runs \
             anyway",
            self.loads.loads, self.loads.rpu
        )?;
        writeln!(to, "\nOther ways for the same log")?;
        self.row(to, "  to Firehose", self.rivals.vended_to_firehose)?;
        self.row(to, "  to a log group", self.rivals.vended_to_log_group)?;
        self.row(to, "  Athena", self.rivals.athena_scan)?;
        writeln!(
            to,
            "  the first two by CloudWatch's delivery; Athena for one question about all of it"
        )?;
        writeln!(
            to,
            "\nUS dollars, list prices of {}, {}; --prices changes them. Without storage and queries.",
            self.prices.region, self.prices.date
        )
    }

    fn row(&self, to: &mut String, name: &str, usd: f64) -> std::fmt::Result {
        let of_a_tb = usd / self.traffic.bytes * 1e12;
        let (day, month) = (dollars(usd), dollars(usd * DAYS_A_MONTH));
        writeln!(to, "{name:<16}{day:>12}{month:>12}{:>14}", dollars(of_a_tb))
    }

    fn json(&self) -> Value {
        let Self { traffic, stream, cost, rivals, prices, .. } = self;
        let named =
            |(name, usd): (&str, f64)| (name.to_lowercase().replace(' ', "_"), Value::from(usd));
        let usd: Map<_, _> =
            cost.parts().into_iter().chain([("total", cost.total())]).map(named).collect();
        json!({
            "type": "summary",
            "per": "day",
            "lines": self.lines,
            "objects": traffic.objects,
            "log_bytes": traffic.bytes,
            "billed_bytes": cost.billed_bytes,
            "objects_together": stream.together,
            "line_bytes": stream.shape.line_bytes,
            "row_bytes": stream.shape.row_bytes,
            "stored_bytes": stream.shape.stored_bytes,
            "usd": usd,
            "usd_redshift_serverless": self.loads.cost(prices),
            "usd_others": {
                "cloudwatch_to_firehose": rivals.vended_to_firehose,
                "cloudwatch_to_log_group": rivals.vended_to_log_group,
                "athena_scan": rivals.athena_scan,
            },
            "prices": {"date": prices.date, "region": prices.region},
        })
    }
}

/// Dollars and cents, or what is less than a cent with two digits that count.
pub(super) fn dollars(usd: f64) -> String {
    match usd {
        usd if usd >= 1_000.0 => format!("${}", grouped(usd)),
        usd if usd >= 0.01 || usd <= 0.0 => format!("${usd:.2}"),
        usd => format!("${usd:.5}"),
    }
}

/// A whole number with commas.
pub(super) fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        let written: Vec<_> = [0.0, 9.0, 999.0, 1_000.0, 1_234_567.0].map(grouped).into();
        assert_eq!(written, ["0", "9", "999", "1,000", "1,234,567"]);
        let written: Vec<_> = [0.0, 0.000_04, 0.02, 3.271, 12_345.6].map(dollars).into();
        assert_eq!(written, ["$0.00", "$0.00004", "$0.02", "$3.27", "$12,346"]);
    }
}
