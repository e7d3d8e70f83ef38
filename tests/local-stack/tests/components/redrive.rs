//! Dead letters moved back, and what an operator's tool asks of queues, through the real SDK.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{
    ListMessageMoveTasksResultEntry, MessageSystemAttributeName, QueueAttributeName,
};
use local_stack::sqs::{Fault, Queue, Settings, Sqs};

use super::sqs::{client, entry};

const VISIBILITY: Duration = Duration::from_mins(1);

/// A queue with dead letters, and one without, behind an endpoint.
struct Place {
    events: Arc<Queue>,
    letters: Arc<Queue>,
    other: Arc<Queue>,
    sqs: Sqs,
    client: Client,
}

async fn place() -> Place {
    let plain = Settings { visibility: VISIBILITY, redrive: None };
    let letters = Queue::new("dead", plain.clone());
    let redrive = Some((Arc::clone(&letters), 1));
    let events = Queue::new("logs", Settings { visibility: VISIBILITY, redrive });
    let other = Queue::new("other", plain);
    let all = [&events, &letters, &other].map(Arc::clone);
    let sqs = Sqs::start(&all).await.unwrap();
    let client = client(&sqs.url());
    Place { events, letters, other, sqs, client }
}

impl Place {
    /// Lets messages wear out, so that the redrive policy moves them.
    fn wear_out(&self, bodies: &[&str]) {
        for body in bodies {
            self.events.send(*body, Duration::ZERO);
        }
        assert_eq!(self.events.receive(bodies.len()).len(), bodies.len());
        self.events.expire();
        assert!(self.events.receive(10).is_empty());
    }

