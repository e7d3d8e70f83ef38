//! Everything public that users or tools build on is kept as a golden file: help texts, the SQL,
//! the column list, the references of columns, variables and metrics, the contract with the Terraform
//! module and the rows of the example logs. A change here is a change of the contract: review it, then
//! write the files anew with `LOGFERRY_BLESS=1 cargo golden`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use logferry::cost::{ShapeMeter, cost_reference};
use logferry::pack::RecordCompression;
use logferry::row::RowOptions;
use logferry::sample::Sample;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What the command prints to standard output.
fn printed(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_logferry"))
        .args(args)
        .current_dir(root())
        .env_remove("COLUMNS")
        .output()
        .expect("the binary starts");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

/// Compares with the golden file, or writes it when asked to.
fn check(path: &str, found: &str) {
    let path: PathBuf = root().join(path);
    if env::var_os("LOGFERRY_BLESS").is_some() {
        fs::write(&path, found).expect("the golden file can be written");
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    if golden != found {
        let line = golden.lines().zip(found.lines()).position(|(golden, found)| golden != found);
        panic!(
            "{} differs from line {}; if that is meant, run LOGFERRY_BLESS=1 cargo golden",
            path.display(),
            line.unwrap_or_else(|| golden.lines().count().min(found.lines().count())) + 1
        );
    }
}

/// The same with the part of a page that stands between the marks of generated text.
fn check_part(path: &str, found: &str) {
    let page = fs::read_to_string(root().join(path)).expect("the page can be read");
    let begin = "<!-- begin generated: LOGFERRY_BLESS=1 cargo golden -->\n\n";
    let (before, rest) = page.split_once(begin).expect("generated text begins");
    let (_, after) = rest.split_once("\n<!-- end generated -->\n").expect("generated text ends");
    check(path, &format!("{before}{begin}{found}\n<!-- end generated -->\n{after}"));
}

#[test]
fn help() {
    check("tests/data/golden/help.txt", &printed(&["--help"]));
    for verb in ["convert", "schema", "cost", "sample", "completions", "man"] {
        check(&format!("tests/data/golden/help-{verb}.txt"), &printed(&[verb, "--help"]));
    }
    #[cfg(feature = "operate")]
    {
        check("tests/data/golden/help-backfill.txt", &printed(&["backfill", "--help"]));
        let verbs = [
            &["load"][..],
            &["replay"],
            &["replay", "loads"],
            &["replay", "dead-letters"],
            &["replay", "quarantine"],
            &["audit"],
            &["doctor"],
        ];
        for verb in verbs {
            let help = printed(&[verb, &["--help"]].concat());
            check(&format!("tests/data/golden/help-{}.txt", verb.join("-")), &help);
        }
    }
    let parts = ["ddl", "upgrade", "retention", "erase", "load"];
    let helps = parts.map(|part| printed(&["schema", part, "--help"]));
    check("tests/data/golden/help-schema-parts.txt", &helps.join("\n"));
}

#[test]
fn schema() {
    check("docs/columns.md", &printed(&["schema", "markdown"]));
    check("tests/data/golden/columns.txt", &printed(&["schema", "columns"]));
    let ddl = printed(&["schema", "ddl"]);
    check("tests/data/golden/ddl.sql", &ddl);
    let parts = ["table", "views", "maintenance"].map(|part| printed(&["schema", part]));
    assert_eq!(parts.join("\n"), ddl, "tables, views and procedures are the whole");
    for dialect in ["postgres", "sqlite", "duckdb"] {
        let ddl = printed(&["schema", "ddl", "--dialect", dialect]);
        check(&format!("tests/data/golden/ddl-{dialect}.sql"), &ddl);
    }
    let named = ["schema", "ddl", "--schema", "logs", "--table", "access", "--replace"];
    check("tests/data/golden/ddl-named.sql", &printed(&named));
}

#[test]
fn what_keeps_the_table_in_order() {
    let role = "arn:aws:iam::123456789012:role/example";
    let retention = [
        "schema",
        "retention",
        "--days",
        "400",
        "--unload-to",
        "s3://archive/2026/",
        "--iam-role",
        role,
    ];
    let load = ["schema", "load", "--manifest", "s3://staging/manifest", "--iam-role", role];
    check("tests/data/golden/retention.sql", &printed(&retention));
    check("tests/data/golden/load.sql", &printed(&load));
    check("tests/data/golden/daily.sql", &printed(&["schema", "daily"]));
    check("tests/data/golden/erase.sql", &printed(&["schema", "erase", "--requester", "o'brien"]));
    check("tests/data/golden/upgrade.sql", &printed(&["schema", "upgrade", "--from", "0.1.0"]));
}

/// What each version made, in PostgreSQL's form: `tests/table/run` makes it and upgrades it.
#[test]
fn released_tables() {
    for (version, released) in logferry::table::RELEASES {
        let postgres = logferry::table::Dialect::Postgres;
        let statements = logferry::table::split(released);
        let statements: Vec<String> = statements
            .iter()
            .filter_map(|statement| Some(format!("{};\n", postgres.translate(statement)?)))
            // Versions before 0.2.0 made no index.
            .map(|sql| {
                sql.split_once(";\nCREATE INDEX")
                    .map_or(sql.clone(), |(sql, _)| sql.to_owned() + ";\n")
            })
            .collect();
        check(&format!("tests/data/released/{version}.postgres.sql"), &statements.join("\n"));
    }
}

#[cfg(feature = "lambda")]
#[test]
fn the_function() {
    check_part("docs/lambda.md", &logferry::lambda::variable_reference());
    check_part("docs/metrics.md", &logferry::lambda::metric_reference());
    check("infra/contract.json", &logferry::lambda::contract().expect("the contract is JSON"));
}

#[test]
fn what_it_costs() {
    let mut text = Vec::new();
    let mut sample = Sample::new(1);
    (0..20_000).for_each(|_| sample.append_line(&mut text));
    let shape = |compression, dropped: &str| {
        let drop_columns = dropped.parse().expect("the columns can be dropped");
        let options = RowOptions { drop_columns, ..RowOptions::default() };
        let mut meter = ShapeMeter::new(options, compression);
        meter.add(&text);
        meter.finish().expect("there are lines")
    };
    let (plain, gzip) = (RecordCompression::None, RecordCompression::Gzip);
    let others = [
        ("without `host_id` and `bucket_owner`", shape(plain, "host_id,bucket_owner")),
        ("gzip records", shape(gzip, "")),
        ("gzip records without the two", shape(gzip, "host_id,bucket_owner")),
    ];
    check_part("docs/cost.md", &cost_reference(&shape(plain, ""), &others));
}

#[test]
fn rows_of_the_example_logs() {
    check("tests/data/golden/rows.ndjson", &printed(&["convert", "examples/logs"]));
}

#[test]
fn the_sample_log() {
    let sample = ["sample", "--lines", "2000", "--hostile", "500", "--seed", "3"];
    let output = Command::new(env!("CARGO_BIN_EXE_logferry")).args(sample).output();
    let log = output.expect("the binary starts").stdout;
    // The hash of the bytes is enough: the same seed must give the same log for ever.
    let id = logferry::row::RecordId::of(&log).to_string();
    check("tests/data/golden/sample.txt", &format!("{} bytes, xxh3-128 {id}\n", log.len()));
}
