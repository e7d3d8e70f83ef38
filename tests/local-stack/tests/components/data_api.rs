//! The Data API through the real SDK: statements, batches, COPY, sessions, limits and refusals.

use std::io::Write as _;
use std::time::Duration;

use aws_sdk_redshiftdata::Client;
use aws_sdk_redshiftdata::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_redshiftdata::error::ProvideErrorMetadata;
use aws_sdk_redshiftdata::operation::describe_statement::DescribeStatementOutput;
use aws_sdk_redshiftdata::types::{Field, SqlParameter, StatementStatusString, StatusString};
use local_stack::data_api::{DataApi, Fault, Settings};
use local_stack::redshift::{MembersRead, Source, Warehouse};
use local_stack::s3::S3;
use logferry::table::{GuardedLoad, SqlNames, ddl, guarded_load};
use serde_json::{Value, json};

const OPTIONS: &str = "JSON 'auto' GZIP TIMEFORMAT 'auto'";

/// A warehouse behind the Data API, and the S3 that COPY reads.
struct Place {
    _folder: tempfile::TempDir,
    s3: S3,
    warehouse: Warehouse,
    data_api: DataApi,
    client: Client,
}

async fn place(settings: Settings) -> Place {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("s3")).unwrap();
    let s3 = S3::start(&folder.path().join("s3")).await.unwrap();
    s3.create_bucket("staging").await.unwrap();
    let file = folder.path().join("redshift.sqlite");
    let warehouse = Warehouse::embedded(&file, &ddl(&SqlNames::default())).await.unwrap();
    let source = Source::new(s3.client(), MembersRead::First);
    let data_api = DataApi::start(warehouse.clone(), source, settings).await.unwrap();
    let config = aws_sdk_redshiftdata::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("AKIDEXAMPLE", "example", None, None, "test"))
        .retry_config(aws_sdk_redshiftdata::config::retry::RetryConfig::disabled())
        .endpoint_url(data_api.url())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let client = Client::from_conf(config);
    Place { _folder: folder, s3, warehouse, data_api, client }
}

impl Place {
    async fn put(&self, key: &str, body: Vec<u8>) {
        self.s3.put("staging", key, body).await.unwrap();
    }

    /// Puts a gzip file of rows and a manifest that names it; gives the manifest's URL.
    async fn stage(&self, name: &str, rows: &[Value]) -> String {
        let rows = rows.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
        self.put(&format!("rows/{name}.gz"), gzip(rows.as_bytes())).await;
        let url = format!("s3://staging/rows/{name}.gz");
        let manifest = json!({ "entries": [{ "url": url, "mandatory": true }] });
        self.put(&format!("manifests/{name}"), manifest.to_string().into_bytes()).await;
        format!("s3://staging/manifests/{name}")
    }

    /// Runs a batch to its end.
    async fn batch(&self, sqls: impl IntoIterator<Item = String>) -> DescribeStatementOutput {
        let call = self.client.batch_execute_statement().workgroup_name("logs").database("dev");
        let call = call.set_sqls(Some(sqls.into_iter().collect()));
        let id = call.send().await.unwrap().id.unwrap();
        self.ended(&id).await
    }

    async fn one(&self, sql: &str) -> DescribeStatementOutput {
        let call = self.client.execute_statement().workgroup_name("logs").database("dev");
        let id = call.sql(sql).send().await.unwrap().id.unwrap();
        self.ended(&id).await
    }

