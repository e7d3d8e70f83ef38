//! Lookups on the real SDK clients, against replayed HTTP: bodies as the services' models have them.

use aws_smithy_http_client::test_util::{ReplayEvent, StaticReplayClient};
use serde_json::json;

use super::LookupClients;
use crate::aws::tests::{environment, replay, response};
use crate::ports::{
    CopyFacts, Deployment as _, EventSourceFacts, LoggingFacts, LookupError, Metric, Redrive,
    StagingFacts,
};

fn lookups(responses: Vec<ReplayEvent>) -> (LookupClients, StaticReplayClient) {
    let (clients, http) = replay(responses);
    (LookupClients::beside(clients, &environment(), http.clone()), http)
}

fn one(status: u16, body: &str) -> LookupClients {
    lookups(vec![response(status, &[], body)]).0
}

const QUEUE: &str = "arn:aws:sqs:eu-west-1:123456789012:ferry";

#[tokio::test]
async fn a_queue_has_its_attributes_and_its_redrive() {
    for receives in [json!(5), json!("5")] {
        let policy = json!({"deadLetterTargetArn": "arn:dead", "maxReceiveCount": receives});
        let body = json!({"Attributes": {
            "QueueArn": QUEUE, "VisibilityTimeout": "1860", "MessageRetentionPeriod": "1209600",
            "ApproximateNumberOfMessages": "3", "ApproximateNumberOfMessagesNotVisible": "2",
            "RedrivePolicy": policy.to_string(),
        }});
        let facts = one(200, &body.to_string()).queue("https://q").await.unwrap();
        assert_eq!((facts.visibility_s, facts.retention_s), (1860, 1_209_600));
        assert_eq!((facts.arn.as_str(), facts.waiting, facts.in_flight), (QUEUE, 3, 2));
        let redrive = Redrive { target_arn: "arn:dead".into(), receives_max: 5 };
        assert_eq!(facts.redrive, Some(redrive), "{receives}");
    }
    let plain = json!({"Attributes": {"QueueArn": QUEUE}}).to_string();
    assert_eq!(one(200, &plain).queue("https://q").await.unwrap().redrive, None);
}

#[tokio::test]
async fn a_function_has_its_state_role_and_variables() {
    let body = json!({
        "FunctionName": "ferry", "Runtime": "provided.al2023", "Timeout": 300,
        "Role": "arn:aws:iam::123456789012:role/ferry", "State": "Active",
        "LastUpdateStatus": "Successful", "Architectures": ["arm64"],
        "Environment": {"Variables": {"LOGFERRY_STREAM": "ferry"}},
    });
    let (lookups, http) = lookups(vec![response(200, &[], &body.to_string())]);
    let facts = lookups.function("ferry").await.unwrap();
    assert_eq!((facts.state.as_str(), facts.last_update.as_str()), ("Active", "Successful"));
    assert_eq!((facts.architecture.as_str(), facts.timeout_s), ("arm64", 300));
    assert_eq!(facts.role_arn, "arn:aws:iam::123456789012:role/ferry");
    assert_eq!(facts.variables.get("LOGFERRY_STREAM").map(String::as_str), Some("ferry"));
    let url = http.actual_requests().next().unwrap().uri().to_owned();
    assert!(url.ends_with("/2015-03-31/functions/ferry/configuration"), "{url}");
}

