//! Firehose as its producer meets it, through the real SDK, and delivery to the last row.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_firehose::Client;
use aws_sdk_firehose::config::retry::RetryConfig;
use aws_sdk_firehose::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_firehose::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_firehose::operation::put_record_batch::{PutRecordBatchError, PutRecordBatchOutput};
use aws_sdk_firehose::primitives::Blob;
use aws_sdk_firehose::types::Record;
use local_stack::firehose::{Fault, Quota, Settings, Storm, Stream};

use crate::delivery::{Delivery, settings};

struct Bench {
    delivery: Delivery,
    client: Client,
}

async fn bench(settings: Settings) -> Bench {
    let delivery = Delivery::start(settings).await;
    let config = aws_sdk_firehose::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("AKIDEXAMPLE", "example", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .endpoint_url(delivery.firehose.url())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let client = Client::from_conf(config);
    Bench { delivery, client }
}

type Put = Result<PutRecordBatchOutput, SdkError<PutRecordBatchError>>;

impl Bench {
    async fn put(&self, stream: &str, records: Vec<Vec<u8>>) -> Put {
        let records =
            records.into_iter().map(|data| Record::builder().data(Blob::new(data)).build());
        let records = records.collect::<Result<_, _>>().unwrap();
        let call = self.client.put_record_batch().delivery_stream_name(stream);
        call.set_records(Some(records)).send().await
    }

    /// Puts one row a record with these ids.
    async fn put_rows(&self, ids: &[&str]) -> Put {
        let rows = ids.iter().map(|id| format!("{{\"record_id\":\"{id}\"}}\n").into_bytes());
        self.put("s3-logs", rows.collect()).await
    }

    async fn ids(&self) -> Vec<String> {
        let answer =
            self.delivery.warehouse.query("SELECT record_id FROM s3_access_log ORDER BY 1").await;
        answer.unwrap().rows.into_iter().flatten().flatten().collect()
    }

    async fn staged(&self, prefix: &str) -> Vec<String> {
        let list = self.delivery.s3.client().list_objects_v2().bucket("staging").prefix(prefix);
        let list = list.send().await.unwrap();
        list.contents().iter().filter_map(|one| one.key().map(str::to_owned)).collect()
    }
}

fn refusal(put: Put) -> (u16, String, String) {
    let error = put.unwrap_err();
    let status = error.raw_response().unwrap().status().as_u16();
    let error = error.into_service_error();
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    (status, text(error.code()), text(error.message()))
}

#[tokio::test]
async fn calls_beyond_the_limits_are_refused_by_name() {
    let bench = bench(settings()).await;
    let record = |bytes: usize| vec![b' '; bytes];
    let refusals = [
        (vec![record(1); 501], "ValidationException", "less than or equal to 500"),
        (vec![], "ValidationException", "greater than or equal to 1"),
        (vec![record(1), record(1_024_001)], "ValidationException", "'records.2.member.data'"),
        (vec![record(1_000_000); 4], "InvalidArgumentException", "4 MB limit"),
    ];
    for (records, name, words) in refusals {
        let (status, code, message) = refusal(bench.put("s3-logs", records).await);
        assert_eq!((status, code.as_str()), (400, name));
        assert!(message.contains(words), "{message}");
    }
    let unknown = bench.put("nowhere", vec![record(1)]).await.unwrap_err().into_service_error();
    assert!(unknown.is_resource_not_found_exception());
    assert_eq!(bench.delivery.stream.counts().records, 0);

    bench.put("s3-logs", vec![record(1); 500]).await.unwrap();
    bench.put("s3-logs", vec![record(1_024_000), record(1_024_000)]).await.unwrap();
    bench.put("s3-logs", vec![record(1_000_000); 3]).await.unwrap();
    let counts = bench.delivery.stream.counts();
    assert_eq!((counts.records, counts.calls, counts.calls_refused), (505, 3, 4));
    assert_eq!(counts.billed_units, 500 + 2 * 200 + 3 * 196);
}

#[tokio::test]
async fn rows_arrive_through_named_and_compressed_objects() {
    let bench = bench(settings()).await;
    bench.put_rows(&["a", "b"]).await.unwrap();
    let one = Record::builder().data(Blob::new("{\"record_id\":\"c\"}\n")).build().unwrap();
    let one = bench.client.put_record().delivery_stream_name("s3-logs").record(one).send().await;
    assert!(!one.unwrap().record_id().is_empty());
    let counts = bench.delivery.stream.drain().await;
    assert_eq!((counts.rows, counts.copies, counts.objects_staged), (3, 1, 1));
    assert_eq!(bench.ids().await, ["a", "b", "c"]);

    let staged = bench.staged("rows/2").await;
    let [object] = staged.as_slice() else { panic!("{staged:?}") };
    // rows/YYYY/MM/dd/HH/s3-logs-1-YYYY-MM-dd-HH-MM-SS-<uuid>.gz
    let parts: Vec<_> = object.split('/').collect();
    assert_eq!(parts.len(), 6, "{object}");
    let name = parts.last().unwrap();
    assert!(name.starts_with(&format!("s3-logs-1-{}-", parts[1..4].join("-"))), "{object}");
    let unique = name.strip_suffix(".gz").unwrap().get("s3-logs-1-2026-01-01-00-00-00-".len()..);
    assert_eq!(unique.map(str::len), Some(36), "{name}");
    let manifests = bench.staged("rows/manifests/").await;
    assert_eq!(manifests.len(), 1);
}

#[tokio::test]
async fn a_buffer_is_delivered_when_it_is_full_or_old() {
    let full = bench(Settings { buffer_bytes: 60, ..settings() }).await;
    full.put_rows(&["a"]).await.unwrap();
    full.put_rows(&["b", "c", "d"]).await.unwrap();
    full.delivery.stream.wait_until(|counts| counts.rows == 4).await;
    let old = bench(Settings { buffer_interval: Duration::from_millis(50), ..settings() }).await;
    old.put_rows(&["a"]).await.unwrap();
    old.delivery.stream.wait_until(|counts| counts.rows == 1).await;
}

#[tokio::test]
async fn scripted_faults_come_one_a_call() {
    let bench = bench(settings()).await;
    let faults = bench.delivery.stream.faults();
    for fault in [
        Fault::Throttle,
        Fault::Internal,
        Fault::Partial(vec![1, 2]),
        Fault::PartialInternal(vec![0]),
        Fault::AnswerLost,
        Fault::CallLost,
    ] {
        faults.script(fault);
    }
    let throttled = refusal(bench.put_rows(&["x"]).await);
    assert_eq!(throttled, (503, "ServiceUnavailableException".into(), "Slow down.".into()));
    assert_eq!(refusal(bench.put_rows(&["x"]).await).0, 500);

    let partial = bench.put_rows(&["a", "x", "x", "b"]).await.unwrap();
    let codes: Vec<_> = partial.request_responses().iter().map(|one| one.error_code()).collect();
    let slow = Some("ServiceUnavailableException");
    assert_eq!((partial.failed_put_count(), codes), (2, vec![None, slow, slow, None]));
    let internal = bench.put_rows(&["x", "c"]).await.unwrap();
    assert_eq!(internal.request_responses()[0].error_code(), Some("InternalFailure"));

    let lost = bench.put_rows(&["d"]).await.unwrap_err();
    assert!(matches!(lost, SdkError::DispatchFailure(_) | SdkError::ResponseError(_)), "{lost:?}");
    assert!(bench.put_rows(&["x"]).await.is_err());
    bench.put_rows(&["d"]).await.unwrap();
    assert_eq!(faults.left(), 0);

    let counts = bench.delivery.stream.drain().await;
    assert_eq!(bench.ids().await, ["a", "b", "c", "d", "d"]);
    assert_eq!((counts.records, counts.records_failed), (5, 3));
    assert_eq!((counts.calls_refused, counts.answers_lost), (3, 1));
}

#[tokio::test]
async fn a_quota_fails_records_and_a_storm_follows_its_seed() {
    let limited = bench(settings()).await;
    limited.delivery.stream.faults().set_quota(Some(Quota { records: 3, bytes: 1000, calls: 2 }));
    assert_eq!(limited.put_rows(&["a", "b", "c", "d", "e"]).await.unwrap().failed_put_count(), 2);
    limited.delivery.stream.faults().set_quota(Some(Quota { records: 9, bytes: 40, calls: 1 }));
    assert_eq!(limited.put_rows(&["a", "b", "c"]).await.unwrap().failed_put_count(), 1);
    assert_eq!(refusal(limited.put_rows(&["a"]).await).1, "ServiceUnavailableException");

    let storm = Storm { seed: 7, throttled_calls: 300, failed_records: 300, lost_answers: 100 };
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        let bench = bench(settings()).await;
        bench.delivery.stream.faults().set_storm(Some(storm));
        for _ in 0..30 {
            let _outcome = bench.put_rows(&["a", "b", "c"]).await;
        }
        outcomes.push(bench.delivery.stream.counts());
    }
    assert_eq!(outcomes[0], outcomes[1]);
    let counts = outcomes[0];
    assert!(counts.calls_refused > 3 && counts.records_failed > 3 && counts.answers_lost > 0);
}

