//! Buckets and a warehouse in memory: objects are listed, read and written, and the statements of the
//! operator's verbs answered over rows that tests plant.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use logferry::ports::{
    ListFrom, ListPage, ListRequest, ListedObject, ListingError, ObjectBody, ObjectListing,
    ObjectSource, ObjectTask, ObjectWriter, Opened, Ran, RowPage, STATEMENT_BYTES_MAX,
    STATEMENTS_MAX, SourceError, Value, Warehouse, WarehouseError, WriteError,
};
use logferry::row::RecordId;
use serde_json::{Map, Value as Json};
use tokio::time::sleep;

/// When every object was written.
pub(super) const WRITTEN_UNIX_S: i64 = 1_773_450_000;

type Place = (String, String);

/// Buckets.
#[derive(Clone, Default)]
pub(super) struct Buckets {
    objects: Arc<Mutex<BTreeMap<Place, Vec<u8>>>>,
    /// What the next listings fail with.
    pub(super) listing_failures: Arc<Mutex<VecDeque<ListingError>>>,
    /// What opening an object always fails with, by key.
    pub(super) unreadable: Arc<Mutex<HashMap<String, SourceError>>>,
}

pub(super) struct Body(Option<Bytes>);

fn etag(bytes: &[u8]) -> String {
    RecordId::of(bytes).to_string()
}

impl Buckets {
    pub(super) fn put(&self, bucket: &str, key: &str, bytes: impl Into<Vec<u8>>) {
        self.objects.lock().unwrap().insert((bucket.to_owned(), key.to_owned()), bytes.into());
    }

    pub(super) fn remove(&self, bucket: &str, key: &str) {
        self.objects.lock().unwrap().remove(&(bucket.to_owned(), key.to_owned()));
    }

    pub(super) fn get(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        self.objects.lock().unwrap().get(&(bucket.to_owned(), key.to_owned())).cloned()
    }
}

impl ObjectListing for Buckets {
    async fn list(&self, request: &ListRequest<'_>) -> Result<ListPage, ListingError> {
        sleep(Duration::from_millis(1)).await;
        if let Some(failure) = self.listing_failures.lock().unwrap().pop_front() {
            return Err(failure);
        }
        let after = match request.from {
            ListFrom::Start => "",
            ListFrom::After(key) | ListFrom::Token(key) => key,
        };
        let from = Bound::Excluded((request.bucket.to_owned(), after.to_owned()));
        let objects = self.objects.lock().unwrap();
        let of_it = objects.range((from, Bound::Unbounded)).filter(|((bucket, key), _)| {
            bucket == request.bucket && key.starts_with(request.prefix)
        });
        let listed = of_it.map(|((_, key), bytes)| ListedObject {
            key: key.clone(),
            size: bytes.len() as u64,
            etag: Some(etag(bytes)),
            last_modified_unix_s: Some(WRITTEN_UNIX_S),
            storage_class: Some("STANDARD".to_owned()),
        });
        let mut objects: Vec<_> = listed.take(101).collect();
        let next = (objects.len() > 100).then(|| objects.pop()).flatten();
        let next = next.and(objects.last().map(|last| last.key.clone()));
        Ok(ListPage { objects, prefixes: Vec::new(), next })
    }
}

impl ObjectSource for Buckets {
    type Body = Body;

    async fn open(
        &self,
        object: &ObjectTask,
        offset: u64,
        _: Option<&str>,
    ) -> Result<Opened<Body>, SourceError> {
        sleep(Duration::from_millis(1)).await;
        if let Some(error) = self.unreadable.lock().unwrap().get(&object.key) {
            return Err(error.clone());
        }
        let bytes = self.get(&object.bucket, &object.key).ok_or(SourceError::Missing)?;
        let rest = bytes.get(usize::try_from(offset).unwrap()..).unwrap_or_default().to_vec();
        Ok(Opened {
            length: Some(rest.len() as u64),
            etag: Some(format!("\"{}\"", etag(&bytes))),
            last_modified_unix_s: Some(WRITTEN_UNIX_S),
            body: Body(Some(rest.into())),
        })
    }
}

impl ObjectBody for Body {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, SourceError> {
        Ok(self.0.take())
    }
}

impl ObjectWriter for Buckets {
    async fn write(&self, bucket: &str, key: &str, body: Bytes) -> Result<(), WriteError> {
        self.put(bucket, key, body);
        Ok(())
    }
}

