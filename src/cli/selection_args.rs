//! The arguments of every verb that goes through the objects of a log bucket: where, and of which days.

use std::str::FromStr;

use clap::Args;

use crate::operate::{Selection, Window, date_or_time};

/// Which objects, by the date in their keys
#[derive(Debug, Args)]
pub(super) struct DateArgs {
    /// From this day or time on, by the date in the key, UTC: 2026-03-14 or 2026-03-14T09:00:00Z
    #[arg(long, value_name = "DATE", value_parser = date_or_time)]
    pub(super) from: Option<i64>,

    /// Up to this day or time, which itself is not meant
    #[arg(long, value_name = "DATE", value_parser = date_or_time)]
    pub(super) to: Option<i64>,

    /// Keys without a date too, where dates are asked for
    #[arg(long)]
    pub(super) undated: bool,
}

impl DateArgs {
    /// What is meant.
    pub(super) fn selection(&self) -> Selection {
        Selection { window: Window::new(self.from, self.to), undated: self.undated }
    }
}

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
        }
    }
}