#[tokio::test]
async fn copy_is_tried_again_while_the_warehouse_is_away() {
    let bench = bench(settings()).await;
    bench.delivery.warehouse.set_down(true);
    bench.put_rows(&["a"]).await.unwrap();
    let draining = tokio::spawn({
        let stream = Arc::clone(&bench.delivery.stream);
        async move { stream.drain().await }
    });
    bench.delivery.stream.wait_until(|counts| counts.copies_failed >= 2).await;
    bench.delivery.warehouse.set_down(false);
    let counts = draining.await.unwrap();
    assert_eq!((counts.rows, counts.copies, counts.copies_abandoned), (1, 1, 0));
    assert_eq!(bench.staged("rows/manifests/").await.len(), 1);
    assert_eq!(bench.staged("rows/errors/").await.len(), 0);
}

#[tokio::test]
async fn a_batch_that_never_loads_leaves_a_manifest_to_load_by_hand() {
    for (versioned_error_manifests, name) in [(false, "s3-logs-2"), (true, "s3-logs-1-2")] {
        let retry_duration = Duration::from_millis(100);
        let settings = Settings { retry_duration, versioned_error_manifests, ..settings() };
        let bench = bench(settings).await;
        bench.put("s3-logs", vec![b"{\"http_status\":99999}\n".to_vec()]).await.unwrap();
        let counts = bench.delivery.stream.drain().await;
        assert_eq!((counts.rows, counts.copies, counts.copies_abandoned), (0, 0, 1));
        assert!(counts.copies_failed >= 2, "{counts:?}");
        let left = bench.staged("rows/errors/manifests/").await;
        let [manifest] = left.as_slice() else { panic!("{left:?}") };
        let parts: Vec<_> = manifest.split('/').collect();
        assert_eq!(parts.len(), 8, "{manifest}");
        assert!(parts[7].starts_with(name), "{manifest}");
        let client = bench.delivery.s3.client();
        let manifest = client.get_object().bucket("staging").key(manifest).send().await.unwrap();
        let manifest = manifest.body.collect().await.unwrap().into_bytes();
        let object = bench.staged("rows/2").await;
        assert!(String::from_utf8_lossy(&manifest).contains(&object[0]));
        // The next batch is not held up.
        bench.put_rows(&["a"]).await.unwrap();
        assert_eq!(bench.delivery.stream.drain().await.rows, 1);
    }
}

#[tokio::test]
async fn compression_and_copy_options_must_agree() {
    let bench = bench(settings()).await;
    let wrong = Settings { gzip: false, ..settings() };
    assert!(
        Stream::start(wrong, bench.delivery.s3.client(), bench.delivery.warehouse.clone()).is_err()
    );
}
