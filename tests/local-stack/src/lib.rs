//! The whole path of logferry on one machine, without an AWS account.
pub mod event;
pub mod http;
pub mod lambda;
pub mod s3;
pub mod sqs;