#[tokio::test]
async fn the_loop_guard_is_told_as_it_is_set() {
    let guard = one(200, r#"{"RecursiveLoop":"Terminate"}"#).recursion("ferry").await;
    assert_eq!(guard.as_deref(), Ok("Terminate"));
}

#[tokio::test]
async fn a_mapping_is_found_by_queue_and_function() {
    let mapping = json!({
        "UUID": "u", "BatchSize": 100, "MaximumBatchingWindowInSeconds": 60, "State": "Enabled",
        "EventSourceArn": QUEUE, "FunctionResponseTypes": ["ReportBatchItemFailures"],
    });
    let found = json!({"EventSourceMappings": [mapping]}).to_string();
    let none = json!({"EventSourceMappings": []}).to_string();
    let (lookups, http) = lookups(vec![response(200, &[], &found), response(200, &[], &none)]);
    let expected = EventSourceFacts {
        state: "Enabled".into(),
        batch_size: 100,
        window_s: 60,
        reports_items: true,
    };
    assert_eq!(lookups.event_source("ferry", QUEUE).await, Ok(Some(expected)));
    assert_eq!(lookups.event_source("ferry", QUEUE).await, Ok(None));
    let url = http.actual_requests().next().unwrap().uri().to_owned();
    assert!(url.contains("FunctionName=ferry") && url.contains("EventSourceArn=arn"), "{url}");
}

#[tokio::test]
async fn notifications_name_their_targets_with_prefix() {
    let body = "<NotificationConfiguration>\
        <QueueConfiguration><Id>ferry-0</Id><Queue>arn:queue</Queue>\
        <Event>s3:ObjectCreated:*</Event><Filter><S3Key>\
        <FilterRule><Name>Suffix</Name><Value>.gz</Value></FilterRule>\
        <FilterRule><Name>Prefix</Name><Value>a/</Value></FilterRule></S3Key></Filter>\
        </QueueConfiguration>\
        <CloudFunctionConfiguration><CloudFunction>arn:function</CloudFunction>\
        <Event>s3:ObjectRemoved:*</Event></CloudFunctionConfiguration>\
        <EventBridgeConfiguration></EventBridgeConfiguration></NotificationConfiguration>";
    let facts = one(200, body).notification("amber-logs").await.unwrap();
    assert!(facts.eventbridge);
    let [queue, function] = facts.targets.as_slice() else { panic!("{facts:?}") };
    assert_eq!((queue.arn.as_str(), queue.prefix.as_str()), ("arn:queue", "a/"));
    assert_eq!(queue.events, ["s3:ObjectCreated:*"]);
    assert_eq!((function.arn.as_str(), function.prefix.as_str()), ("arn:function", ""));
    let none = one(200, "<NotificationConfiguration/>").notification("amber-logs").await.unwrap();
    assert!(!none.eventbridge && none.targets.is_empty());
}

#[tokio::test]
async fn a_bucket_logs_somewhere_or_nowhere() {
    let body = "<BucketLoggingStatus><LoggingEnabled><TargetBucket>amber-logs</TargetBucket>\
        <TargetPrefix>a/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>";
    let facts = LoggingFacts { bucket: "amber-logs".into(), prefix: "a/".into() };
    assert_eq!(one(200, body).logging("staging").await, Ok(Some(facts)));
    assert_eq!(one(200, "<BucketLoggingStatus/>").logging("staging").await, Ok(None));
}

fn described(destination: &serde_json::Value) -> String {
    json!({"DeliveryStreamDescription": {
        "DeliveryStreamName": "ferry", "DeliveryStreamARN": "arn:stream",
        "DeliveryStreamStatus": "ACTIVE", "DeliveryStreamType": "DirectPut", "VersionId": "1",
        "Destinations": [destination], "HasMoreDestinations": false,
    }})
    .to_string()
}

#[tokio::test]
async fn a_stream_has_its_destination_and_its_copy_command() {
    let s3 = json!({
        "RoleARN": "arn:role", "BucketARN": "arn:aws:s3:::staging", "Prefix": "rows/",
        "BufferingHints": {}, "CompressionFormat": "GZIP", "EncryptionConfiguration": {},
    });
    let redshift = json!({"DestinationId": "d", "RedshiftDestinationDescription": {
        "RoleARN": "arn:role", "ClusterJDBCURL": "jdbc:redshift://h:5439/dev",
        "CopyCommand": {"DataTableName": "public.t", "DataTableColumns": "a,b", "CopyOptions": "GZIP"},
        "S3DestinationDescription": s3,
    }});
    let facts = one(200, &described(&redshift)).stream("ferry").await.unwrap();
    assert_eq!((facts.status.as_str(), facts.destination.as_str()), ("ACTIVE", "redshift"));
    let staging = StagingFacts {
        bucket_arn: "arn:aws:s3:::staging".into(),
        prefix: "rows/".into(),
        compression: "GZIP".into(),
    };
    assert_eq!((facts.role_arn.as_str(), facts.staging.as_ref()), ("arn:role", Some(&staging)));
    let copy =
        CopyFacts { table: "public.t".into(), columns: "a,b".into(), options: "GZIP".into() };
    assert_eq!(facts.copy, Some(copy));

    // Firehose describes such a destination in both forms.
    let extended = json!({
        "DestinationId": "d", "S3DestinationDescription": s3, "ExtendedS3DestinationDescription": s3
    });
    let facts = one(200, &described(&extended)).stream("ferry").await.unwrap();
    assert_eq!((facts.destination.as_str(), facts.staging), ("extended_s3", Some(staging)));
    assert_eq!(facts.copy, None);
}

#[tokio::test]
async fn credentials_have_an_account() {
    let body = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
        <Arn>arn:aws:iam::123456789012:user/amber</Arn><UserId>U</UserId>\
        <Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
    let identity = one(200, body).identity().await.unwrap();
    assert_eq!(identity.account_id, "123456789012");
    assert_eq!(identity.region, "eu-west-1");
}

#[tokio::test]
async fn a_simulation_names_what_is_not_allowed() {
    let result = |action: &str, decision: &str| {
        format!(
            "<member><EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision>\
             </member>"
        )
    };
    let body = format!(
        "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults>{}{}{}\
         </EvaluationResults><IsTruncated>false</IsTruncated></SimulatePrincipalPolicyResult>\
         </SimulatePrincipalPolicyResponse>",
        result("s3:GetObject", "allowed"),
        result("s3:ListBucket", "implicitDeny"),
        result("s3:PutObject", "explicitDeny"),
    );
    let (lookups, http) = lookups(vec![response(200, &[], &body)]);
    let refused =
        lookups.not_allowed("arn:role", &["s3:GetObject", "s3:ListBucket"], "arn:b").await;
    assert_eq!(refused, Ok(vec!["s3:ListBucket".to_owned(), "s3:PutObject".to_owned()]));
    let request = http.actual_requests().next().unwrap();
    let sent = String::from_utf8(request.body().bytes().unwrap().to_vec()).unwrap();
    assert!(sent.contains("ActionNames.member.2=s3%3AListBucket"), "{sent}");
    assert!(sent.contains("ResourceArns.member.1=arn%3Ab"), "{sent}");
}

/// CBOR, as CloudWatch speaks it: maps of texts, lists, doubles. Source: RFC 8949, section 3.
mod cbor {
    pub(super) fn text(text: &str) -> Vec<u8> {
        [&[0x78, u8::try_from(text.len()).unwrap()][..], text.as_bytes()].concat()
    }

    pub(super) fn doubles(values: &[f64]) -> Vec<u8> {
        let double = |value: &f64| [&[0xfb][..], &value.to_be_bytes()].concat();
        list(&values.iter().map(double).collect::<Vec<_>>())
    }

    pub(super) fn list(items: &[Vec<u8>]) -> Vec<u8> {
        [vec![0x98, u8::try_from(items.len()).unwrap()], items.concat()].concat()
    }

    pub(super) fn map(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let entry = |(key, value): &(&str, Vec<u8>)| [text(key), value.clone()].concat();
        let entries_bytes: Vec<Vec<u8>> = entries.iter().map(entry).collect();
        [vec![0xb8, u8::try_from(entries.len()).unwrap()], entries_bytes.concat()].concat()
    }
}

fn cbor_response(body: Vec<u8>) -> ReplayEvent {
    use aws_sdk_s3::primitives::SdkBody;
    let response = http::Response::builder()
        .status(200)
        .header("smithy-protocol", "rpc-v2-cbor")
        .header("content-type", "application/cbor");
    let request = http::Request::builder().uri("/").body(SdkBody::empty());
    ReplayEvent::new(request.unwrap(), response.body(SdkBody::from(body)).unwrap())
}

#[tokio::test]
async fn metrics_come_in_pages_and_keep_their_places() {
    let result = |id: &str, values: &[f64]| {
        cbor::map(&[("Id", cbor::text(id)), ("Values", cbor::doubles(values))])
    };
    let first = cbor::map(&[
        ("MetricDataResults", cbor::list(&[result("m1", &[1.0, 0.5])])),
        ("NextToken", cbor::text("t")),
    ]);
    let second = cbor::map(&[(
        "MetricDataResults",
        cbor::list(&[result("m0", &[7.0]), result("m1", &[0.25])]),
    )]);
    let (lookups, http) = lookups(vec![cbor_response(first), cbor_response(second)]);
    let metric = |name: &str| Metric {
        namespace: "AWS/Firehose".into(),
        name: name.into(),
        dimension: ("DeliveryStreamName", "ferry".into()),
        statistic: "Average",
        period_s: 3600,
    };
    let values = lookups.metrics(&[metric("a"), metric("b")], 0, 86_400).await;
    assert_eq!(values, Ok(vec![vec![7.0], vec![1.0, 0.5, 0.25]]));
    assert_eq!(http.actual_requests().count(), 2);
    let request = http.actual_requests().next().unwrap();
    let sent = request.body().bytes().unwrap();
    let has = |text: &[u8]| sent.windows(text.len()).any(|window| window == text);
    assert!(has(b"DeliveryStreamName") && has(b"TimestampDescending"), "newest first");
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let json = |code: &str| json!({"__type": code, "message": "m"}).to_string();
    let xml = |code: &str| format!("<Error><Code>{code}</Code><Message>m</Message></Error>");
    let query = |code: &str| {
        format!(
            "<ErrorResponse><Error><Code>{code}</Code><Message>m</Message></Error></ErrorResponse>"
        )
    };
    let queue = |status, code: &str| one(status, &json(code));
    let needs = "sqs:GetQueueAttributes on the queue";
    let denied = queue(400, "AccessDeniedException").queue("u").await;
    assert_eq!(denied, Err(LookupError::Denied { needs }));
    for missing in ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"] {
        assert_eq!(queue(400, missing).queue("u").await, Err(LookupError::Missing), "{missing}");
    }
    let stream = one(400, &json("ResourceNotFoundException")).stream("ferry").await;
    assert_eq!(stream, Err(LookupError::Missing));
    let function = one(403, &json("AccessDeniedException")).function("ferry").await;
    assert!(matches!(function, Err(LookupError::Denied { .. })), "{function:?}");
    let bucket = one(404, &xml("NoSuchBucket")).notification("amber-logs").await;
    assert_eq!(bucket, Err(LookupError::Missing));
    let bucket = one(403, &xml("AccessDenied")).logging("amber-logs").await;
    assert!(matches!(bucket, Err(LookupError::Denied { .. })), "{bucket:?}");
    let role =
        one(404, &query("NoSuchEntity")).not_allowed("arn:role", &["s3:GetObject"], "a").await;
    assert_eq!(role, Err(LookupError::Missing));
    let role =
        one(403, &query("AccessDenied")).not_allowed("arn:role", &["s3:GetObject"], "a").await;
    assert!(matches!(role, Err(LookupError::Denied { .. })), "{role:?}");
    let identity = one(403, &query("ExpiredToken")).identity().await;
    assert!(matches!(&identity, Err(LookupError::Refused(said)) if said.contains("ExpiredToken")));
    let busy = one(400, &json("ThrottlingException"));
    assert!(matches!(busy.stream("ferry").await, Err(LookupError::Unavailable(_))));
    let plain = one(200, "<html>no CBOR</html>").metrics(&[], 0, 60).await;
    assert!(matches!(&plain, Err(LookupError::Unavailable(said)) if said.contains("200")));
    let proxy = one(200, "<html>a proxy</html>").stream("ferry").await;
    assert!(matches!(proxy, Err(LookupError::Unavailable(_))), "{proxy:?}");
}
