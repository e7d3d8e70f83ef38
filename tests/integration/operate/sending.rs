//! Sending: every key, whatever happens, and none twice that was not under way.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use logferry::operate::backfill::{
    Begun, Counts, Journal, JournalError, Outcome, SendError, Sending, Settings, send,
};
use logferry::operate::{KeysError, ListedKeys, Selection};
use logferry::pipeline::Jitter;
use logferry::ports::{ListingError, QueueError};
use tokio::sync::watch;
use tokio::time::timeout;

use super::fakes::{FakeListing, FakeQueue, object, rejected};
use super::keys::{BUCKET, selection};

/// Messages that may be under way at the same time.
const UNDER_WAY: usize = 80;

fn settings() -> Settings {
    Settings {
        source: "s3://amber-logs/".to_owned(),
        from_unix_s: None,
        to_unix_s: None,
        undated: false,
        queue: Some("https://queue".to_owned()),
        copy: None,
    }
}

fn keys(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("logs/{number:06}")).collect()
}

/// The journal, waited for: another test may start a process at this moment, which has every open file
/// of ours until it runs its program, and a lock ends with the last that has the file.
fn open(path: &Path) -> (Journal, Begun) {
    let until = Instant::now() + Duration::from_secs(30);
    let (mut journal, begun) = loop {
        match Journal::open(path, &settings()) {
            Err(JournalError::Locked) if Instant::now() < until => thread::yield_now(),
            opened => break opened.unwrap(),
        }
    };
    if !begun.is_begun {
        journal.begin(None).unwrap();
    }
    (journal, begun)
}

/// One run of the program, from where the journal is.
async fn run(
    path: &Path,
    listing: &FakeListing,
    queue: &FakeQueue,
    selection: Selection,
    stop: watch::Receiver<bool>,
) -> Result<Outcome, SendError> {
    let (mut journal, begun) = open(path);
    let mut keys = ListedKeys::new(listing, BUCKET, "", selection, begun.place.as_ref());
    let sending = Sending { queue, bucket: BUCKET, selection, backlog: 500 };
    send(&sending, &mut keys, &mut journal, &begun, stop, |_, _| ()).await
}

/// Nobody stops it.
fn never() -> (watch::Sender<bool>, watch::Receiver<bool>) {
    watch::channel(false)
}

fn times(taken: &[String]) -> BTreeMap<&str, usize> {
    let mut times = BTreeMap::new();
    for key in taken {
        *times.entry(key.as_str()).or_default() += 1;
    }
    times
}

fn journal() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    (folder, path)
}

#[tokio::test(start_paused = true)]
async fn every_key_that_is_meant_is_sent_once() {
    let (_folder, path) = journal();
    let mut objects: Vec<_> = (1..=9)
        .map(|day| object(&format!("a/2026-03-{day:02}-00-00-00-0123456789ABCDEF"), 10))
        .collect();
    objects.push(object("a/README", 5));
    objects.push(object("a/2026-03-05-00-00-01-0123456789ABCDEF", 0));
    let mut archived = object("a/2026-03-05-00-00-02-0123456789ABCDEF", 7);
    archived.storage_class = Some("DEEP_ARCHIVE".to_owned());
    objects.push(archived);
    let listing = FakeListing::new(objects, 4);
    let queue = FakeQueue::new(1);
    let selection = selection("2026-03-04", "2026-03-07");
    let outcome = run(&path, &listing, &queue, selection, never().1).await.unwrap();
    let expected = [4, 5, 6].map(|day| format!("a/2026-03-{day:02}-00-00-00-0123456789ABCDEF"));
    assert_eq!(times(&queue.taken()), expected.iter().map(|key| (key.as_str(), 1)).collect());
    let counts = outcome.counts;
    assert_eq!((counts.objects, counts.bytes, outcome.is_stopped), (3, 30, false));
    assert_eq!((counts.empty, counts.archived, counts.undated), (1, 1, 1));
    let (_, begun) = open(&path);
    assert!(begun.is_done && begun.counts == counts, "{begun:?}");
}

#[tokio::test(start_paused = true)]
async fn messages_that_were_not_taken_are_sent_again_and_no_others() {
    let (_folder, path) = journal();
    let listing = FakeListing::of(&keys(5_000), 1_000);
    let queue = FakeQueue { failing: 150, ..FakeQueue::new(7) };
    let outcome = run(&path, &listing, &queue, Selection::default(), never().1).await.unwrap();
    let taken = queue.taken();
    assert_eq!((taken.len(), times(&taken).len()), (5_000, 5_000));
    assert_eq!(outcome.counts.objects, 5_000);
    assert!(queue.calls.load(Ordering::Relaxed) > 600, "calls failed");
}

