//! Quarantined lines on fakes: an answer that is lost, a right that is missing, bytes that are another's.

use std::io::Read as _;
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use logferry::access_log::lines;
use logferry::filter::Filters;
use logferry::operate::Selection;
use logferry::operate::quarantine::{Replacing, Settings, replay};
use logferry::ports::{
    Cause, ObjectBody, ObjectSource, ObjectTask, ObjectWriter, Opened, Ran, Rejection, Resource,
    RowPage, SourceError, Value, Warehouse, WarehouseError, WriteError,
};
use logferry::row::{RecordId, RowOptions};
use logferry::table::SqlNames;

use crate::support::sample::log;

/// An object that may not be read, or never comes.
struct Denied;

struct Nothing;

impl ObjectBody for Nothing {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, SourceError> {
        Ok(None)
    }
}

impl ObjectSource for Denied {
    type Body = Nothing;

    async fn open(
        &self,
        _: &ObjectTask,
        _: u64,
        _: Option<&str>,
    ) -> Result<Opened<Nothing>, SourceError> {
        let cause = Cause::AccessDenied { needs: "s3:GetObject on it" };
        let (resource, said) = (Resource::Object, "AccessDenied (403)".to_owned());
        Err(SourceError::Rejected(Rejection { resource, said, cause }))
    }
}

#[derive(Default)]
struct Staging(Mutex<Vec<(String, Bytes)>>);

impl ObjectWriter for Staging {
    async fn write(&self, _: &str, key: &str, body: Bytes) -> Result<(), WriteError> {
        self.0.lock().unwrap().push((key.to_owned(), body));
        Ok(())
    }
}

/// Rows of the table, and transactions whose first answer is lost.
struct Table {
    rows: Vec<Vec<Value>>,
    page: usize,
    transactions: Mutex<Vec<String>>,
    results: Mutex<Vec<Vec<Vec<Value>>>>,
}

impl Warehouse for Table {
    async fn run(&self, statements: &[String]) -> Result<Vec<Ran>, WarehouseError> {
        assert!(statements.len() <= 40);
        let first = &statements[0];
        let answer = if first.starts_with("SELECT MIN(log_bucket)") {
            let from = usize::from(first.contains("log_key >")) * self.page;
            self.rows.iter().skip(from).take(self.page).cloned().collect()
        } else if first.starts_with("LOCK") {
            let mut transactions = self.transactions.lock().unwrap();
            let ran_before = transactions.contains(&statements.concat());
            transactions.push(statements.concat());
            return Err(if ran_before {
                WarehouseError::DoneBefore
            } else {
                WarehouseError::Unavailable("the answer was lost".to_owned())
            });
        } else {
            assert!(first.starts_with("SELECT loaded_rows"), "{first}");
            vec![vec![Value::Long(2)]]
        };
        let mut results = self.results.lock().unwrap();
        results.push(answer);
        Ok(vec![Ran { result: Some((results.len() - 1).to_string()), rows: None }])
    }

    async fn page(&self, result: &str, _: Option<&str>) -> Result<RowPage, WarehouseError> {
        let rows = self.results.lock().unwrap()[result.parse::<usize>().unwrap()].clone();
        Ok(RowPage { rows, next: None })
    }
}

/// A quarantined row of a line, with the bytes of another where they are given.
fn row(line: &[u8], offset: u64, raw: &[u8]) -> Vec<Value> {
    let text = |text: &str| Value::Text(text.to_owned());
    let id = String::from_utf8(RecordId::of(line).hex().to_vec()).unwrap();
    let offset = Value::Long(i64::try_from(offset).unwrap());
    let (bucket, key) = (text("amber-logs"), text("k"));
    vec![bucket, key, offset, text(&id), text("bad_time"), text(&STANDARD.encode(raw))]
}

fn settings(page: usize) -> Settings {
    Settings {
        names: SqlNames::default(),
        options: RowOptions::default(),
        filters: Filters::default(),
        selection: Selection::default(),
        page,
        replacing: Some(Replacing {
            bucket: "staging".to_owned(),
            prefix: "replay/quarantine/1/".to_owned(),
            iam_role: "arn:aws:iam::123456789012:role/copy".to_owned(),
            options: "JSON 'auto' GZIP".to_owned(),
        }),
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_counts_once_and_bytes_count_only_by_their_identity() {
    let text = log(4, 4);
    let of_it: Vec<_> = lines(&text).collect();
    let rows = vec![
        row(of_it[0].bytes, of_it[0].offset, of_it[0].bytes),
        row(of_it[1].bytes, of_it[1].offset, of_it[1].bytes),
        // A line that is not the one of the row, as of one with masked secrets: its object is asked.
        row(of_it[2].bytes, of_it[2].offset, of_it[3].bytes),
    ];
    let (transactions, results) = (Mutex::default(), Mutex::default());
    let table = Table { rows, page: 2, transactions, results };
    let staging = Staging::default();
    let replayed = replay((&Denied, &staging), &table, &settings(2)).await.unwrap();
    let counts = replayed.reasons["bad_time"];
    assert_eq!((counts.lines, counts.typed, counts.unread), (3, 2, 1), "{counts:?}");
    assert_eq!(replayed.replaced, 2);
    let (url, error) = &replayed.errors[0];
    assert_eq!(url, "s3://amber-logs/k");
    assert!(error.to_string().contains("s3:GetObject"), "{error}");

    // Twice the same transaction, whose guard is the file.
    let transactions = table.transactions.lock().unwrap();
    assert_eq!(transactions.len(), 2);
    assert_eq!(transactions[0], transactions[1]);
    let written = staging.0.lock().unwrap();
    assert_eq!(written.len(), 1, "a page without a typed row writes nothing");
    let (key, body) = &written[0];
    assert!(transactions[0].contains(&format!("'s3://staging/{key}'")));
    let mut rows = String::new();
    flate2::read::MultiGzDecoder::new(&body[..]).read_to_string(&mut rows).unwrap();
    assert_eq!(rows.lines().count(), 2);
    assert!(rows.lines().all(|row| row.contains("request_time") && !row.contains("parse_error")));
}

#[tokio::test(start_paused = true)]
async fn a_line_that_a_rule_drops_keeps_its_quarantined_row() {
    let text = log(4, 4);
    let of_it: Vec<_> = lines(&text).collect();
    let rows = of_it.iter().map(|line| row(line.bytes, line.offset, line.bytes)).collect();
    let (transactions, results) = (Mutex::default(), Mutex::default());
    let table = Table { rows, page: 10, transactions, results };
    let staging = Staging::default();
    let filters = Filters::from_json(r#"[{"operation": "*", "action": "drop"}]"#).unwrap();
    let settings = Settings { filters, ..settings(10) };
    let replayed = replay((&Denied, &staging), &table, &settings).await.unwrap();
    let counts = replayed.reasons["bad_time"];
    assert_eq!((counts.lines, counts.filtered, counts.typed, counts.still), (4, 4, 0, 0));
    assert_eq!(replayed.replaced, 0);
    assert!(table.transactions.lock().unwrap().is_empty() && staging.0.lock().unwrap().is_empty());
}
