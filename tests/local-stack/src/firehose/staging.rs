//! The staging bucket: objects and manifests under Firehose's names, written and read with the
//! real SDK so that the S3 beneath may be anybody's.

use std::io::{Read, Write};

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use time::OffsetDateTime;
use time::macros::format_description;

use super::settings::{MembersRead, Settings};

/// A staged object.
#[derive(Clone, Debug)]
pub(super) struct Staged {
    pub(super) key: String,
    pub(super) records: u64,
}

#[derive(Debug)]
pub(super) struct Staging {
    s3: Client,
    bucket: String,
    prefix: String,
    stream: String,
    gzip: bool,
    /// What COPY reads of a compressed object.
    expanded: Option<MembersRead>,
}

impl Staging {
    pub(super) fn new(s3: Client, settings: &Settings) -> Self {
        Self {
            s3,
            bucket: settings.bucket.clone(),
            prefix: settings.prefix.clone(),
            stream: settings.name.clone(),
            gzip: settings.gzip,
            expanded: (settings.gzip || settings.gzip_records).then_some(settings.members_read),
        }
    }

    /// Writes records, one behind the other without anything between them, as one object.
    pub(super) async fn stage(&self, records: &[Bytes]) -> Result<Staged, String> {
        let extension = if self.gzip { ".gz" } else { "" };
        let key = format!("{}{}{extension}", self.prefix, self.name(""));
        let body = if self.gzip {
            compress(records).map_err(|e| e.to_string())?
        } else {
            records.concat()
        };
        self.put(&key, body).await?;
        Ok(Staged { key, records: records.len() as u64 })
    }

    /// Writes the manifest of a load, in the folder for manifests or for those given up.
    pub(super) async fn write_manifest(
        &self,
        objects: &[Staged],
        folder: &str,
    ) -> Result<String, String> {
        let key = format!("{}{}", self.prefix, self.name(folder));
        let entries: Vec<_> = objects
            .iter()
            .map(|one| json!({ "url": format!("s3://{}/{}", self.bucket, one.key), "mandatory": true }))
            .collect();
        self.put(&key, json!({ "entries": entries }).to_string().into_bytes()).await?;
        Ok(key)
    }

    /// Reads the files of a manifest as COPY does.
    pub(super) async fn read_manifest(&self, key: &str) -> Result<Vec<(String, Bytes)>, String> {
        let manifest = self.get(&self.bucket, key).await?;
        let manifest: serde_json::Value =
            serde_json::from_slice(&manifest).map_err(|error| format!("{key}: {error}"))?;
        let entries = manifest.get("entries").and_then(serde_json::Value::as_array);
        let mut files = Vec::new();
        for entry in entries.into_iter().flatten() {
            let url = entry.get("url").and_then(serde_json::Value::as_str).unwrap_or_default();
            let path = url.strip_prefix("s3://").and_then(|path| path.split_once('/'));
            let (bucket, key) = path.ok_or_else(|| format!("{url} is no S3 URL"))?;
            let body = self.get(bucket, key).await?;
            let body = match self.expanded {
                Some(members) => {
                    expand(&body, members).map_err(|error| format!("{key}: {error}"))?
                }
                None => body,
            };
            files.push((url.to_owned(), body));
        }
        Ok(files)
    }

    /// `<folder>YYYY/MM/dd/HH/<stream>-<version>-YYYY-MM-dd-HH-MM-SS-<uuid>`, in UTC.
    fn name(&self, folder: &str) -> String {
        let now = OffsetDateTime::now_utc();
        let hour =
            now.format(format_description!("[year]/[month]/[day]/[hour]")).unwrap_or_default();
        let second = format_description!("[year]-[month]-[day]-[hour]-[minute]-[second]");
        let second = now.format(second).unwrap_or_default();
        format!("{folder}{hour}/{}-1-{second}-{}", self.stream, uuid::Uuid::new_v4())
    }

    async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), String> {
        let put = self.s3.put_object().bucket(&self.bucket).key(key).body(body.into());
        put.send().await.map(drop).map_err(|error| words(&error))
    }

    async fn get(&self, bucket: &str, key: &str) -> Result<Bytes, String> {
        let failed = |why: String| format!("s3://{bucket}/{key}: {why}");
        let get = self.s3.get_object().bucket(bucket).key(key).send().await;
        let object = get.map_err(|error| failed(words(&error)))?;
        let body = object.body.collect().await.map_err(|error| failed(error.to_string()))?;
        Ok(body.into_bytes())
    }
}

/// An error in S3's name and words, or what kept it from answering.
fn words<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match error.as_service_error() {
        Some(refused) => format!(
            "{}: {}",
            refused.code().unwrap_or("an error without a name"),
            refused.message().unwrap_or_default()
        ),
        None => format!("{error}"),
    }
}

fn compress(records: &[Bytes]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for record in records {
        encoder.write_all(record)?;
    }
    encoder.finish()
}

#[expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "Firehose's own objects: no larger than its buffer"
)]
/// The stream itself writes one member, and then both are the same.
fn expand(bytes: &[u8], members: MembersRead) -> std::io::Result<Bytes> {
    let mut expanded = Vec::new();
    match members {
        MembersRead::All => flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut expanded)?,
        MembersRead::First => flate2::read::GzDecoder::new(bytes).read_to_end(&mut expanded)?,
    };
    Ok(expanded.into())
}