/// The future is dropped at some moment, as a killed process ends: what the journal has then is all
/// that is left.
#[tokio::test(start_paused = true)]
async fn killed_at_any_moment_it_goes_on_and_loses_no_key() {
    let keys = keys(2_000);
    let mut random = Jitter::new(20_260_314);
    for seed in 0..50 {
        let (_folder, path) = journal();
        let listing = FakeListing::of(&keys, 100);
        let queue = FakeQueue { failing: 30, ..FakeQueue::new(seed) };
        let mut kills = 0;
        loop {
            let moment = Duration::from_millis(200 + random.next_u64() % 3_000);
            let (_stop, stopped) = never();
            let running = run(&path, &listing, &queue, Selection::default(), stopped);
            match timeout(moment, running).await {
                Ok(outcome) => {
                    assert!(!outcome.unwrap().is_stopped);
                    break;
                }
                Err(_) => kills += 1,
            }
        }
        let taken = queue.taken();
        assert_eq!(times(&taken).len(), keys.len(), "seed {seed}: each key was sent");
        let twice = taken.len() - keys.len();
        assert!(twice <= kills * UNDER_WAY, "seed {seed}: {twice} twice after {kills} kills");
        assert!(kills > 0, "seed {seed}");
        let (_, begun) = open(&path);
        assert_eq!((begun.is_done, begun.counts.objects), (true, 2_000), "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn stopped_it_ends_its_calls_and_sends_nothing_twice() {
    let (_folder, path) = journal();
    let listing = FakeListing::of(&keys(3_000), 100);
    let queue = FakeQueue::new(3);
    let (mut sent, mut stops) = (0, 0);
    loop {
        let (stop, stopped) = never();
        let interrupt = async {
            tokio::time::sleep(Duration::from_millis(700)).await;
            stop.send_replace(true);
            std::future::pending::<()>().await;
        };
        let outcome = tokio::select! {
            outcome = run(&path, &listing, &queue, Selection::default(), stopped) => outcome.unwrap(),
            () = interrupt => unreachable!(),
        };
        assert!(outcome.counts.objects > sent || !outcome.is_stopped, "it comes further");
        sent = outcome.counts.objects;
        assert_eq!(queue.taken().len() as u64, sent, "what was taken is noted");
        if !outcome.is_stopped {
            break;
        }
        stops += 1;
    }
    assert_eq!((sent, times(&queue.taken()).len()), (3_000, 3_000));
    assert!(stops > 1);
}

#[tokio::test(start_paused = true)]
async fn the_queue_stays_short() {
    let (_folder, path) = journal();
    let listing = FakeListing::of(&keys(5_000), 1_000);
    let queue = FakeQueue { reads: 40, ..FakeQueue::new(5) };
    let begun = tokio::time::Instant::now();
    run(&path, &listing, &queue, Selection::default(), never().1).await.unwrap();
    let most = queue.most_waiting.load(Ordering::Relaxed);
    assert!((300..=510).contains(&most), "{most} messages waited");
    // At forty a second it takes two minutes, and not much more.
    let took = begun.elapsed();
    assert!((100..=180).contains(&took.as_secs()), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_refused_ends_it_before_its_key() {
    let (_folder, path) = journal();
    let keys = keys(300);
    let listing = FakeListing::of(&keys, 100);
    let mut queue = FakeQueue { refuses: Some(keys[155].clone()), ..FakeQueue::new(5) };
    let error = run(&path, &listing, &queue, Selection::default(), never().1).await.unwrap_err();
    assert!(matches!(error, SendError::Queue(QueueError::Rejected(_))), "{error}");
    assert_eq!(error.to_string(), rejected().to_string());
    let (journal, begun) = open(&path);
    let place = begun.place.unwrap().key;
    assert!(place < keys[155] && !begun.is_done, "{place}");
    drop(journal);
    queue.refuses = None;
    run(&path, &listing, &queue, Selection::default(), never().1).await.unwrap();
    assert_eq!(times(&queue.taken()).len(), keys.len());
}

#[tokio::test(start_paused = true)]
async fn a_listing_that_fails_leaves_a_journal_to_go_on_with() {
    let (_folder, path) = journal();
    let listing = FakeListing::of(&keys(300), 100);
    let queue = FakeQueue::new(5);
    let (_stop, stopped) = never();
    let running = run(&path, &listing, &queue, Selection::default(), stopped);
    let failing = async {
        // The second page is on its way.
        tokio::time::sleep(Duration::from_millis(25)).await;
        listing.failures.lock().unwrap().push_back(ListingError::Rejected(rejected()));
        std::future::pending::<()>().await;
    };
    let error = tokio::select! {
        outcome = running => outcome.unwrap_err(),
        () = failing => unreachable!(),
    };
    assert!(matches!(error, SendError::Keys(KeysError::Rejected(_))), "{error}");
    let before = queue.taken().len();
    assert!((100..300).contains(&before), "{before}");
    let (journal, begun) = open(&path);
    assert_eq!((begun.counts.objects, begun.is_done), (before as u64, false));
    drop(journal);
    let outcome = run(&path, &listing, &queue, Selection::default(), never().1).await.unwrap();
    assert_eq!(queue.taken().len(), 300, "nothing twice");
    assert_eq!(outcome.counts, Counts { objects: 300, bytes: 30_000, ..Counts::default() });
}
