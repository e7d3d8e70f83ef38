//! The Data API and writing to S3 on the real SDK clients, against replayed HTTP.

use aws_smithy_http_client::test_util::{ReplayEvent, StaticReplayClient};
use bytes::Bytes;
use serde_json::{Value as Json, json};

use super::tests::{replay, response};
use super::{RedshiftData, RedshiftPlace, S3Writer};
use crate::ports::{
    Cause, ObjectWriter, Ran, Rejection, Resource, Value, Warehouse, WarehouseError, WriteError,
};

/// How often the SDK makes a call before it gives up.
const ATTEMPTS: usize = 3;

fn place() -> RedshiftPlace {
    RedshiftPlace {
        workgroup: Some("logs".to_owned()),
        database: "dev".to_owned(),
        secret_arn: Some("arn:aws:secretsmanager:eu-west-1:123456789012:secret:s".to_owned()),
        ..RedshiftPlace::default()
    }
}

fn ok(body: &Json) -> ReplayEvent {
    response(200, &[], &body.to_string())
}

fn error(status: u16, code: &str) -> ReplayEvent {
    response(status, &[], &json!({"__type": code, "message": "why"}).to_string())
}

fn submitted() -> ReplayEvent {
    ok(&json!({"Id": "q"}))
}

async fn run(
    responses: Vec<ReplayEvent>,
) -> (Result<Vec<Ran>, WarehouseError>, StaticReplayClient) {
    let (clients, http) = replay(responses);
    let warehouse = RedshiftData::new(clients.redshift_data, place());
    (warehouse.run(&["SELECT 1".to_owned(), "SELECT 2".to_owned()]).await, http)
}

fn sent(http: &StaticReplayClient) -> Vec<(String, Json)> {
    let request = |request: &aws_sdk_s3::config::http::HttpRequest| {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        (
            operation,
            serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default(),
        )
    };
    http.actual_requests().map(request).collect()
}

#[tokio::test(start_paused = true)]
async fn statements_go_as_one_batch_and_are_waited_for() {
    let parts = json!([
        {"Id": "q:1", "Status": "FINISHED", "HasResultSet": false, "ResultRows": 3},
        {"Id": "q:2", "Status": "FINISHED", "HasResultSet": true, "ResultRows": -1},
    ]);
    let (ran, http) = run(vec![
        submitted(),
        ok(&json!({"Id": "q", "Status": "STARTED"})),
        error(500, "InternalServerException"),
        error(500, "InternalServerException"),
        error(500, "InternalServerException"),
        ok(&json!({"Id": "q", "Status": "FINISHED", "SubStatements": parts})),
    ])
    .await;
    let second = Ran { result: Some("q:2".to_owned()), rows: None };
    assert_eq!(ran, Ok(vec![Ran { result: None, rows: Some(3) }, second]));
    let sent = sent(&http);
    let (operation, body) = &sent[0];
    assert_eq!(
        (operation.as_str(), &body["Sqls"]),
        ("BatchExecuteStatement", &json!(["SELECT 1", "SELECT 2"]))
    );
    assert_eq!((&body["WorkgroupName"], &body["Database"]), (&json!("logs"), &json!("dev")));
    assert!(body["ClientToken"].as_str().is_some_and(|token| token.len() > 8), "{body}");
    assert!(sent[1..].iter().all(|(name, body)| name == "DescribeStatement" && body["Id"] == "q"));
}

#[tokio::test(start_paused = true)]
async fn the_retries_of_a_submission_bear_its_token() {
    let (ran, http) = run(vec![
        error(500, "InternalServerException"),
        submitted(),
        ok(&json!({"Id": "q", "Status": "FINISHED"})),
    ])
    .await;
    assert_eq!(ran, Ok(vec![]));
    let sent = sent(&http);
    let tokens: Vec<&Json> = sent[..2].iter().map(|(_, body)| &body["ClientToken"]).collect();
    assert_eq!(tokens[0], tokens[1]);
}

