//! The end of the demo: answers from the table, ledger, audit, and what to do next. The verdict and
//! what to type come last and fit a small screen.

use super::Options;
use super::terminal::{BAD, DIM, GOOD, heading, styled, tell, tell_command, width};
use super::text::{bar, count, shortened, size};
use crate::audit::{Audit, Expected};
use crate::redshift::{Answer, Error, Warehouse};
use crate::stack::{POSTGRES_SCHEMA, Stack};

/// What was put.
#[derive(Clone, Copy, Debug)]
pub(super) struct Totals {
    pub(super) objects: u64,
    /// The objects that are access logs.
    pub(super) logs: u64,
    pub(super) bytes: u64,
}

/// Prints the ledger and the audit; gives whether everything balances.
pub(super) fn ledger(stack: &Stack, expected: &Expected, audit: &Audit, totals: &Totals) -> bool {
    let (stream, queue) = (stack.stream.counts(), stack.queues.events.counts());
    let logs = stack.function.logs();
    heading("Ledger");
    let line = |name: &str, number: u64, text: String| {
        tell(&format!("  {name:<12}{:>10}  ", count(number)), 26, &text, DIM);
    };
    line("objects", totals.objects, size(totals.bytes));
    line(
        "lines",
        audit.lines + expected.blank,
        format!(
            "{} typed, {} quarantined, {} blank",
            count(expected.typed),
            count(expected.quarantined),
            count(expected.blank)
        ),
    );
    line(
        "rows",
        audit.rows,
        match audit.copies {
            0 => "none of them a copy".to_owned(),
            copies => format!("{} of them copies, which the view drops", count(copies)),
        },
    );
    let records = stream.records.max(1);
    let packed = format!(
        "of {} rows on average, in {} calls",
        count(stream.rows / records),
        count(stream.calls)
    );
    line("records", stream.records, packed);
    let units = format!("of 5 KB billed; one row a record would be {}", count(stream.rows));
    line("units", stream.billed_units, units);
    let refused =
        format!("records in part of a call, and {} calls whole", count(stream.calls_refused));
    line("throttled", stream.records_failed, refused);
    line(
        "redelivered",
        queue.redelivered,
        format!("messages, {} given up", count(queue.dead_lettered)),
    );
    line("loads", stream.copies, format!("COPY commands, {} failed", count(stream.copies_failed)));

    let mismatches = as_count(logs.metric_sum("ConservationMismatch"));
    let done = queue.sent == queue.deleted + queue.dead_lettered;
    let booked = mismatches == 0 && done && stream.rows == audit.rows;
    anstream::println!();
    verdict(booked, "ledger balanced", "every row that was acknowledged is in the table");
    let clean = audit.is_clean();
    let words = format!(
        "{} lines of {} objects stand in the table, each at its place; the view has each of the {} distinct ones once",
        count(audit.lines),
        count(totals.logs),
        count(audit.distinct_lines)
    );
    verdict(clean, "audit clean", &words);
    if !clean {
        explain(audit);
    }
    booked && clean
}

fn verdict(good: bool, what: &str, words: &str) {
    if good {
        let lead = format!("  {}  ", styled(GOOD, format!("✔ {what}")));
        tell(&lead, what.chars().count() + 6, words, DIM);
    } else {
        anstream::println!("  {}", styled(BAD, format!("✘ not: {what}")));
    }
}

fn explain(audit: &Audit) {
    for (name, places) in [("missing", &audit.missing), ("unexpected", &audit.unexpected)] {
        for (key, offset) in places.iter().take(5) {
            anstream::println!("    {name}: {key} at byte {offset}");
        }
        if places.len() > 5 {
            anstream::println!("    {name}: {} more", count(places.len() as u64 - 5));
        }
    }
}

/// Metrics are counts; they come as floating-point numbers.
fn as_count(metric: f64) -> u64 {
    format!("{metric:.0}").parse().unwrap_or(0)
}

