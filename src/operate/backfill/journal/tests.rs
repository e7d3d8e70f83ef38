//! Of journals: what was noted is there again, however the file was cut off.

use super::*;
use crate::operate::backfill::prepared::{FailedObject, StagedFile};
use crate::operate::backfill::settings::tests::settings;

fn place(number: u64) -> Place {
    Place { key: format!("key \"{number}\""), line: number, file: 0 }
}

fn counts(objects: u64) -> Counts {
    Counts { objects, bytes: objects * 7, ..Counts::default() }
}

fn open(path: &Path) -> (Journal, Begun) {
    Journal::open(path, &settings()).unwrap()
}

#[test]
fn what_was_noted_is_there_again_even_cut_off_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let (mut journal, begun) = open(&path);
    assert_eq!(begun, Begun::default());
    journal.begin(Some(counts(9))).unwrap();
    for number in 1..=3 {
        journal.mark(&place(number), &counts(number), number == 3).unwrap();
    }
    drop(journal);
    let whole = std::fs::read(&path).unwrap();
    let ends: Vec<_> = memchr::memchr_iter(b'\n', &whole).map(|at| at + 1).collect();
    for length in 0..=whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        let (_, begun) = open(&path);
        let lines = ends.iter().filter(|end| **end <= length).count();
        let marks = lines.saturating_sub(1) as u64;
        assert_eq!(begun.total, (lines > 0).then(|| counts(9)), "{length}");
        assert_eq!(begun.place, (marks > 0).then(|| place(marks)), "{length}");
        assert_eq!((begun.counts, begun.is_done), (counts(marks), marks == 3), "{length}");
        let whole_lines = ends.get(lines.wrapping_sub(1)).map_or(0, |end| *end);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), whole_lines as u64);
    }
}

#[test]
fn a_journal_of_something_else_is_refused_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    open(&path).0.begin(None).unwrap();
    let before = std::fs::read(&path).unwrap();
    let other = Settings { to_unix_s: Some(2), ..settings() };
    let error = Journal::open(&path, &other).unwrap_err();
    assert!(matches!(error, JournalError::OtherSettings("--to")), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    for text in ["no journal\n", "{}\n", "{\"logferry\":\"stack\"}\n"] {
        std::fs::write(&path, text).unwrap();
        let error = Journal::open(&path, &settings()).unwrap_err();
        assert!(matches!(error, JournalError::Unreadable { line: 1, .. }), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn one_process_has_it_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let (first, _) = open(&path);
    let error = Journal::open(&path, &settings()).unwrap_err();
    assert!(matches!(error, JournalError::Locked), "{error}");
    drop(first);
    open(&path);
}

#[test]
fn it_does_not_grow_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let (mut journal, _) = open(&path);
    journal.begin(Some(counts(9))).unwrap();
    let long = Place { key: "k".repeat(1_000), line: 0, file: 0 };
    for number in 0..6_000 {
        journal.mark(&long, &counts(number), false).unwrap();
    }
    assert!(std::fs::metadata(&path).unwrap().len() < BYTES_MAX + 2_000);
    assert!(matches!(Journal::open(&path, &settings()), Err(JournalError::Locked)));
    drop(journal);
    let (_, begun) = open(&path);
    assert_eq!((begun.total, begun.counts), (Some(counts(9)), counts(5_999)));
}

fn prepared(number: u64) -> Prepared {
    let file = StagedFile { key: format!("backfill/x/{number}.gz"), bytes: 10, rows: 3 };
    let failed =
        FailedObject { key: "k".to_owned(), reason: "denied".to_owned(), is_missing: false };
    Prepared {
        manifest: format!("s3://staging/backfill/x/manifests/{number}"),
        files: vec![file],
        receipts: None,
        folder: "backfill/x/".to_owned(),
        last_key: place(number).key,
        line: number,
        file: 0,
        counts: counts(number),
        copied: Copied { rows: 3, ..Copied::default() },
        failed: vec![failed],
        is_last: false,
    }
}

#[test]
fn what_is_prepared_is_there_until_the_mark_passes_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let (mut journal, _) = open(&path);
    journal.begin(None).unwrap();
    journal.mark_copied(&place(1), (&counts(1), Some(Copied::default())), false).unwrap();
    let before = std::fs::metadata(&path).unwrap().len();
    journal.prepare(&prepared(2)).unwrap();
    drop(journal);
    let whole = std::fs::read(&path).unwrap();
    // Cut off anywhere it was never prepared.
    for length in before..whole.len() as u64 {
        std::fs::write(&path, &whole[..usize::try_from(length).unwrap()]).unwrap();
        let (_, begun) = open(&path);
        assert_eq!((begun.prepared, begun.place), (None, Some(place(1))));
    }
    std::fs::write(&path, &whole).unwrap();
    let (mut journal, begun) = open(&path);
    assert_eq!((begun.prepared.as_ref(), begun.place), (Some(&prepared(2)), Some(place(1))));
    assert_eq!(begun.counts, counts(1), "it counts when it is loaded");
    let copied = Copied { rows: 3, loads: 1, ..Copied::default() };
    journal.mark_copied(&place(2), (&counts(2), Some(copied)), false).unwrap();
    drop(journal);
    let (_, begun) = open(&path);
    assert_eq!((begun.prepared, begun.copied, begun.counts), (None, copied, counts(2)));
}

#[test]
fn objects_that_failed_are_listed_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let (journal, _) = open(&path);
    journal.fail("logs", &[]).unwrap();
    assert!(!failed_path(&path).exists());
    journal.fail("logs", &["a/1", "a/2"]).unwrap();
    // After a kill before the mark.
    journal.fail("logs", &["a/2", "a\nb", "a/3"]).unwrap();
    let list = std::fs::read_to_string(failed_path(&path)).unwrap();
    assert_eq!(list, "s3://logs/a/1\ns3://logs/a/2\ns3://logs/a/3\n");
}
