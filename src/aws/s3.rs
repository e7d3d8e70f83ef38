//! S3 as a source: `GetObject` as a stream, from any offset, of one version.
//!
//! Never the whole object in memory: bytes are taken from the connection as the pipeline asks for
//! them. What it does not do: open again after a broken stream; the pipeline does, at its position.

use std::time::Duration;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use bytes::Bytes;
use tokio::time::timeout;

use crate::pipeline::{ObjectBody, ObjectSource, ObjectTask, Opened, SourceError};

use super::errors::{Answer, NO_CODE, is_transient};

/// How long the next bytes of an open stream may take, counted only while somebody waits for them.
const CHUNK_TIMEOUT: Duration = Duration::from_secs(20);

const ACCESS_DENIED: &str = "access denied: the function's role needs s3:GetObject on the object, \
     and kms:Decrypt on its key when it is encrypted with KMS (without s3:ListBucket, S3 answers \
     the same for an object that does not exist)";

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
                Err(SourceError::Refused(reason))
            }
            Ok(output) => Ok(opened(output)),
            Err(error) => match classify(&Answer::of(&error)) {
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

/// The bytes of one answer.
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

fn classify(answer: &Answer) -> Classified {
    let error = match answer {
        Answer::None(reason) => SourceError::Interrupted(reason.clone()),
        Answer::NotSent(reason) => SourceError::Refused(reason.clone()),
        Answer::Said { status: 416, .. } => return Classified::PastTheEnd,
        Answer::Said { status: 412, .. } => SourceError::Changed,
        Answer::Said { code, .. } if code == "NoSuchKey" => SourceError::Missing,
        Answer::Said { status, code, .. } if is_transient(*status, code) => {
            SourceError::Interrupted(format!("S3 answered {code} ({status})"))
        }
        Answer::Said { code, .. } if code == "InvalidObjectState" => SourceError::Refused(
            "the object is archived: restore it, then send its message again".to_owned(),
        ),
        Answer::Said { status: 403, code, .. } if code == "AccessDenied" || code == NO_CODE => {
            SourceError::Refused(ACCESS_DENIED.to_owned())
        }
        Answer::Said { status, code, message } => {
            SourceError::Refused(format!("S3 answered {code} ({status}): {message}"))
        }
    };
    Classified::Error(error)
}
