//! `local-stack`: the demo, and single components for the deep run.

use std::future::pending;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use local_stack::control::{S3Place, Standalone};
use local_stack::demo;
use local_stack::event::REGION;
use local_stack::firehose;
use local_stack::redshift::{Answer, Warehouse};
use local_stack::s3;
use local_stack::stack::{MADE_UP_BUCKET, Stack, private_folder};
use logferry::row::column_list;
use logferry::table::{SqlNames, ddl};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

/// The whole path of logferry on this machine: a demo without an AWS account.
#[derive(Parser)]
#[command(name = "local-stack", args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    demo: Demo,
}

#[derive(Subcommand)]
enum Verb {
    /// Ask the table of the last demo.
    Query(Query),
    /// The whole stack for other programs, until it is interrupted; prints where it is as JSON.
    Serve(Serve),
    /// Firehose's data plane and COPY on their own, in front of another S3 and a PostgreSQL.
    Firehose(Box<DataPlane>),
}

#[derive(Args)]
struct Demo {
    /// Logs to ferry instead of a made-up day: files, or folders of files.
    paths: Vec<PathBuf>,
    /// Where the table is kept.
    #[arg(long, default_value_os_t = default_database())]
    database: PathBuf,
    /// Load into this PostgreSQL instead, by its URL or its key=value form; the schema
    /// `logferry_demo` there is made anew each time.
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Decides the made-up day.
    #[arg(long, default_value_t = 14)]
    seed: u64,
}

#[derive(Args)]
struct Query {
    /// The question.
    sql: String,
    /// The table's database.
    #[arg(long, default_value_os_t = default_database())]
    database: PathBuf,
}

#[derive(Args)]
struct Serve {
    /// Load into this PostgreSQL, into its schema `logferry_demo`, which is made anew.
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Objects in the bucket `made-up-logs`, which can be listed and read.
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000_000)]
    made_up: u64,
}

#[derive(Args)]
struct DataPlane {
    /// Address of the data plane.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Name of the delivery stream.
    #[arg(long)]
    stream: String,
    /// Endpoint of the S3 to stage in.
    #[arg(long, value_name = "URL")]
    s3_endpoint: String,
    /// The staging bucket.
    #[arg(long)]
    bucket: String,
    /// What stands before the names of staged objects.
    #[arg(long, default_value = "")]
    prefix: String,
    /// The PostgreSQL that stands for Redshift.
    #[arg(long, value_name = "URL")]
    database_url: String,
    /// COPY's options.
    #[arg(long, default_value = "JSON 'auto' GZIP TIMEFORMAT 'auto'")]
    copy_options: String,
    /// Records come as gzip members: the stream does not compress, COPY expands.
    #[arg(long)]
    gzip_records: bool,
    /// COPY reads all members of a file, and not the first alone.
    #[arg(long)]
    all_members: bool,
    /// The columns to load; those of the schema without it.
    #[arg(long)]
    columns: Option<String>,
    /// Seconds until a buffer is delivered.
    #[arg(long, default_value_t = 2)]
    buffer_seconds: u64,
    /// Seconds between two tries of a COPY.
    #[arg(long, default_value_t = 1)]
    retry_seconds: u64,
}

fn default_database() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    workspace.unwrap_or(Path::new(".")).join("target/local-stack/redshift.sqlite")
}

fn main() -> ExitCode {
    match work(Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("local-stack: {message}");
            ExitCode::from(3)
        }
    }
}

fn work(arguments: Arguments) -> Result<bool, String> {
    // Declared before the runtime, so removed after it ended: what was being written to it when a
    // signal came is written by then, and cannot appear again.
    let copies = private_folder().map_err(|error| format!("a temporary folder: {error}"))?;
    let folder = copies.path().to_owned();
    let runtime = Runtime::new().map_err(|error| format!("the runtime: {error}"))?;
    runtime.block_on(async {
        match arguments.verb {
            None => run_demo(arguments.demo, folder).await,
            Some(Verb::Query(query)) => run_query(query).await,
            Some(Verb::Serve(options)) => serve(options, folder).await,
            Some(Verb::Firehose(options)) => serve_data_plane(*options).await,
        }
    })
}

