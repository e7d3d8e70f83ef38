//! Dead letters on fakes: what is killed, refused or left without an answer loses nothing.

use std::sync::Mutex;

use bytes::Bytes;
use logferry::operate::letters::{
    Act, Outcome, Picked, Reason, Selected, judge, received, replay_selected, sample,
};
use logferry::ports::{
    Cause, Letter, ObjectBody, ObjectSource, ObjectTask, Opened, Rejection, Resource, SourceError,
};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::queues::{Mishap, Queues, by_hand, letter};
use crate::support::gzip::gzip;
use crate::support::sample::log;

/// Objects by what their key begins with.
struct Objects;

struct Whole(Option<Bytes>);

impl ObjectBody for Whole {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, SourceError> {
        Ok(self.0.take())
    }
}

impl ObjectSource for Objects {
    type Body = Whole;

    async fn open(
        &self,
        object: &ObjectTask,
        _: u64,
        _: Option<&str>,
    ) -> Result<Opened<Whole>, SourceError> {
        let refused = |cause| {
            let (resource, said) = (Resource::Object, "no (403)".to_owned());
            Err(SourceError::Rejected(Rejection { resource, said, cause }))
        };
        let body = match object.key.split('-').next().unwrap() {
            "log" => log(1, 3),
            "packed" => gzip(&log(1, 3)),
            "cut" => gzip(&log(1, 3))[..40].to_vec(),
            "picture" => vec![0x89; 70_000],
            "empty" => Vec::new(),
            "denied" => return refused(Cause::AccessDenied { needs: "s3:GetObject on it" }),
            "archived" => return refused(Cause::Archived),
            "elsewhere" => return refused(Cause::OtherRegion),
            "throttled" => return Err(SourceError::Interrupted("slow down".to_owned())),
            _ => return Err(SourceError::Missing),
        };
        let length = Some(body.len() as u64);
        let body = Whole(Some(body.into()));
        Ok(Opened { body, etag: None, length, last_modified_unix_s: None })
    }
}

fn s3_event(keys: &[&str]) -> Value {
    let record = |key: &&str| {
        json!({"eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": "amber-logs"}, "object": {"key": key}}})
    };
    json!({"Records": keys.iter().map(record).collect::<Vec<_>>()})
}

#[tokio::test(start_paused = true)]
async fn every_shape_of_a_message_is_judged_by_its_objects() {
    let bridge = json!({"detail-type": "Object Created", "source": "aws.s3",
        "detail": {"bucket": {"name": "amber-logs"}, "object": {"key": "log-1"}}});
    let continuation = json!({"logferry": "continuation", "version": 1, "bucket": "amber-logs",
        "key": "picture-1", "offset": 9, "encoding": "plain"});
    let failed = json!({"requestContext": {}, "requestPayload": s3_event(&["gone"])});
    for (body, reason) in [
        (by_hand("log-1"), Reason::Readable),
        (by_hand("packed-1"), Reason::Readable),
        (by_hand("empty-1"), Reason::Readable),
        (bridge, Reason::Readable),
        (continuation, Reason::Readable),
        (failed, Reason::Gone),
        (by_hand("picture-1"), Reason::NotAnAccessLog),
        (by_hand("picture-logs/2026-03-14-10-02-11-0123456789ABCDEF"), Reason::Readable),
        (by_hand("denied-1"), Reason::AccessDenied),
        (by_hand("archived-1"), Reason::Archived),
        (by_hand("elsewhere-1"), Reason::Unreadable),
        (by_hand("cut-1"), Reason::Unreadable),
        (by_hand("throttled-1"), Reason::Unavailable),
        (s3_event(&["gone", "picture-1", "log-1"]), Reason::Readable),
        (s3_event(&["gone", "picture-1"]), Reason::NotAnAccessLog),
        (s3_event(&["denied-1", "gone"]), Reason::AccessDenied),
        (json!({"Event": "s3:TestEvent"}), Reason::NothingToDo),
        (json!({"colour": "amber"}), Reason::UnreadableBody),
    ] {
        assert_eq!(judge(&Objects, &letter(1, &body)).await.reason, reason, "{body}");
    }
}

async fn selected(queues: &Queues, picked: Picked, act: Act) -> (Selected, Vec<Outcome>) {
    let (_stop, stopped) = watch::channel(false);
    let mut told = Vec::new();
    let note = |_: &_, outcome: &Outcome| told.push(outcome.clone());
    let done = replay_selected(&Objects, (queues, queues), (&picked, act), &stopped, note).await;
    (done.unwrap(), told)
}

