//! All checks of the doctor on a deployment in memory: as the module makes it, out of sight, and gone.

use std::collections::BTreeSet;

use bytes::Bytes;
use logferry::cost::Prices;
use logferry::operate::Stack;
use logferry::operate::doctor::{Check, ExamineSettings, Freshness, Verdict, examine};
use logferry::ports::{
    CopyFacts, Deployment, EventSourceFacts, FunctionFacts, Identity, ListPage, ListRequest,
    ListingError, LoggingFacts, LookupError, Metric, NotificationFacts, NotificationTarget,
    ObjectBody, ObjectListing, ObjectSource, ObjectTask, Opened, QueueFacts, Ran, Redrive, RowPage,
    SourceError, StagingFacts, StreamFacts, Value, Warehouse, WarehouseError,
};
use logferry::row::{COLUMNS, ColumnType, column_list};
use logferry::table::{SqlNames, VIEWS};
use serde_json::json;

const QUEUE: &str = "arn:aws:sqs:eu-west-1:123456789012:ferry";
const LETTERS: &str = "arn:aws:sqs:eu-west-1:123456789012:ferry-dead-letter";
const OPTIONS: &str = "JSON 'auto' GZIP TIMEFORMAT 'auto'";
const NOW: i64 = 1_773_480_413;

fn stack() -> Stack {
    let text = json!({
        "logferry": "stack", "version": 1, "region": "eu-west-1", "account_id": "123456789012",
        "notification_mode": "bucket",
        "log_buckets": [{"bucket": "amber-logs", "prefixes": ["a/"]}],
        "function": {"name": "ferry", "timeout": 300},
        "queue": {"url": "https://q", "arn": QUEUE, "batch_size": 100},
        "dead_letter_queue": {"url": "https://dead", "arn": LETTERS},
        "stream": {"name": "ferry", "destination": "redshift", "buffering_interval": 900},
        "staging": {"bucket": "staging", "prefix": "rows/"},
        "redshift": {
            "workgroup": "logs", "database": "dev", "copy_role_arn": "arn:aws:iam::1:role/copy",
            "copy_options": OPTIONS,
        },
    });
    Stack::read(&text.to_string()).unwrap()
}

/// As the module makes it, or with one error for whatever is asked.
struct Fake(Option<LookupError>);

impl Fake {
    fn or<T>(&self, fact: T) -> Result<T, LookupError> {
        self.0.clone().map_or(Ok(fact), Err)
    }
}

impl Deployment for Fake {
    async fn identity(&self) -> Result<Identity, LookupError> {
        self.or(Identity {
            account_id: "123456789012".into(),
            arn: "arn:aws:iam::123456789012:user/amber".into(),
            region: "eu-west-1".into(),
        })
    }

    async fn queue(&self, url: &str) -> Result<QueueFacts, LookupError> {
        let redrive = Redrive { target_arn: LETTERS.into(), receives_max: 5 };
        self.or(QueueFacts {
            arn: if url == "https://q" { QUEUE } else { LETTERS }.into(),
            visibility_s: 1860,
            retention_s: 1_209_600,
            redrive: Some(redrive),
            ..QueueFacts::default()
        })
    }

    async fn function(&self, _: &str) -> Result<FunctionFacts, LookupError> {
        let variables =
            [("LOGFERRY_STREAM", "ferry"), ("LOGFERRY_CONTINUATION_QUEUE_URL", "https://q")];
        self.or(FunctionFacts {
            state: "Active".into(),
            last_update: "Successful".into(),
            architecture: "arm64".into(),
            runtime: "provided.al2023".into(),
            timeout_s: 300,
            role_arn: "arn:aws:iam::123456789012:role/ferry".into(),
            variables: variables.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
            ..FunctionFacts::default()
        })
    }

    async fn recursion(&self, _: &str) -> Result<String, LookupError> {
        self.or("Allow".into())
    }

    async fn event_source(
        &self,
        _: &str,
        _: &str,
    ) -> Result<Option<EventSourceFacts>, LookupError> {
        self.or(Some(EventSourceFacts {
            state: "Enabled".into(),
            batch_size: 100,
            window_s: 60,
            reports_items: true,
        }))
    }

    async fn notification(&self, _: &str) -> Result<NotificationFacts, LookupError> {
        let events = vec!["s3:ObjectCreated:*".to_owned()];
        let ours = NotificationTarget { arn: QUEUE.into(), events, prefix: "a/".into() };
        self.or(NotificationFacts { eventbridge: false, targets: vec![ours] })
    }

    async fn logging(&self, _: &str) -> Result<Option<LoggingFacts>, LookupError> {
        self.or(None)
    }

    async fn stream(&self, _: &str) -> Result<StreamFacts, LookupError> {
        self.or(StreamFacts {
            status: "ACTIVE".into(),
            destination: "redshift".into(),
            role_arn: "arn:aws:iam::123456789012:role/firehose".into(),
            staging: Some(StagingFacts {
                bucket_arn: "arn:aws:s3:::staging".into(),
                prefix: "rows/".into(),
                compression: "GZIP".into(),
            }),
            copy: Some(CopyFacts {
                table: "public.s3_access_log".into(),
                columns: column_list(),
                options: OPTIONS.into(),
            }),
            ..StreamFacts::default()
        })
    }

    async fn metrics(
        &self,
        asked: &[Metric],
        from: i64,
        to: i64,
    ) -> Result<Vec<Vec<f64>>, LookupError> {
        assert_eq!((from, to), (NOW - 86_400, NOW));
        self.or(vec![vec![]; asked.len()])
    }

