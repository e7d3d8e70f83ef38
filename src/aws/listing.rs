//! S3 as a listing: `ListObjectsV2`, a page a call.
//!
//! Keys travel URL-encoded, because XML has no way to write some of the characters that a key may
//! have. What it does not do: ask for owners or checksums, or go on with the next page.

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{EncodingType, Object};

use crate::access_log::percent_decode;
use crate::ports::{
    Cause, ListFrom, ListPage, ListRequest, ListedObject, ListingError, ObjectListing, Rejection,
    Resource,
};

use super::errors::{Failure, NO_CODE, is_about_credentials, is_transient, said};

/// Lists through an S3 client.
#[derive(Debug, Clone)]
pub struct S3Listing {
    client: aws_sdk_s3::Client,
}

impl S3Listing {
    /// A listing on that client.
    #[must_use]
    pub fn new(client: aws_sdk_s3::Client) -> Self {
        Self { client }
    }
}

impl ObjectListing for S3Listing {
    async fn list(&self, request: &ListRequest<'_>) -> Result<ListPage, ListingError> {
        let call = self
            .client
            .list_objects_v2()
            .bucket(request.bucket)
            .prefix(request.prefix)
            .set_delimiter(request.delimiter.map(str::to_owned))
            .encoding_type(EncodingType::Url);
        let call = match request.from {
            ListFrom::Start => call,
            ListFrom::After(key) => call.start_after(key),
            ListFrom::Token(token) => call.continuation_token(token),
        };
        match call.send().await {
            Ok(output) => page(output),
            Err(error) => Err(classify(Failure::of(&error), request.bucket)),
        }
    }
}

fn page(output: ListObjectsV2Output) -> Result<ListPage, ListingError> {
    let encoded = output.encoding_type() == Some(&EncodingType::Url);
    let next = output.next_continuation_token().map(str::to_owned);
    if output.is_truncated() == Some(true) && next.is_none() {
        // Taken for the last page, it would end the listing early and nobody would know.
        let reason = "the response says that more follows, and not how to get it".to_owned();
        return Err(ListingError::Unavailable(reason));
    }
    let prefixes = output.common_prefixes().iter().filter_map(|common| common.prefix());
    let prefixes = prefixes.map(|prefix| decoded(prefix, encoded)).collect::<Result<_, _>>()?;
    let objects = output.contents.unwrap_or_default().into_iter();
    let objects = objects.map(|object| listed(object, encoded)).collect::<Result<_, _>>()?;
    Ok(ListPage { objects, prefixes, next })
}

fn listed(object: Object, encoded: bool) -> Result<ListedObject, ListingError> {
    let size = object.size.and_then(|size| u64::try_from(size).ok());
    let (Some(key), Some(size)) = (object.key, size) else {
        let reason = "the response has an object without key or size".to_owned();
        return Err(ListingError::Unavailable(reason));
    };
    Ok(ListedObject {
        key: decoded(&key, encoded)?,
        size,
        etag: object.e_tag.map(|etag| etag.trim_matches('"').to_owned()),
        last_modified_unix_s: object.last_modified.as_ref().map(DateTime::secs),
        storage_class: object.storage_class.map(|class| class.as_str().to_owned()),
    })
}

fn decoded(text: &str, encoded: bool) -> Result<String, ListingError> {
    if !encoded || !text.contains(['%', '+']) {
        return Ok(text.to_owned());
    }
    let mut bytes = text.replace('+', " ").into_bytes();
    let length = percent_decode(&mut bytes);
    bytes.truncate(length);
    String::from_utf8(bytes)
        .map_err(|_| ListingError::Unavailable("the response has a key that is no text".to_owned()))
}

fn classify(failure: Failure, bucket: &str) -> ListingError {
    let rejected = |said, cause| {
        let resource = Resource::Bucket(bucket.to_owned());
        ListingError::Rejected(Rejection { resource, said, cause })
    };
    let (status, code, message, hints) = match failure {
        Failure::NoResponse(reason) => return ListingError::Unavailable(reason),
        Failure::NotSent(reason) => return rejected(reason, Cause::Other),
        Failure::Response { status, code, message, hints } => (status, code, message, hints),
    };
    let text = said(status, &code);
    match (status, code.as_str()) {
        (status, code) if is_transient(status, code) => {
            ListingError::Unavailable(format!("S3 responded {text}"))
        }
        (301, _) | (_, "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException") => {
            let region = hints.bucket_region.map(|region| format!(", it is in {region}"));
            rejected(format!("{text}{}", region.unwrap_or_default()), Cause::OtherRegion)
        }
        (_, "NoSuchBucket") => rejected(text, Cause::NotFound),
        (403, "AccessDenied" | NO_CODE) => {
            rejected(text, Cause::AccessDenied { needs: "s3:ListBucket on it" })
        }
        (_, code) if is_about_credentials(code) => rejected(text, Cause::Credentials),
        _ => rejected(format!("{text}: {message}"), Cause::Other),
    }
}
