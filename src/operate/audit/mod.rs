//! What was delivered, and what is in the table, proven against the bucket.
//!
//! Level 1 holds the listing against the ledger (`ledger`, `delivered`), level 2 the ledger against the
//! table (`table`). A finding names the object, what is wrong with it and what repairs it.
//!
//! Invariants: reads only; what is too young to be judged is no finding; what could not be checked is
//! counted and said. What it does not do: see lines that S3 never wrote, whose delivery is best effort.

mod delivered;
mod ledger;
mod table;
mod verdict;

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::bucket::list_all;
use super::error::OperateError;
use super::select::{Choice, Selection, key_date};
use crate::ports::{ListedObject, ObjectListing, ObjectSource, Warehouse};
use crate::table::{ObjectRows, SqlNames};
use delivered::{Delivered, Want, delivered};
use ledger::Parts;
use table::Have;
pub use verdict::{Finding, Verdict};

/// How long before and after what the ledger saw requests are looked for in the table, in seconds:
/// objects that the ledger does not know hold the requests of the same days.
const MARGIN_S: i64 = 86_400;

/// What is audited, and how.
#[derive(Debug, Clone)]
pub struct AuditSettings {
    /// The log bucket.
    pub bucket: String,
    /// What the keys of its logs begin with.
    pub prefix: String,
    /// Which of them.
    pub selection: Selection,
    /// Objects younger than this are in flight, in seconds.
    pub grace_s: i64,
    /// The time, in seconds since 1970.
    pub now_unix_s: i64,
    /// Where the ledger is: bucket, and what its keys begin with.
    pub ledger: (String, String),
    /// The first day of the ledger that is read, in seconds since 1970.
    pub ledger_from_unix_s: Option<i64>,
}

/// What an audit found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audited {
    /// Objects that were meant.
    pub objects: u64,
    /// Their stored bytes.
    pub bytes: u64,
    /// Objects without a date in their key, left out where dates were asked for.
    pub undated: u64,
    /// Objects the ledger covers to their last byte.
    pub delivered: u64,
    /// Objects too young to be judged.
    pub in_flight: u64,
    /// Delivered objects whose rows nobody counted, since they were read in parts.
    pub uncounted: u64,
    /// Rows that were delivered, the quarantined ones included.
    pub rows: u64,
    /// Quarantined rows among them.
    pub quarantined: u64,
    /// Lines that rules dropped.
    pub filtered: u64,
    /// Blank lines.
    pub blank: u64,
    /// Rows of these objects in the table; `None` where it was not asked.
    pub in_table: Option<u64>,
    /// Rows among those that stand there once more.
    pub copies: u64,
    /// Rows that are missing.
    pub missing_rows: u64,
    /// What was found, in the order of the keys; [`Verdict::Copies`] too.
    pub findings: Vec<Finding>,
}

impl Audited {
    /// Whether nothing is to be repaired.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.iter().all(|finding| finding.verdict.is_fine())
    }

    /// How many findings have that verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.findings.iter().filter(|finding| finding.verdict == verdict).count()
    }
}

/// Audits: level 1, and level 2 where there is a warehouse.
///
/// # Errors
/// [`OperateError`]; an audit that could not read everything says nothing.
pub async fn audit(
    (listing, source): (&impl ObjectListing, &impl ObjectSource),
    table: Option<(&impl Warehouse, &SqlNames)>,
    settings: &AuditSettings,
) -> Result<Audited, OperateError> {
    let mut audited = Audited::default();
    let objects = objects(listing, settings, &mut audited).await?;
    let parts = parts(listing, source, settings, &objects).await?;
    let mut wants = HashMap::new();
    for object in &objects {
        let of_it = parts.get(&object.key).map(Vec::as_slice).unwrap_or_default();
        match delivered(object, of_it) {
            Delivered::Counted(want) => {
                audited.delivered += 1;
                audited.rows += want.rows;
                audited.quarantined += want.quarantined;
                audited.filtered += want.filtered;
                audited.blank += want.blank;
                wants.insert(object.key.as_str(), want);
            }
            Delivered::Covered => {
                audited.delivered += 1;
                audited.uncounted += 1;
            }
            Delivered::Not(verdict) => {
                let verdict = if is_young(object, settings) { Verdict::InFlight } else { verdict };
                let finding = Finding { verdict, key: object.key.clone(), want: None, have: None };
                audited.findings.push(finding);
            }
        }
    }
    if let Some((warehouse, names)) = table {
        let between = between(&parts, settings);
        let between = between.as_ref().map(|(from, to)| (from.as_str(), to.as_str()));
        let (bucket, prefix) = (settings.bucket.as_str(), settings.prefix.as_str());
        let which = ObjectRows { bucket, prefix, between };
        let have = table::rows(warehouse, names, &which).await?;
        let compared = Compared { objects: &objects, wants: &wants, have: &have, settings };
        compared.compare(&mut audited);
        compared.suspects(warehouse, names, &mut audited).await?;
    }
    audited.in_flight = audited.count(Verdict::InFlight) as u64;
    audited.findings.retain(|finding| finding.verdict != Verdict::InFlight);
    audited.findings.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(audited)
}

fn is_young(object: &ListedObject, settings: &AuditSettings) -> bool {
    let young = |unix_s: i64| unix_s > settings.now_unix_s - settings.grace_s;
    object.last_modified_unix_s.is_some_and(young)
}

