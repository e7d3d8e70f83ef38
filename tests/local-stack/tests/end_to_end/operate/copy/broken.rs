//! What cannot be copied, and what makes no sense.

use std::fs;

use local_stack::s3::faults::Fault;
use serde_json::json;

use super::super::{count, logferry};
use super::{
    LOADS, OLD_BUCKET, command, copy, each_once, in_table, key, numbers, reads, stack, stack_file,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_of_another_mode_or_of_other_rows_is_refused_by_name() {
    let stack = stack(2).await;
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(copy(&stack, folder.path(), &[]).await.code, Some(0));
    let rules = folder.path().join("rules.json");
    fs::write(&rules, r#"[{"operation": "REST.GET.OBJECT", "action": "drop"}]"#).unwrap();
    let rules = rules.display().to_string();
    for (more, told) in [
        (["--drop-columns", "host_id"], "in which what rows hold is another"),
        (["--filters", &rules], "in which --filters is another"),
        (["--table-name", "others"], "in which the table is another"),
        (["--to", "2024-03-14"], "in which --to is another"),
    ] {
        let refused = copy(&stack, folder.path(), &more).await;
        assert_eq!(refused.code, Some(3), "{refused:?}");
        assert!(refused.err.contains(told), "{told}: {refused:?}");
    }
    let command: Vec<String> = command(&stack, folder.path(), &[])
        .into_iter()
        .map(|arg| if arg == "--to-copy" { "--to-queue".to_owned() } else { arg })
        .collect();
    let refused = logferry(&stack, &command.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert!(refused.err.contains("in which the mode is another"), "{refused:?}");
    assert_eq!((refused.code, in_table(&stack).await), (Some(3), each_once(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_that_fail_are_named_and_are_done_by_nobody() {
    let stack = stack(6).await;
    let none = "logs/none".to_owned();
    stack.s3.put(OLD_BUCKET, &none, "this is no log\n".repeat(9)).await.unwrap();
    stack.s3.faults().on_read(&key(2), Fault::AccessDenied, 1);
    stack.s3.faults().on_read(&key(4), Fault::NoSuchKey, 1);
    let folder = tempfile::tempdir().unwrap();
    let failed = copy(&stack, folder.path(), &[]).await;
    assert_eq!(failed.code, Some(3), "{failed:?}");
    assert_eq!(numbers(&failed, ["objects", "failed", "missing", "rows"]), [7, 2, 1, 4 * 21]);
    for (key, why) in
        [(&key(2), "access needs s3:GetObject"), (&none, "not_an_access_log"), (&key(4), "no such")]
    {
        let told = format!("error: failed to copy s3://old-logs/{key}: ");
        let line = failed.err.lines().find(|line| line.starts_with(&told));
        assert!(line.is_some_and(|line| line.contains(why)), "{key}: {failed:?}");
        let findings = failed.lines();
        let finding =
            findings.iter().find(|line| line["type"] == "finding" && line["key"] == **key);
        let repair = if *key == super::key(4) { json!(null) } else { json!("backfill") };
        assert_eq!(finding.unwrap()["repair"], repair, "{failed:?}");
    }
    let list = folder.path().join("journal.failed");
    let expected = format!("s3://old-logs/{}\ns3://old-logs/{none}\n", key(2));
    assert_eq!(fs::read_to_string(&list).unwrap(), expected);
    // The list is one for --keys.
    let file = stack_file(&stack, folder.path());
    let journal = folder.path().join("again");
    let again = [
        "backfill",
        "s3://old-logs",
        "--keys",
        list.to_str().unwrap(),
        "--stack",
        &file,
        "--to-copy",
        "--run",
        "--format",
        "json",
        "--journal",
        journal.to_str().unwrap(),
    ];
    let again = logferry(&stack, &again).await;
    assert_eq!(again.code, Some(3), "{again:?}");
    assert_eq!(numbers(&again, ["objects", "failed", "rows"]), [2, 1, 21], "{again:?}");
    let mut expected = each_once(6);
    expected.retain(|(found, _), _| *found != key(4));
    assert_eq!(in_table(&stack).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_all_objects_ends_it_and_passes_none() {
    let stack = stack(9).await;
    let folder = tempfile::tempdir().unwrap();
    stack.s3.faults().on_read("logs/", Fault::AccessDenied, 9);
    let few = ["--failures-in-a-row", "3"];
    let denied = copy(&stack, folder.path(), &few).await;
    assert_eq!(denied.code, Some(3), "{denied:?}");
    assert!(
        denied.err.contains("3 objects in a row could not be read, the last one s3://old-logs")
    );
    assert!(denied.err.contains("access needs s3:GetObject"), "{denied:?}");
    assert_eq!(count(&stack, LOADS).await, "0");
    // The rest of the faults is for objects that were under way.
    while reads(&stack) < 9 {
        drop(stack.s3.client().get_object().bucket(OLD_BUCKET).key(key(0)).send().await);
    }
    let done = copy(&stack, folder.path(), &few).await;
    assert_eq!((done.code, in_table(&stack).await), (Some(0), each_once(9)), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_told_before_anything_is_read() {
    let stack = stack(2).await;
    let folder = tempfile::tempdir().unwrap();
    let bare = ["backfill", "s3://old-logs/logs/", "--to-copy", "--run"];
    for (more, told) in [
        (&[][..], "staging.bucket is not known; give --staging-bucket"),
        (&["--staging-bucket", "b"], "redshift.copy_role_arn is not known; give --copy-role"),
        (&["--to-queue"], "cannot be used with"),
    ] {
        let refused = logferry(&stack, &[&bare[..], more].concat()).await;
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.err.contains(told), "{refused:?}");
    }
    count(&stack, "DROP TABLE s3_access_log_loads").await;
    let refused = copy(&stack, folder.path(), &[]).await;
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(refused.err.contains("it comes with `logferry schema ddl`"), "{refused:?}");
    assert_eq!(reads(&stack), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_cannot_be_staged_end_it_and_no_object_counts_as_failed() {
    let stack = stack(3).await;
    let folder = tempfile::tempdir().unwrap();
    let nowhere = copy(&stack, folder.path(), &["--staging-bucket", "No_Where"]).await;
    assert_eq!(nowhere.code, Some(3), "{nowhere:?}");
    assert!(nowhere.err.contains("write s3://No_Where/backfill/"), "{nowhere:?}");
    assert!(nowhere.err.contains("bucket No_Where: InvalidBucketName"), "{nowhere:?}");
    assert!(!folder.path().join("journal.failed").exists());
    let journal = fs::read_to_string(folder.path().join("journal")).unwrap();
    assert_eq!(journal.lines().count(), 1, "the head alone: {journal}");
}
