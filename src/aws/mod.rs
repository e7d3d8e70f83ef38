//! The ports on the AWS SDK: S3 as source, Firehose as sink, SQS as queue.
//!
//! Responsible for the wire: endpoints, timeouts, which errors are worth another try and which need
//! somebody to act. The SDK's own retries are set on purpose: on for S3 and SQS, off for Firehose,
//! whose retries the pipeline owns, for all objects together.
//!
//! What it does not do: look into bodies. Sources for error codes: the API references of S3
//! (`GetObject`), Firehose (`PutRecordBatch`) and SQS (`SendMessage`).

mod clients;
mod environment;
mod errors;
mod firehose;
mod s3;
mod sqs;

pub use clients::Clients;
pub use environment::{AwsEnvironment, Endpoints};
pub use firehose::FirehoseSink;
pub use s3::{S3Body, S3Source};
pub(crate) use sqs::SqsQueue;

#[cfg(test)]
mod tests;
