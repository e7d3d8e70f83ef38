//! `logferry doctor`: read-only checks, or a trial.

pub(super) mod args;
mod report;
mod trial;

use jiff::Timestamp;

use super::connect::{Connection, connect, runtime};
use super::cost::prices;
use super::error::{Error, Exit};
use super::warehouse_args::names;
use crate::operate::Stack;
use crate::operate::doctor::{ExamineSettings, Freshness, examine};
use args::DoctorArgs;
use report::told;

const HOUR_S: u64 = 3600;

pub(super) fn run(args: &DoctorArgs) -> Result<Exit, Error> {
    let mut stack = args.stack.read()?;
    args.warehouse.over(&mut stack);
    if args.copy_role.is_some() {
        stack.redshift.copy_role_arn.clone_from(&args.copy_role);
    }
    runtime()?.block_on(async {
        let clients = connect(&args.stack, &stack).await?;
        if args.probe {
            return trial::probe(args, &stack, &clients).await;
        }
        if args.probe_gzip {
            return trial::gzip(args, &stack, &clients).await;
        }
        checks(args, &stack, &clients).await
    })
}

async fn checks(args: &DoctorArgs, stack: &Stack, clients: &Connection) -> Result<Exit, Error> {
    let settings = ExamineSettings {
        names: names(&stack.redshift),
        freshness: Freshness {
            warn_s: args.freshness_warn * HOUR_S,
            fail_s: args.freshness_fail * HOUR_S,
        },
        rpu: args.rpu,
        prices: prices(args.prices.as_deref())?,
        skip: args.skip.clone(),
        now_unix_s: Timestamp::now().as_second(),
    };
    let redshift = &stack.redshift;
    let is_named = redshift.workgroup.is_some() || redshift.cluster_identifier.is_some();
    let warehouse =
        if is_named && !args.no_table { Some(clients.warehouse(redshift)?) } else { None };
    let ports = (clients.deployment(), &clients.listing(), &clients.source());
    let found = examine(ports, warehouse.as_ref(), stack, &settings).await;
    told(args.format, &found)
}
