//! Rows are those of the logs, and each is there once.

use std::fs;
use std::path::Path;

use local_stack::data_api::Fault;
use local_stack::stack::{STAGING_BUCKET, Stack};
use logferry::access_log::lines;

use super::super::super::gzip;
use super::super::{WAREHOUSE, count, logferry};
use super::{
    COUNT, LOADS, NONSENSE, OLD_BUCKET, copy, each_once, in_table, key, keys, numbers, reads,
    stack, text,
};

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_those_of_convert_and_the_same_command_again_loads_nothing() {
    let stack = stack(30).await;
    let compressed = format!("{}.gz", key(99));
    stack.s3.put(OLD_BUCKET, &compressed, gzip(&text(99))).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let first = copy(&stack, folder.path(), &["--load-objects", "10"]).await;
    assert_eq!((first.code, first.err.as_str()), (Some(0), ""), "{first:?}");
    let sums = numbers(&first, ["objects", "rows", "quarantined", "loads", "failed", "files"]);
    assert_eq!(sums, [31, 31 * 21, 31, 4, 0, 4], "{first:?}");
    let mut expected = each_once(30);
    let text = text(99);
    let offsets = lines(&text).filter(|line| !line.is_blank()).map(|line| line.offset);
    expected.extend(offsets.map(|offset| ((compressed.clone(), offset), 1)));
    assert_eq!(in_table(&stack).await, expected);
    assert_eq!(count(&stack, LOADS).await, "4");

    // Beside the rows of the stream, where neither `load` nor a COPY JOB takes them.
    let staged = keys(&stack, "").await;
    assert!(staged.iter().all(|key| key.starts_with("backfill/") || key.starts_with("ledger/")));
    let again = copy(&stack, folder.path(), &["--load-objects", "10"]).await;
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(again.err.contains("Everything was copied before"), "{again:?}");
    assert_eq!(numbers(&again, ["rows"]), [31 * 21]);
    assert_eq!(count(&stack, COUNT).await, (31 * 21).to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_knows_what_was_copied_and_finds_every_cell_right() {
    let stack = stack(5).await;
    let folder = tempfile::tempdir().unwrap();
    let done = copy(&stack, folder.path(), &["--load-objects", "2"]).await;
    assert_eq!(done.code, Some(0), "{done:?}");
    let place = ["audit", "s3://old-logs/logs/", "--ledger", "s3://firehose-staging/ledger/"];
    let how = ["--grace", "0s", "--format", "json", "--table", "--read", "100%"];
    let audit = logferry(&stack, &[&place[..], &how, &WAREHOUSE].concat()).await;
    assert_eq!(audit.code, Some(0), "{audit:?}");
    let known = ["objects", "delivered", "rows", "quarantined", "blank", "in_table", "read_lines"];
    assert_eq!(numbers(&audit, known), [5, 5, 105, 5, 5, 105, 105], "{audit:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_prepared_is_loaded_from_its_files_and_not_read_again() {
    let stack = stack(12).await;
    let folder = tempfile::tempdir().unwrap();
    let small = ["--load-objects", "6"];
    let failed = copy(&stack, folder.path(), &[&small[..], &NONSENSE].concat()).await;
    assert_eq!(failed.code, Some(3), "{failed:?}");
    assert!(failed.err.contains("what was loaded is noted, and the same command goes on"));
    assert_eq!(count(&stack, COUNT).await, "0");
    let journal = fs::read_to_string(folder.path().join("journal")).unwrap();
    assert_eq!(journal.matches("{\"prepared\":").count(), 1, "{journal}");
    assert!(!journal.contains("last_key\":\"\","), "{journal}");
    // The first six were read, and the others perhaps, while they were being loaded.
    let first = stack.s3.reads().iter().filter(|read| read.key == key(0)).count();
    assert_eq!(first, 1);
    let done = copy(&stack, folder.path(), &small).await;
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(in_table(&stack).await, each_once(12));
    let again = stack.s3.reads().iter().filter(|read| read.key == key(0)).count();
    assert_eq!(again, 1, "what was prepared was not read again");
    assert_eq!(numbers(&done, ["objects", "loads", "rows"]), [12, 2, 12 * 21]);
}

/// Everything is prepared and loaded, and the journal knows of the first alone.
async fn loaded_without_its_mark(stack: &Stack, folder: &Path) {
    let journal = folder.join("journal");
    assert_eq!(copy(stack, folder, &NONSENSE).await.code, Some(3));
    let prepared = fs::read(&journal).unwrap();
    assert_eq!(copy(stack, folder, &[]).await.code, Some(0));
    fs::write(&journal, prepared).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_that_was_lost_loads_nothing_twice() {
    let stack = stack(4).await;
    let folder = tempfile::tempdir().unwrap();
    loaded_without_its_mark(&stack, folder.path()).await;
    let again = copy(&stack, folder.path(), &[]).await;
    assert_eq!(numbers(&again, ["rows", "short_rows", "loads"]), [4 * 21, 0, 1], "{again:?}");
    assert_eq!((again.code, in_table(&stack).await), (Some(0), each_once(4)));
    // An answer that is lost is no reason to load twice either.
    let other = tempfile::tempdir().unwrap();
    count(&stack, "DELETE FROM s3_access_log").await;
    stack.data_api.script(Fault::AnswerLost);
    stack.data_api.script(Fault::AnswerLost);
    let lost = copy(&stack, other.path(), &[]).await;
    assert_eq!((lost.code, in_table(&stack).await), (Some(0), each_once(4)), "{lost:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn staged_files_that_are_gone_are_made_again() {
    let stack = stack(4).await;
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(copy(&stack, folder.path(), &NONSENSE).await.code, Some(3));
    let staged = keys(&stack, "backfill/").await;
    let gone = staged.iter().find(|key| key.ends_with("000000.gz")).unwrap();
    stack.s3.client().delete_object().bucket(STAGING_BUCKET).key(gone).send().await.unwrap();
    let done = copy(&stack, folder.path(), &[]).await;
    assert!(done.err.contains("note: 1 files of s3://firehose-staging/backfill/"), "{done:?}");
    assert_eq!((done.code, in_table(&stack).await), (Some(0), each_once(4)), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_journal_everything_is_copied_again() {
    let stack = stack(3).await;
    let folder = tempfile::tempdir().unwrap();
    for times in 1..=2 {
        let done = copy(&stack, folder.path(), &[]).await;
        assert_eq!(done.code, Some(0), "{done:?}");
        let all: Vec<u64> = in_table(&stack).await.into_values().collect();
        assert_eq!(all, [times; 3 * 21]);
        fs::remove_file(folder.path().join("journal")).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_expired_after_they_were_loaded_are_not_made_again() {
    let stack = stack(4).await;
    let folder = tempfile::tempdir().unwrap();
    loaded_without_its_mark(&stack, folder.path()).await;
    for key in keys(&stack, "backfill/").await {
        stack.s3.client().delete_object().bucket(STAGING_BUCKET).key(key).send().await.unwrap();
    }
    // The warehouse has no ear for the load, but for a question.
    let read = reads(&stack);
    stack.data_api.script(Fault::Fails("it is full".to_owned()));
    let again = copy(&stack, folder.path(), &[]).await;
    assert_eq!((again.code, in_table(&stack).await), (Some(0), each_once(4)), "{again:?}");
    assert_eq!((reads(&stack), numbers(&again, ["rows"])), (read, [4 * 21]));
}
