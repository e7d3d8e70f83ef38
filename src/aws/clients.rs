//! The SDK clients, built once and kept for the life of the process.
//!
//! All timeouts are explicit: the SDK has none for a response. What it does not do: choose values by
//! configuration; the deadline of the invocation bounds every call anyway.

use std::time::Duration;

use aws_sdk_s3::config::{
    BehaviorVersion, HttpClient, ResponseChecksumValidation, SharedHttpClient,
    StalledStreamProtectionConfig,
};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use super::environment::{AwsEnvironment, Caller};

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// The same from a person's machine, by the way of proxies and tunnels.
const TOOL_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a service may take to the first byte of a response to a person's machine.
const TOOL_FIRST_BYTE_TIMEOUT: Duration = Duration::from_mins(1);

/// After how long without a request a connection is not used again. While the function was frozen its
/// connections may have died without a word, all of them, and each would be waited for in turn.
const IDLE_TIMEOUT: Duration = Duration::from_secs(3);

/// How long S3 may take to the first byte of a response. A connection that died before its time costs
/// this much, and no more.
const S3_FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long Firehose may take to the first byte of a response, the sending of the records included.
const FIREHOSE_FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long one `PutRecordBatch` may take. AWS advises generous timeouts for large payloads: a call
/// given up too early may have been taken, and comes twice.
const FIREHOSE_CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// How long one `SendMessageBatch` may take. It runs in the last seconds of an invocation.
const SQS_CALL_TIMEOUT: Duration = Duration::from_secs(2);

/// Attempts the SDK makes at opening an object or sending a message, the first included.
pub(super) const SDK_ATTEMPTS: u32 = 3;

/// One client for each service, on one HTTP client.
#[derive(Debug, Clone)]
pub struct Clients {
    /// S3.
    pub s3: aws_sdk_s3::Client,
    /// Firehose.
    pub firehose: aws_sdk_firehose::Client,
    /// SQS.
    pub sqs: aws_sdk_sqs::Client,
    /// The Redshift Data API.
    #[cfg(feature = "operate")]
    pub redshift_data: aws_sdk_redshiftdata::Client,
}

/// An HTTP client over real connections, with rustls.
#[must_use]
pub fn https() -> SharedHttpClient {
    let builder = Builder::new().pool_idle_timeout(IDLE_TIMEOUT);
    builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

impl Clients {
    /// Clients over real connections, with rustls.
    #[must_use]
    pub fn connect(environment: &AwsEnvironment) -> Self {
        Self::over(environment, https())
    }

    /// Clients over the given HTTP client.
    #[must_use]
    pub fn over(environment: &AwsEnvironment, http: impl HttpClient + 'static) -> Self {
        let http = SharedHttpClient::new(http);
        Self {
            s3: s3(environment, http.clone()),
            firehose: firehose(environment, http.clone()),
            #[cfg(feature = "operate")]
            redshift_data: redshift_data(environment, http.clone()),
            sqs: sqs(environment, http),
        }
    }
}

fn s3(environment: &AwsEnvironment, http: SharedHttpClient) -> aws_sdk_s3::Client {
    let timeouts = match environment.caller {
        Caller::Function => TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(S3_FIRST_BYTE_TIMEOUT)
            .build(),
        Caller::Tool => patient(),
    };
    let mut config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(environment.region.clone())
        .credentials_provider(environment.credentials.clone())
        .http_client(http)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(SDK_ATTEMPTS))
        // It takes a reader that waits for Firehose for a dead connection. S3Body has a timeout of
        // its own, which only runs while somebody waits for bytes.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        // TLS guards the bytes on their way; a second checksum of each would only cost.
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        .force_path_style(environment.endpoints.s3.is_some());
    config.set_endpoint_url(environment.endpoints.s3.clone());
    aws_sdk_s3::Client::from_conf(config.build())
}

fn firehose(environment: &AwsEnvironment, http: SharedHttpClient) -> aws_sdk_firehose::Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(FIREHOSE_FIRST_BYTE_TIMEOUT)
        .operation_attempt_timeout(FIREHOSE_CALL_TIMEOUT)
        .build();
    let mut config = aws_sdk_firehose::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(environment.region.clone())
        .credentials_provider(environment.credentials.clone())
        .http_client(http)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::disabled());
    config.set_endpoint_url(environment.endpoints.firehose.clone());
    aws_sdk_firehose::Client::from_conf(config.build())
}

fn sqs(environment: &AwsEnvironment, http: SharedHttpClient) -> aws_sdk_sqs::Client {
    let timeouts = match environment.caller {
        Caller::Function => TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(SQS_CALL_TIMEOUT)
            .build(),
        Caller::Tool => patient(),
    };
    let mut config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(environment.region.clone())
        .credentials_provider(environment.credentials.clone())
        .http_client(http)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(SDK_ATTEMPTS));
    config.set_endpoint_url(environment.endpoints.sqs.clone());
    aws_sdk_sqs::Client::from_conf(config.build())
}

#[cfg(feature = "operate")]
fn redshift_data(
    environment: &AwsEnvironment,
    http: SharedHttpClient,
) -> aws_sdk_redshiftdata::Client {
    let mut config = aws_sdk_redshiftdata::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(environment.region.clone())
        .credentials_provider(environment.credentials.clone())
        .http_client(http)
        .timeout_config(patient())
        .retry_config(RetryConfig::standard().with_max_attempts(SDK_ATTEMPTS));
    config.set_endpoint_url(environment.endpoints.redshift_data.clone());
    aws_sdk_redshiftdata::Client::from_conf(config.build())
}

/// For calls that nobody pays for by the millisecond.
pub(super) fn patient() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(TOOL_CONNECT_TIMEOUT)
        .read_timeout(TOOL_FIRST_BYTE_TIMEOUT)
        .build()
}