/// The objects that are meant.
async fn objects(
    listing: &impl ObjectListing,
    settings: &AuditSettings,
    audited: &mut Audited,
) -> Result<Vec<ListedObject>, OperateError> {
    let mut objects = list_all(listing, &settings.bucket, &settings.prefix, None).await?;
    objects.retain(|object| {
        match settings.selection.choose(&object.key, Some(object.size), false) {
            Choice::Take => true,
            Choice::Undated => {
                audited.undated += 1;
                false
            }
            Choice::Outside | Choice::Empty | Choice::Archived => false,
        }
    });
    audited.objects = objects.len() as u64;
    audited.bytes = objects.iter().map(|object| object.size).sum();
    Ok(objects)
}

/// What the ledger says of the objects: read from the day on that the first of them was written.
async fn parts(
    listing: &impl ObjectListing,
    source: &impl ObjectSource,
    settings: &AuditSettings,
    objects: &[ListedObject],
) -> Result<Parts, OperateError> {
    let (bucket, prefix) = (settings.ledger.0.as_str(), settings.ledger.1.as_str());
    let first = objects.iter().filter_map(|object| object.last_modified_unix_s).min();
    let dated = objects.iter().filter_map(|object| key_date(&object.key)).map(|(at, _)| at).min();
    let from = settings.ledger_from_unix_s.or(dated.min(first).or(first));
    let after = from.and_then(|unix_s| Timestamp::from_second(unix_s).ok()).map(|from| {
        let day = from.to_zoned(TimeZone::UTC).date();
        format!("{prefix}dt={day}")
    });
    let files = list_all(listing, bucket, prefix, after.as_deref()).await?;
    let keys: std::collections::HashSet<&str> =
        objects.iter().map(|object| object.key.as_str()).collect();
    let mut parts = Parts::new();
    for file in files.iter().filter(|file| file.size > 0) {
        let wanted = |key: &str| keys.contains(key);
        ledger::read(source, (bucket, &file.key), &settings.bucket, wanted, &mut parts).await?;
    }
    Ok(parts)
}

/// From when to when the requests are, as the ledger saw them; `None` where all dates are meant.
fn between(parts: &Parts, settings: &AuditSettings) -> Option<(String, String)> {
    let window = settings.selection.window?;
    let seen = |of: fn(&ledger::Part) -> Option<&String>| {
        parts.values().flatten().filter_map(of).filter_map(|time| time.parse::<Timestamp>().ok())
    };
    let first = seen(|part| part.first_request.as_ref()).min().map(Timestamp::as_second);
    let last = seen(|part| part.last_request.as_ref()).max().map(Timestamp::as_second);
    let from = window.from_unix_s.min(first.unwrap_or(i64::MAX)).saturating_sub(MARGIN_S);
    let to = window.to_unix_s.max(last.unwrap_or(i64::MIN)).saturating_add(MARGIN_S);
    let text = |unix_s: i64, otherwise: &str| {
        let time = Timestamp::from_second(unix_s).ok();
        let text = time.map(|time| time.strftime("%Y-%m-%d %H:%M:%S").to_string());
        text.unwrap_or_else(|| otherwise.to_owned())
    };
    Some((text(from, "1970-01-01 00:00:00"), text(to, "9999-12-31 00:00:00")))
}

/// The ledger and the table, side by side.
struct Compared<'a> {
    objects: &'a [ListedObject],
    wants: &'a HashMap<&'a str, Want>,
    have: &'a HashMap<String, Have>,
    settings: &'a AuditSettings,
}

impl Compared<'_> {
    /// Pass 1, but for the objects that pass 2 is for.
    fn compare(&self, audited: &mut Audited) {
        let listed: std::collections::HashSet<&str> =
            self.objects.iter().map(|object| object.key.as_str()).collect();
        for finding in &mut audited.findings {
            let have = self.have.get(&finding.key);
            finding.have = Some(have.map_or(0, |have| have.rows));
            if have.is_some() && finding.verdict == Verdict::NeverDelivered {
                finding.verdict = Verdict::NoLedger;
            }
        }
        let mut in_table = 0;
        for (key, have) in self.have {
            if listed.contains(key.as_str()) {
                in_table += have.rows;
            } else if self.settings.selection.choose(key, None, false) == Choice::Take {
                let (verdict, have) = (Verdict::NotInS3, Some(have.rows));
                audited.findings.push(Finding { verdict, key: key.clone(), want: None, have });
            }
        }
        audited.in_table = Some(in_table);
    }

    /// Pass 2: the objects whose rows do not agree with the ledger.
    async fn suspects(
        &self,
        warehouse: &impl Warehouse,
        names: &SqlNames,
        audited: &mut Audited,
    ) -> Result<(), OperateError> {
        let have = |key: &str| self.have.get(key).copied().unwrap_or_default();
        let wrong = self.wants.iter().filter(|(key, want)| !have(key).is(want));
        let suspects: Vec<(&str, &Want)> = wrong.map(|(key, want)| (*key, want)).collect();
        let keys: Vec<&str> = suspects.iter().map(|(key, _)| *key).collect();
        let places = table::places(warehouse, names, &self.settings.bucket, &keys).await?;
        let young: HashMap<&str, bool> = self
            .objects
            .iter()
            .map(|object| (object.key.as_str(), is_young(object, self.settings)))
            .collect();
        for (key, want) in suspects {
            let (have, places) = (have(key), places.get(key).copied().unwrap_or_default());
            let mut verdict = table::verdict(places, want);
            audited.copies += have.rows.saturating_sub(places.rows);
            if verdict == Verdict::MissingRows {
                if young.get(key) == Some(&true) {
                    verdict = Verdict::InFlight;
                } else {
                    audited.missing_rows += want.rows - places.rows;
                }
            }
            let (want, have) = (Some(want.rows), Some(have.rows));
            audited.findings.push(Finding { verdict, key: key.to_owned(), want, have });
        }
        Ok(())
    }
}
