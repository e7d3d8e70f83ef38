//! `S3Source` and `FirehoseSink` do what the fakes of the function's tests do: the same cases, on
//! the real clients and the stack's servers.

#[path = "../../../support/sink_cases.rs"]
mod sink_cases;
#[path = "../../../support/source_cases.rs"]
mod source_cases;

use local_stack::event::REGION;
use local_stack::firehose::Fault;
use local_stack::s3::faults::Fault as S3Fault;
use local_stack::s3::{ACCESS_KEY, S3, SECRET_KEY};
use logferry::aws::{AwsEnvironment, Clients, FirehoseSink, S3Source};
use sink_cases::{Receiver, sink_tests};
use source_cases::{BUCKET, Store, source_tests};

use crate::delivery::{Delivery, STREAM, settings};

/// The attempts that the function's client makes at opening an object.
const OPENINGS: usize = 3;

/// The function's own clients, aimed at one endpoint.
fn clients(endpoint: &str) -> Clients {
    let environment = AwsEnvironment::read(|name| {
        let value = match name {
            "AWS_REGION" => REGION,
            "AWS_ACCESS_KEY_ID" => ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY" => SECRET_KEY,
            "AWS_ENDPOINT_URL" => endpoint,
            _ => return None,
        };
        Some(value.to_owned())
    });
    Clients::connect(&environment.unwrap())
}

struct Bucket {
    _folder: tempfile::TempDir,
    s3: S3,
}

async fn bucket() -> Bucket {
    let folder = tempfile::tempdir().unwrap();
    let s3 = S3::start(folder.path()).await.unwrap();
    s3.create_bucket(BUCKET).await.unwrap();
    Bucket { _folder: folder, s3 }
}

impl Store for Bucket {
    type Source = S3Source;

    fn source(&self) -> S3Source {
        S3Source::new(clients(&self.s3.url()).s3)
    }

    async fn put(&self, key: &str, bytes: &[u8]) {
        self.s3.put(BUCKET, key, bytes.to_vec()).await.unwrap();
    }

    fn fail(&self, key: &str, failure: source_cases::Failure) {
        let (fault, times) = match failure {
            source_cases::Failure::Throttled => (S3Fault::SlowDown, OPENINGS),
            source_cases::Failure::Denied => (S3Fault::AccessDenied, 1),
            source_cases::Failure::BreaksAfter(bytes) => (S3Fault::BreakAfter(bytes as u64), 1),
        };
        self.s3.faults().on_read(key, fault, times);
    }
}

mod source {
    use super::*;
    source_tests!(bucket);
}

async fn delivery() -> Delivery {
    Delivery::start(settings()).await
}

impl Delivery {
    fn sink_of(&self, stream: &str) -> FirehoseSink {
        FirehoseSink::new(clients(&self.firehose.url()).firehose, stream.to_owned())
    }
}

impl Receiver for Delivery {
    type Sink = FirehoseSink;

    fn sink(&self) -> FirehoseSink {
        self.sink_of(STREAM)
    }

    fn sink_to_nowhere(&self) -> FirehoseSink {
        self.sink_of("nowhere")
    }

    fn fail(&self, failure: sink_cases::Failure) {
        self.stream.faults().script(match failure {
            sink_cases::Failure::Throttled => Fault::Throttle,
            sink_cases::Failure::Internal => Fault::Internal,
            sink_cases::Failure::CallLost => Fault::CallLost,
            sink_cases::Failure::ResponseLost => Fault::AnswerLost,
            sink_cases::Failure::Records(positions) => Fault::Partial(positions),
        });
    }

    async fn taken(&self) -> Vec<String> {
        self.stream.drain().await;
        let ids = "SELECT record_id FROM s3_access_log ORDER BY 1";
        self.warehouse.query(ids).await.unwrap().rows.into_iter().flatten().flatten().collect()
    }
}

mod sink {
    use super::*;
    sink_tests!(delivery);
}
