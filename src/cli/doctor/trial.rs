//! The trials of `logferry doctor`, which write.

use std::io::{IsTerminal as _, stderr};
use std::time::Duration;

use jiff::Timestamp;

use super::args::DoctorArgs;
use super::report::told;
use crate::cli::connect::{Connection, stop_on_signal};
use crate::cli::error::{Error, Exit};
use crate::cli::warehouse_args::names;
use crate::operate::doctor::{
    GzipTrial, Probe, ProbePorts, Probed, duration, load_two_members, send_probe,
};
use crate::operate::{Stack, StackError};
use crate::ports::Deployment as _;

/// How long Firehose holds rows back where the stack file does not say, and what the rest takes, in
/// seconds.
const BUFFERING_S: u64 = 900;
const REST_S: u64 = 300;

/// Looks into the table: so many in the time there is, none sooner or later than this behind another.
const LOOKS: u32 = 60;
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// The function's variable that says how records are written.
const RECORDS: &str = "LOGFERRY_RECORD_COMPRESSION";

/// One made-up object from end to end.
pub(super) async fn probe(
    args: &DoctorArgs,
    stack: &Stack,
    clients: &Connection,
) -> Result<Exit, Error> {
    let (bucket, prefix) = place(args, stack)?;
    let buffering = stack.stream.buffering_interval.unwrap_or(BUFFERING_S);
    let timeout = Duration::from_secs(args.timeout.unwrap_or(buffering + REST_S));
    let probe = Probe {
        bucket,
        prefix,
        names: names(&stack.redshift),
        timeout,
        pause: (timeout / LOOKS).clamp(PAUSE_MIN, PAUSE_MAX),
        now_unix_s: Timestamp::now().as_second(),
    };
    let warehouse = clients.warehouse(&stack.redshift)?;
    let ports = ProbePorts {
        objects: &clients.writer(),
        listing: &clients.listing(),
        source: &clients.source(),
        deployment: clients.deployment(),
        warehouse: &warehouse,
    };
    let shows = stderr().is_terminal();
    let waits = |waited: Duration, left: Duration| {
        if shows {
            let (waited, left) = (duration(waited.as_secs()), duration(left.as_secs()));
            eprint!("\rprobe  waited {waited}, {left} left      ");
        }
    };
    let probed = send_probe(&ports, stack, &probe, stop_on_signal(), waits).await;
    if shows {
        eprintln!();
    }
    match probed? {
        Probed::Checks(checks) => told(args.format, &checks),
        Probed::Interrupted => {
            eprintln!("Stopped. The made-up object was removed; its row may still come.");
            Ok(Exit::Stopped)
        }
    }
}

fn place(args: &DoctorArgs, stack: &Stack) -> Result<(String, String), Error> {
    if let Some(place) = &args.probe_place {
        return Ok((place.bucket.clone(), place.prefix.clone()));
    }
    let first = stack.log_buckets.first().ok_or(StackError::Missing {
        field: "log_buckets",
        flag: "--probe-place s3://BUCKET/PREFIX",
    })?;
    let prefix = first.prefixes.first().cloned().unwrap_or_default();
    Ok((first.bucket.clone(), prefix))
}

/// A gzip file of two members.
pub(super) async fn gzip(
    args: &DoctorArgs,
    stack: &Stack,
    clients: &Connection,
) -> Result<Exit, Error> {
    let bucket = Stack::need(&stack.staging.bucket, "staging.bucket", "a stack file")?;
    let role = Stack::need(&stack.redshift.copy_role_arn, "redshift.copy_role_arn", "--copy-role")?;
    let deployed = match stack.function.name.as_deref() {
        Some(name) => clients.deployment().function(name).await.ok(),
        None => None,
    };
    let variable = deployed.and_then(|facts| facts.variables.get(RECORDS).cloned());
    let trial = GzipTrial {
        names: names(&stack.redshift),
        bucket: bucket.to_owned(),
        iam_role: role.to_owned(),
        is_deployed: variable.as_deref() == Some("gzip"),
        now_unix_s: Timestamp::now().as_second(),
    };
    let warehouse = clients.warehouse(&stack.redshift)?;
    let checks = load_two_members(&clients.writer(), &warehouse, &trial).await?;
    told(args.format, &checks)
}