/// What happens to a transaction.
#[derive(Debug, Clone)]
pub(super) enum Fate {
    /// It takes effect, and the answer arrives.
    Well,
    /// It takes effect, and the answer is lost.
    AnswerLost,
    /// It does not take effect.
    Fails(WarehouseError),
}

/// Of a load: manifest or file, source, rows.
pub(super) type Note = (String, String, Option<u64>);

/// Of a failed load: file, and why.
type Cause = (String, String);

/// A warehouse. What it does with statements is what Redshift does with these.
#[derive(Clone, Default)]
pub(super) struct Table {
    pub(super) buckets: Buckets,
    /// Rows, as they were loaded.
    pub(super) rows: Arc<Mutex<Vec<Map<String, Json>>>>,
    /// The table of loads: manifest or file, source, rows.
    pub(super) loads: Arc<Mutex<Vec<Note>>>,
    /// What becomes of the next loads; those behind go well.
    pub(super) fates: Arc<Mutex<VecDeque<Fate>>>,
    /// Files whose loads failed, and why; `None` where nobody may ask.
    pub(super) errors: Arc<Mutex<Option<Vec<Cause>>>>,
    /// What every question is answered with, where there is such a thing.
    pub(super) refuses: Arc<Mutex<Option<WarehouseError>>>,
    /// How long a load takes.
    pub(super) takes: Duration,
    pub(super) results: Arc<Mutex<Vec<Vec<Vec<Value>>>>>,
}

/// The texts of a statement.
fn literals(sql: &str) -> Vec<String> {
    let mut literals = Vec::new();
    let mut rest = sql.replace("''", "\u{1}");
    while let Some((_, behind)) = rest.split_once('\'') {
        let (literal, behind) = behind.split_once('\'').unwrap();
        literals.push(literal.replace('\u{1}', "'"));
        rest = behind.to_owned();
    }
    literals
}

fn text(value: impl Into<String>) -> Value {
    Value::Text(value.into())
}

fn cell(row: &Map<String, Json>, column: &str) -> Value {
    match row.get(column) {
        None | Some(Json::Null) => Value::Null,
        Some(Json::String(time)) if column == "request_time" => {
            text(time.replace('T', " ").replace('Z', ""))
        }
        Some(Json::String(value)) => text(value),
        Some(number) => Value::Long(number.as_i64().unwrap()),
    }
}

impl Table {
    fn ask(&self, sql: &str) -> Result<Vec<Vec<Value>>, WarehouseError> {
        let literals = literals(sql);
        let rows = self.rows.lock().unwrap();
        let key_of = |row: &Map<String, Json>| row["log_key"].as_str().unwrap().to_owned();
        let offset = |row: &Map<String, Json>| row["log_offset"].as_i64().unwrap();
        let meant = |row: &&Map<String, Json>| {
            let key = key_of(row);
            let in_keys = !sql.contains("log_key IN") || literals[1..].contains(&key);
            let in_prefix = !sql.contains("SUBSTRING") || key.starts_with(&literals[1]);
            let between = literals.len().checked_sub(2).filter(|_| sql.contains("BETWEEN"));
            let in_range = between.is_none_or(|at| match cell(row, "request_time") {
                Value::Text(time) => literals[at] <= time && time <= literals[at + 1],
                _ => true,
            });
            row["log_bucket"] == literals[0].as_str() && in_keys && in_prefix && in_range
        };
        if sql.starts_with("SELECT log_key, COUNT(*)") {
            let mut places: BTreeMap<String, Vec<i64>> = BTreeMap::new();
            for row in rows.iter().filter(meant) {
                places.entry(key_of(row)).or_default().push(offset(row));
            }
            let counted = places.into_iter().map(|(key, mut offsets)| {
                if sql.contains("DISTINCT") {
                    offsets.sort_unstable();
                    offsets.dedup();
                }
                let sum: i64 = offsets.iter().sum();
                let count = i64::try_from(offsets.len()).unwrap();
                vec![text(key), Value::Long(count), text(sum.to_string())]
            });
            return Ok(counted.collect());
        }
        if let Some(columns) = sql.strip_prefix("SELECT log_key, log_offset, ") {
            let columns = columns.split('\n').next().unwrap();
            let columns = columns.replace("CAST(request_time AS VARCHAR(19))", "request_time");
            let cells = |row: &Map<String, Json>| {
                let place = [cell(row, "log_key"), cell(row, "log_offset")].into_iter();
                place.chain(columns.split(", ").map(|column| cell(row, column))).collect()
            };
            return Ok(rows.iter().filter(meant).map(cells).collect());
        }
        if sql.contains("sys_load_error_detail") {
            let errors = self.errors.lock().unwrap();
            let denied = || WarehouseError::Failed("permission denied".to_owned());
            let errors = errors.as_ref().ok_or_else(denied)?.iter();
            return Ok(errors
                .map(|(file, why)| vec![text(file), text("key"), text(why)])
                .collect());
        }
        assert!(sql.starts_with("SELECT manifest, source, loaded_rows"), "{sql}");
        let loads = self.loads.lock().unwrap();
        let note = |(manifest, source, rows): &Note| {
            let rows = rows.map_or(Value::Null, |rows| Value::Long(i64::try_from(rows).unwrap()));
            vec![text(manifest), text(source), rows, text("2026-03-15 08:12:00")]
        };
        Ok(loads.iter().map(note).collect())
    }

