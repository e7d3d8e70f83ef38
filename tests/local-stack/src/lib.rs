//! The whole path of logferry on one machine, without an AWS account.
pub mod audit;
pub mod event;
pub mod firehose;
pub mod function_binary;
pub mod http;
pub mod lambda;
pub mod redshift;
pub mod s3;
pub mod sqs;
pub mod stack;
