//! The audit on stores in memory: what reading again finds, and what it cannot say.

use std::collections::BTreeMap;
use std::sync::Arc;

use logferry::access_log::lines;
use logferry::filter::Filters;
use logferry::operate::audit::{
    AuditSettings, Audited, Finding, Making, Portion, Step, Verdict, audit,
};
use logferry::operate::{OperateError, Selection, Window, date_or_time};
use logferry::ports::{Cause, ListingError, Rejection, Resource, SourceError, WarehouseError};
use logferry::row::{AnonymiseIp, Origin, RowEncoder, RowOptions};
use logferry::table::SqlNames;
use serde_json::{Map, Value, json};

use super::stores::{Buckets, Table, WRITTEN_UNIX_S};
use crate::support::gzip::gzip;
use crate::support::sample::log;

const BUCKET: &str = "amber-logs";
const QUARANTINED: &[u8] = b"no line\n";

/// A bucket whose objects were delivered as they should be, which tests change.
struct World {
    buckets: Buckets,
    table: Table,
    ledger: BTreeMap<String, Value>,
    rows: RowOptions,
}

fn key(number: usize) -> String {
    let end = if number.is_multiple_of(3) { ".gz" } else { "" };
    format!("logs/2026-03-14-10-02-11-{number:016X}{end}")
}

/// Twenty lines, and one that is none.
fn text(number: usize) -> Vec<u8> {
    [log(number as u64 + 1, 20), QUARANTINED.to_vec()].concat()
}

impl World {
    fn new(objects: usize) -> Self {
        let buckets = Buckets::default();
        let table = Table { buckets: buckets.clone(), ..Table::default() };
        let rows = RowOptions::default();
        let mut world = Self { buckets, table, ledger: BTreeMap::new(), rows };
        (0..objects).for_each(|number| world.deliver(number));
        world
    }

    fn deliver(&mut self, number: usize) {
        let (key, text) = (key(number), text(number));
        let stored = if number.is_multiple_of(3) { gzip(&text) } else { text.clone() };
        self.buckets.put(BUCKET, &key, stored);
        let offsets: u64 = lines(&text).map(|line| line.offset).sum();
        let line = json!({
            "v": 1, "log_bucket": BUCKET, "log_key": key, "text_from": 0, "text_to": text.len(),
            "is_end": true, "lines": 21, "typed": 20, "quarantined": 1, "filtered": 0, "blank": 0,
            "offset_sum": offsets,
        });
        self.ledger.insert(key.clone(), line);
        let mut encoder = RowEncoder::new(self.rows.clone());
        let origin = Origin::new(Some(BUCKET), &key);
        for line in lines(&text) {
            let mut row = Vec::new();
            encoder.encode(&line, &origin, &mut row);
            self.table.rows.lock().unwrap().push(serde_json::from_slice(&row).unwrap());
        }
    }

    /// Changes the rows of an object.
    fn rows(&self, number: usize, change: impl FnOnce(&mut Vec<Map<String, Value>>)) {
        let mut rows = self.table.rows.lock().unwrap();
        let (mut own, others): (Vec<_>, Vec<_>) =
            rows.drain(..).partition(|row| row["log_key"] == key(number).as_str());
        change(&mut own);
        rows.extend(others);
        rows.extend(own);
    }

    fn told(&mut self, number: usize, name: &str, value: Value) {
        self.ledger.get_mut(&key(number)).unwrap()[name] = value;
    }

    /// The offset of a line of an object.
    fn offset(number: usize, line: usize) -> u64 {
        lines(&text(number)).nth(line).unwrap().offset
    }

    async fn audit(
        &self,
        change: impl FnOnce(&mut AuditSettings),
    ) -> Result<Audited, OperateError> {
        // In two files, of which the second has half of the first again.
        let lines: Vec<String> = self.ledger.values().map(Value::to_string).collect();
        let half = &lines[..lines.len() / 2];
        self.buckets.put("staging", "ledger/dt=2026-03-14/1.gz", gzip(lines.join("\n").as_bytes()));
        self.buckets.put("staging", "ledger/dt=2026-03-15/2", half.join("\n"));
        let mut settings = settings();
        change(&mut settings);
        let names = SqlNames::default();
        let ports = (&self.buckets, &Arc::new(self.buckets.clone()));
        audit(ports, Some((&self.table, &names)), &settings, |_| ()).await
    }

    /// With every object read again.
    async fn read(&self) -> Audited {
        self.audit(|settings| settings.read = Some(ALL)).await.unwrap()
    }
}