async fn run_demo(demo: Demo, folder: PathBuf) -> Result<bool, String> {
    let Demo { paths, database, postgres, seed } = demo;
    let is_default_database = database == default_database();
    let options = demo::Options { paths, database, is_default_database, postgres, folder, seed };
    // Dropped, the demo ends its processes.
    tokio::select! {
        done = demo::run(options) => done.map_err(|error| error.to_string()),
        name = interrupted() => Err(format!("ended by {name}")),
    }
}

/// Waits for Ctrl-C or a request to end; gives the name of the signal.
async fn interrupted() -> &'static str {
    let Ok(mut end) = signal(SignalKind::terminate()) else { return pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => "SIGINT",
        _ = end.recv() => "SIGTERM",
    }
}

async fn run_query(query: Query) -> Result<bool, String> {
    if !query.database.is_file() {
        return Err(format!("there is no {}; run the demo first", query.database.display()));
    }
    let table = logferry::table::table_sql(&SqlNames::default());
    let warehouse = Warehouse::read_only(&query.database, &table).await;
    let warehouse = warehouse.map_err(|error| error.to_string())?;
    let answer = warehouse.query(&query.sql).await.map_err(|error| error.to_string())?;
    print_table(&answer);
    Ok(true)
}

/// Columns as wide as their widest cell, within reason.
fn print_table(answer: &Answer) {
    const WIDTH_MAX: usize = 60;
    let cell = |value: &Option<String>| value.clone().unwrap_or_else(|| "·".to_owned());
    let rows: Vec<Vec<String>> = std::iter::once(answer.columns.clone())
        .chain(answer.rows.iter().map(|row| row.iter().map(cell).collect()))
        .collect();
    let widths: Vec<usize> = (0..answer.columns.len())
        .map(|at| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max())
        .map(|width| width.unwrap_or(0).min(WIDTH_MAX))
        .collect();
    for row in rows {
        let line: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$.WIDTH_MAX$}"))
            .collect();
        anstream::println!("{}", line.join("  ").trim_end());
    }
}

async fn serve(options: Serve, folder: PathBuf) -> Result<bool, String> {
    let started = Stack::builder().folder(folder).postgres(options.postgres).start().await;
    let stack = started.map_err(|error| error.to_string())?;
    let made_up = s3::MadeUp { objects: options.made_up, ..s3::MadeUp::default() };
    stack.s3.make_up(MADE_UP_BUCKET, made_up);
    anstream::println!("{}", stack.whereabouts());
    interrupted().await;
    Ok(true)
}

async fn serve_data_plane(options: DataPlane) -> Result<bool, String> {
    let settings = firehose::Settings {
        name: options.stream,
        buffer_bytes: 64 * 1024 * 1024,
        buffer_interval: Duration::from_secs(options.buffer_seconds),
        bucket: options.bucket,
        prefix: options.prefix,
        gzip: !options.gzip_records
            && options
                .copy_options
                .to_ascii_uppercase()
                .split_whitespace()
                .any(|word| word == "GZIP"),
        gzip_records: options.gzip_records,
        to_s3: false,
        versioned_error_manifests: false,
        members_read: if options.all_members {
            firehose::MembersRead::All
        } else {
            firehose::MembersRead::First
        },
        table: SqlNames::default().table,
        columns: options.columns.unwrap_or_else(column_list),
        copy_options: options.copy_options,
        retry_duration: Duration::from_hours(2),
        retry_interval: Duration::from_secs(options.retry_seconds),
    };
    let ddl = ddl(&SqlNames { replace: true, ..SqlNames::default() });
    let url = &options.database_url;
    let variable =
        |name, otherwise: &str| std::env::var(name).unwrap_or_else(|_| otherwise.to_owned());
    let place = S3Place {
        endpoint: options.s3_endpoint,
        region: variable("AWS_DEFAULT_REGION", REGION),
        access_key: variable("AWS_ACCESS_KEY_ID", s3::ACCESS_KEY),
        secret_key: variable("AWS_SECRET_ACCESS_KEY", s3::SECRET_KEY),
    };
    let started = Standalone::start(options.listen, settings, &place, url, &ddl);
    let standalone = started.await.map_err(|error| error.to_string())?;
    anstream::println!("{}", standalone.whereabouts());
    tokio::signal::ctrl_c().await.map_err(|error| error.to_string())?;
    Ok(true)
}
