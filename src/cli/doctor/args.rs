//! The arguments of `logferry doctor`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::cli::cost_args::count;
use crate::cli::form::Form;
use crate::cli::s3_place::S3Place;
use crate::cli::stack_args::StackArgs;
use crate::cli::warehouse_args::WarehouseArgs;

/// Examine a deployment: what is not as it should be, and what to do about it
///
/// Looks up queue, function, buckets, roles, stream, metrics and table, and holds them against the stack
/// file and this version. It reads only. Each check has a stable id; docs/operate.md says what each
/// means. Ends with 0 where all is well, with 1 where something is not, with 3 where something could
/// not be looked at. The questions to the table wake a Serverless warehouse for a minute.
///
/// With --probe or --probe-gzip it tries instead, and writes; what it wrote it removes.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  logferry doctor --stack logferry.json
  logferry doctor --stack logferry.json --skip permission --no-table
  logferry doctor --stack logferry.json --format json |
    jq -r 'select(.verdict == \"fail\").id'
  logferry doctor --stack logferry.json --probe
  logferry doctor --stack logferry.json --probe-gzip")]
pub(in crate::cli) struct DoctorArgs {
    /// Put a made-up log object of one line into a log bucket and wait for its row; says where it
    /// stopped if none comes. The row stays, with what removes it
    #[arg(long)]
    pub(super) probe: bool,

    /// Load a gzip file of two members into a table that is gone at once: whether
    /// the setting `record_compression` may be gzip with this warehouse
    #[arg(long, conflicts_with = "probe")]
    pub(super) probe_gzip: bool,

    /// Where the made-up object goes: `s3://BUCKET/PREFIX` [default: the first of the stack file]
    #[arg(long, value_name = "S3-URL", requires = "probe")]
    pub(super) probe_place: Option<S3Place>,

    /// How long its row is waited for [default: what the stream may hold back, and 5 minutes]
    #[arg(long, value_name = "SECONDS", requires = "probe")]
    pub(super) timeout: Option<u64>,

    /// Leave out the checks whose id begins like this; may be given more than once
    #[arg(long, value_name = "ID")]
    pub(super) skip: Vec<String>,

    /// Ask nothing of the warehouse
    #[arg(long, conflicts_with_all = ["probe", "probe_gzip"])]
    pub(super) no_table: bool,

    /// Warn where the newest request of a bucket is older
    #[arg(long, value_name = "HOURS", default_value_t = 6)]
    pub(super) freshness_warn: u64,

    /// Fail where it is older
    #[arg(long, value_name = "HOURS", default_value_t = 24)]
    pub(super) freshness_fail: u64,

    /// Capacity of the Serverless workgroup, in processing units, where it does not say itself
    #[arg(long, value_name = "RPU", default_value = "8", value_parser = count)]
    pub(super) rpu: f64,

    /// Prices of your own, as for `logferry cost`
    #[arg(long, value_name = "FILE")]
    pub(super) prices: Option<PathBuf>,

    /// Role that Redshift reads the staging bucket with [default: the stack file's]
    #[arg(long, value_name = "ARN", requires = "probe_gzip")]
    pub(super) copy_role: Option<String>,

    /// Who reads what is printed
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub(super) format: Form,

    #[command(flatten)]
    pub(super) warehouse: WarehouseArgs,

    #[command(flatten)]
    pub(super) stack: StackArgs,
}