    /// LOCK, guard, COPY, INSERT, perhaps another INSERT, and the question how many rows it were. A row
    /// of text is a row.
    fn load(&self, statements: &[String]) -> Result<Vec<Vec<Value>>, WarehouseError> {
        let begins: Vec<&str> =
            statements.iter().filter_map(|sql| sql.split_whitespace().next()).collect();
        assert!(begins.starts_with(&["LOCK", "SELECT", "COPY", "INSERT"]), "{begins:?}");
        assert_eq!(begins.last(), Some(&"SELECT"));
        let mut loads = self.loads.lock().unwrap();
        let guarded = literals(&statements[1]);
        if loads.iter().any(|(manifest, ..)| guarded.contains(manifest)) {
            return Err(WarehouseError::DoneBefore);
        }
        let (bucket, key) = guarded[0].strip_prefix("s3://").unwrap().split_once('/').unwrap();
        let manifest = self.buckets.get(bucket, key).expect("the manifest is there");
        let manifest: Json = serde_json::from_slice(&manifest).unwrap();
        let mut rows = 0;
        for entry in manifest["entries"].as_array().unwrap() {
            let url = entry["url"].as_str().unwrap().strip_prefix("s3://").unwrap();
            let (bucket, key) = url.split_once('/').unwrap();
            let file = self.buckets.get(bucket, key);
            let missing = || WarehouseError::Failed(format!("{key} does not exist"));
            rows += file.ok_or_else(missing)?.split(|byte| *byte == b'\n').count() as u64 - 1;
        }
        let source = literals(&statements[3])[1].clone();
        loads.push((guarded[0].clone(), source.clone(), Some(rows)));
        let others = guarded[1..].iter();
        loads.extend(others.map(|other| (other.clone(), source.clone(), None)));
        Ok(vec![vec![Value::Long(i64::try_from(rows).unwrap())]])
    }
}

impl Warehouse for Table {
    async fn run(&self, statements: &[String]) -> Result<Vec<Ran>, WarehouseError> {
        let longest = statements.iter().map(String::len).max().unwrap();
        assert!(statements.len() <= STATEMENTS_MAX && longest <= STATEMENT_BYTES_MAX, "{longest}");
        let rows = if statements[0].starts_with("LOCK") {
            sleep(self.takes).await;
            let fate = self.fates.lock().unwrap().pop_front().unwrap_or(Fate::Well);
            match fate {
                Fate::Fails(error) => return Err(error),
                Fate::Well => self.load(statements)?,
                Fate::AnswerLost => {
                    self.load(statements)?;
                    return Err(WarehouseError::Unavailable("the answer was lost".to_owned()));
                }
            }
        } else {
            assert_eq!(statements.len(), 1);
            if let Some(error) = self.refuses.lock().unwrap().clone() {
                return Err(error);
            }
            self.ask(&statements[0])?
        };
        let mut results = self.results.lock().unwrap();
        results.push(rows);
        let name = (results.len() - 1).to_string();
        let mut ran = vec![Ran::default(); statements.len()];
        ran.last_mut().unwrap().result = Some(name);
        Ok(ran)
    }

    /// Three rows a page.
    async fn page(&self, result: &str, from: Option<&str>) -> Result<RowPage, WarehouseError> {
        let results = self.results.lock().unwrap();
        let all = &results[result.parse::<usize>().unwrap()];
        let begin = from.map_or(0, |from| from.parse().unwrap());
        let end = (begin + 3).min(all.len());
        let next = (end < all.len()).then(|| end.to_string());
        Ok(RowPage { rows: all[begin..end].to_vec(), next })
    }
}
