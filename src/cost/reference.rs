//! The generated part of `docs/cost.md`.

use std::fmt::Write as _;

use super::prices::{Prices, table};
use super::rivals::{assumption, rivals};
use super::shape::Shape;
use super::stream::{NotificationMode, Stream, Traffic};
use super::warehouse::Loads;

/// Lines an object that the table goes through.
const LINES_PER_OBJECT: [f64; 5] = [1.0, 10.0, 100.0, 1_000.0, 10_000.0];

/// A TB of log.
const TB: f64 = 1e12;

/// A shape with what it is called.
pub type Named<'n> = (&'n str, Shape);

/// Tables and sentences, as Markdown. The first shape is the one that others are compared with.
#[must_use]
pub fn cost_reference(plain: &Shape, others: &[Named<'_>]) -> String {
    let prices = Prices::default();
    let mut page = String::new();
    // Writing to a string cannot fail.
    written(&mut page, &prices, plain, others).unwrap_or_default();
    page
}

fn written(
    page: &mut String,
    prices: &Prices,
    plain: &Shape,
    others: &[Named<'_>],
) -> std::fmt::Result {
    writeln!(page, "US dollars at list prices of {}, {}.\n", prices.region, prices.date)?;
    writeln!(page, "### By lines an object\n")?;
    writeln!(
        page,
        "A TB of log, {:.0} bytes a line and {:.0} a row, 100 objects read together:\n",
        plain.line_bytes, plain.row_bytes
    )?;
    writeln!(
        page,
        "| lines an object | a million lines | a TB of log | Firehose | S3 requests | SQS | \
         EventBridge | Lambda | Logs |\n|---|---|---|---|---|---|---|---|---|"
    )?;
    for lines in LINES_PER_OBJECT {
        row(page, prices, &format!("{lines:.0}"), plain, lines, 100.0)?;
    }
    row(page, prices, "10, one object an invocation", plain, 10.0, 1.0)?;
    writeln!(page, "\n### By what is in a row\n\nThe same with 1,000 lines an object:\n")?;
    writeln!(
        page,
        "| rows | a million lines | a TB of log | Firehose | S3 requests | SQS | EventBridge | \
         Lambda | Logs |\n|---|---|---|---|---|---|---|---|---|"
    )?;
    row(page, prices, "all columns", plain, 1_000.0, 100.0)?;
    for (name, shape) in others {
        row(page, prices, name, shape, 1_000.0, 100.0)?;
    }
    writeln!(page, "\n### Redshift Serverless, a day, for loads alone\n")?;
    writeln!(page, "| loads | 4 RPU | 8 RPU | 32 RPU | 128 RPU |\n|---|---|---|---|---|")?;
    for (name, loads) in [("every 15 minutes", 96.0), ("every hour", 24.0), ("once", 1.0)] {
        let cells =
            [4.0, 8.0, 32.0, 128.0].map(|rpu| format!("${:.2}", Loads { loads, rpu }.cost(prices)));
        writeln!(page, "| {name} | {} |", cells.join(" | "))?;
    }
    let others = rivals(prices, TB);
    writeln!(page, "\n### Other ways, a TB of log\n")?;
    writeln!(page, "| way | cost |\n|---|---|")?;
    writeln!(page, "| CloudWatch delivery through Firehose | ${:.0} |", others.vended_to_firehose)?;
    writeln!(page, "| CloudWatch delivery to a log group | ${:.0} |", others.vended_to_log_group)?;
    writeln!(page, "| Athena, one question about all of it | ${:.0} |", others.athena_scan)?;
    writeln!(page, "\n{}\n\n### Prices\n\n{}", assumption(plain), table().trim_end())
}

fn row(
    page: &mut String,
    prices: &Prices,
    name: &str,
    shape: &Shape,
    lines_per_object: f64,
    together: f64,
) -> std::fmt::Result {
    let traffic = Traffic { objects: TB / shape.line_bytes / lines_per_object, bytes: TB };
    let stream = Stream { shape: *shape, together, notification: NotificationMode::EventBridge };
    let cost = stream.cost(prices, &traffic);
    let million = cost.total() * shape.line_bytes * 1e6 / TB;
    write!(page, "| {name} | ${million:.4} | ${:.0}", cost.total())?;
    for (_, usd) in cost.parts() {
        write!(page, " | {usd:.1}")?;
    }
    writeln!(page, " |")
}
