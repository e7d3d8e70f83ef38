//! Region, credentials and endpoints from the variables Lambda and the SDKs define.
//!
//! Lambda puts region and credentials into the environment of every function, so the SDK's loader,
//! which also links the clients of SSO and STS, is not needed for it. The endpoint variables are the
//! SDKs' standard ones. What it does not do: profiles, containers and instance metadata; the tool
//! has the SDK's loader for those and fills in the rest itself.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::config::Region;

/// What the clients need to know.
#[derive(Debug, Clone)]
pub struct AwsEnvironment {
    /// `AWS_REGION`, else `AWS_DEFAULT_REGION`.
    pub region: Region,
    /// Of a function `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`.
    pub credentials: SharedCredentialsProvider,
    /// Where the services are, unless they are at AWS.
    pub endpoints: Endpoints,
    /// Who waits for the calls.
    pub caller: Caller,
}

/// Who makes the calls, which decides how long they may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// A function beside its services, with a deadline.
    Function,
    /// A person's machine, on any line.
    Tool,
}

/// Endpoints other than AWS's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// `AWS_ENDPOINT_URL_S3`, else `AWS_ENDPOINT_URL`. Buckets are then addressed by path.
    pub s3: Option<String>,
    /// `AWS_ENDPOINT_URL_FIREHOSE`, else `AWS_ENDPOINT_URL`.
    pub firehose: Option<String>,
    /// `AWS_ENDPOINT_URL_SQS`, else `AWS_ENDPOINT_URL`.
    pub sqs: Option<String>,
    /// `AWS_ENDPOINT_URL_REDSHIFT_DATA`, else `AWS_ENDPOINT_URL`.
    pub redshift_data: Option<String>,
    /// `AWS_ENDPOINT_URL_LAMBDA`, else `AWS_ENDPOINT_URL`.
    pub lambda: Option<String>,
    /// `AWS_ENDPOINT_URL_CLOUDWATCH`, else `AWS_ENDPOINT_URL`.
    pub cloudwatch: Option<String>,
    /// `AWS_ENDPOINT_URL_IAM`, else `AWS_ENDPOINT_URL`.
    pub iam: Option<String>,
    /// `AWS_ENDPOINT_URL_STS`, else `AWS_ENDPOINT_URL`.
    pub sts: Option<String>,
}

impl Endpoints {
    /// Reads the variables through `lookup`, which gives `None` for one that is not set.
    ///
    /// # Errors
    /// One sentence for each that is no URL.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<String>> {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let ignored = set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let mut mistakes = Vec::new();
        let mut endpoint = |service: &str| {
            let name = format!("AWS_ENDPOINT_URL_{service}");
            let url = set(&name).or_else(|| set("AWS_ENDPOINT_URL")).filter(|_| !ignored)?;
            if !url.starts_with("http://") && !url.starts_with("https://") {
                mistakes.push(format!("{name} or AWS_ENDPOINT_URL is no http(s) URL"));
            }
            Some(url)
        };
        let endpoints = Self {
            s3: endpoint("S3"),
            firehose: endpoint("FIREHOSE"),
            sqs: endpoint("SQS"),
            redshift_data: endpoint("REDSHIFT_DATA"),
            lambda: endpoint("LAMBDA"),
            cloudwatch: endpoint("CLOUDWATCH"),
            iam: endpoint("IAM"),
            sts: endpoint("STS"),
        };
        if mistakes.is_empty() { Ok(endpoints) } else { Err(mistakes) }
    }
}

impl AwsEnvironment {
    /// Reads the environment through `lookup`, which gives `None` for a variable that is not set.
    ///
    /// # Errors
    /// One sentence for each variable that is missing or cannot be used.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<String>> {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let mut mistakes = Vec::new();
        let region = set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION"));
        if region.is_none() {
            mistakes.push("AWS_REGION is not set; Lambda sets it, elsewhere set it".to_owned());
        }
        let mut required = |name: &str| {
            let value = set(name);
            if value.is_none() {
                mistakes.push(format!("{name} is not set; Lambda sets it, elsewhere set it"));
            }
            value
        };
        let (key_id, secret) = (required("AWS_ACCESS_KEY_ID"), required("AWS_SECRET_ACCESS_KEY"));
        let endpoints = Endpoints::read(&lookup).unwrap_or_else(|of_endpoints| {
            mistakes.extend(of_endpoints);
            Endpoints::default()
        });
        let (Some(region), Some(key_id), Some(secret), true) =
            (region, key_id, secret, mistakes.is_empty())
        else {
            return Err(mistakes);
        };
        let token = set("AWS_SESSION_TOKEN");
        let credentials = Credentials::new(key_id, secret, token, None, "environment");
        let credentials = SharedCredentialsProvider::new(credentials);
        let region = Region::new(region);
        Ok(Self { region, credentials, endpoints, caller: Caller::Function })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<AwsEnvironment, Vec<String>> {
        let credentials = [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "x")];
        let all: Vec<(&str, &str)> = credentials.iter().chain(variables).copied().collect();
        AwsEnvironment::read(|name| {
            all.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_service_endpoint_goes_before_the_common_one() {
        let environment = read(&[
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_FIREHOSE", "http://127.0.0.1:2"),
        ])
        .unwrap();
        let common = Some("http://127.0.0.1:1".to_owned());
        assert_eq!(environment.endpoints.s3, common);
        assert_eq!(environment.endpoints.sqs, common);
        assert_eq!(environment.endpoints.firehose.as_deref(), Some("http://127.0.0.1:2"));
    }

    #[test]
    fn endpoints_can_be_ignored_as_the_sdks_ignore_them() {
        let environment = read(&[
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True"),
        ])
        .unwrap();
        assert_eq!(environment.endpoints, Endpoints::default());
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let mistakes = AwsEnvironment::read(|name| {
            (name == "AWS_ENDPOINT_URL_S3").then(|| "localhost:9000".to_owned())
        })
        .unwrap_err();
        assert_eq!(mistakes.len(), 4, "{mistakes:?}");
    }
}
