//! The clients of every verb that talks to AWS: the only place of the tool that knows the SDK.
//!
//! Credentials come from where the AWS command line has them too: variables, profiles, SSO, a
//! credential process, the role of a machine or container.

use std::sync::Arc;

use aws_config::{BehaviorVersion, Region};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use super::error::Error;
use super::stack_args::StackArgs;
use crate::aws::{
    AwsEnvironment, Caller, Clients, Endpoints, LookupClients, RedshiftData, RedshiftPlace,
    S3Listing, S3Source, S3Writer, SqsQueue, https,
};
use crate::operate::backfill::copy::Ports;
use crate::operate::{Redshift, Stack, StackError};

/// The runtime that a verb waits in. One thread: the tool waits for services, and what computes has
/// threads of its own.
pub(super) fn runtime() -> Result<Runtime, Error> {
    Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)
}

/// The same for a verb that makes rows of what it reads: as many threads as there are processors.
pub(super) fn runtime_of_many() -> Result<Runtime, Error> {
    Builder::new_multi_thread().enable_all().build().map_err(Error::Runtime)
}

/// Becomes true on Ctrl-C or a request to end, for the work to stop where it can go on later. A second
/// one ends the process at once.
pub(super) fn stop_on_signal() -> watch::Receiver<bool> {
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        signal().await;
        stop.send_replace(true);
        signal().await;
        std::process::exit(130);
    });
    stopped
}

/// Waits for work that is in the middle of something when it is to stop, and says so.
pub(super) async fn while_it_ends<T>(
    work: impl Future<Output = T>,
    mut stop: watch::Receiver<bool>,
) -> T {
    let told = async {
        if stop.wait_for(|stop| *stop).await.is_ok() {
            eprintln!("Stopping when what is under way has ended; Ctrl-C again ends at once.");
        }
        std::future::pending().await
    };
    tokio::select! {
        done = work => done,
        never = told => never,
    }
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};

    let Ok(mut end) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = end.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}

/// What a backfill copies with.
pub(super) type CopyPorts = Ports<S3Source, S3Writer, S3Listing, RedshiftData>;

/// What a verb may ask for, each behind its port.
pub(super) struct Connection(Clients, LookupClients);

impl Connection {
    /// Lists objects.
    pub(super) fn listing(&self) -> S3Listing {
        S3Listing::new(self.0.s3.clone())
    }

    /// Reads objects.
    pub(super) fn source(&self) -> S3Source {
        S3Source::new(self.0.s3.clone())
    }

    /// Writes objects.
    pub(super) fn writer(&self) -> S3Writer {
        S3Writer::new(self.0.s3.clone())
    }

    /// The warehouse of a deployment.
    pub(super) fn warehouse(&self, redshift: &Redshift) -> Result<RedshiftData, Error> {
        if redshift.workgroup.is_none() && redshift.cluster_identifier.is_none() {
            let (field, flag) = ("redshift.workgroup", "--workgroup or --cluster");
            return Err(StackError::Missing { field, flag }.into());
        }
        let database = Stack::need(&redshift.database, "redshift.database", "--database")?;
        let place = RedshiftPlace {
            workgroup: redshift.workgroup.clone(),
            cluster: redshift.cluster_identifier.clone(),
            database: database.to_owned(),
            secret_arn: redshift.secret_arn.clone(),
            db_user: redshift.db_user.clone(),
        };
        Ok(RedshiftData::new(self.0.redshift_data.clone(), place))
    }

    /// What a backfill copies with, loading into that warehouse.
    pub(super) fn copy_ports(&self, redshift: &Redshift) -> Result<CopyPorts, Error> {
        Ok(Ports {
            source: Arc::new(self.source()),
            writer: Arc::new(self.writer()),
            listing: self.listing(),
            warehouse: self.warehouse(redshift)?,
        })
    }

    /// Looks up what is deployed.
    pub(super) fn deployment(&self) -> &LookupClients {
        &self.1
    }

    /// The queue at that URL.
    pub(super) fn queue(&self, url: &str) -> SqsQueue {
        SqsQueue::new(self.0.sqs.clone(), url.to_owned())
    }
}

/// Connects to a deployment.
pub(super) async fn connect(args: &StackArgs, stack: &Stack) -> Result<Connection, Error> {
    let endpoints = Endpoints::read(|name| std::env::var(name).ok());
    let endpoints = endpoints.map_err(|mistakes| Error::Endpoints(mistakes.join("; ")))?;
    let http = https();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(http.clone());
    if let Some(region) = &stack.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &args.profile {
        loader = loader.profile_name(profile);
    }
    let config = loader.load().await;
    let region = config.region().cloned().ok_or(Error::NoRegion)?;
    let credentials = config.credentials_provider().ok_or(Error::NoCredentials)?;
    let caller = Caller::Tool;
    let environment = AwsEnvironment { region, credentials, endpoints, caller };
    let clients = Clients::over(&environment, http.clone());
    let lookups = LookupClients::beside(clients.clone(), &environment, http);
    Ok(Connection(clients, lookups))
}
