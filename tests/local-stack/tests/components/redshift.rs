//! COPY's rules, each with a row that breaks it, on the table as `logferry` creates it.

use local_stack::redshift::{Copy, Error, Warehouse};
use logferry::row::column_list;
use logferry::table::{SqlNames, ddl};
use serde_json::{Value, json};

const OPTIONS: &str = "JSON 'auto' GZIP TIMEFORMAT 'auto'";

async fn warehouse() -> Warehouse {
    Warehouse::embedded(":memory:".as_ref(), &ddl(&SqlNames::default())).await.unwrap()
}

fn command() -> Copy {
    Copy::new("s3_access_log", &column_list(), OPTIONS).unwrap()
}

async fn load(warehouse: &Warehouse, file: impl Into<Vec<u8>>) -> Result<u64, Error> {
    warehouse.copy(command(), vec![("part".to_owned(), file.into().into())]).await
}

/// The error code and column of loading one row.
async fn refused(row: impl ToString) -> (u16, String) {
    match load(&warehouse().await, row.to_string()).await.unwrap_err() {
        Error::DataLoadFailed(error) => (error.error_code, error.column_name),
        other => panic!("{other}"),
    }
}

async fn cell(warehouse: &Warehouse, sql: &str) -> Option<String> {
    warehouse.query(sql).await.unwrap().single().map(str::to_owned)
}

#[tokio::test]
async fn rows_load_with_their_types_defaults_and_nulls() {
    let warehouse = warehouse().await;
    let rows = [
        json!({ "record_id": "a", "request_time": "2019-02-06T00:00:38Z", "http_status": -32768,
                "bytes_sent": i64::MAX, "acl_required": true, "key": "ü\n\t\\", "unknown": [1, {}] }),
        json!({ "record_id": "b", "Key": "case matters" }),
    ];
    let file = format!("{}\n{}\n\n", rows[0], rows[1]);
    assert_eq!(load(&warehouse, file).await.unwrap(), 2);
    let sql = "SELECT request_time, http_status, bytes_sent, acl_required, key, loaded_at IS NULL
               FROM s3_access_log ORDER BY record_id";
    let answer = warehouse.query(sql).await.unwrap();
    let text = |value: &str| Some(value.to_owned());
    assert_eq!(
        answer.rows[0],
        [
            text("2019-02-06 00:00:38"),
            text("-32768"),
            text("9223372036854775807"),
            text("1"),
            text("ü\n\t\\"),
            text("0")
        ]
    );
    assert_eq!(answer.rows[1], [None, None, None, None, None, text("0")]);
}

