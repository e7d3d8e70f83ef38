//! Places in S3 as they are written on a command line: the only reader of `s3://` in the tool.

use std::str::FromStr;

/// A bucket and what keys begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct S3Place {
    pub(super) bucket: String,
    pub(super) prefix: String,
}

impl FromStr for S3Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = text.strip_prefix("s3://").unwrap_or_default();
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        if bucket.is_empty() {
            return Err("want s3://BUCKET or s3://BUCKET/PREFIX".into());
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

impl S3Place {
    /// A place below a bucket, not the bucket itself.
    pub(super) fn below_a_bucket(url: &str) -> Option<Self> {
        url.parse().ok().filter(|place: &Self| !place.prefix.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_urls_of_s3() {
        for (text, bucket, prefix) in
            [("s3://b", "b", ""), ("s3://b/", "b", ""), ("s3://b/a/c-", "b", "a/c-")]
        {
            let place = text.parse::<S3Place>().unwrap();
            assert_eq!((place.bucket.as_str(), place.prefix.as_str()), (bucket, prefix));
        }
        for text in ["", "b/a", "s3://", "s3:///a", "https://b"] {
            assert!(text.parse::<S3Place>().is_err(), "{text}");
            assert_eq!(S3Place::below_a_bucket(text), None);
        }
        assert_eq!(S3Place::below_a_bucket("s3://b/"), None);
        assert!(S3Place::below_a_bucket("s3://b/a").is_some());
    }
}
