//! The files of a COPY in S3: a manifest's, or those whose keys begin with a prefix.
//!
//! Read with the real SDK, so that the S3 may be anybody's.

use std::io::Read;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::GetObjectError;
use bytes::Bytes;

/// What COPY reads of a gzip file of many members: AWS does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MembersRead {
    /// All of them, as `gunzip` does.
    All,
    /// The first, as many decoders do; the rest is ignored without a word. The default, so that
    /// nothing here works by luck.
    #[default]
    First,
}

/// A file to load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// Its `s3://` URL.
    pub(crate) url: String,
    /// Whether the load fails where it is not there.
    is_mandatory: bool,
}

/// Where COPY reads.
#[derive(Clone, Debug)]
pub struct Source {
    s3: Client,
    members: MembersRead,
}

impl Source {
    /// Reads an S3 through a client.
    #[must_use]
    pub fn new(s3: Client, members: MembersRead) -> Self {
        Self { s3, members }
    }

    /// The files of a manifest.
    pub(crate) async fn manifest(&self, url: &str) -> Result<Vec<File>, String> {
        let read = self.get(url).await.map_err(GetError::into_words)?;
        let wrong = |why: &str| format!("Problem reading manifest file - {url}: {why}");
        let manifest: serde_json::Value =
            serde_json::from_slice(&read).map_err(|error| wrong(&error.to_string()))?;
        let entries = manifest.get("entries").and_then(serde_json::Value::as_array);
        let entries = entries.ok_or_else(|| wrong("it has no entries"))?;
        let files = entries.iter().map(|entry| {
            let url = entry.get("url").and_then(serde_json::Value::as_str).unwrap_or_default();
            split_url(url).ok_or_else(|| wrong(&format!("{url} is no S3 URL")))?;
            let mandatory = entry.get("mandatory").and_then(serde_json::Value::as_bool);
            Ok(File { url: url.to_owned(), is_mandatory: mandatory.unwrap_or(false) })
        });
        files.collect()
    }

    /// The files whose URLs begin with a text, in the order of their keys.
    pub(crate) async fn prefix(&self, url: &str) -> Result<Vec<File>, String> {
        let (bucket, prefix) = split_url(url).ok_or_else(|| format!("{url} is no S3 URL"))?;
        let list = self.s3.list_objects_v2().bucket(bucket).prefix(prefix);
        let mut pages = list.into_paginator().send();
        let mut files = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| format!("S3ServiceException:{}", words(&error)))?;
            for object in page.contents() {
                let url = format!("s3://{bucket}/{}", object.key().unwrap_or_default());
                files.push(File { url, is_mandatory: true });
            }
        }
        if files.is_empty() {
            return Err(format!("The specified S3 prefix '{prefix}' does not exist"));
        }
        Ok(files)
    }

    /// A file's rows; nothing where it is not there and need not be.
    pub(crate) async fn read(&self, file: &File, gzip: bool) -> Result<Option<Bytes>, String> {
        let body = match self.get(&file.url).await {
            Ok(body) => body,
            Err(GetError::NoSuchKey(_)) if !file.is_mandatory => return Ok(None),
            Err(error) => return Err(error.into_words()),
        };
        if !gzip {
            return Ok(Some(body));
        }
        let expanded = expand(&body, self.members);
        expanded.map(Some).map_err(|error| format!("{}: {error}", file.url))
    }

    async fn get(&self, url: &str) -> Result<Bytes, GetError> {
        let (bucket, key) =
            split_url(url).ok_or_else(|| GetError::Other(format!("{url} is no S3 URL")))?;
        let got = self.s3.get_object().bucket(bucket).key(key).send().await;
        let object = got.map_err(|error| {
            let what = format!("S3ServiceException:{}: {url}", words(&error));
            let missing = error.as_service_error().is_some_and(GetObjectError::is_no_such_key);
            if missing { GetError::NoSuchKey(what) } else { GetError::Other(what) }
        })?;
        let body = object.body.collect().await;
        let body = body.map_err(|error| GetError::Other(format!("{url}: {error}")))?;
        Ok(body.into_bytes())
    }
}

/// Why a file could not be read.
enum GetError {
    NoSuchKey(String),
    Other(String),
}

impl GetError {
    fn into_words(self) -> String {
        match self {
            Self::NoSuchKey(what) | Self::Other(what) => what,
        }
    }
}

fn split_url(url: &str) -> Option<(&str, &str)> {
    url.strip_prefix("s3://").and_then(|path| path.split_once('/'))
}

/// An error in S3's name and words, or what kept it from answering.
pub(crate) fn words<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match error.as_service_error() {
        Some(refused) => format!(
            "{}: {}",
            refused.code().unwrap_or("an error without a name"),
            refused.message().unwrap_or_default()
        ),
        None => format!("{error}"),
    }
}

#[expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the stack's own objects: no larger than a buffer of Firehose or a staging file"
)]
fn expand(bytes: &[u8], members: MembersRead) -> std::io::Result<Bytes> {
    let mut expanded = Vec::new();
    match members {
        MembersRead::All => flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut expanded)?,
        MembersRead::First => flate2::read::GzDecoder::new(bytes).read_to_end(&mut expanded)?,
    };
    Ok(expanded.into())
}