#[tokio::test]
async fn each_rule_refuses_by_its_number() {
    let refusals = [
        (json!({ "record_id": "x".repeat(33) }), 1204, "record_id"),
        // 255 characters fit by count, not by bytes.
        (json!({ "bucket": "ü".repeat(128) }), 1204, "bucket"),
        (json!({ "http_status": 32_768 }), 1207, "http_status"),
        (json!({ "http_status": "2x" }), 1207, "http_status"),
        (json!({ "bytes_sent": 1.5 }), 1207, "bytes_sent"),
        (json!({ "bytes_sent": "9223372036854775808" }), 1207, "bytes_sent"),
        (json!({ "request_time": "06/Feb/2019:00:00:38" }), 1206, "request_time"),
        (json!({ "request_time": "2019-02-30T00:00:00Z" }), 1206, "request_time"),
        (json!({ "request_time": 1_549_411_238 }), 1206, "request_time"),
        (json!({ "acl_required": "maybe" }), 1210, "acl_required"),
        (json!({ "key": "a\0b" }), 1218, "key"),
        (json!({ "key": "\u{FDD0}" }), 1220, "key"),
        (json!({ "key": "\u{1FFFF}" }), 1220, "key"),
        (json!({ "key": {} }), 1216, "key"),
        (json!([1]), 1216, ""),
        (json!({ "unknown": "x".repeat(4 * 1024 * 1024) }), 1216, ""),
    ];
    for (row, code, column) in refusals {
        assert_eq!(refused(&row).await, (code, column.to_owned()), "{row:.100}");
    }
    for broken in
        [r#"{"key":"a"},{"key":"b"}"#, r#"{"key":"a"}{"key":"b"}"#, r#"{"key":"a"#, "{key}"]
    {
        assert_eq!(refused(broken).await.0, 1216, "{broken}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_utf8_are_refused_with_their_line() {
    let warehouse = warehouse().await;
    let file = b"{\"key\":\"a\"}\n{\"key\":\"\xA4\"}\n".to_vec();
    let Err(Error::DataLoadFailed(error)) = load(&warehouse, file).await else { panic!("loaded") };
    assert_eq!((error.error_code, error.line_number), (1220, 2));
    assert!(error.error_message.ends_with("Bad UTF8 hex sequence: a4 (error 3)"), "{error}");
}

#[tokio::test]
async fn one_bad_row_fails_the_whole_load_and_leaves_a_record() {
    let warehouse = warehouse().await;
    let files = vec![
        ("good".to_owned(), json!({ "record_id": "a" }).to_string().into()),
        ("bad".to_owned(), "{\"record_id\":\"b\"}\n{\"http_status\":99999}".into()),
    ];
    assert!(warehouse.copy(command(), files).await.is_err());
    assert_eq!(cell(&warehouse, "SELECT COUNT(*) FROM s3_access_log").await.as_deref(), Some("0"));
    let errors = warehouse.load_errors();
    let error = errors.first().unwrap();
    assert_eq!((error.file_name.as_str(), error.line_number), ("bad", 2));
    assert_eq!(
        (error.column_name.as_str(), error.column_type.as_str()),
        ("http_status", "SMALLINT")
    );
}

#[tokio::test]
async fn a_command_that_redshift_would_refuse_is_refused() {
    let options = |options| Copy::new("s3_access_log", "record_id", options);
    for wrong in [
        "GZIP",
        "JSON 'auto' CSV",
        "JSON 'auto' MANIFEST",
        "JSON 'auto' NULL AS 'x'",
        "JSON 'auto' TIMEFORMAT 'epochsecs'",
        "JSON 's3://paths'",
    ] {
        assert!(matches!(options(wrong), Err(Error::IncorrectCopyOptions(_))), "{wrong}");
    }
    let lenient =
        "JSON 'auto' GZIP TIMEFORMAT 'auto' TRUNCATECOLUMNS ACCEPTINVCHARS AS '?' COMPUPDATE OFF";
    assert_eq!(options(lenient).unwrap(), options(OPTIONS).unwrap());

    let warehouse = warehouse().await;
    let try_copy = |table, columns| {
        let command = Copy::new(table, columns, OPTIONS).unwrap();
        warehouse.copy(command, Vec::new())
    };
    assert!(matches!(try_copy("other", "key").await, Err(Error::TableNotFound(_))));
    assert!(matches!(try_copy("s3_access_log", "key,nope").await, Err(Error::ColumnNotFound(_))));
    assert!(matches!(try_copy("s3_access_log", "").await, Err(Error::IncorrectCopyOptions(_))));
}

#[tokio::test]
async fn the_ddl_is_read_and_what_is_not_known_in_it_is_refused() {
    let warehouse = warehouse().await;
    let names: Vec<_> = warehouse.schema().columns.iter().map(|one| one.name.as_str()).collect();
    let listed = column_list();
    let listed: Vec<_> = listed.split(',').chain(["loaded_at"]).collect();
    assert_eq!(names, listed);
    for wrong in [
        "CREATE TABLE t (a SUPER)",
        "CREATE TABLE t (a VARCHAR(70000))",
        "SELECT 1",
        "CREATE TABLE t (a BIGINT CHECKED)",
        "CREATE TABLE t (a BIGINT) SOMETHING (a)",
    ] {
        let opened = Warehouse::embedded(":memory:".as_ref(), wrong).await;
        assert!(matches!(opened, Err(Error::Ddl(_))), "{wrong}");
    }
}

#[tokio::test]
async fn the_view_drops_copies_and_every_view_answers() {
    let warehouse = warehouse().await;
    let row = |id: &str, status: u16| -> Value {
        json!({ "record_id": id, "request_time": "2019-02-06T23:00:38Z", "bucket": "b",
                "key": "k", "http_status": status, "bytes_sent": 10,
                "tls_version": if status == 200 { "TLSv1" } else { "TLSv1.3" } })
    };
    let file = [row("a", 200), row("a", 200), row("b", 503)].map(|row| row.to_string()).join("\n");
    load(&warehouse, file).await.unwrap();
    load(&warehouse, row("a", 200).to_string()).await.unwrap();
    let count = |from: &str| format!("SELECT COUNT(*) FROM s3_access_log{from}");
    assert_eq!(cell(&warehouse, &count("")).await.as_deref(), Some("4"));
    assert_eq!(cell(&warehouse, &count("_distinct")).await.as_deref(), Some("2"));
    for view in logferry::table::VIEWS {
        let expected = match view {
            "quarantined" => "0",
            "old_tls" | "copies" => "1",
            _ => "2",
        };
        let found = cell(&warehouse, &count(&format!("_{view}"))).await;
        assert_eq!(found.as_deref(), Some(expected), "{view}");
    }
    let sql = "SELECT request_hour, SUM(requests), SUM(server_errors) FROM s3_access_log_errors_per_hour
               WHERE request_time >= '2019-02-06' AND request_time < '2019-02-07' GROUP BY request_hour";
    let hour = warehouse.query(sql).await.unwrap().rows;
    assert_eq!(hour, [["2019-02-06 23:00:00", "2", "1"].map(|cell| Some(cell.to_owned()))]);
    let sql = "SELECT request_day, operation FROM s3_access_log_requests_per_day LIMIT 1";
    let day = warehouse.query(sql).await.unwrap().rows;
    assert_eq!(day, [[Some("2019-02-06".to_owned()), None]]);
}

#[tokio::test]
async fn a_typed_row_takes_the_place_of_a_quarantined_and_a_newer_of_an_older() {
    let warehouse = warehouse().await;
    let columns = format!("{},loaded_at", column_list());
    let load_at = async |loaded_at: &str, key: &str, parse_error: Option<&str>| {
        let row = json!({ "record_id": "a", "request_time": "2019-02-06T23:00:38Z", "key": key,
                          "parse_error": parse_error, "loaded_at": loaded_at });
        let command = Copy::new("s3_access_log", &columns, OPTIONS).unwrap();
        let files = vec![("part".to_owned(), row.to_string().into_bytes().into())];
        warehouse.copy(command, files).await.unwrap();
        cell(&warehouse, "SELECT key FROM s3_access_log_distinct").await
    };
    let shown = |key: &str| Some(key.to_owned());
    assert_eq!(load_at("2026-03-14T00:00:00Z", "typed", None).await, shown("typed"));
    let quarantined = Some("bad_time");
    assert_eq!(load_at("2026-03-15T00:00:00Z", "raw", quarantined).await, shown("typed"));
    assert_eq!(load_at("2026-03-16T00:00:00Z", "newer", None).await, shown("newer"));
    assert_eq!(load_at("2026-03-13T00:00:00Z", "older", None).await, shown("newer"));
}
