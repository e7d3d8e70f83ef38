//! The real `logferry-lambda` between real endpoints: what goes in as log objects comes out as
//! rows, whatever breaks on the way.
//!
//! Every test ends in the audit: each line of each object stands in the table at its place.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod backfill;
mod broken;
mod compressed;
mod freeze;
mod hostile;
mod logs;
mod map;
mod operate;
mod paths;
mod size;
mod time;

#[path = "../../../support/corpus.rs"]
mod corpus;
#[path = "../../../support/gzip.rs"]
mod gzip;
#[path = "../../../support/sample.rs"]
mod sample;

use bytes::Bytes;
use gzip::gzip;
use local_stack::audit::{Audit, Expected};
use local_stack::stack::{Builder, LOG_BUCKET, Stack};
use sample::log;

/// A stack and what must arrive in its table.
struct Trial {
    stack: Stack,
    expected: Expected,
}

impl Trial {
    async fn start(builder: Builder) -> Self {
        let stack = builder.start().await.unwrap_or_else(|error| panic!("{error}"));
        Self { stack, expected: Expected::default() }
    }

    /// Puts a log object whose lines must arrive.
    async fn put(&mut self, key: &str, body: impl Into<Bytes>) {
        let body = body.into();
        self.expected.add(LOG_BUCKET, key, &body).unwrap();
        self.stack.put(key, body).await.unwrap();
    }

    /// Waits for the end and demands a clean audit.
    async fn clean(&self) -> Audit {
        let audit = self.stack.finish(&self.expected).await.unwrap();
        let logs = || self.stack.function.logs().lines().join("\n");
        assert!(audit.is_clean(), "{audit:?}\n{}", logs());
        let mismatches = self.stack.function.logs().metric_sum("ConservationMismatch");
        assert!(mismatches.abs() < 0.5, "{}", logs());
        audit
    }

    /// The sum of a metric the function wrote; metrics are counts here.
    fn metric(&self, name: &str) -> u64 {
        let sum = self.stack.function.logs().metric_sum(name);
        format!("{sum:.0}").parse().unwrap()
    }

    fn stream(&self) -> local_stack::firehose::Counts {
        self.stack.stream.counts()
    }

    fn dead_letters(&self) -> Vec<String> {
        self.stack.queues.letters.bodies()
    }
}
