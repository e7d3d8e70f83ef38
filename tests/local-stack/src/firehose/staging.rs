//! The staging bucket: objects and manifests under Firehose's names, written and read with the
//! real SDK so that the S3 beneath may be anybody's.

use std::io::Write;

use aws_sdk_s3::Client;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use time::OffsetDateTime;
use time::macros::format_description;

use super::settings::Settings;
use crate::redshift::source::{Source, words};

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
    /// Whether the names of manifests under `errors/` have a version.
    versioned_error_manifests: bool,
    /// Whether objects are compressed, by the stream or in each record.
    compressed: bool,
    /// What COPY reads them through.
    source: Source,
}

impl Staging {
    pub(super) fn new(s3: Client, settings: &Settings) -> Self {
        Self {
            source: Source::new(s3.clone(), settings.members_read),
            s3,
            bucket: settings.bucket.clone(),
            prefix: settings.prefix.clone(),
            stream: settings.name.clone(),
            gzip: settings.gzip,
            versioned_error_manifests: settings.versioned_error_manifests,
            compressed: settings.gzip || settings.gzip_records,
        }
    }

    /// Writes records, one behind the other without anything between them, as one object.
    pub(super) async fn stage(&self, records: &[Bytes]) -> Result<Staged, String> {
        let extension = if self.gzip { ".gz" } else { "" };
        let key = format!("{}{}{extension}", self.prefix, self.name("", "-1"));
        let body = if self.gzip {
            compress(records).map_err(|e| e.to_string())?
        } else {
            records.concat()
        };
        self.put(&key, body).await?;
        Ok(Staged { key, records: records.len() as u64 })
    }

    /// Writes the manifest of a load.
    pub(super) async fn write_manifest(&self, objects: &[Staged]) -> Result<String, String> {
        self.write_entries(objects, &self.name("manifests/", "-1")).await
    }

    /// Writes the manifest of a load that is given up, for a person to load.
    pub(super) async fn write_error_manifest(&self, objects: &[Staged]) -> Result<String, String> {
        let version = if self.versioned_error_manifests { "-1" } else { "" };
        self.write_entries(objects, &self.name("errors/manifests/", version)).await
    }

    async fn write_entries(&self, objects: &[Staged], name: &str) -> Result<String, String> {
        let key = format!("{}{name}", self.prefix);
        let entries: Vec<_> = objects
            .iter()
            .map(|one| json!({ "url": format!("s3://{}/{}", self.bucket, one.key), "mandatory": true }))
            .collect();
        self.put(&key, json!({ "entries": entries }).to_string().into_bytes()).await?;
        Ok(key)
    }

    /// Reads the files of a manifest as COPY does.
    pub(super) async fn read_manifest(&self, key: &str) -> Result<Vec<(String, Bytes)>, String> {
        let manifest = self.source.manifest(&format!("s3://{}/{key}", self.bucket)).await?;
        let mut files = Vec::new();
        for file in manifest {
            let read = self.source.read(&file, self.compressed).await?;
            files.extend(read.map(|body| (file.url, body)));
        }
        Ok(files)
    }

    /// `<folder>YYYY/MM/dd/HH/<stream><-version>-YYYY-MM-dd-HH-MM-SS-<uuid>`, in UTC.
    fn name(&self, folder: &str, version: &str) -> String {
        let now = OffsetDateTime::now_utc();
        let hour =
            now.format(format_description!("[year]/[month]/[day]/[hour]")).unwrap_or_default();
        let second = format_description!("[year]-[month]-[day]-[hour]-[minute]-[second]");
        let second = now.format(second).unwrap_or_default();
        format!("{folder}{hour}/{}{version}-{second}-{}", self.stream, uuid::Uuid::new_v4())
    }

    async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), String> {
        let put = self.s3.put_object().bucket(&self.bucket).key(key).body(body.into());
        put.send().await.map(drop).map_err(|error| words(&error))
    }
}

fn compress(records: &[Bytes]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for record in records {
        encoder.write_all(record)?;
    }
    encoder.finish()
}