fn settings() -> AuditSettings {
    AuditSettings {
        bucket: BUCKET.to_owned(),
        prefix: "logs/".to_owned(),
        selection: Selection::default(),
        grace_s: 3_600,
        now_unix_s: WRITTEN_UNIX_S + 86_400,
        ledger: ("staging".to_owned(), "ledger/".to_owned()),
        ledger_from_unix_s: None,
        gaps: false,
        read: None,
        seed: 1,
        making: Making::default(),
    }
}

const ALL: Portion = Portion::PerMillion(1_000_000);

/// By the object's number, what was found with its offsets.
fn found(audited: &Audited) -> Vec<(usize, Verdict, Vec<u64>)> {
    let number = |finding: &Finding| {
        let name = finding.key.trim_end_matches(".gz");
        usize::from_str_radix(name.rsplit('-').next().unwrap(), 16).unwrap()
    };
    let findings = audited.findings.iter();
    findings.map(|one| (number(one), one.verdict, one.offsets.clone())).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_as_it_should_be_is_clean_on_every_level() {
    let world = World::new(8);
    for read in [None, Some(ALL), Some(Portion::Objects(3))] {
        let audited = world.audit(|settings| settings.read = read).await.unwrap();
        assert!(audited.is_clean() && audited.findings.is_empty(), "{audited:?}");
        assert_eq!((audited.rows, audited.in_table, audited.quarantined), (168, Some(168), 8));
        let objects = match read {
            None => 0,
            Some(Portion::Objects(objects)) => objects,
            Some(_) => 8,
        };
        assert_eq!((audited.read.objects, audited.read.lines), (objects, objects * 21));
        assert!(audited.unread.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_ledger_says_of_another_bucket_or_another_version_counts_for_nothing() {
    let mut world = World::new(4);
    world.told(1, "log_bucket", json!("other-logs"));
    world.told(2, "etag", json!("another"));
    let audited = world.audit(|_| ()).await.unwrap();
    assert_eq!(found(&audited), [1, 2].map(|number| (number, Verdict::NoLedger, vec![])));
    assert_eq!(audited.delivered, 2);
}

#[tokio::test(start_paused = true)]
async fn rows_that_say_something_else_are_found_by_reading_alone() {
    let world = World::new(6);
    world.rows(1, |rows| rows[3]["http_status"] = json!(418));
    world.rows(2, |rows| rows[0]["record_id"] = json!("0".repeat(32)));
    world.rows(3, |rows| rows[5]["request_time"] = json!("2026-03-14T00:00:00Z"));
    // A row that an older version could not read.
    world.rows(4, |rows| {
        let kept = ["record_id", "log_bucket", "log_key", "log_offset"];
        rows[7].retain(|name, _| kept.contains(&name.as_str()));
        rows[7].insert("parse_error".to_owned(), json!("bad_time"));
    });
    let counted = world.audit(|_| ()).await.unwrap();
    assert!(counted.findings.is_empty(), "counts and places are right: {counted:?}");
    let read = world.read().await;
    let wrong = |number, line| (number, Verdict::WrongRows, vec![World::offset(number, line)]);
    assert_eq!(found(&read), [wrong(1, 3), wrong(2, 0), wrong(3, 5), wrong(4, 7)]);
    let columns: Vec<_> = read.findings.iter().map(|one| one.columns.join(",")).collect();
    assert_eq!(columns, ["http_status", "record_id", "request_time", "parse_error"]);
    let repairs: Vec<_> = read.findings.iter().map(Finding::repair).collect();
    assert_eq!(repairs, [None, None, None, Some("replay quarantine")]);
    // A typed copy beside it is what the view shows.
    let copy = world.table.rows.lock().unwrap().last().cloned().unwrap();
    assert_eq!(copy["log_key"], key(4).as_str());
    world.deliver_again(4);
    let again = world.read().await;
    assert!(again.findings.iter().all(|one| one.key != key(4) || one.is_fine()), "{again:?}");
}

impl World {
    /// Adds the rows of an object once more.
    fn deliver_again(&self, number: usize) {
        let mut other = World::new(0);
        other.deliver(number);
        let rows = other.table.rows.lock().unwrap().clone();
        self.table.rows.lock().unwrap().extend(rows);
    }
}

#[tokio::test(start_paused = true)]
async fn suspects_are_read_to_say_where() {
    let world = World::new(8);
    world.rows(1, |rows| drop(rows.remove(4)));
    // One lost, one doubled.
    world.rows(3, |rows| rows[0] = rows[1].clone());
    // One lost, one where no line is: as many places as lines.
    world.rows(5, |rows| rows[2]["log_offset"] = json!(1));
    world.rows(6, Vec::clear);
    let audited = world.audit(|_| ()).await.unwrap();
    let all: Vec<u64> = (0..21).map(|line| World::offset(6, line)).collect();
    assert_eq!(
        found(&audited),
        [
            (1, Verdict::MissingRows, vec![World::offset(1, 4)]),
            (3, Verdict::MissingRows, vec![0]),
            (5, Verdict::MissingRows, vec![World::offset(5, 2)]),
            (5, Verdict::WrongRows, vec![1]),
            (6, Verdict::MissingRows, all),
        ]
    );
    assert_eq!((audited.missing_rows, audited.read.objects), (24, 4));
}

#[tokio::test(start_paused = true)]
async fn an_object_without_a_ledger_is_counted_line_by_line() {
    let mut world = World::new(6);
    for number in [1, 3, 4] {
        world.ledger.remove(&key(number));
    }
    world.rows(3, |rows| drop(rows.remove(20)));
    world.rows(4, Vec::clear);
    let audited = world.audit(|_| ()).await.unwrap();
    let missing = vec![World::offset(3, 20)];
    assert_eq!(
        found(&audited),
        [
            (1, Verdict::NoLedger, vec![]),
            (3, Verdict::MissingRows, missing.clone()),
            (4, Verdict::NeverDelivered, vec![]),
        ]
    );
    assert_eq!(audited.findings[0].proven_lines, Some(21));
    assert!(audited.findings[0].is_fine() && audited.findings[0].repair().is_none());
    assert_eq!((audited.findings[1].want, audited.findings[1].have), (Some(21), Some(20)));
    assert_eq!(audited.missing_rows, 1);
    // Where there are rules, a line without a row may be one that they dropped.
    world.told(0, "filtered", json!(1));
    let filtered = world.audit(|_| ()).await.unwrap();
    assert_eq!(found(&filtered)[1], (3, Verdict::NoLedger, missing));
    assert_eq!(filtered.findings[1].repair(), Some("backfill"));
}

#[tokio::test(start_paused = true)]
async fn objects_delivered_in_parts_are_counted_by_reading() {
    let mut world = World::new(4);
    for number in [1, 2] {
        let line = world.ledger.get_mut(&key(number)).unwrap();
        line.as_object_mut().unwrap().remove("lines");
    }
    let counted = world.audit(|_| ()).await.unwrap();
    assert_eq!((counted.uncounted, counted.rows, counted.findings.len()), (2, 42, 0));
    let read = world.read().await;
    assert_eq!((read.uncounted, read.rows, read.findings.len()), (0, 84, 0));
    world.rows(2, |rows| drop(rows.remove(1)));
    let missing = world.read().await;
    assert_eq!(found(&missing), [(2, Verdict::MissingRows, vec![World::offset(2, 1)])]);
    assert_eq!((missing.uncounted, missing.missing_rows), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn lines_that_rules_dropped_are_not_lost() {
    let mut world = World::new(3);
    let is_get = |row: &Map<String, Value>| row.get("operation") == Some(&json!("REST.GET.OBJECT"));
    let mut dropped = Vec::new();
    world.rows(1, |rows| dropped.extend(rows.extract_if(.., |row| is_get(row))));
    assert!(!dropped.is_empty());
    let offsets: u64 = dropped.iter().map(|row| row["log_offset"].as_u64().unwrap()).sum();
    let sum = world.ledger[&key(1)]["offset_sum"].as_u64().unwrap() - offsets;
    world.told(1, "filtered", json!(dropped.len()));
    world.told(1, "typed", json!(20 - dropped.len()));
    world.told(1, "offset_sum", json!(sum));
    // The rules are for the object that they were in force for: of the others nothing was dropped.
    for number in [0, 2] {
        world.buckets.remove(BUCKET, &key(number));
    }
    world.table.rows.lock().unwrap().retain(|row| row["log_key"] == key(1).as_str());
    assert_eq!(found(&world.read().await), []);

    world.rows(1, |rows| drop(rows.remove(0)));
    let without = world.read().await;
    assert_eq!(found(&without), [(1, Verdict::MissingRows, vec![])], "nobody can say which");
    let rules = r#"[{"operation": "REST.GET.OBJECT", "action": "drop"}]"#;
    let rules = Filters::from_json(rules).unwrap_or_else(|error| panic!("{error}"));
    let with = world.audit(|settings| settings.making.filters = Some(Arc::new(rules))).await;
    let with = with.unwrap();
    assert_eq!((with.findings[0].offsets.len(), with.missing_rows), (1, 1), "{with:?}");
}

#[tokio::test(start_paused = true)]
async fn rows_are_made_again_by_the_settings_of_the_function() {
    let mut world = World::new(0);
    world.rows = RowOptions { anonymise_ip: AnonymiseIp::Truncate, ..RowOptions::default() };
    world.deliver(1);
    let other = world.read().await;
    assert_eq!(other.findings[0].columns, ["record_id", "remote_ip"]);
    let rows = world.rows.clone();
    let same = world.audit(|settings| {
        settings.read = Some(ALL);
        settings.making.rows = rows;
    });
    assert_eq!(found(&same.await.unwrap()), []);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_said_and_no_verdict() {
    let world = World::new(5);
    let denied = Rejection {
        resource: Resource::Object,
        said: "AccessDenied (403)".to_owned(),
        cause: Cause::AccessDenied { needs: "s3:GetObject on it" },
    };
    world.rows(2, |rows| drop(rows.remove(0)));
    let unreadable = [1, 2].map(|number| (key(number), SourceError::Rejected(denied.clone())));
    world.buckets.unreadable.lock().unwrap().extend(unreadable);
    let audited = world.read().await;
    // It is missing all the same; nobody can say which.
    assert_eq!(found(&audited), [(2, Verdict::MissingRows, vec![])]);
    let unread: Vec<_> = audited.unread.iter().map(|(key, _)| key.clone()).collect();
    assert_eq!((unread, audited.read.objects), (vec![key(1), key(2)], 3));
    assert!(audited.unread[0].1.contains("s3:GetObject"), "{audited:?}");
}

#[tokio::test(start_paused = true)]
async fn what_does_not_answer_is_asked_again_and_what_says_no_is_an_error() {
    let world = World::new(2);
    let silent = ListingError::Unavailable("503".to_owned());
    world.buckets.listing_failures.lock().unwrap().extend(vec![silent.clone(); 5]);
    assert!(world.audit(|_| ()).await.unwrap().is_clean());
    world.buckets.listing_failures.lock().unwrap().extend(vec![silent; 9]);
    let error = world.audit(|_| ()).await.unwrap_err();
    assert!(matches!(error, OperateError::List { .. }), "{error:?}");

    world.buckets.put("staging", "ledger/dt=2026-03-15/3", "no ledger\n");
    let error = world.audit(|_| ()).await.unwrap_err();
    assert!(error.to_string().contains("s3://staging/ledger/dt=2026-03-15/3"), "{error}");
    world.buckets.remove("staging", "ledger/dt=2026-03-15/3");
    // Of days before the objects nothing is read.
    world.buckets.put("staging", "ledger/dt=2026-03-13/0", "no ledger\n");
    assert!(world.audit(|_| ()).await.unwrap().is_clean());
    let gone = WarehouseError::Failed("relation does not exist".to_owned());
    *world.table.refuses.lock().unwrap() = Some(gone);
    let error = world.audit(|_| ()).await.unwrap_err();
    assert!(matches!(error, OperateError::Warehouse { .. }), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn hours_without_objects_are_found_where_asked() {
    let world = World::new(2);
    world.buckets.put(BUCKET, "logs/2026-03-14-14-00-00-00000000000000FF", "\n");
    let day = |settings: &mut AuditSettings| {
        let unix_s = |text| Some(date_or_time(text).unwrap());
        settings.selection.window =
            Window::new(unix_s("2026-03-14T10:00:00Z"), unix_s("2026-03-14T15:00:00Z"));
        settings.now_unix_s = unix_s("2026-03-16").unwrap();
    };
    let without = world.audit(day).await.unwrap();
    assert!(without.gaps.is_empty());
    let with = world.audit(|settings| {
        day(settings);
        settings.gaps = true;
    });
    let with = with.await.unwrap();
    let gaps: Vec<_> = with.gaps.iter().map(|gap| (gap.place.as_str(), gap.hours())).collect();
    assert_eq!((gaps, with.is_clean()), (vec![("logs/", 3)], false));
}

#[tokio::test(start_paused = true)]
async fn it_says_how_far_it_is() {
    let world = World::new(250);
    world.audit(|_| ()).await.unwrap();
    let names = SqlNames::default();
    let settings = AuditSettings { read: Some(ALL), ..settings() };
    let mut steps = Vec::new();
    let ports = (&world.buckets, &Arc::new(world.buckets.clone()));
    let told = |step| steps.push(step);
    audit(ports, Some((&world.table, &names)), &settings, told).await.unwrap();
    let listed = [100, 200, 250].map(Step::Listed);
    assert_eq!(steps[..3], listed);
    assert_eq!(steps[3..5], [1, 2].map(|done| Step::Ledger { done, of: 2 }));
    assert_eq!(steps[5..], [Step::Asked, Step::Read { done: 0, of: 250 }]);
}
