//! What is deployed, looked up: SQS, Lambda, S3, Firehose, CloudWatch, IAM and STS.
//!
//! One call for each fact, but for answers that come in pages. Nothing here changes anything.

mod answers;
mod calls;
mod clients;
mod error;
#[cfg(test)]
mod tests;

pub use clients::LookupClients;
