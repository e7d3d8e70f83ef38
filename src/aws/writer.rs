//! S3 as a place to write to: `PutObject`, and `DeleteObject` to take a trial back.

use bytes::Bytes;

use crate::ports::{Cause, ObjectRemover, ObjectWriter, Rejection, Resource, WriteError};

use super::errors::{Failure, is_about_credentials, is_transient, said};

const REMOVE: &str = "s3:DeleteObject in it";
const NEEDS: &str = "s3:PutObject in it, and kms:GenerateDataKey on its key when it has one";

/// Writes through an S3 client.
#[derive(Debug, Clone)]
pub struct S3Writer {
    client: aws_sdk_s3::Client,
}

impl S3Writer {
    /// A writer on that client.
    #[must_use]
    pub fn new(client: aws_sdk_s3::Client) -> Self {
        Self { client }
    }
}

impl ObjectWriter for S3Writer {
    async fn write(&self, bucket: &str, key: &str, body: Bytes) -> Result<(), WriteError> {
        let call = self.client.put_object().bucket(bucket).key(key).body(body.into());
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(classify(Failure::of(&error), bucket, NEEDS)),
        }
    }
}

impl ObjectRemover for S3Writer {
    async fn remove(&self, bucket: &str, key: &str) -> Result<(), WriteError> {
        match self.client.delete_object().bucket(bucket).key(key).send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(classify(Failure::of(&error), bucket, REMOVE)),
        }
    }
}

fn classify(failure: Failure, bucket: &str, needs: &'static str) -> WriteError {
    let (said, cause) = match failure {
        Failure::NoResponse(reason) => return WriteError::Unavailable(reason),
        Failure::NotSent(reason) => (reason, Cause::Other),
        Failure::Response { status, code, .. } if is_transient(status, &code) => {
            return WriteError::Unavailable(format!("S3 responded {}", said(status, &code)));
        }
        Failure::Response { status, code, message, .. } => {
            let text = said(status, &code);
            match code.as_str() {
                "AccessDenied" => (text, Cause::AccessDenied { needs }),
                "NoSuchBucket" => (text, Cause::NotFound),
                "PermanentRedirect" => (text, Cause::OtherRegion),
                code if is_about_credentials(code) => (text, Cause::Credentials),
                _ => (format!("{text}: {message}"), Cause::Other),
            }
        }
    };
    let resource = Resource::Bucket(bucket.to_owned());
    WriteError::Rejected(Rejection { resource, said, cause })
}