    async fn ended(&self, id: &str) -> DescribeStatementOutput {
        loop {
            let seen = self.client.describe_statement().id(id).send().await.unwrap();
            match seen.status() {
                Some(StatusString::Finished | StatusString::Failed | StatusString::Aborted) => {
                    return seen;
                }
                _ => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    }

    async fn rows(&self, id: &str) -> Vec<Vec<Field>> {
        let result = self.client.get_statement_result().id(id).send().await.unwrap();
        result.records().to_vec()
    }

    async fn cell(&self, sql: &str) -> Option<String> {
        self.warehouse.query(sql).await.unwrap().single().map(str::to_owned)
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn once(manifest: &str) -> Vec<String> {
    let names = SqlNames { schema: Some("public".to_owned()), ..SqlNames::default() };
    let load = GuardedLoad {
        manifest: manifest.to_owned(),
        source: "replay".to_owned(),
        iam_role: "arn:aws:iam::123456789012:role/copy".to_owned(),
        options: OPTIONS.to_owned(),
    };
    guarded_load(&names, &load)
}

fn statuses(seen: &DescribeStatementOutput) -> Vec<&str> {
    let parts = seen.sub_statements().iter();
    parts.filter_map(|part| part.status().map(StatementStatusString::as_str)).collect()
}

#[tokio::test]
async fn a_guarded_load_loads_once_and_a_second_one_nothing() {
    let place = place(Settings::default()).await;
    let manifest =
        place.stage("a", &[json!({ "record_id": "a" }), json!({ "record_id": "b" })]).await;
    let first = place.batch(once(&manifest)).await;
    assert_eq!(first.status(), Some(&StatusString::Finished), "{first:?}");
    assert_eq!(statuses(&first), ["FINISHED"; 4]);
    let id = first.id();
    assert_eq!(first.sub_statements()[2].id(), format!("{id}:3"));
    assert_eq!(place.rows(&format!("{id}:2")).await, [[Field::LongValue(1)]]);
    let loads = "SELECT manifest || ' ' || source || ' ' || loaded_rows FROM s3_access_log_loads";
    assert_eq!(place.cell(loads).await, Some(format!("{manifest} replay 2")));

    let second = place.batch(once(&manifest)).await;
    assert_eq!(second.status(), Some(&StatusString::Failed));
    assert_eq!(second.error(), Some("Query #2 failed with ERROR: division by zero"));
    assert_eq!(statuses(&second), ["FINISHED", "FAILED", "ABORTED", "ABORTED"]);
    assert_eq!(place.cell("SELECT COUNT(*) FROM s3_access_log").await.as_deref(), Some("2"));
    assert_eq!(place.cell("SELECT COUNT(*) FROM s3_access_log_loads").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_copy_that_fails_takes_the_batch_with_it_and_says_why() {
    let place = place(Settings::default()).await;
    let manifest =
        place.stage("bad", &[json!({ "record_id": "a" }), json!({ "http_status": 99_999 })]).await;
    let insert = "INSERT INTO public.s3_access_log_loads (manifest) VALUES ('before')".to_owned();
    let failed = place.batch([insert].into_iter().chain(once(&manifest))).await;
    let error = failed.error().unwrap();
    assert!(
        error.starts_with("Query #4 failed with ERROR: Load into table 's3_access_log' failed.")
    );
    assert_eq!(place.cell("SELECT COUNT(*) FROM s3_access_log").await.as_deref(), Some("0"));
    assert_eq!(place.cell("SELECT COUNT(*) FROM s3_access_log_loads").await.as_deref(), Some("0"));
    // The error stays, although everything else was rolled back.
    let cause = place
        .one(
            "SELECT TRIM(error_message), line_number FROM sys_load_error_detail
             WHERE file_name = 's3://staging/rows/bad.gz' AND start_time > sysdate - INTERVAL '7 days'",
        )
        .await;
    let overflow = "Overflow, Value '99999', Type: Short".to_owned();
    assert_eq!(place.rows(cause.id()).await, [[Field::StringValue(overflow), Field::LongValue(2)]]);

    let missing = json!({ "entries": [{ "url": "s3://staging/rows/gone.gz", "mandatory": true }] });
    place.put("manifests/missing", missing.to_string().into_bytes()).await;
    let failed = place.batch(once("s3://staging/manifests/missing")).await;
    let error = failed.error().unwrap();
    assert!(error.contains("#3") && error.contains("NoSuchKey"), "{error}");
    let failed = place.batch(once("s3://staging/manifests/none")).await;
    assert!(failed.error().unwrap().contains("NoSuchKey"), "{failed:?}");
    assert_eq!(place.cell("SELECT COUNT(*) FROM s3_access_log_loads").await.as_deref(), Some("0"));
}

#[tokio::test]
async fn copy_of_a_prefix_fills_a_temporary_table_that_lives_for_its_batch_or_session() {
    let place = place(Settings::default()).await;
    for (part, sum) in [("1", 40), ("2", 2)] {
        let row = json!({ "log_key": part, "offset_sum": sum, "ignored": {} }).to_string();
        place.put(&format!("ledger/dt=2026-03-14/{part}.gz"), gzip(row.as_bytes())).await;
    }
    let create =
        "CREATE TEMP TABLE ledger (log_key VARCHAR(1024), offset_sum DECIMAL(38,0)) DISTSTYLE ALL";
    let copy = format!(
        "COPY ledger FROM 's3://staging/ledger/dt=2026-03-14' IAM_ROLE 'arn:aws:iam::123456789012:role/copy' {OPTIONS}"
    );
    let sum = "SELECT COUNT(*), CAST(SUM(offset_sum) AS BIGINT), PG_LAST_COPY_COUNT() FROM ledger";
    let seen = place.batch([create.to_owned(), copy.clone(), sum.to_owned()]).await;
    assert_eq!(seen.status(), Some(&StatusString::Finished), "{seen:?}");
    let whole = [Field::LongValue(2), Field::LongValue(42), Field::LongValue(2)];
    assert_eq!(place.rows(&format!("{}:3", seen.id())).await, std::slice::from_ref(&whole));
    let gone = place.one(sum).await;
    assert_eq!(gone.error(), Some("ERROR: relation \"ledger\" does not exist"));

    let call = place.client.execute_statement().workgroup_name("logs").database("dev");
    let begun = call.sql(create).session_keep_alive_seconds(60).send().await.unwrap();
    let session = begun.session_id().unwrap();
    place.ended(begun.id().unwrap()).await;
    for (sql, expected) in [(copy.as_str(), None), (sum, Some(whole))] {
        let call = place.client.execute_statement().session_id(session).sql(sql);
        let id = call.send().await.unwrap().id.unwrap();
        assert_eq!(place.ended(&id).await.error(), None);
        if let Some(expected) = expected {
            assert_eq!(place.rows(&id).await, [expected]);
        }
    }
    let unknown = "00000000-0000-4000-8000-000000000000";
    let call = place.client.execute_statement().session_id(unknown).sql(sum).send().await;
    assert_eq!(call.unwrap_err().code(), Some("ResourceNotFoundException"));
}

#[tokio::test]
async fn results_come_in_pages_with_their_types_and_no_row_is_larger_than_64_kb() {
    let place = place(Settings { page_rows: 2, ..Settings::default() }).await;
    let seen = place
        .one("SELECT 1 AS n, 1.5, 'a', NULL UNION ALL SELECT 2, 2.5, 'b', NULL UNION ALL SELECT 3, 3.5, 'c', NULL")
        .await;
    assert_eq!((seen.has_result_set(), seen.result_rows()), (Some(true), 3));
    let first = place.client.get_statement_result().id(seen.id()).send().await.unwrap();
    assert_eq!((first.records().len(), first.total_num_rows()), (2, 3));
    assert_eq!(first.column_metadata()[0].name(), Some("n"));
    let token = first.next_token().unwrap();
    let last = place.client.get_statement_result().id(seen.id()).next_token(token);
    let last = last.send().await.unwrap();
    assert_eq!(last.next_token(), None);
    let row = [
        Field::LongValue(3),
        Field::DoubleValue(3.5),
        Field::StringValue("c".to_owned()),
        Field::IsNull(true),
    ];
    assert_eq!(last.records(), [row]);

    let widest = place.one("SELECT REPLACE(HEX(ZEROBLOB(32768)), '0', 'x')").await;
    assert_eq!(widest.status(), Some(&StatusString::Finished), "{widest:?}");
    let wider = place.one("SELECT REPLACE(HEX(ZEROBLOB(32768)), '0', 'x'), 'y'").await;
    assert!(wider.error().unwrap().contains("Packet for query is too large"), "{wider:?}");
    let none = place.client.get_statement_result().id(wider.id()).send().await.unwrap_err();
    assert_eq!(none.code(), Some("ResourceNotFoundException"));
}

#[tokio::test]
async fn parameters_are_values_and_nothing_else() {
    let place = place(Settings::default()).await;
    let parameter =
        |name: &str, value: &str| SqlParameter::builder().name(name).value(value).build().unwrap();
    let call = |sql: &str| {
        place.client.execute_statement().workgroup_name("logs").database("dev").sql(sql)
    };
    let hostile = r"o'brien\'; DROP TABLE s3_access_log; --";
    let asked = call("SELECT :a, ':a', CAST(:n AS BIGINT) + 1")
        .parameters(parameter("a", hostile))
        .parameters(parameter("n", "41"));
    let id = asked.send().await.unwrap().id.unwrap();
    assert_eq!(place.ended(&id).await.error(), None);
    let row = [
        Field::StringValue(hostile.to_owned()),
        Field::StringValue(":a".to_owned()),
        Field::LongValue(42),
    ];
    assert_eq!(place.rows(&id).await, [row]);

    let table = call("SELECT COUNT(*) FROM :t").parameters(parameter("t", "s3_access_log"));
    let id = table.send().await.unwrap().id.unwrap();
    assert_eq!(place.ended(&id).await.status(), Some(&StatusString::Failed));
    for (sql, name, value) in [
        ("SELECT :a", "a", ""),
        ("SELECT :a", "b", "1"),
        ("SELECT :a", "a b", "1"),
        ("SELECT 1", "a", "1"),
    ] {
        let refused = call(sql).parameters(parameter(name, value)).send().await.unwrap_err();
        assert_eq!(refused.code(), Some("ValidationException"), "{sql} {name} {value}");
    }
}

#[tokio::test]
async fn what_aws_refuses_is_refused_by_its_names() {
    let place = place(Settings { active_statements_max: 2, ..Settings::default() }).await;
    let client = &place.client;
    let call = || client.execute_statement().workgroup_name("logs").database("dev");
    let large = format!("SELECT '{}'", "x".repeat(100 * 1024));
    let refused = [
        client.execute_statement().sql("SELECT 1").database("dev"),
        client.execute_statement().sql("SELECT 1").workgroup_name("logs"),
        call().sql("SELECT 1").cluster_identifier("logs"),
        client.execute_statement().sql("SELECT 1").workgroup_name("other").database("dev"),
        call().sql("  "),
        call().sql(large),
        call().sql("SELECT 1").session_keep_alive_seconds(86_401),
    ];
    for (at, refused) in refused.into_iter().enumerate() {
        let error = refused.send().await.unwrap_err();
        assert_eq!(error.code(), Some("ValidationException"), "{at}: {error:?}");
        assert!(error.message().is_some_and(|message| !message.is_empty()), "{at}");
    }
    let batch = client.batch_execute_statement().workgroup_name("logs").database("dev");
    let many = (0..41).fold(batch, |batch, _| batch.sqls("SELECT 1"));
    assert_eq!(many.send().await.unwrap_err().code(), Some("ValidationException"));
    let unknown = client.describe_statement().id("00000000-0000-4000-8000-000000000000");
    assert_eq!(unknown.send().await.unwrap_err().code(), Some("ResourceNotFoundException"));
    let wrong = client.describe_statement().id("x").send().await.unwrap_err();
    assert_eq!(wrong.code(), Some("ValidationException"));

    let other = client.execute_statement().workgroup_name("logs").database("other").sql("SELECT 1");
    let id = other.send().await.unwrap().id.unwrap();
    let seen = place.ended(&id).await;
    assert_eq!(seen.error(), Some("FATAL: database \"other\" does not exist"));
    let seen = place.batch(["SELECT 1".to_owned(), "SELECT 2".to_owned()]).await;
    let whole = client.get_statement_result().id(seen.id()).send().await.unwrap_err();
    assert_eq!(whole.code(), Some("ValidationException"));
    for sql in ["BEGIN", "SELECT 1; SELECT 2", "UNLOAD ('SELECT 1') TO 's3://x/y'"] {
        assert_eq!(place.one(sql).await.status(), Some(&StatusString::Failed), "{sql}");
    }
    for fine in ["SELECT 1;", "VACUUM DELETE ONLY public.s3_access_log", "SET query_group TO 'x'"] {
        assert_eq!(place.one(fine).await.error(), None, "{fine}");
    }
    let vacuum = place.batch(["VACUUM".to_owned()]).await;
    assert!(vacuum.error().unwrap().contains("transaction block"), "{vacuum:?}");
}

#[tokio::test]
async fn a_token_makes_two_calls_one_and_a_busy_warehouse_takes_no_more() {
    let latency = Duration::from_millis(300);
    let place = place(Settings { active_statements_max: 2, latency, ..Settings::default() }).await;
    let insert = "INSERT INTO s3_access_log_loads (manifest) VALUES ('x')";
    let call = |token: &str, sql: &str| {
        let call = place.client.execute_statement().workgroup_name("logs").database("dev");
        call.sql(sql).client_token(token)
    };
    let first = call("one", insert).send().await.unwrap().id.unwrap();
    assert_eq!(call("one", insert).send().await.unwrap().id.unwrap(), first);
    let other = call("one", "SELECT 1").send().await.unwrap_err();
    assert_eq!(other.code(), Some("ValidationException"));
    let second = call("two", "SELECT 1").send().await.unwrap().id.unwrap();
    let third = call("three", "SELECT 1").send().await.unwrap_err();
    assert_eq!(third.code(), Some("ActiveStatementsExceededException"));

    assert_eq!(
        place.client.cancel_statement().id(&second).send().await.unwrap().status(),
        Some(true)
    );
    assert_eq!(place.ended(&second).await.status(), Some(&StatusString::Aborted));
    assert_eq!(place.ended(&first).await.status(), Some(&StatusString::Finished));
    let late = place.client.cancel_statement().id(&first).send().await.unwrap_err();
    assert!(late.message().unwrap().contains("FINISHED state"), "{late:?}");
    assert_eq!(place.cell("SELECT COUNT(*) FROM s3_access_log_loads").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn faults_come_when_they_are_asked_for() {
    let place = place(Settings::default()).await;
    let faults =
        [Fault::Throttle, Fault::Busy, Fault::Internal, Fault::Environment, Fault::AnswerLost];
    for fault in faults {
        place.data_api.script(fault);
    }
    let insert = "INSERT INTO s3_access_log_loads (manifest) VALUES ('x')";
    let mut codes = Vec::new();
    let call = || {
        let call = place.client.execute_statement().workgroup_name("logs").database("dev");
        call.sql(insert).client_token("the same")
    };
    for _ in 0..5 {
        codes.push(call().send().await.unwrap_err().code().map(str::to_owned));
    }
    let names = [
        Some("ThrottlingException"),
        Some("ActiveStatementsExceededException"),
        Some("InternalServerException"),
        Some("ExecuteStatementException"),
        None,
    ];
    assert_eq!(codes, names.map(|name| name.map(str::to_owned)));
    assert_eq!(place.data_api.faults_left(), 0);
    // The one whose answer was lost ran, and the token finds it again.
    let id = call().send().await.unwrap().id.unwrap();
    assert_eq!(place.ended(&id).await.status(), Some(&StatusString::Finished));
    assert_eq!(place.cell("SELECT COUNT(*) FROM s3_access_log_loads").await.as_deref(), Some("1"));
    place.data_api.script(Fault::Fails("ERROR: out of memory".to_owned()));
    assert_eq!(place.one("SELECT 1").await.error(), Some("ERROR: out of memory"));
    place.warehouse.set_down(true);
    assert_eq!(place.one("SELECT 1").await.status(), Some(&StatusString::Failed));
}
