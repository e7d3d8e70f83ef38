//! The ports on the AWS SDK: S3 as source and listing, Firehose as sink, SQS as queue.
//!
//! Responsible for the wire: endpoints, timeouts, which errors are worth another try and which need
//! somebody to act. The SDK's own retries are set on purpose: on for S3 and SQS, off for Firehose,
//! whose retries the pipeline owns, for all objects together.
//!
//! What it does not do: look into bodies. Sources for error codes: the API references of S3
//! (`GetObject`, `ListObjectsV2`), Firehose (`PutRecordBatch`) and SQS (`SendMessage`).

mod clients;
#[cfg(feature = "operate")]
mod dead_letters;
#[cfg(feature = "operate")]
mod deployment;
mod environment;
mod errors;
mod firehose;
#[cfg(feature = "operate")]
mod listing;
#[cfg(feature = "operate")]
mod redshift_data;
mod s3;
mod sqs;
#[cfg(feature = "operate")]
mod writer;

pub use clients::{Clients, https};
#[cfg(feature = "operate")]
pub use deployment::LookupClients;
pub use environment::{AwsEnvironment, Caller, Endpoints};
pub use firehose::FirehoseSink;
#[cfg(feature = "operate")]
pub use listing::S3Listing;
#[cfg(feature = "operate")]
pub use redshift_data::{RedshiftData, RedshiftPlace};
pub use s3::{S3Body, S3Source};
pub use sqs::SqsQueue;
#[cfg(feature = "operate")]
pub use writer::S3Writer;

#[cfg(all(test, feature = "operate"))]
mod dead_letters_tests;
#[cfg(all(test, feature = "operate"))]
mod listing_tests;
#[cfg(test)]
mod tests;
#[cfg(all(test, feature = "operate"))]
mod warehouse_tests;