/// Asks the views.
pub(super) async fn answers(warehouse: &Warehouse, expected: &Expected) -> Result<(), Error> {
    let table = &warehouse.schema().table;
    heading("Top keys by bytes");
    let sql = format!(
        "SELECT SUM(bytes_sent) AS bytes, SUM(downloads) AS downloads, bucket, key FROM {table}_top_keys
         GROUP BY bucket, key HAVING SUM(bytes_sent) > 0 ORDER BY 1 DESC, key LIMIT 5"
    );
    for row in warehouse.query(&sql).await?.rows {
        if let [Some(bytes), Some(downloads), bucket, key] = row.as_slice() {
            let (bytes, downloads) = (size(number(bytes)), count(number(downloads)));
            let name = format!("s3://{}/{}", text(bucket.as_ref()), text(key.as_ref()));
            let name = shortened(&name, (width() - 32).min(70));
            anstream::println!("  {bytes:>10}  {downloads:>6} downloads  {name}");
        }
    }

    heading("Errors, the worst hours");
    let sql = format!(
        "SELECT request_hour, SUM(client_errors) AS client, SUM(server_errors) AS server FROM {table}_errors_per_hour
         GROUP BY request_hour ORDER BY SUM(client_errors + server_errors) DESC, request_hour LIMIT 5"
    );
    chart(&warehouse.query(&sql).await?);

    heading("Quarantined lines");
    let sql = format!(
        "SELECT parse_error, COUNT(*), MIN(log_key) FROM {table}_quarantined
         GROUP BY parse_error ORDER BY 2 DESC, parse_error"
    );
    let rows = warehouse.query(&sql).await?.rows;
    if rows.is_empty() {
        anstream::println!("  none");
        return Ok(());
    }
    let distinct = rows.iter().filter_map(|row| row.get(1)?.as_deref()).map(number).sum();
    let words = format!(
        "{} distinct ones of {}, with their exact bytes; equal lines are one row of the view",
        count(distinct),
        count(expected.quarantined)
    );
    tell("  ", 2, &words, DIM);
    for row in rows {
        if let [Some(reason), Some(lines), key] = row.as_slice() {
            let example = shortened(text(key.as_ref()), width().saturating_sub(48));
            anstream::println!(
                "  {:>6}  {reason:<22}{}",
                count(number(lines)),
                styled(DIM, format!("for example in {example}"))
            );
        }
    }
    Ok(())
}

fn chart(answer: &Answer) {
    let hours: Vec<(String, u64, u64)> = answer
        .rows
        .iter()
        .filter_map(|row| match row.as_slice() {
            [Some(hour), Some(client), Some(server)] => {
                Some((hour.clone(), number(client), number(server)))
            }
            _ => None,
        })
        .collect();
    // Beside the hour and the longest text there is.
    let bar_width = width().saturating_sub(54).min(40) as u64;
    let largest = hours.iter().map(|(_, client, server)| client + server).max().unwrap_or(0);
    for (hour, client, server) in &hours {
        let all = client + server;
        let of_server = match server {
            0 => String::new(),
            server => format!(", {} of them the server's", count(*server)),
        };
        let bar = bar(all, largest, bar_width);
        // Without its minutes and seconds, which are none.
        anstream::println!("  {hour:.13}h  {bar} {}{}", count(all), styled(DIM, of_server));
    }
    if hours.is_empty() {
        anstream::println!("  none");
    }
}

/// Says where the table is and what to type next.
pub(super) fn next(options: &Options) {
    heading("Next");
    let run = "cargo run -p local-stack --";
    tell_command("  your logs   ", &[run, "path/to/logs"]);
    tell_command("  rows only   ", &["cargo run --release --", "convert path/to/logs"]);
    let view = "s3_access_log_distinct";
    if options.postgres.is_some() {
        let query = format!("\"SELECT * FROM {POSTGRES_SCHEMA}.{view} LIMIT 9\"");
        tell_command("  ask more    ", &["psql URL -c", &query]);
        return;
    }
    let base = std::env::current_dir().unwrap_or_default();
    let file = options.database.strip_prefix(&base).unwrap_or(&options.database);
    let file = quoted(&file.display().to_string());
    let query = format!("\"SELECT * FROM {view} LIMIT 9\"");
    let database = format!("--database {file}");
    let verb = format!("{run} query");
    if options.is_default_database {
        tell_command("  ask more    ", &[&verb, &query]);
    } else {
        tell_command("  ask more    ", &[&verb, &database, &query]);
    }
    tell_command("  or          ", &[&format!("sqlite3 {file}"), &query]);
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "/._-+,:@".contains(letter);
    if path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or(0)
}

fn text(cell: Option<&String>) -> &str {
    cell.map_or("", String::as_str)
}
