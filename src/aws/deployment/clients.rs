//! The clients that only lookups need, beside those of the function.

use aws_sdk_s3::config::{BehaviorVersion, HttpClient, SharedHttpClient};
use aws_smithy_types::retry::RetryConfig;

use crate::aws::clients::{Clients, SDK_ATTEMPTS, patient};
use crate::aws::environment::AwsEnvironment;

/// One client for each service that a deployment is looked up at.
#[derive(Debug, Clone)]
pub struct LookupClients {
    pub(super) common: Clients,
    pub(super) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(super) iam: aws_sdk_iam::Client,
    pub(super) lambda: aws_sdk_lambda::Client,
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) region: String,
}

/// The configuration of a service's client, of the type that its crate has for it.
macro_rules! client {
    ($sdk:ident, $environment:expr, $http:expr, $endpoint:expr) => {{
        let mut config = $sdk::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region($environment.region.clone())
            .credentials_provider($environment.credentials.clone())
            .http_client($http.clone())
            .timeout_config(patient())
            .retry_config(RetryConfig::standard().with_max_attempts(SDK_ATTEMPTS));
        config.set_endpoint_url($endpoint.clone());
        $sdk::Client::from_conf(config.build())
    }};
}

impl LookupClients {
    /// Clients beside those that there are, over the same HTTP client.
    #[must_use]
    pub fn beside(
        common: Clients,
        environment: &AwsEnvironment,
        http: impl HttpClient + 'static,
    ) -> Self {
        let http = SharedHttpClient::new(http);
        let endpoints = &environment.endpoints;
        Self {
            common,
            cloudwatch: client!(aws_sdk_cloudwatch, environment, http, endpoints.cloudwatch),
            iam: client!(aws_sdk_iam, environment, http, endpoints.iam),
            lambda: client!(aws_sdk_lambda, environment, http, endpoints.lambda),
            sts: client!(aws_sdk_sts, environment, http, endpoints.sts),
            region: environment.region.to_string(),
        }
    }
}
