//! The whole path of logferry on one machine, without an AWS account.
//!
//! | module | stands for |
//! |---|---|
//! | [`s3`] | the log bucket and the staging bucket |
//! | [`event`] | how a new object is announced |
//! | [`sqs`] | the queue, its dead letters, and the mapping that feeds the function |
//! | [`lambda`] | the service that runs the real function binary |
//! | [`map_run`] | a Distributed Map that invokes it for every object of a prefix |
//! | [`firehose`] | the delivery stream |
//! | [`redshift`] | COPY and the table |
//! | [`data_api`] | how clients without a connection run statements on it |
//! | [`stack`] | all of them, wired |
//! | [`audit`] | the comparison of every line with every row |
//! | [`demo`], [`control`] | what the `local-stack` command does |
//!
//! Rules: every component refuses what AWS refuses, under AWS's names, or says that it does not
//! serve it; every port is one the machine gave; dropping a value ends what it started. Nothing
//! here is linked into what ships.

pub mod audit;
pub mod control;
pub mod data_api;
pub mod demo;
pub mod event;
pub mod firehose;
pub mod function_binary;
pub mod http;
pub mod lambda;
pub mod map_run;
pub mod redshift;
pub mod s3;
pub mod sqs;
pub mod stack;
