//! The real SDK clients against replayed HTTP: what goes over the wire, and what responses mean.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::config::Region;
use aws_sdk_s3::primitives::SdkBody;
use aws_smithy_http_client::test_util::{ReplayEvent, StaticReplayClient};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::environment::{AwsEnvironment, Caller, Endpoints};
use super::{Clients, FirehoseSink, S3Source, SqsQueue};
use crate::pack::{Packer, Record, RecordCompression};
use crate::ports::{
    Cause, MessageQueue, ObjectBody, ObjectSource, ObjectTask, QueueError, RecordSink, Rejection,
    Resource, SinkError, SourceError, Verdict,
};

pub(super) fn environment() -> AwsEnvironment {
    let url = |port: u16| Some(format!("http://192.0.2.1:{port}"));
    AwsEnvironment {
        region: Region::new("eu-west-1"),
        credentials: SharedCredentialsProvider::new(Credentials::new(
            "AKIDEXAMPLE",
            "secret",
            None,
            None,
            "test",
        )),
        endpoints: Endpoints {
            s3: url(1),
            firehose: url(2),
            sqs: url(3),
            redshift_data: url(4),
            lambda: url(5),
            cloudwatch: url(6),
            iam: url(7),
            sts: url(8),
        },
        caller: Caller::Function,
    }
}

pub(super) fn response(status: u16, headers: &[(&str, &str)], body: &str) -> ReplayEvent {
    let mut response = http::Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    let request = http::Request::builder().uri("/").body(SdkBody::empty());
    ReplayEvent::new(request.unwrap(), response.body(SdkBody::from(body)).unwrap())
}

pub(super) fn replay(responses: Vec<ReplayEvent>) -> (Clients, StaticReplayClient) {
    let http = StaticReplayClient::new(responses);
    (Clients::over(&environment(), http.clone()), http)
}

fn records(rows: &[&str]) -> Vec<Record> {
    rows.iter()
        .map(|row| {
            let mut packer = Packer::new(5_120, RecordCompression::None);
            packer.append(0, 0, |out| out.extend_from_slice(row.as_bytes()));
            packer.take().unwrap()
        })
        .collect()
}

async fn put(response: ReplayEvent, rows: &[&str]) -> (Result<Vec<Verdict>, SinkError>, Value) {
    let (clients, http) = replay(vec![response]);
    let sink = FirehoseSink::new(clients.firehose, "stream-1".to_owned());
    let verdicts = sink.put(&records(rows)).await;
    let requests: Vec<_> = http.actual_requests().collect();
    assert_eq!(requests.len(), 1, "the SDK must not retry: the pipeline does");
    let target = requests[0].headers().get("x-amz-target");
    assert_eq!(target, Some("Firehose_20150804.PutRecordBatch"));
    (verdicts, serde_json::from_slice(requests[0].body().bytes().unwrap()).unwrap())
}

