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

    async fn get(
        &self,
        object: &ObjectTask,
        version: Option<&str>,
        offset: u64,
        if_match: Option<&str>,
    ) -> Result<GetObjectOutput, Failure> {
        let request = self
            .client
            .get_object()
            .bucket(&object.bucket)
            .key(&object.key)
            .set_version_id(version.map(str::to_owned))
            .set_range((offset > 0).then(|| format!("bytes={offset}-")))
            .set_if_match(if_match.map(str::to_owned));
        request.send().await.map_err(|error| Failure::of(&error))
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
        let failure = match self.get(object, None, offset, if_match).await {
            Ok(output) => return opened(output, offset),
            Err(failure) => failure,
        };
        // A delete marker hides the object; the version that the event told of is still there.
        let failure = match (&failure, &object.version) {
            (Failure::Response { hints, .. }, Some(version)) if hints.delete_marker => {
                match self.get(object, Some(version), offset, if_match).await {
                    Ok(output) => return opened(output, offset),
                    // Reading it may not be permitted, and then the object is gone for this function.
                    Err(Failure::Response { status: 403, .. }) => failure,
                    Err(of_version) => of_version,
                }
            }
            _ => failure,
        };
        match (classify(failure, object), if_match) {
            // Nothing lies behind the offset of this very version: it is the end of the object.
            (Classified::PastTheEnd(size), Some(etag))
                if size.is_none_or(|size| size == offset) =>
            {
                Ok(Opened {
                    body: S3Body { stream: None },
                    etag: Some(etag.to_owned()),
                    length: Some(0),
                    last_modified_unix_s: None,
                })
            }
            (Classified::PastTheEnd(_), _) => Err(SourceError::Changed),
            (Classified::Error(error), _) => Err(error),
        }
    }
}

/// What was opened, unless the response contradicts the request or itself.
fn opened(output: GetObjectOutput, offset: u64) -> Result<Opened<S3Body>, SourceError> {
    let length = output.content_length().and_then(|length| u64::try_from(length).ok());
    let ranged = match output.content_range() {
        None if offset > 0 => {
            let reason = "the server ignored the range of the request".to_owned();
            return Err(SourceError::Rejected(Rejection::other(Resource::Object, reason)));
        }
        None => None,
        Some(range) => Some(length_of_range(range, offset).ok_or_else(|| {
            SourceError::Interrupted(format!("asked from {offset} on, S3 responded with {range}"))
        })?),
    };
    let length = match (length, ranged) {
        (Some(length), Some(ranged)) if length != ranged => {
            let reason = format!("the response announces {length} bytes of a range of {ranged}");
            return Err(SourceError::Interrupted(reason));
        }
        (None, None) => {
            // Without it an end that came early would pass for the end of the object.
            let reason = "the response does not say how long it is".to_owned();
            return Err(SourceError::Interrupted(reason));
        }
        (length, ranged) => length.or(ranged),
    };
    Ok(Opened {
        etag: output.e_tag().map(str::to_owned),
        length,
        last_modified_unix_s: output.last_modified().map(DateTime::secs),
        body: S3Body { stream: Some(output.body) },
    })
}

/// The length of `bytes FROM-TO/SIZE`, if it is what is left from `offset` on.
fn length_of_range(range: &str, offset: u64) -> Option<u64> {
    let (range, size) = range.strip_prefix("bytes ")?.split_once('/')?;
    let (from, to) = range.split_once('-')?;
    let (from, to): (u64, u64) = (from.parse().ok()?, to.parse().ok()?);
    let is_the_rest = size.parse() == Ok(to.checked_add(1)?);
    (from == offset && is_the_rest).then(|| (to + 1).saturating_sub(from))
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
    /// Nothing lies behind the offset of an object of that size, where the response tells it.
    PastTheEnd(Option<u64>),
    Error(SourceError),
}

fn classify(failure: Failure, object: &ObjectTask) -> Classified {
    let (status, code, message, hints) = match failure {
        Failure::NoResponse(reason) => {
            return Classified::Error(SourceError::Interrupted(reason));
        }
        Failure::NotSent(reason) => return Classified::Error(rejected(reason, Cause::Other)),
        Failure::Response { status, code, message, hints } => (status, code, message, hints),
    };
    let text = said(status, &code);
    Classified::Error(match (status, code.as_str()) {
        (416, _) => return Classified::PastTheEnd(hints.object_bytes),
        (412, _) => SourceError::Changed,
        (_, "NoSuchKey") => SourceError::Missing,
        (status, code) if is_transient(status, code) => {
            SourceError::Interrupted(format!("S3 responded {text}"))
        }
        (301, _) | (_, "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException") => {
            // What S3 says of its own bucket counts; the event knows where it came from.
            let region = hints.bucket_region.as_ref().or(object.region.as_ref());
            let region = region.map(|region| format!(", it is in {region}")).unwrap_or_default();
            rejected(format!("{text}{region}"), Cause::OtherRegion)
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
