//! S3 as a source: `GetObject` as a stream, from any offset, of one version.
//!
//! Never the whole object in memory: bytes are taken from the connection as the pipeline asks for
//! them. What it does not do: open again after a broken stream; the pipeline does, at its position.

use std::time::Duration;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use bytes::Bytes;
use tokio::time::timeout;

use crate::ports::{
    Cause, ObjectBody, ObjectSource, ObjectTask, Opened, Rejection, Resource, SourceError,
};

use super::errors::{Failure, NO_CODE, is_about_credentials, is_transient, said};

/// How long the next bytes of an open stream may take, counted only while somebody waits for them.
const CHUNK_TIMEOUT: Duration = Duration::from_secs(20);

const NEEDS: &str = "s3:GetObject on it, and kms:Decrypt on its key when it is encrypted with KMS \
     (without s3:ListBucket, S3 says the same of an object that does not exist)";

/// Reads objects through an S3 client.
#[derive(Debug, Clone)]
pub struct S3Source {
    client: aws_sdk_s3::Client,
}

impl S3Source {
    /// A source on that client.
    #[must_use]
    pub fn new(client: aws_sdk_s3::Client) -> Self {
        Self { client }
    }
}

impl ObjectSource for S3Source {
    type Body = S3Body;

    async fn open(
        &self,
        object: &ObjectTask,
        offset: u64,
        if_match: Option<&str>,
    ) -> Result<Opened<S3Body>, SourceError> {
        let request = self
            .client
            .get_object()
            .bucket(&object.bucket)
            .key(&object.key)
            .set_range((offset > 0).then(|| format!("bytes={offset}-")))
            .set_if_match(if_match.map(str::to_owned));
        match request.send().await {
            Ok(output) if offset > 0 && output.content_range().is_none() => {
                let reason = "the server ignored the range of the request".to_owned();
                Err(SourceError::Rejected(Rejection::other(Resource::Object, reason)))
            }
            Ok(output) => Ok(opened(output)),
            Err(error) => match classify(Failure::of(&error)) {
                // Nothing lies behind the offset: it is the end of the object.
                Classified::PastTheEnd => Ok(Opened {
                    body: S3Body { stream: None },
                    etag: if_match.map(str::to_owned),
                    length: Some(0),
                    last_modified_unix_s: None,
                }),
                Classified::Error(error) => Err(error),
            },
        }
    }
}

fn opened(output: GetObjectOutput) -> Opened<S3Body> {
    Opened {
        etag: output.e_tag().map(str::to_owned),
        length: output.content_length().and_then(|length| u64::try_from(length).ok()),
        last_modified_unix_s: output.last_modified().map(DateTime::secs),
        body: S3Body { stream: Some(output.body) },
    }
}

/// The bytes of one response.
#[derive(Debug)]
pub struct S3Body {
    stream: Option<ByteStream>,
}

impl ObjectBody for S3Body {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, SourceError> {
        let Some(stream) = &mut self.stream else { return Ok(None) };
        match timeout(CHUNK_TIMEOUT, stream.next()).await {
            Ok(Some(Ok(chunk))) => Ok(Some(chunk)),
            Ok(None) => {
                self.stream = None;
                Ok(None)
            }
            Ok(Some(Err(error))) => {
                self.stream = None;
                Err(SourceError::Interrupted(format!("the connection broke: {error}")))
            }
            Err(_) => {
                self.stream = None;
                Err(SourceError::Interrupted("the connection stalled".to_owned()))
            }
        }
    }
}

enum Classified {
    PastTheEnd,
    Error(SourceError),
}

fn classify(failure: Failure) -> Classified {
    let (status, code, message) = match failure {
        Failure::NoResponse(reason) => {
            return Classified::Error(SourceError::Interrupted(reason));
        }
        Failure::NotSent(reason) => return Classified::Error(rejected(reason, Cause::Other)),
        Failure::Response { status, code, message } => (status, code, message),
    };
    let text = said(status, &code);
    Classified::Error(match (status, code.as_str()) {
        (416, _) => return Classified::PastTheEnd,
        (412, _) => SourceError::Changed,
        (_, "NoSuchKey") => SourceError::Missing,
        (status, code) if is_transient(status, code) => {
            SourceError::Interrupted(format!("S3 responded {text}"))
        }
        (_, "NoSuchBucket") => rejected(text, Cause::NotFound),
        (_, "InvalidObjectState") => rejected(text, Cause::Archived),
        (403, "AccessDenied" | NO_CODE) => rejected(text, Cause::AccessDenied { needs: NEEDS }),
        (_, code) if is_about_credentials(code) => rejected(text, Cause::Credentials),
        _ => rejected(format!("{text}: {message}"), Cause::Other),
    })
}

fn rejected(said: String, cause: Cause) -> SourceError {
    SourceError::Rejected(Rejection { resource: Resource::Object, said, cause })
}
