//! Where the staged files are, and how they are loaded: what `load` and `replay loads` share.

use super::error::Error;
use super::s3_place::S3Place;
use super::warehouse_args::names;
use crate::operate::loads::LoadSettings;
use crate::operate::{Stack, StackError};

/// The staging bucket, and what the keys of its files begin with.
pub(super) fn staging(given: Option<&str>, stack: &Stack) -> Result<(String, String), Error> {
    let flag = "--staging s3://BUCKET/PREFIX";
    let Some(given) = given else {
        let bucket = Stack::need(&stack.staging.bucket, "staging.bucket", flag)?;
        let prefix = Stack::need(&stack.staging.prefix, "staging.prefix", flag)?;
        return Ok((bucket.to_owned(), prefix.to_owned()));
    };
    let missing = StackError::Missing { field: "staging.prefix", flag };
    let S3Place { bucket, prefix } = S3Place::below_a_bucket(given).ok_or(missing)?;
    Ok((bucket, prefix))
}

/// How rows get into the table.
pub(super) fn load_settings(stack: &Stack, source: &'static str) -> Result<LoadSettings, Error> {
    let redshift = &stack.redshift;
    let role = Stack::need(&redshift.copy_role_arn, "redshift.copy_role_arn", "--copy-role")?;
    let options = &redshift.copy_options;
    let options = Stack::need(options, "redshift.copy_options", "--copy-options")?;
    Ok(LoadSettings {
        names: names(redshift),
        iam_role: role.to_owned(),
        options: options.to_owned(),
        source,
    })
}
