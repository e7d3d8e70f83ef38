//! The fakes do what S3 and Firehose do: the local stack's tests run the same cases on the real
//! `S3Source` and `FirehoseSink`.

use std::sync::Arc;

use logferry::ports::{SinkError, SourceError, Verdict};
use serde_json::Value;

use super::fakes::{Call, FakeSink, FakeSource, Reading, Stored, Stream, World, rejection};
use crate::support::sink_cases::{self, Receiver, sink_tests};
use crate::support::source_cases::{self, BUCKET, Store, source_tests};

struct Bucket(Arc<FakeSource>);

async fn bucket() -> Bucket {
    Bucket(Arc::default())
}

impl Store for Bucket {
    type Source = World;

    fn source(&self) -> World {
        World(Arc::clone(&self.0))
    }

    async fn put(&self, key: &str, bytes: &[u8]) {
        // Equal bytes have equal ETags, as in S3.
        let etag = format!("\"{}\"", logferry::row::RecordId::of(bytes));
        let stored = Stored { bytes: bytes.to_vec(), etag };
        self.0.objects.lock().unwrap().insert((BUCKET.to_owned(), key.to_owned()), stored);
    }

    fn fail(&self, key: &str, failure: source_cases::Failure) {
        let said = |text: &str| text.to_owned();
        let reading = match failure {
            source_cases::Failure::Throttled => {
                Reading::Fails(SourceError::Interrupted(said("slow down")))
            }
            source_cases::Failure::Denied => {
                Reading::Fails(SourceError::Rejected(rejection("denied")))
            }
            source_cases::Failure::BreaksAfter(bytes) => Reading::Breaks(bytes),
        };
        self.0.script(key, [reading]);
    }
}

mod source {
    use super::*;
    source_tests!(bucket);
}

struct Delivery(Arc<FakeSink>);

async fn delivery() -> Delivery {
    Delivery(Arc::default())
}

impl Receiver for Delivery {
    type Sink = Stream;

    fn sink(&self) -> Stream {
        Stream(Arc::clone(&self.0))
    }

    fn sink_to_nowhere(&self) -> Stream {
        let nowhere = FakeSink::default();
        let rejected = SinkError::Rejected(rejection("no such stream"));
        *nowhere.always.lock().unwrap() = Some(Call::Fails(rejected));
        Stream(Arc::new(nowhere))
    }

    fn fail(&self, failure: sink_cases::Failure) {
        let unavailable = || Call::Fails(SinkError::Unavailable("503".to_owned()));
        let call = match failure {
            sink_cases::Failure::Throttled => {
                Call::Fails(SinkError::Throttled("slow down".to_owned()))
            }
            sink_cases::Failure::Internal | sink_cases::Failure::CallLost => unavailable(),
            sink_cases::Failure::ResponseLost => Call::TakenUnheard,
            sink_cases::Failure::Records(positions) => Call::Partly(positions, Verdict::Retry),
        };
        self.0.script.lock().unwrap().push_back(call);
    }

    async fn taken(&self) -> Vec<String> {
        let taken = self.0.taken.lock().unwrap().concat();
        let rows = serde_json::Deserializer::from_slice(&taken).into_iter::<Value>();
        let mut ids: Vec<String> =
            rows.map(|row| row.unwrap()["record_id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    }
}

mod sink {
    use super::*;
    sink_tests!(delivery);
}