#[tokio::test(start_paused = true)]
async fn a_letter_is_deleted_after_the_queue_took_it_and_not_when_it_did_not() {
    let queues =
        Queues { fails: vec!["log-2"], ..Queues::with(&["log-1", "log-2", "gone-3", "log-4"]) };
    let picked = Picked { reason: Some(Reason::Readable), bucket: None };
    let (done, told) = selected(&queues, picked, Act::Send).await;
    assert_eq!((done.sent, done.failed, done.passed_over, done.deleted), (2, 1, 1, 0));
    assert!(matches!(told[..], [Outcome::Sent, Outcome::MaybeSent(_), Outcome::Sent]), "{told:?}");
    let did = queues.done();
    let at = |what: &str| did.iter().position(|one| one.contains(what));
    assert!(at("sent {\"bucket\":\"amber-logs\",\"key\":\"log-1\"").unwrap() < at("h-0").unwrap());
    assert!(at("log-4").unwrap() < at("h-3").unwrap());
    assert_eq!((at("deleted h-1"), at("deleted h-2")), (None, None), "{did:?}");
}

#[tokio::test(start_paused = true)]
async fn letters_whose_sending_was_not_answered_stay_and_are_not_sent_again_by_that_run() {
    let keys: Vec<String> = (0..12).map(|number| format!("log-{number}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let queues = Queues { sending: Mutex::new([Mishap::AnswerLost].into()), ..Queues::with(&keys) };
    let (done, told) = selected(&queues, Picked::default(), Act::Send).await;
    assert_eq!((done.sent, done.failed), (2, 10));
    let maybe = told.iter().filter(|outcome| matches!(outcome, Outcome::MaybeSent(_))).count();
    assert_eq!((maybe, told.len()), (10, 12));
    let did = queues.done();
    let of = |what: &str| did.iter().filter(|one| one.starts_with(what)).count();
    assert_eq!((of("sent"), of("deleted")), (12, 2), "{did:?}");
    assert!(did.iter().any(|one| one == "deleted h-11"), "{did:?}");
}

#[tokio::test(start_paused = true)]
async fn where_sending_is_denied_nothing_is_deleted() {
    let queues = Queues { denies: true, ..Queues::with(&["log-1", "log-2"]) };
    let (_stop, stopped) = watch::channel(false);
    let picked = (&Picked::default(), Act::Send);
    let done = replay_selected(&Objects, (&queues, &queues), picked, &stopped, |_, _| {}).await;
    let error = std::error::Error::source(&done.unwrap_err()).unwrap().to_string();
    assert!(error.contains("sqs:SendMessage"), "{error}");
    assert!(queues.done().is_empty());
}

#[tokio::test(start_paused = true)]
async fn deleting_takes_only_what_nothing_is_to_be_read_for() {
    let queues = Queues::with(&["log-1", "picture-2", "gone-3", "denied-4", "throttled-5"]);
    let bucket = Some("amber-logs".to_owned());
    let (done, told) = selected(&queues, Picked { reason: None, bucket }, Act::Delete).await;
    assert_eq!((done.deleted, done.kept), (2, 3));
    assert_eq!(queues.done(), ["deleted h-1", "deleted h-2"]);
    let deleting = told.iter().position(|outcome| *outcome == Outcome::Deleting);
    assert!(deleting < told.iter().position(|outcome| *outcome == Outcome::Deleted));
    let other = Picked { reason: None, bucket: Some("other-logs".to_owned()) };
    let queues = Queues::with(&["gone-1"]);
    assert_eq!(selected(&queues, other, Act::Delete).await.0.passed_over, 1);
    assert!(queues.done().is_empty());
}

/// Messages by the numbers of their objects, as some queues give them: again, and none for once.
fn restless(numbers: &[usize], answers: &[usize]) -> Queues {
    let letters = numbers.iter().map(|at| letter(*at, &by_hand(&format!("log-{at}"))));
    Queues {
        letters: Mutex::new(letters.collect()),
        answers: Mutex::new(answers.iter().copied().collect()),
        ..Queues::default()
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_answer_is_no_empty_queue_and_a_message_seen_twice_is_one() {
    let queues = || restless(&[1, 2, 1, 2, 3], &[0, 2, 2, 1]);
    let ids = |letters: Vec<Letter>| letters.into_iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(ids(received(&queues(), 200).await.unwrap()), ["m-1", "m-2", "m-3"]);
    assert_eq!(ids(received(&queues(), 1).await.unwrap()), ["m-1"], "no more than were asked for");
    let sample = sample(&Objects, &queues(), 200).await.unwrap();
    assert_eq!((sample.messages, sample.waiting, sample.groups.len()), (3, 5, 1));
    // It ends, where nothing but the same comes.
    let same = restless(&[1; 90], &[]);
    assert_eq!(received(&same, 200).await.unwrap().len(), 1);
    assert!(same.letters.lock().unwrap().len() > 50);
}
