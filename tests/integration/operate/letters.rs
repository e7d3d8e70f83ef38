//! Dead letters on fakes: what is killed, refused or cancelled halfway loses nothing.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use logferry::operate::letters::{
    Act, Moved, Outcome, Picked, Reason, Selected, judge, move_all, replay_selected,
};
use logferry::ports::{
    Cause, DeadLetters, Letter, MessageQueue, MoveStatus, MoveTask, ObjectBody, ObjectSource,
    ObjectTask, Opened, QueueError, Rejection, Resource, SourceError,
};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::fakes::rejected;
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

fn letter(number: usize, body: &Value) -> Letter {
    let (id, handle) = (format!("m-{number}"), format!("h-{number}"));
    Letter { id, handle, body: body.to_string(), sent_unix_s: Some(7) }
}

fn by_hand(key: &str) -> Value {
    json!({"bucket": "amber-logs", "key": key})
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

/// Both queues, and what was done to them, in order.
#[derive(Default)]
struct Queues {
    letters: Mutex<VecDeque<Letter>>,
    /// `sent BODY` and `deleted HANDLE`.
    done: Mutex<Vec<String>>,
    /// The keys that are not taken.
    fails: Vec<&'static str>,
    is_silent: AtomicBool,
    denies: bool,
    tasks: Mutex<Vec<MoveTask>>,
    cancels: AtomicU64,
}

impl Queues {
    fn with(keys: &[&str]) -> Self {
        let letters = keys.iter().enumerate().map(|(at, key)| letter(at, &by_hand(key)));
        Self { letters: Mutex::new(letters.collect()), ..Self::default() }
    }

    fn done(&self) -> Vec<String> {
        self.done.lock().unwrap().clone()
    }
}

impl DeadLetters for Queues {
    async fn receive(&self, _: u32) -> Result<Vec<Letter>, QueueError> {
        let mut letters = self.letters.lock().unwrap();
        let most = letters.len().min(10);
        Ok(letters.drain(..most).collect())
    }

    async fn delete(&self, handle: &str) -> Result<(), QueueError> {
        self.done.lock().unwrap().push(format!("deleted {handle}"));
        Ok(())
    }

    async fn arn(&self) -> Result<String, QueueError> {
        Ok("arn".to_owned())
    }

    async fn start_move(&self, _: &str, to: &str, per_second: u16) -> Result<(), QueueError> {
        let destination = Some(to.to_owned());
        let status = MoveStatus::Running;
        let moved = per_second.into();
        let handle = Some("t".to_owned());
        let task = MoveTask { handle, status, moved, to_move: None, destination, failure: None };
        self.tasks.lock().unwrap().push(task);
        Ok(())
    }

    async fn newest_move(&self, _: &str) -> Result<Option<MoveTask>, QueueError> {
        if self.is_silent.swap(false, Ordering::Relaxed) {
            return Err(QueueError::Unavailable("on command".to_owned()));
        }
        let mut tasks = self.tasks.lock().unwrap();
        let told = tasks.last().cloned();
        // What was told to stop has stopped by the next look.
        if let Some(task) = tasks.last_mut().filter(|task| task.status == MoveStatus::Cancelling) {
            task.status = MoveStatus::Cancelled;
            task.moved += 5;
        }
        Ok(told)
    }

    async fn cancel_move(&self, handle: &str) -> Result<(), QueueError> {
        assert_eq!(handle, "t");
        self.cancels.fetch_add(1, Ordering::Relaxed);
        let mut tasks = self.tasks.lock().unwrap();
        let task = tasks.last_mut().unwrap();
        (task.status, task.handle) = (MoveStatus::Cancelling, None);
        Ok(())
    }
}

impl MessageQueue for Queues {
    async fn send(&self, bodies: &[&str]) -> Result<Vec<Result<(), QueueError>>, QueueError> {
        assert!((1..=10).contains(&bodies.len()));
        if self.denies {
            return Err(rejected().into());
        }
        let verdict = |body: &&str| {
            if self.fails.iter().any(|key| body.contains(key)) {
                return Err(QueueError::Unavailable("on command".to_owned()));
            }
            self.done.lock().unwrap().push(format!("sent {body}"));
            Ok(())
        };
        Ok(bodies.iter().map(verdict).collect())
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
    assert!(matches!(told[..], [Outcome::Sent, Outcome::NotSent(_), Outcome::Sent]), "{told:?}");
    let did = queues.done();
    let at = |what: &str| did.iter().position(|one| one.contains(what));
    assert!(at("sent {\"bucket\":\"amber-logs\",\"key\":\"log-1\"").unwrap() < at("h-0").unwrap());
    assert!(at("log-4").unwrap() < at("h-3").unwrap());
    assert_eq!((at("deleted h-1"), at("deleted h-2")), (None, None), "{did:?}");
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

#[tokio::test(start_paused = true)]
async fn a_stop_cancels_the_task_once_and_waits_for_its_end() {
    let queues = Queues::default();
    let (stop, stopped) = watch::channel(false);
    let mut looks = 0;
    let progress = |_: &MoveTask| {
        looks += 1;
        queues.is_silent.store(looks == 1, Ordering::Relaxed);
        if looks == 2 {
            stop.send_replace(true);
        }
    };
    let moved = move_all(&queues, ("from", "to"), 50, &stopped, progress).await.unwrap();
    let Moved::Ended(task) = moved else { panic!("{moved:?}") };
    assert_eq!((task.status, task.moved), (MoveStatus::Cancelled, 55));
    assert_eq!(task.destination.as_deref(), Some("to"));
    assert_eq!(queues.cancels.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn an_active_task_is_shown_and_not_replaced() {
    let queues = Queues::default();
    queues.start_move("from", "elsewhere", 9).await.unwrap();
    let (_stop, stopped) = watch::channel(false);
    let moved = move_all(&queues, ("from", "to"), 50, &stopped, |_| {}).await.unwrap();
    let Moved::Busy(task) = moved else { panic!("{moved:?}") };
    assert_eq!(task.destination.as_deref(), Some("elsewhere"));
    assert_eq!(queues.tasks.lock().unwrap().len(), 1);
}