    async fn not_allowed(&self, _: &str, _: &[&str], _: &str) -> Result<Vec<String>, LookupError> {
        self.or(vec![])
    }
}

/// A bucket without objects.
struct Empty;

impl ObjectListing for Empty {
    async fn list(&self, request: &ListRequest<'_>) -> Result<ListPage, ListingError> {
        assert_eq!((request.bucket, request.prefix), ("staging", "rows/errors/"));
        Ok(ListPage::default())
    }
}

/// Of no object.
enum NoBody {}

impl ObjectBody for NoBody {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, SourceError> {
        match *self {}
    }
}

impl ObjectSource for Empty {
    type Body = NoBody;

    async fn open(
        &self,
        _: &ObjectTask,
        _: u64,
        _: Option<&str>,
    ) -> Result<Opened<NoBody>, SourceError> {
        Err(SourceError::Missing)
    }
}

/// A warehouse with the table of this version, and a request of this very second.
struct Tables;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

impl Warehouse for Tables {
    async fn run(&self, statements: &[String]) -> Result<Vec<Ran>, WarehouseError> {
        let sql = statements.first().cloned();
        Ok(vec![Ran { result: sql, rows: None }])
    }

    async fn page(&self, sql: &str, _: Option<&str>) -> Result<RowPage, WarehouseError> {
        let rows = if sql.contains("svv_columns") {
            columns()
        } else if sql.contains("has_table_privilege") {
            vec![vec![Value::Boolean(true), Value::Boolean(true)]]
        } else if sql.contains("sys_serverless_usage") {
            vec![vec![Value::Double(4.0)]]
        } else {
            vec![vec![text("amber-logs"), text("2026-03-14 09:26:53")]]
        };
        Ok(RowPage { rows, next: None })
    }
}

fn columns() -> Vec<Vec<Value>> {
    let width = |kind| match kind {
        ColumnType::Text(width) => Value::Long(i64::try_from(width).unwrap()),
        _ => Value::Null,
    };
    let columns = COLUMNS.iter().map(|column| (column.name, width(column.column_type)));
    let columns: Vec<_> = columns.chain([("loaded_at", Value::Null)]).collect();
    let views = VIEWS.iter().map(|view| format!("s3_access_log_{view}"));
    let relations = views.chain(["s3_access_log".to_owned(), "s3_access_log_loads".to_owned()]);
    let of = |relation: String| {
        columns.iter().map(move |(name, width)| vec![text(&relation), text(name), width.clone()])
    };
    relations.flat_map(of).collect()
}

async fn examined(error: Option<LookupError>, skip: &[&str]) -> Vec<Check> {
    let settings = ExamineSettings {
        names: SqlNames { schema: Some("public".into()), ..SqlNames::default() },
        freshness: Freshness { warn_s: 21_600, fail_s: 86_400 },
        rpu: 8.0,
        prices: Prices::default(),
        skip: skip.iter().map(|id| (*id).to_owned()).collect(),
        now_unix_s: NOW,
    };
    examine((&Fake(error), &Empty, &Empty), Some(&Tables), &stack(), &settings).await
}

#[tokio::test]
async fn a_deployment_as_the_module_makes_it_is_fine_and_every_check_is_documented() {
    let found = examined(None, &[]).await;
    let bad: Vec<_> = found.iter().filter(|check| check.verdict != Verdict::Ok).collect();
    assert!(bad.is_empty(), "{bad:?}");
    let ids: BTreeSet<&str> = found.iter().map(|check| check.id.as_str()).collect();
    assert_eq!((ids.len(), found.len()), (44, 44), "each id once: {ids:?}");
    assert!(
        found.iter().any(|check| check.text.contains("96 loads a day wake 4 RPU: up to $2.40"))
    );

    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operate.md");
    let page = std::fs::read_to_string(page).unwrap();
    for id in ids {
        let (group, of) = id.split_once('.').unwrap();
        let named = ["amber-logs", "staging"].contains(&of) && group != "permission";
        let id = if named { format!("{group}.BUCKET") } else { id.to_owned() };
        let row = page.lines().find(|line| {
            line.starts_with("| `")
                && line.contains(&format!("`{group}."))
                && (line.contains(&format!("`{id}`")) || line.contains(&format!("`.{of}`")))
        });
        assert!(row.is_some(), "{id} is not in the table of docs/operate.md");
    }
}

#[tokio::test]
async fn what_may_not_be_seen_is_undone_and_what_is_gone_fails() {
    let denied = examined(Some(LookupError::Denied { needs: "x:Y" }), &[]).await;
    let of_path = |check: &&Check| {
        !["table", "freshness", "serverless", "errors"]
            .contains(&check.id.split('.').next().unwrap())
    };
    let path: Vec<_> = denied.iter().filter(of_path).collect();
    assert!(path.iter().all(|check| check.verdict == Verdict::Skip), "{path:?}");
    assert!(path.iter().filter(|check| check.is_undone).count() >= 9, "{path:?}");

    let gone = examined(Some(LookupError::Missing), &[]).await;
    let failed = gone.iter().filter(|check| check.verdict == Verdict::Fail);
    let failed: Vec<_> = failed.map(|check| check.id.as_str()).collect();
    let firsts =
        ["queue.exists", "dlq.empty", "event_source.enabled", "function.state", "firehose.status"];
    assert_eq!(failed, firsts);
}

#[tokio::test]
async fn what_is_left_out_is_not_told() {
    let found = examined(None, &["table", "freshness.amber"]).await;
    let left = |check: &Check| check.id.starts_with("table.") || check.id.starts_with("freshness.");
    assert!(!found.iter().any(left) && found.len() > 20, "{found:?}");
}
