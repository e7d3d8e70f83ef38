//! The clients of every verb that talks to AWS: the only place of the tool that knows the SDK.
//!
//! Credentials come from where the AWS command line has them too: variables, profiles, SSO, a
//! credential process, the role of a machine or container.

use aws_config::{BehaviorVersion, Region};
use tokio::runtime::{Builder, Runtime};

use super::error::Error;
use super::stack_args::StackArgs;
use crate::aws::{AwsEnvironment, Caller, Clients, Endpoints, https};
use crate::operate::Stack;

/// The runtime that a verb waits in. One thread: the tool waits for services, and what computes has
/// threads of its own.
pub(super) fn runtime() -> Result<Runtime, Error> {
    Builder::new_current_thread().enable_all().build().map_err(Error::Runtime)
}

/// Clients for a deployment.
pub(super) async fn connect(args: &StackArgs, stack: &Stack) -> Result<Clients, Error> {
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
    Ok(Clients::over(&AwsEnvironment { region, credentials, endpoints, caller }, http))
}
