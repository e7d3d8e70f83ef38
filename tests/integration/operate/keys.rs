//! Sources of keys: listings that step over days, and lists.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use logferry::operate::{
    Choice, Key, Keys, KeysError, ListedKeys, Place, Selection, Window, WrittenKeys, date_or_time,
};
use logferry::ports::ListingError;

use super::fakes::{FakeListing, rejected};

pub(super) const BUCKET: &str = "amber-logs";

pub(super) fn selection(from: &str, to: &str) -> Selection {
    let unix_s = |text: &str| Some(date_or_time(text).unwrap());
    Selection { window: Window::new(unix_s(from), unix_s(to)), undated: false }
}

/// Keys of both layouts, in several places, with some that have no date.
fn bucket() -> Vec<String> {
    let mut keys = BTreeSet::new();
    for day in 1..=28 {
        for number in 0..7 {
            let name = format!("2026-02-{day:02}-{number:02}-00-00-0123456789ABCDE{number}");
            keys.insert(format!("logs/{name}"));
            keys.insert(format!("logs/photos-{name}"));
            keys.insert(format!("logs/123456789012/eu-west-1/b/2026/02/{day:02}/{name}"));
            // An account that sorts between the days of a year and those of the next.
            keys.insert(format!("logs/202612345678/eu-west-1/b/2026/02/{day:02}/{name}"));
        }
        keys.insert(format!("logs/2026-02-{day:02}.txt"));
    }
    keys.insert("logs/README".to_owned());
    keys.into_iter().collect()
}

async fn all<K: Keys>(mut keys: K) -> Result<Vec<(Key, Place)>, KeysError> {
    let mut all = Vec::new();
    while let Some(page) = keys.next_page().await? {
        for (index, key) in page.into_iter().enumerate() {
            let place = keys.place(index, &key);
            all.push((key, place));
        }
    }
    Ok(all)
}

fn taken(selection: &Selection, keys: &[(Key, Place)]) -> Vec<String> {
    let is_taken = |key: &&(Key, Place)| {
        selection.choose(&key.0.key, key.0.size, key.0.is_archived) == Choice::Take
    };
    keys.iter().filter(is_taken).map(|(key, _)| key.key.clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn days_are_stepped_over_and_no_key_that_is_meant_with_them() {
    let keys = bucket();
    for (from, to) in [
        ("2026-02-10", "2026-02-11"),
        ("2026-02-10T03:00:00Z", "2026-02-12T02:00:00Z"),
        ("2026-02-28", "2027-01-01"),
        ("2025-01-01", "2026-02-01"),
    ] {
        let selection = selection(from, to);
        let everything: Vec<_> = keys
            .iter()
            .filter(|key| selection.choose(key, Some(1), false) == Choice::Take)
            .cloned()
            .collect();
        for page in [1, 3, 1_000] {
            let listing = FakeListing::of(&keys, page);
            let listed = all(ListedKeys::new(&listing, BUCKET, "logs/", selection, None)).await;
            assert_eq!(taken(&selection, &listed.unwrap()), everything, "{from} {to} {page}");
            let pages = listing.pages.load(Ordering::Relaxed);
            if page == 1 {
                assert!(pages < keys.len() as u64 / 2, "{pages} pages of {} keys", keys.len());
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_listing_goes_on_behind_any_key() {
    let keys = bucket();
    let listing = FakeListing::of(&keys, 10);
    let all_of = |from: Option<Place>| {
        let keys = ListedKeys::new(&listing, BUCKET, "logs/", Selection::default(), from.as_ref());
        all(keys)
    };
    let listed = all_of(None).await.unwrap();
    assert_eq!(listed.len(), keys.len());
    for (index, (_, place)) in listed.iter().enumerate().step_by(97) {
        let rest = all_of(Some(place.clone())).await.unwrap();
        assert_eq!(rest, listed[index + 1..]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_does_not_come_is_asked_for_again_and_a_refusal_is_told() {
    let keys = bucket();
    let listing = FakeListing::of(&keys, 10);
    let unavailable = || ListingError::Unavailable("a timeout".to_owned());
    listing.failures.lock().unwrap().extend([unavailable(), unavailable()]);
    let listed = || ListedKeys::new(&listing, BUCKET, "logs/", Selection::default(), None);
    assert_eq!(all(listed()).await.unwrap().len(), keys.len());
    listing.failures.lock().unwrap().push_back(rejected().into());
    assert!(matches!(all(listed()).await, Err(KeysError::Rejected(_))));
    listing.failures.lock().unwrap().extend((0..20).map(|_| unavailable()));
    assert!(matches!(all(listed()).await, Err(KeysError::Unavailable(_))));
}

async fn written(list: &str, from: Option<&Place>) -> Result<Vec<(Key, Place)>, KeysError> {
    all(WrittenKeys::new(list.as_bytes(), BUCKET, from)).await
}

#[tokio::test]
async fn a_list_has_keys_or_urls_and_goes_on_at_its_line() {
    let list = "a b\n\ns3://amber-logs/c/d\r\nlast";
    let read = written(list, None).await.unwrap();
    let keys: Vec<_> = read.iter().map(|(key, place)| (key.key.as_str(), place.line)).collect();
    assert_eq!(keys, [("a b", 1), ("", 2), ("c/d", 3), ("last", 4)]);
    let choices =
        read.iter().map(|(key, _)| Selection::default().choose(&key.key, key.size, false));
    assert_eq!(choices.filter(|choice| *choice == Choice::Take).count(), 3);
    for (index, (_, place)) in read.iter().enumerate() {
        assert_eq!(written(list, Some(place)).await.unwrap(), read[index + 1..]);
    }
    let error = written("a b\nother\n", Some(&read[2].1)).await.unwrap_err();
    assert!(matches!(error, KeysError::OtherList { line: 3 }), "{error}");
}

#[tokio::test]
async fn what_is_no_key_is_told_by_its_line() {
    let long = format!("a\n{}\n", "k".repeat(20_000));
    for (list, told) in [
        ("a\ns3://other/b\n", "line 2 of the list is no key: it is of another bucket"),
        (long.as_str(), "line 2 of the list is no key: it is too long"),
    ] {
        let error = written(list, None).await.unwrap_err().to_string();
        assert!(error.starts_with(told), "{error}");
    }
    let bytes = all(WrittenKeys::new(&b"a\n\xff\n"[..], BUCKET, None)).await.unwrap_err();
    assert!(bytes.to_string().contains("line 2"), "{bytes}");
}
