//! `ListObjectsV2` over keys in order, whatever they are kept in.
//!
//! Invariant: a page costs what stands on it. Below a delimiter only the first key of a common
//! prefix is looked at; the next one looked at is behind it.

use std::ops::Bound;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use s3s::dto::{
    CommonPrefix, ETag, EncodingType, ListObjectsV2Input, ListObjectsV2Output, Object,
    ObjectStorageClass, Timestamp,
};
use s3s::{S3Result, s3_error};
use time::OffsetDateTime;

use crate::event::encode_key;

/// Keys in a page.
const PAGE_KEYS: i32 = 1000;

/// An object as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) key: String,
    pub(super) size: u64,
    pub(super) etag: String,
    pub(super) modified: OffsetDateTime,
}

/// Keys of a bucket in the order of their bytes.
pub(super) trait Keys {
    /// The objects from a key on.
    fn objects_from(&self, key: Bound<&str>) -> Box<dyn Iterator<Item = Listed> + '_>;
}

/// What a page ended with: a key, or a common prefix with all that is below it.
enum Last {
    Key(String),
    Prefix(String),
}

/// A page.
pub(super) fn page(keys: &dyn Keys, input: ListObjectsV2Input) -> S3Result<ListObjectsV2Output> {
    let max_keys = input.max_keys.unwrap_or(PAGE_KEYS);
    if max_keys < 0 {
        return Err(s3_error!(
            InvalidArgument,
            "Argument max-keys must be an integer between 0 and 2147483647"
        ));
    }
    let most = usize::try_from(max_keys.min(PAGE_KEYS)).unwrap_or(0);
    let prefix = input.prefix.clone().unwrap_or_default();
    let delimiter = input.delimiter.clone().filter(|delimiter| !delimiter.is_empty());
    let begun = match &input.continuation_token {
        Some(token) => Some(last_of(token)?),
        None => input.start_after.clone().map(Last::Key),
    };
    let mut gathered = Gathered { last: begun, ..Gathered::default() };
    if most > 0 {
        while gathered.go_on(keys, &prefix, delimiter.as_deref(), most) {}
    }
    Ok(told(input, max_keys, gathered))
}

/// What a page has so far.
#[derive(Default)]
struct Gathered {
    objects: Vec<Listed>,
    prefixes: Vec<String>,
    last: Option<Last>,
    is_truncated: bool,
}

impl Gathered {
    /// Takes keys to the end, or to the first below a delimiter; whether there is more to take.
    fn go_on(
        &mut self,
        keys: &dyn Keys,
        prefix: &str,
        delimiter: Option<&str>,
        most: usize,
    ) -> bool {
        let from = behind(self.last.as_ref(), prefix);
        for listed in keys.objects_from(from.as_ref().map(String::as_str)) {
            let Some(rest) = listed.key.strip_prefix(prefix) else { return false };
            if self.objects.len() + self.prefixes.len() == most {
                self.is_truncated = true;
                return false;
            }
            let below = delimiter.and_then(|delimiter| {
                let at = rest.find(delimiter)?;
                listed.key.get(..prefix.len() + at + delimiter.len())
            });
            if let Some(below) = below {
                self.prefixes.push(below.to_owned());
                self.last = Some(Last::Prefix(below.to_owned()));
                return true;
            }
            self.last = Some(Last::Key(listed.key.clone()));
            self.objects.push(listed);
        }
        false
    }
}

/// Where a page begins: behind what the one before ended with, within the prefix.
fn behind(last: Option<&Last>, prefix: &str) -> Bound<String> {
    match last {
        Some(Last::Key(key)) if key.as_str() >= prefix => Bound::Excluded(key.clone()),
        // No key has a character behind the last one that there is.
        Some(Last::Prefix(below)) => Bound::Excluded(format!("{below}{}", char::MAX)),
        _ => Bound::Included(prefix.to_owned()),
    }
}

fn told(input: ListObjectsV2Input, max_keys: i32, page: Gathered) -> ListObjectsV2Output {
    let Gathered { objects, prefixes, last, is_truncated } = page;
    let last = last.filter(|_| is_truncated);
    let is_encoded =
        input.encoding_type.as_ref().is_some_and(|kind| kind.as_str() == EncodingType::URL);
    let encoded = |text: String| if is_encoded { encode_key(&text) } else { text };
    let count = i32::try_from(objects.len() + prefixes.len()).unwrap_or(i32::MAX);
    let contents: Vec<Object> = objects
        .into_iter()
        .map(|listed| Object {
            key: Some(encoded(listed.key)),
            size: i64::try_from(listed.size).ok(),
            e_tag: Some(ETag::Strong(listed.etag)),
            last_modified: Some(Timestamp::from(listed.modified)),
            storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
            ..Default::default()
        })
        .collect();
    let common: Vec<CommonPrefix> =
        prefixes.into_iter().map(|prefix| CommonPrefix { prefix: Some(encoded(prefix)) }).collect();
    ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: input.prefix.map(encoded),
        delimiter: input.delimiter.map(encoded),
        start_after: input.start_after.map(encoded),
        max_keys: Some(max_keys),
        key_count: Some(count),
        contents: (!contents.is_empty()).then_some(contents),
        common_prefixes: (!common.is_empty()).then_some(common),
        is_truncated: Some(last.is_some()),
        continuation_token: input.continuation_token,
        next_continuation_token: last.as_ref().map(token_of),
        encoding_type: input.encoding_type,
        ..Default::default()
    }
}

/// A token tells nothing to who looks at it.
fn token_of(last: &Last) -> String {
    URL_SAFE_NO_PAD.encode(match last {
        Last::Key(key) => format!("k{key}"),
        Last::Prefix(prefix) => format!("p{prefix}"),
    })
}

fn last_of(token: &str) -> S3Result<Last> {
    let decoded = URL_SAFE_NO_PAD.decode(token).ok();
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    if let Some(key) = text.strip_prefix('k') {
        return Ok(Last::Key(key.to_owned()));
    }
    if let Some(prefix) = text.strip_prefix('p') {
        return Ok(Last::Prefix(prefix.to_owned()));
    }
    Err(s3_error!(InvalidArgument, "The continuation token provided is incorrect"))
}
