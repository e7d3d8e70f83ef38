//! The dead-letter queue against responses as SQS gives them.

use serde_json::{Value, json};

use super::SqsQueue;
use super::tests::{replay, response};
use crate::ports::{Cause, DeadLetters, MoveStatus, QueueError};

const ARN: &str = "arn:aws:sqs:eu-west-1:123456789012:dead";
const TO: &str = "arn:aws:sqs:eu-west-1:123456789012:events";

fn queue(clients: &super::Clients) -> SqsQueue {
    SqsQueue::new(clients.sqs.clone(), "http://192.0.2.1:3/123456789012/dead".to_owned())
}

fn refusal(code: &str, message: &str) -> aws_smithy_http_client::test_util::ReplayEvent {
    let body = json!({"__type": format!("com.amazonaws.sqs#{code}"), "message": message});
    response(if code.starts_with("AccessDenied") { 403 } else { 400 }, &[], &body.to_string())
}

#[tokio::test]
async fn letters_are_received_for_a_while_and_deleted_by_their_handle() {
    let body = json!({"Messages": [{
        "MessageId": "m-1", "ReceiptHandle": "h-1", "Body": "text",
        "MD5OfBody": "1cb251ec0d568de6a929b520c4aed8d1",
        "Attributes": {"SentTimestamp": "1773480413999"},
    }]});
    let (clients, http) =
        replay(vec![response(200, &[], &body.to_string()), response(200, &[], "{}")]);
    let letters = queue(&clients).receive(30).await.unwrap();
    assert_eq!(letters.len(), 1);
    let letter = &letters[0];
    assert_eq!((letter.id.as_str(), letter.handle.as_str()), ("m-1", "h-1"));
    assert_eq!((letter.body.as_str(), letter.sent_unix_s), ("text", Some(1_773_480_413)));
    queue(&clients).delete("h-1").await.unwrap();
    let sent: Vec<Value> = http
        .actual_requests()
        .map(|request| serde_json::from_slice(request.body().bytes().unwrap()).unwrap())
        .collect();
    assert_eq!(sent[0]["VisibilityTimeout"], 30);
    assert_eq!(sent[0]["MaxNumberOfMessages"], 10);
    assert_eq!(sent[1]["ReceiptHandle"], "h-1");
}

#[tokio::test]
async fn a_move_always_names_its_destination_and_its_rate() {
    let tasks = json!({"Results": [{
        "TaskHandle": "t", "Status": "RUNNING", "SourceArn": ARN, "DestinationArn": TO,
        "ApproximateNumberOfMessagesMoved": 7, "ApproximateNumberOfMessagesToMove": 900,
        "StartedTimestamp": 1,
    }]});
    let (clients, http) = replay(vec![
        response(200, &[], r#"{"TaskHandle":"t"}"#),
        response(200, &[], &tasks.to_string()),
        response(200, &[], r#"{"ApproximateNumberOfMessagesMoved":8}"#),
    ]);
    let queue = queue(&clients);
    queue.start_move(ARN, TO, 50).await.unwrap();
    let task = queue.newest_move(ARN).await.unwrap().unwrap();
    assert_eq!((task.status, task.moved, task.to_move), (MoveStatus::Running, 7, Some(900)));
    assert_eq!(task.started_unix_ms, Some(1));
    queue.cancel_move(&task.handle.unwrap()).await.unwrap();
    let requests: Vec<_> = http.actual_requests().collect();
    let target = |at: usize| requests[at].headers().get("x-amz-target").unwrap();
    assert_eq!(target(0), "AmazonSQS.StartMessageMoveTask");
    assert_eq!(target(2), "AmazonSQS.CancelMessageMoveTask");
    let sent: Value = serde_json::from_slice(requests[0].body().bytes().unwrap()).unwrap();
    assert_eq!(
        sent,
        json!({"SourceArn": ARN, "DestinationArn": TO, "MaxNumberOfMessagesPerSecond": 50})
    );
}

#[tokio::test]
async fn a_start_or_cancellation_that_was_not_answered_is_not_made_again_unseen() {
    let broken = || response(500, &[], r#"{"__type":"com.amazonaws.sqs#InternalError"}"#);
    let (clients, http) = replay((0..6).map(|_| broken()).collect());
    let queue = queue(&clients);
    let started = queue.start_move(ARN, TO, 50).await;
    assert!(matches!(started, Err(QueueError::Unavailable(_))), "{started:?}");
    let cancelled = queue.cancel_move("t").await;
    assert!(matches!(cancelled, Err(QueueError::Unavailable(_))), "{cancelled:?}");
    assert_eq!(http.actual_requests().count(), 2);
    // To look is free.
    assert!(queue.newest_move(ARN).await.is_err());
    assert!(http.actual_requests().count() > 3);
}

#[tokio::test]
async fn a_refusal_names_the_permission_that_is_missing() {
    let denied = || refusal("AccessDeniedException", "no");
    let (clients, _) = replay((0..6).map(|_| denied()).collect());
    let queue = queue(&clients);
    let errors = [
        (queue.receive(30).await.unwrap_err(), "sqs:ReceiveMessage"),
        (queue.delete("h").await.unwrap_err(), "sqs:DeleteMessage"),
        (queue.arn().await.unwrap_err(), "sqs:GetQueueAttributes"),
        (queue.start_move(ARN, TO, 50).await.unwrap_err(), "sqs:StartMessageMoveTask"),
        (queue.newest_move(ARN).await.unwrap_err(), "sqs:ListMessageMoveTasks"),
        (queue.cancel_move("t").await.unwrap_err(), "sqs:CancelMessageMoveTask"),
    ];
    for (error, permission) in errors {
        let QueueError::Rejected(rejection) = &error else { panic!("{error:?}") };
        assert!(matches!(rejection.cause, Cause::AccessDenied { .. }), "{error:?}");
        assert!(error.to_string().contains(permission), "{error}");
    }
}

#[tokio::test]
async fn what_sqs_says_of_a_task_is_passed_on() {
    let words = "Source queue must be configured as a Dead Letter Queue.";
    let (clients, _) = replay(vec![refusal("InvalidParameterValueException", words)]);
    let error = queue(&clients).start_move(ARN, TO, 50).await.unwrap_err();
    assert!(error.to_string().contains(words), "{error}");
}