    async fn ended(&self) -> ListMessageMoveTasksResultEntry {
        loop {
            let tasks = self.client.list_message_move_tasks().source_arn(self.letters.arn());
            let task = tasks.send().await.unwrap().results()[0].clone();
            if !matches!(task.status(), Some("RUNNING" | "CANCELLING")) {
                return task;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn messages_go_back_to_where_a_policy_took_them_from_as_new_ones() {
    let place = place().await;
    place.wear_out(&["a", "b"]);
    let url = place.sqs.queue_url(&place.letters);
    let peek = place.client.receive_message().queue_url(&url).visibility_timeout(0);
    let peek = peek.message_system_attribute_names(MessageSystemAttributeName::All);
    let message = peek.send().await.unwrap().messages()[0].clone();
    let attribute = |name| message.attributes().unwrap().get(&name).cloned();
    assert_eq!(
        attribute(MessageSystemAttributeName::DeadLetterQueueSourceArn),
        Some(place.events.arn())
    );
    assert!(attribute(MessageSystemAttributeName::SentTimestamp).is_some());

    let start = place.client.start_message_move_task().source_arn(place.letters.arn());
    let handle = start.send().await.unwrap().task_handle.unwrap();
    let task = place.ended().await;
    assert_eq!(task.status(), Some("COMPLETED"));
    let moved = task.approximate_number_of_messages_moved();
    assert_eq!((moved, task.approximate_number_of_messages_to_move()), (2, Some(2)));
    assert_eq!((task.task_handle(), task.failure_reason()), (None, None));
    assert_eq!(
        (place.events.bodies(), place.letters.counts().held),
        (vec!["a".into(), "b".into()], 0)
    );
    let back = place.events.receive(10);
    assert!(
        back.iter().all(|one| one.receives == 1 && Some(one.id.as_str()) != message.message_id())
    );
    let late = place.client.cancel_message_move_task().task_handle(handle).send().await;
    assert!(late.unwrap_err().into_service_error().is_unsupported_operation());
}

#[tokio::test]
async fn what_was_put_among_the_dead_letters_needs_a_destination() {
    let place = place().await;
    place.wear_out(&["worn out"]);
    place.letters.send("put there", Duration::ZERO);
    place.letters.send("hidden", Duration::from_mins(5));
    let start = || place.client.start_message_move_task().source_arn(place.letters.arn());
    start().send().await.unwrap();
    let task = place.ended().await;
    assert_eq!(task.status(), Some("FAILED"));
    assert_eq!(task.failure_reason(), Some("CouldNotDetermineMessageSource"));
    assert_eq!(task.approximate_number_of_messages_moved(), 1);
    assert_eq!(place.events.bodies(), ["worn out"]);

    start().destination_arn(place.other.arn()).send().await.unwrap();
    let task = place.ended().await;
    assert_eq!(
        (task.status(), task.destination_arn()),
        (Some("COMPLETED"), Some(place.other.arn().as_str()))
    );
    assert_eq!(place.other.bodies(), ["put there"]);
    assert_eq!(place.letters.bodies(), ["hidden"]);
}

#[tokio::test]
async fn a_task_keeps_to_its_rate_is_the_only_one_and_can_be_cancelled() {
    let place = place().await;
    for number in 0..100 {
        place.letters.send(number.to_string(), Duration::ZERO);
    }
    let start = || {
        let start = place.client.start_message_move_task().source_arn(place.letters.arn());
        start.destination_arn(place.other.arn())
    };
    let handle = start().max_number_of_messages_per_second(20).send().await.unwrap().task_handle;
    tokio::time::sleep(Duration::from_millis(450)).await;
    let second = start().send().await.unwrap_err();
    assert_eq!(second.code(), Some("InvalidParameterValue"));
    let cancelled = place.client.cancel_message_move_task().set_task_handle(handle).send().await;
    let moved = cancelled.unwrap().approximate_number_of_messages_moved();
    assert!((6..=14).contains(&moved), "{moved} in 450 ms at 20 a second");
    let task = place.ended().await;
    assert_eq!(task.status(), Some("CANCELLED"));
    let held = place.other.counts().held + place.letters.counts().held;
    assert_eq!(held, 100);
}

#[tokio::test]
async fn what_cannot_be_moved_is_refused_by_its_name() {
    let place = place().await;
    let (letters, other) = (place.letters.arn(), place.other.arn());
    let nowhere = letters.replace(":dead", ":nowhere");
    let cases = [
        (other.as_str(), None, None, "InvalidParameterValue"),
        (nowhere.as_str(), None, None, "ResourceNotFoundException"),
        (letters.as_str(), Some(nowhere.clone()), None, "ResourceNotFoundException"),
        (letters.as_str(), Some(letters.clone()), None, "InvalidParameterValue"),
        (letters.as_str(), Some(other.clone()), Some(0), "InvalidParameterValue"),
        (letters.as_str(), Some(other.clone()), Some(501), "InvalidParameterValue"),
    ];
    for (source, destination, rate, code) in cases {
        let start = place.client.start_message_move_task().source_arn(source);
        let start = start.set_destination_arn(destination);
        let refused = start.set_max_number_of_messages_per_second(rate).send().await.unwrap_err();
        assert_eq!(refused.code(), Some(code), "{source} {rate:?}");
    }
    let unknown = place.client.cancel_message_move_task().task_handle("e30=").send().await;
    assert_eq!(unknown.unwrap_err().code(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn a_queue_tells_its_depth_and_settings_and_a_message_shows_itself_again() {
    let place = place().await;
    place.events.set_retention(Duration::from_hours(14 * 24));
    place.events.send("a", Duration::ZERO);
    place.events.send("b", Duration::ZERO);
    place.events.send("later", Duration::from_mins(5));
    let url = place.sqs.queue_url(&place.events);
    let taken = place.client.receive_message().queue_url(&url).send().await.unwrap();
    let handle = taken.messages()[0].receipt_handle().unwrap().to_owned();
    let asked = async |name| {
        let asked = place.client.get_queue_attributes().queue_url(&url).attribute_names(name);
        asked.send().await.unwrap().attributes.unwrap_or_default()
    };
    let all = asked(QueueAttributeName::All).await;
    let get = |name| all.get(&name).map(String::as_str);
    assert_eq!(get(QueueAttributeName::ApproximateNumberOfMessages), Some("1"));
    assert_eq!(get(QueueAttributeName::ApproximateNumberOfMessagesNotVisible), Some("1"));
    assert_eq!(get(QueueAttributeName::ApproximateNumberOfMessagesDelayed), Some("1"));
    assert_eq!(get(QueueAttributeName::VisibilityTimeout), Some("60"));
    assert_eq!(get(QueueAttributeName::MessageRetentionPeriod), Some("1209600"));
    assert_eq!(get(QueueAttributeName::QueueArn), Some(place.events.arn().as_str()));
    let policy =
        format!(r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":1}}"#, place.letters.arn());
    assert_eq!(get(QueueAttributeName::RedrivePolicy), Some(policy.as_str()));
    assert_eq!(asked(QueueAttributeName::QueueArn).await.len(), 1);
    let unknown = QueueAttributeName::from("Colour");
    let unknown = place.client.get_queue_attributes().queue_url(&url).attribute_names(unknown);
    assert_eq!(unknown.send().await.unwrap_err().code(), Some("InvalidAttributeName"));

    let change =
        || place.client.change_message_visibility().queue_url(&url).receipt_handle(&handle);
    change().visibility_timeout(0).send().await.unwrap();
    assert_eq!(place.events.depth().visible, 2);
    let late = change().visibility_timeout(0).send().await.unwrap_err();
    assert!(late.into_service_error().is_message_not_inflight());
    let many = place.client.receive_message().queue_url(&url).max_number_of_messages(11);
    assert_eq!(many.send().await.unwrap_err().code(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn a_batch_fails_in_part_and_its_answer_is_lost_when_that_is_asked_for() {
    let place = place().await;
    let url = place.sqs.queue_url(&place.events);
    let faults = [Fault::Partial(vec![1]), Fault::Throttle, Fault::Internal, Fault::AnswerLost];
    for fault in faults {
        place.sqs.faults().script(fault);
    }
    let batch = || {
        let batch = place.client.send_message_batch().queue_url(&url);
        batch.entries(entry("a", "a", 0)).entries(entry("b", "b", 0)).send()
    };
    let answer = batch().await.unwrap();
    let failed = &answer.failed()[0];
    assert_eq!((failed.id(), failed.code(), failed.sender_fault()), ("b", "InternalError", false));
    assert_eq!((answer.successful().len(), place.events.bodies()), (1, vec!["a".to_owned()]));
    assert_eq!(batch().await.unwrap_err().code(), Some("RequestThrottled"));
    assert_eq!(batch().await.unwrap_err().code(), Some("InternalFailure"));
    assert_eq!(batch().await.unwrap_err().code(), None);
    assert_eq!((place.events.counts().sent, place.sqs.faults().left()), (3, 0));
}