#[tokio::test(start_paused = true)]
async fn how_statements_end_is_told_apart() {
    for (status, said, done_before) in [
        ("FAILED", "ERROR: division by zero", true),
        ("FAILED", "ERROR: Divide by zero", true),
        ("FAILED", "ERROR: relation \"l\" does not exist", false),
        ("ABORTED", "Query was cancelled", false),
    ] {
        let parts = json!([
            {"Id": "q:1", "Status": "FINISHED"}, {"Id": "q:2", "Status": status, "Error": said},
        ]);
        let body = json!({"Id": "q", "Status": status, "Error": "Query #2 failed", "SubStatements": parts});
        let (ran, _) = run(vec![submitted(), ok(&body)]).await;
        match ran {
            Err(WarehouseError::DoneBefore) => assert!(done_before, "{said}"),
            Err(WarehouseError::Failed(why)) => assert!(!done_before && why == said, "{why}"),
            other => panic!("{other:?}"),
        }
    }
    let (ran, _) = run(vec![submitted(), ok(&json!({"Id": "q", "Status": "ABORTED"}))]).await;
    assert_eq!(ran, Err(WarehouseError::Failed("it ended ABORTED".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn refusals_of_the_data_api_are_told_apart() {
    for (status, code, cause) in [
        (400, "AccessDeniedException", "denied"),
        (400, "ExpiredTokenException", "credentials"),
        (400, "UnrecognizedClientException", "credentials"),
        (400, "ResourceNotFoundException", "not found"),
        (400, "ValidationException", "other"),
        (400, "BatchExecuteStatementException", "other"),
        (400, "ThrottlingException", "unavailable"),
        (400, "ActiveStatementsExceededException", "unavailable"),
        (500, "InternalServerException", "unavailable"),
    ] {
        let (ran, _) = run((0..ATTEMPTS).map(|_| error(status, code)).collect()).await;
        let found = match &ran {
            Err(WarehouseError::Unavailable(_)) => "unavailable",
            Err(WarehouseError::Rejected(Rejection { resource, cause, .. })) => {
                assert_eq!(resource, &Resource::Warehouse("logs".to_owned()));
                match cause {
                    Cause::AccessDenied { .. } => "denied",
                    Cause::Credentials => "credentials",
                    Cause::NotFound => "not found",
                    Cause::Other => "other",
                    other => panic!("{other:?}"),
                }
            }
            other => panic!("{code}: {other:?}"),
        };
        let said = ran.unwrap_err().to_string();
        assert_eq!(found, cause, "{code}");
        assert!(said.contains(code), "{said}");
        if cause == "denied" {
            assert!(said.contains("redshift-data:BatchExecuteStatement"), "{said}");
            assert!(said.contains("redshift-serverless:GetCredentials"), "{said}");
        }
    }
    let (ran, _) = run(vec![ok(&json!({}))]).await;
    assert!(matches!(ran, Err(WarehouseError::Unavailable(_))), "no id: {ran:?}");
    // How far it is may be unknown for a while, not for ever.
    let unknown = (0..6 * ATTEMPTS).map(|_| error(500, "InternalServerException"));
    let (ran, _) = run([submitted()].into_iter().chain(unknown).collect()).await;
    assert!(matches!(ran, Err(WarehouseError::Unavailable(_))), "{ran:?}");
    let (ran, _) = run(vec![submitted(), error(400, "AccessDeniedException")]).await;
    assert!(matches!(ran, Err(WarehouseError::Rejected(_))), "{ran:?}");
}

#[tokio::test]
async fn what_is_more_than_a_transaction_takes_is_not_sent() {
    let long = vec!["x".repeat(100_001)];
    let many = vec!["SELECT 1".to_owned(); 41];
    for statements in [long, many] {
        let (clients, http) = replay(Vec::new());
        let warehouse = RedshiftData::new(clients.redshift_data, place());
        let ran = warehouse.run(&statements).await;
        assert!(matches!(ran, Err(WarehouseError::Rejected(_))), "{ran:?}");
        assert_eq!(http.actual_requests().count(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_has_values_of_every_type_and_the_token_of_the_next() {
    let row = json!([
        {"stringValue": "k"}, {"longValue": -7}, {"booleanValue": true}, {"doubleValue": 0.5},
        {"isNull": true},
    ]);
    let (clients, http) = replay(vec![
        ok(&json!({"Records": [row], "NextToken": "t"})),
        ok(&json!({"Records": [], "NextToken": ""})),
        error(400, "ResourceNotFoundException"),
    ]);
    let warehouse = RedshiftData::new(clients.redshift_data, place());
    let first = warehouse.page("q:2", None).await.unwrap();
    let expected = vec![
        Value::Text("k".to_owned()),
        Value::Long(-7),
        Value::Boolean(true),
        Value::Double(0.5),
        Value::Null,
    ];
    assert_eq!((first.rows, first.next.as_deref()), (vec![expected], Some("t")));
    let last = warehouse.page("q:2", Some("t")).await.unwrap();
    assert_eq!((last.rows.len(), last.next), (0, None));
    let gone = warehouse.page("q:2", None).await;
    assert!(matches!(gone, Err(WarehouseError::Rejected(_))), "{gone:?}");
    let tokens: Vec<Json> =
        sent(&http).into_iter().map(|(_, body)| body["NextToken"].clone()).collect();
    assert_eq!(tokens, [Json::Null, json!("t"), Json::Null]);
}

#[tokio::test(start_paused = true)]
async fn refusals_of_writing_are_told_apart() {
    let xml = |code: &str| format!("<Error><Code>{code}</Code><Message>m</Message></Error>");
    for (status, code, cause) in [
        (403, "AccessDenied", "denied"),
        (404, "NoSuchBucket", "not found"),
        (301, "PermanentRedirect", "other region"),
        (400, "ExpiredToken", "credentials"),
        (400, "EntityTooLarge", "other"),
        (503, "SlowDown", "unavailable"),
        (500, "InternalError", "unavailable"),
    ] {
        let responses = (0..ATTEMPTS).map(|_| response(status, &[], &xml(code))).collect();
        let (clients, _) = replay(responses);
        let written = S3Writer::new(clients.s3).write("staging", "k", Bytes::from("text")).await;
        let found = match &written {
            Err(WriteError::Unavailable(_)) => "unavailable",
            Err(WriteError::Rejected(Rejection { resource, cause, .. })) => {
                assert_eq!(resource, &Resource::Bucket("staging".to_owned()));
                match cause {
                    Cause::AccessDenied { .. } => "denied",
                    Cause::Credentials => "credentials",
                    Cause::NotFound => "not found",
                    Cause::OtherRegion => "other region",
                    Cause::Other => "other",
                    other => panic!("{other:?}"),
                }
            }
            Ok(()) => panic!("{code}"),
        };
        let said = written.unwrap_err().to_string();
        assert_eq!(found, cause, "{code}");
        assert!(said.contains(code), "{said}");
        if cause == "denied" {
            assert!(said.contains("staging") && said.contains("s3:PutObject"), "{said}");
        }
    }
    let (clients, http) = replay(vec![response(200, &[], "")]);
    S3Writer::new(clients.s3).write("staging", "a b", Bytes::from("text")).await.unwrap();
    let request = http.actual_requests().next().unwrap();
    assert_eq!((request.method(), request.body().bytes()), ("PUT", Some(&b"text"[..])));
    assert!(request.uri().contains("/staging/a%20b"), "{}", request.uri());
}
