//! Records that are gzip members, with a COPY that reads all members of a file, and with one that
//! reads the first: nobody has said which of them Redshift's is.

use local_stack::firehose::MembersRead;
use local_stack::stack::{Builder, Stack};

use crate::{Trial, log};

fn builder(members_read: MembersRead) -> Builder {
    let stack = Stack::builder().variable("LOGFERRY_RECORD_COMPRESSION", "gzip");
    stack.stream(move |stream| {
        stream.gzip = false;
        stream.gzip_records = true;
        stream.members_read = members_read;
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn all_rows_arrive_where_copy_reads_all_members() {
    let mut trial = Trial::start(builder(MembersRead::All)).await;
    for n in 0..4 {
        trial.put(&format!("{n}"), log(n, 2_000)).await;
    }
    let audit = trial.clean().await;
    assert_eq!((audit.rows, audit.copies), (8_000, 0));
    let differences = trial.expected.differences(&trial.stack.warehouse).await.unwrap();
    assert!(differences.is_empty(), "{differences:?}");
    assert!(trial.metric("RecordsDelivered") > 1, "files of one member prove nothing");
}

/// The load succeeds, and is short: only who compares the table with the logs sees it.
#[tokio::test(flavor = "multi_thread")]
async fn the_audit_sees_that_copy_read_the_first_member_only() {
    let mut trial = Trial::start(builder(MembersRead::First)).await;
    for n in 0..4 {
        trial.put(&format!("{n}"), log(n, 2_000)).await;
    }
    let audit = trial.stack.finish(&trial.expected).await.unwrap();
    assert!(!audit.is_clean(), "{audit:?}");
    assert!(!audit.missing.is_empty() && audit.unexpected.is_empty());
    assert_eq!(audit.rows + audit.missing.len() as u64, 8_000);
    assert_eq!(trial.metric("RowsDelivered"), 8_000, "the function knows of nothing");
}

/// What `docs/settings.md` promises of the bill.
#[tokio::test(flavor = "multi_thread")]
async fn a_quarter_of_the_log_is_billed_at_most() {
    const LINES: usize = 100_000;
    let builder = builder(MembersRead::All);
    let builder = builder
        .timeout(std::time::Duration::from_mins(5))
        .visibility(std::time::Duration::from_mins(5))
        .variable("LOGFERRY_DROP_COLUMNS", "host_id,bucket_owner");
    let mut trial = Trial::start(builder).await;
    let log = log(51, LINES);
    let log_bytes = log.len() as u64;
    trial.put("large", log).await;
    let audit = trial.clean().await;
    assert_eq!(audit.rows, LINES as u64);
    let billed = trial.metric("BilledUnits5KB") * 5_120;
    println!("{billed} bytes billed for {log_bytes} bytes of log");
    assert!(billed * 4 <= log_bytes, "{billed} of {log_bytes}");
}
