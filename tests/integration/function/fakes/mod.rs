//! Fakes of S3, Firehose and SQS that fail on command and remember what they took, and the function
//! on top of them.

mod lines;
mod queue;
mod rig;
mod sink;
mod source;

pub(crate) use lines::lines_of;
pub(crate) use queue::Sending;
pub(crate) use rig::{Rig, by_hand, failed, sqs_record};
pub(crate) use sink::{Call, FakeSink, Stream, rejection};
pub(crate) use source::{FakeSource, Reading, Stored, World};

/// What a fake says when its script tells it to panic.
pub(crate) const PANIC_ON_COMMAND: &str = "a panic on command";
