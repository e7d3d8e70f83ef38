//! What a map runs over: the objects below a prefix, or the lines of an S3 inventory.

use std::io::Read as _;

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::ObjectStorageClass;
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::definition::Reader;
use super::error::Error;
use super::template::fill;
use crate::sqs::md5_hex;

/// A delivery of an inventory: which columns its files have, and the files.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    file_format: String,
    file_schema: String,
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    key: String,
    #[serde(rename = "MD5checksum")]
    md5: String,
}

/// The items, as a reader gives them.
pub(super) async fn items(
    s3: &Client,
    reader: &Reader,
    input: &Value,
) -> Result<Vec<Value>, Error> {
    let (Reader::Objects(parameters) | Reader::Inventory(parameters)) = reader;
    let parameters = fill(parameters, input, &Value::Null)?;
    let text = |name: &str| parameters.get(name).and_then(Value::as_str);
    let needed = |name: &str| text(name).ok_or_else(|| Error::ItemReader(format!("no {name}")));
    match reader {
        Reader::Objects(_) => objects(s3, needed("Bucket")?, text("Prefix")).await,
        Reader::Inventory(_) => inventory(s3, needed("Bucket")?, needed("Key")?).await,
    }
}

async fn objects(s3: &Client, bucket: &str, prefix: Option<&str>) -> Result<Vec<Value>, Error> {
    let list = s3.list_objects_v2().bucket(bucket).set_prefix(prefix.map(str::to_owned));
    let mut pages = list.into_paginator().send();
    let mut objects = Vec::new();
    while let Some(page) = pages.next().await {
        let page =
            page.map_err(|error| Error::ItemReader(error.into_service_error().to_string()))?;
        objects.extend(page.contents().iter().map(|object| {
            json!({
                "Etag": object.e_tag(),
                "Key": object.key(),
                "LastModified": object.last_modified().map(DateTime::secs),
                "Size": object.size(),
                "StorageClass": object.storage_class().map(ObjectStorageClass::as_str),
            })
        }));
    }
    Ok(objects)
}

/// An item a line, each with the columns that the manifest names, all of them text and as they stand
/// there: the keys of a CSV inventory are URL-encoded.
async fn inventory(s3: &Client, bucket: &str, key: &str) -> Result<Vec<Value>, Error> {
    let wrong = |what: String| Error::ItemReader(format!("s3://{bucket}/{key}: {what}"));
    let manifest = get(s3, bucket, key).await?;
    let manifest: Manifest =
        serde_json::from_slice(&manifest).map_err(|error| wrong(error.to_string()))?;
    if manifest.file_format != "CSV" {
        return Err(wrong(format!("files of {} are not read", manifest.file_format)));
    }
    let columns: Vec<&str> = manifest.file_schema.split(',').map(str::trim).collect();
    let mut items = Vec::new();
    for File { key, md5 } in &manifest.files {
        let stored = get(s3, bucket, key).await?;
        let sum = md5_hex(&stored);
        if sum != *md5 {
            return Err(wrong(format!("{key} has the MD5 {sum}, not {md5}")));
        }
        let mut csv = String::new();
        MultiGzDecoder::new(stored.as_slice())
            .read_to_string(&mut csv)
            .map_err(|error| wrong(format!("{key}: {error}")))?;
        for line in csv.lines() {
            let fields = fields(line).filter(|fields| fields.len() == columns.len());
            let fields = fields.ok_or_else(|| wrong(format!("{key}: a line is {line}")))?;
            let named = columns.iter().map(|&name| name.to_owned());
            let item = named.zip(fields.into_iter().map(Value::String));
            items.push(Value::Object(item.collect::<Map<_, _>>()));
        }
    }
    Ok(items)
}

/// The fields of a line, each in quotes, as S3 writes them; a quote within is doubled.
fn fields(line: &str) -> Option<Vec<String>> {
    let inner = line.strip_prefix('"')?.strip_suffix('"')?;
    Some(inner.split("\",\"").map(|field| field.replace("\"\"", "\"")).collect())
}

async fn get(s3: &Client, bucket: &str, key: &str) -> Result<Vec<u8>, Error> {
    let wrong = |what: String| Error::ItemReader(format!("s3://{bucket}/{key}: {what}"));
    let object = s3.get_object().bucket(bucket).key(key).send().await;
    let object = object.map_err(|error| wrong(error.into_service_error().to_string()))?;
    let body = object.body.collect().await.map_err(|error| wrong(error.to_string()))?;
    Ok(body.to_vec())
}