#[tokio::test]
async fn a_batch_goes_as_base64_and_each_position_has_its_verdict() {
    let body = json!({"FailedPutCount": 3, "Encrypted": false, "RequestResponses": [
        {"RecordId": "r-0"},
        {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."},
        {"ErrorCode": "InternalFailure", "ErrorMessage": "?"},
        {"ErrorCode": "InvalidRecord", "ErrorMessage": "?"},
        {},
    ]});
    let rows = ["{\"a\":1}\n", "{\"b\":2}\n", "{\"c\":3}\n", "{\"d\":4}\n", "{\"e\":5}\n"];
    let (verdicts, sent) = put(response(200, &[], &body.to_string()), &rows).await;
    assert_eq!(
        verdicts.unwrap(),
        [
            Verdict::Accepted,
            Verdict::Retry,
            Verdict::Retry,
            Verdict::Rejected(Rejection::other(
                Resource::Stream("stream-1".to_owned()),
                "InvalidRecord"
            )),
            Verdict::Retry,
        ]
    );
    assert_eq!(sent["DeliveryStreamName"], "stream-1");
    for (record, row) in sent["Records"].as_array().unwrap().iter().zip(rows) {
        assert_eq!(record["Data"], STANDARD.encode(row));
    }
}

#[tokio::test]
async fn errors_of_a_whole_call_are_told_apart() {
    let error = |code: &str| json!({"__type": code, "message": "secret line"}).to_string();
    for (status, code, expected) in [
        (503, "ServiceUnavailableException", "throttled"),
        (400, "ThrottlingException", "throttled"),
        (400, "LimitExceededException", "throttled"),
        (500, "InternalFailure", "unavailable"),
        (400, "ResourceNotFoundException", "rejected"),
        (400, "AccessDeniedException", "rejected"),
        (400, "InvalidArgumentException", "rejected"),
        (400, "InvalidKMSResourceException", "rejected"),
    ] {
        let (result, _) = put(response(status, &[], &error(code)), &["{}\n"]).await;
        let error = result.unwrap_err();
        let kind = match &error {
            SinkError::Throttled(_) => "throttled",
            SinkError::Unavailable(_) => "unavailable",
            SinkError::Rejected(_) => "rejected",
        };
        assert_eq!(kind, expected, "{code}");
        assert!(error.to_string().contains(code));
        // The service may quote the request, and that holds log lines.
        assert!(!error.to_string().contains("secret line"), "{error}");
    }
    let (result, _) = put(response(200, &[], "<html>a proxy</html>"), &["{}\n"]).await;
    assert!(matches!(result, Err(SinkError::Unavailable(_))), "{result:?}");
}

#[tokio::test]
async fn an_object_is_read_by_path_from_an_offset_of_one_version() {
    let headers = [
        ("content-range", "bytes 5-10/11"),
        ("content-length", "6"),
        ("etag", "\"e1\""),
        ("last-modified", "Sat, 14 Mar 2026 09:26:53 GMT"),
    ];
    let (clients, http) = replay(vec![response(206, &headers, "line 2")]);
    let task = ObjectTask::whole("logs", "access/a b+c");
    let mut opened = S3Source::new(clients.s3).open(&task, 5, Some("\"e1\"")).await.unwrap();
    assert_eq!(opened.etag.as_deref(), Some("\"e1\""));
    assert_eq!((opened.length, opened.last_modified_unix_s), (Some(6), Some(1_773_480_413)));
    assert_eq!(opened.body.next_chunk().await.unwrap().unwrap(), "line 2".as_bytes());
    assert_eq!(opened.body.next_chunk().await.unwrap(), None);
    let requests: Vec<_> = http.actual_requests().collect();
    assert!(requests[0].uri().starts_with("http://192.0.2.1:1/logs/access/a%20b%2Bc"));
    assert_eq!(requests[0].headers().get("range"), Some("bytes=5-"));
    assert_eq!(requests[0].headers().get("if-match"), Some("\"e1\""));
    assert_eq!(requests[0].headers().get("x-amz-checksum-mode"), None);
}

#[tokio::test(start_paused = true)]
async fn errors_of_s3_are_told_apart() {
    let xml = |code: &str| format!("<Error><Code>{code}</Code><Message>m</Message></Error>");
    for (status, code, attempts) in [
        (404, "NoSuchKey", 1),
        (404, "NoSuchBucket", 1),
        (403, "AccessDenied", 1),
        (403, "InvalidObjectState", 1),
        (412, "PreconditionFailed", 1),
        (503, "SlowDown", 3),
        (500, "InternalError", 3),
    ] {
        let responses = (0..attempts).map(|_| response(status, &[], &xml(code))).collect();
        let (clients, http) = replay(responses);
        let task = ObjectTask::whole("logs", "k");
        let error = S3Source::new(clients.s3).open(&task, 0, None).await.unwrap_err();
        match code {
            "NoSuchKey" => assert_eq!(error, SourceError::Missing),
            "PreconditionFailed" => assert_eq!(error, SourceError::Changed),
            "SlowDown" | "InternalError" => {
                assert!(matches!(error, SourceError::Interrupted(_)), "{code}: {error:?}");
            }
            _ => {
                let SourceError::Rejected(rejection) = &error else { panic!("{code}: {error:?}") };
                match code {
                    "NoSuchBucket" => assert_eq!(rejection.cause, Cause::NotFound),
                    "InvalidObjectState" => assert_eq!(rejection.cause, Cause::Archived),
                    _ => assert!(matches!(rejection.cause, Cause::AccessDenied { .. })),
                }
            }
        }
        if code == "AccessDenied" {
            assert!(error.to_string().contains("s3:GetObject"));
            assert!(error.to_string().contains("kms:Decrypt"));
        }
        assert_eq!(http.actual_requests().count(), attempts, "{code}");
    }
}

#[tokio::test]
async fn an_offset_at_the_end_is_an_empty_stream_and_an_ignored_range_an_error() {
    let xml = "<Error><Code>InvalidRange</Code></Error>";
    let (clients, _) = replay(vec![response(416, &[], xml), response(200, &[], "everything")]);
    let source = S3Source::new(clients.s3);
    let task = ObjectTask::whole("logs", "k");
    let mut opened = source.open(&task, 9, Some("\"e\"")).await.unwrap();
    assert_eq!(opened.body.next_chunk().await.unwrap(), None);
    assert!(matches!(source.open(&task, 9, None).await, Err(SourceError::Rejected(_))));
}

#[tokio::test]
async fn responses_of_s3_that_contradict_themselves_are_no_end_and_no_log() {
    let task = ObjectTask::whole("logs", "k");
    let range = |text: &'static str| vec![("content-range", text), ("etag", "\"e\"")];
    for (headers, body) in [
        // Another place, another length, not to the end, no length.
        ([range("bytes 4-9/10"), vec![("content-length", "6")]].concat(), "567890"),
        ([range("bytes 5-9/10"), vec![("content-length", "6")]].concat(), "567890"),
        ([range("bytes 5-8/10"), vec![("content-length", "4")]].concat(), "5678"),
        ([range("nonsense"), vec![("content-length", "5")]].concat(), "56789"),
    ] {
        let (clients, _) = replay(vec![response(206, &headers, body)]);
        let error = S3Source::new(clients.s3).open(&task, 5, Some("\"e\"")).await.unwrap_err();
        assert!(matches!(error, SourceError::Interrupted(_)), "{headers:?}: {error:?}");
    }
    let (clients, _) = replay(vec![response(200, &[("etag", "\"e\"")], "text")]);
    let error = S3Source::new(clients.s3).open(&task, 0, None).await.unwrap_err();
    assert!(matches!(error, SourceError::Interrupted(_)), "{error:?}");

    let past = "<Error><Code>InvalidRange</Code></Error>";
    let sized = |size: &'static str| response(416, &[("content-range", size)], past);
    let (clients, _) =
        replay(vec![sized("bytes */5"), sized("bytes */4"), response(416, &[], past)]);
    let source = S3Source::new(clients.s3);
    assert_eq!(source.open(&task, 5, Some("\"e\"")).await.unwrap().length, Some(0));
    assert_eq!(source.open(&task, 5, Some("\"e\"")).await.unwrap_err(), SourceError::Changed);
    assert_eq!(source.open(&task, 5, None).await.unwrap_err(), SourceError::Changed);
}

#[tokio::test]
async fn behind_a_delete_marker_the_version_of_the_event_is_read() {
    let gone = "<Error><Code>NoSuchKey</Code></Error>";
    let marked = || response(404, &[("x-amz-delete-marker", "true")], gone);
    let denied = "<Error><Code>AccessDenied</Code></Error>";
    let there = || response(200, &[("content-length", "4"), ("etag", "\"e\"")], "text");
    let version = Some("v1".to_owned());
    let task = ObjectTask { version, ..ObjectTask::whole("logs", "k") };
    let (clients, http) = replay(vec![marked(), there(), marked(), response(403, &[], denied)]);
    let source = S3Source::new(clients.s3);
    assert_eq!(source.open(&task, 0, None).await.unwrap().length, Some(4));
    assert_eq!(source.open(&task, 0, None).await.unwrap_err(), SourceError::Missing);
    let requests: Vec<_> = http.actual_requests().map(|request| request.uri().to_owned()).collect();
    assert!(!requests[0].contains("versionId") && requests[1].contains("versionId=v1"));
    // Without a marker there is nothing behind it, and without a version nothing to ask for.
    let (clients, http) = replay(vec![response(404, &[], gone), marked()]);
    let source = S3Source::new(clients.s3);
    assert_eq!(source.open(&task, 0, None).await.unwrap_err(), SourceError::Missing);
    let unversioned = ObjectTask::whole("logs", "k");
    assert_eq!(source.open(&unversioned, 0, None).await.unwrap_err(), SourceError::Missing);
    assert_eq!(http.actual_requests().count(), 2);
}

#[tokio::test]
async fn a_bucket_of_another_region_is_named_with_its_region() {
    let moved = "<Error><Code>PermanentRedirect</Code></Error>";
    let malformed = "<Error><Code>AuthorizationHeaderMalformed</Code></Error>";
    let region = Some("eu-north-1".to_owned());
    let task = ObjectTask { region, ..ObjectTask::whole("logs", "k") };
    for (response, expected) in [
        (response(301, &[("x-amz-bucket-region", "us-west-2")], moved), "us-west-2"),
        (response(400, &[], malformed), "eu-north-1"),
    ] {
        let (clients, _) = replay(vec![response]);
        let error = S3Source::new(clients.s3).open(&task, 0, None).await.unwrap_err();
        let SourceError::Rejected(rejection) = &error else { panic!("{error:?}") };
        assert_eq!(rejection.cause, Cause::OtherRegion);
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn answers_of_firehose_that_contradict_themselves_acknowledge_nothing() {
    let taken = json!({"RecordId": "r"});
    let failed = json!({"ErrorCode": "InternalFailure"});
    for (count, entries) in [
        (0, vec![taken.clone()]),
        (0, vec![taken.clone(), taken.clone(), taken.clone()]),
        (1, vec![taken.clone(), taken.clone()]),
        (0, vec![taken.clone(), failed.clone()]),
        (2, vec![taken.clone(), failed.clone()]),
    ] {
        let body = json!({"FailedPutCount": count, "RequestResponses": entries}).to_string();
        let (result, _) = put(response(200, &[], &body), &["{}\n", "{}\n"]).await;
        assert!(matches!(result, Err(SinkError::Unavailable(_))), "{body}: {result:?}");
    }
    let body =
        json!({"FailedPutCount": 0, "RequestResponses": [{"RecordId": ""}, taken]}).to_string();
    let (result, _) = put(response(200, &[], &body), &["{}\n", "{}\n"]).await;
    assert_eq!(result.unwrap(), [Verdict::Retry, Verdict::Accepted]);
}

#[tokio::test]
async fn a_message_is_sent_when_sqs_gives_it_an_id() {
    let body = json!({
        "Successful": [
            {"Id": "0", "MessageId": "m-0", "MD5OfMessageBody": "0cc175b9c0f1b6a831c399e269772661"},
            {"Id": "2", "MessageId": "", "MD5OfMessageBody": "4a8a08f09d37b73795649038408b5f33"},
        ],
        "Failed": [
            {"Id": "1", "Code": "InternalError", "SenderFault": false},
            {"Id": "3", "Code": "InvalidMessageContents", "SenderFault": true},
        ],
    });
    let (clients, http) = replay(vec![
        response(200, &[], &body.to_string()),
        response(400, &[], r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"?"}"#),
        response(403, &[], r#"{"__type":"com.amazonaws.sqs#AccessDeniedException","message":"?"}"#),
    ]);
    let queue = SqsQueue::new(clients.sqs, "http://192.0.2.1:3/111122223333/next".to_owned());
    let bodies = ["a", "b", "c", "d", "e"];
    let sent = queue.send(&bodies).await.unwrap();
    assert!(sent[0].is_ok());
    for unknown in [&sent[1], &sent[2], &sent[4]] {
        assert!(matches!(unknown, Err(QueueError::Unavailable(_))), "{unknown:?}");
    }
    assert!(matches!(sent[3], Err(QueueError::Rejected(_))));
    let error = queue.send(&bodies).await.unwrap_err();
    assert!(
        matches!(&error, QueueError::Rejected(Rejection { cause: Cause::NotFound, .. })),
        "{error}"
    );
    let error = queue.send(&bodies).await.unwrap_err().to_string();
    assert!(error.contains("sqs:SendMessage"), "{error}");
    let requests: Vec<_> = http.actual_requests().collect();
    let target = requests[0].headers().get("x-amz-target");
    assert_eq!(target, Some("AmazonSQS.SendMessageBatch"));
    let sent: Value = serde_json::from_slice(requests[0].body().bytes().unwrap()).unwrap();
    assert_eq!(sent["Entries"][4], json!({"Id": "4", "MessageBody": "e"}));
    assert_eq!(sent["QueueUrl"], "http://192.0.2.1:3/111122223333/next");
}
