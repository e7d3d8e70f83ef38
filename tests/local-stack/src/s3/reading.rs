//! Reads of made-up objects, as S3 answers reads of others.

use bytes::Bytes;
use futures::stream;
use s3s::dto::{
    ETag, ETagCondition, GetObjectInput, GetObjectOutput, HeadObjectOutput, StreamingBlob,
    Timestamp,
};
use s3s::{S3Result, s3_error};

use super::listing::Listed;

/// `GetObject`: all of it, or a range.
pub(super) fn get(
    found: Option<(Listed, Bytes)>,
    input: &GetObjectInput,
) -> S3Result<GetObjectOutput> {
    let (listed, body) = found_or_none(found)?;
    let etag = ETag::Strong(listed.etag);
    if let Some(ETagCondition::ETag(expected)) = &input.if_match
        && !etag.strong_cmp(expected)
    {
        return Err(s3_error!(
            PreconditionFailed,
            "At least one of the pre-conditions you specified did not hold"
        ));
    }
    let whole = body.len();
    let range = input.range.as_ref().map(|range| range.check(whole as u64)).transpose()?;
    let place = |at: u64| usize::try_from(at).unwrap_or(whole).min(whole);
    let (part, told) = match range {
        Some(range) => {
            let told = format!("bytes {}-{}/{whole}", range.start, range.end.saturating_sub(1));
            (body.slice(place(range.start)..place(range.end)), Some(told))
        }
        None => (body, None),
    };
    let length = i64::try_from(part.len()).ok();
    let chunks = stream::once(async move { Ok::<_, std::io::Error>(part) });
    Ok(GetObjectOutput {
        body: Some(StreamingBlob::wrap(chunks)),
        content_length: length,
        content_range: told,
        e_tag: Some(etag),
        last_modified: Some(Timestamp::from(listed.modified)),
        ..Default::default()
    })
}

/// `HeadObject`.
pub(super) fn head(found: Option<(Listed, Bytes)>) -> S3Result<HeadObjectOutput> {
    let (listed, _) = found_or_none(found)?;
    Ok(HeadObjectOutput {
        content_length: i64::try_from(listed.size).ok(),
        e_tag: Some(ETag::Strong(listed.etag)),
        last_modified: Some(Timestamp::from(listed.modified)),
        ..Default::default()
    })
}

fn found_or_none(found: Option<(Listed, Bytes)>) -> S3Result<(Listed, Bytes)> {
    found.ok_or_else(|| s3_error!(NoSuchKey, "The specified key does not exist."))
}
