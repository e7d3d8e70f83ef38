//! Level 3: objects read again, line by line beside their rows.
//!
//! Suspects are read to say where, objects without a ledger to say whether their rows are whole, and a
//! portion of the others to hold what stands in the rows to what stands in the log. What could not be
//! read is noted, and is no verdict.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::again;
use super::audited::{Audited, Step};
use super::covered::Ledger;
use super::lines::{Lines, Rows, compare};
use super::settings::AuditSettings;
use super::table::{KEYS_BYTES_MAX, KEYS_MAX, key_bytes, lines};
use super::verdict::{Finding, Verdict};
use crate::operate::error::OperateError;
use crate::ports::{ListedObject, ObjectSource, Warehouse};
use crate::table::{ObjectRows, SqlNames};

/// The most suspects that are read: where everything is lost, places say nothing more.
const SUSPECTS_MAX: usize = 1_000;

/// Stored bytes of the objects that are read before their rows are asked for, whose lines are in memory
/// at the same time. An object that is larger is read alone.
const BYTES_AT_ONCE: u64 = 32 << 20;

pub(super) struct Reading<'a> {
    pub(super) known: &'a HashMap<&'a str, &'a ListedObject>,
    pub(super) ledger: &'a Ledger<'a>,
    pub(super) names: &'a SqlNames,
    pub(super) which: ObjectRows<'a>,
    pub(super) settings: &'a AuditSettings,
}

impl Reading<'_> {
    /// Reads what is to be read, and adds what comes of it to the findings.
    pub(super) async fn read<S: ObjectSource>(
        &self,
        source: &Arc<S>,
        warehouse: &impl Warehouse,
        audited: &mut Audited,
        mut told: impl FnMut(Step),
    ) -> Result<(), OperateError> {
        let mut suspects = suspects(audited);
        let objects = self.objects(&suspects);
        let of = objects.len() as u64;
        let mut done = 0;
        let bucket = &self.settings.bucket;
        let (making, now) = (&self.settings.making, self.settings.now_unix_s);
        for group in groups(objects) {
            told(Step::Read { done, of });
            let mut read = again::read(source, bucket, &group, making, now).await;
            let keys: Vec<&str> = group.iter().map(|object| object.key.as_str()).collect();
            let mut rows = lines(warehouse, self.names, &self.which, &keys).await?;
            for key in keys {
                let rows = rows.remove(key).unwrap_or_default();
                match read.remove(key) {
                    Some(Ok(lines)) => {
                        let object = Object { key, lines: &lines, rows: &rows };
                        self.judge(&object, suspects.remove(key), audited);
                    }
                    Some(Err(reason)) => audited.unread.push((key.to_owned(), reason)),
                    None => audited.unread.push((key.to_owned(), "it was not settled".to_owned())),
                }
            }
            done += group.len() as u64;
        }
        audited.findings.extend(suspects.into_values());
        Ok(())
    }

    /// The suspects, and the portion of the objects that was asked for, by key.
    fn objects(&self, suspects: &BTreeMap<String, Finding>) -> Vec<&ListedObject> {
        let suspects = suspects.keys().map(String::as_str);
        let known = suspects.filter_map(|key| self.known.get_key_value(key)).map(|(key, _)| *key);
        let mut keys: BTreeSet<&str> = known.take(SUSPECTS_MAX).collect();
        if let Some(portion) = self.settings.read {
            let delivered = self.ledger.wants.keys().chain(&self.ledger.uncounted);
            let settled = |key: &&str| {
                self.known.get(key).is_some_and(|object| !self.settings.is_young(object))
            };
            let mut delivered: Vec<&str> = delivered.copied().filter(settled).collect();
            delivered.sort_unstable();
            keys.extend(portion.choose(&delivered, self.settings.seed));
        }
        keys.into_iter().filter_map(|key| self.known.get(key).copied()).collect()
    }

    /// What follows from the lines and the rows of an object, of which this was found before.
    fn judge(&self, object: &Object<'_>, found: Option<Finding>, audited: &mut Audited) {
        audited.read.objects += 1;
        audited.read.lines += object.lines.len() as u64;
        let difference = compare(object.lines, object.rows);
        let mut found = if self.ledger.uncounted.contains(object.key) {
            self.count(object, &difference.missing, audited)
        } else if self.ledger.wants.contains_key(object.key) {
            self.counted(object, &difference.missing, found, audited)
        } else {
            self.unknown(object, &difference.missing, found, audited)
        };
        let columns = difference.columns.into_iter().collect();
        if let Some(wrong) = found.take_if(|found| found.verdict == Verdict::WrongRows) {
            found = Some(Finding { columns, ..wrong.at(&difference.wrong) });
        } else if !difference.wrong.is_empty() {
            let wrong = object.finding(Verdict::WrongRows).at(&difference.wrong);
            audited.findings.push(Finding { columns, ..wrong });
        }
        if !difference.readable.is_empty() {
            let columns = vec!["parse_error"];
            let readable = object.finding(Verdict::WrongRows).at(&difference.readable);
            audited.findings.push(Finding { columns, ..readable });
        }
        audited.findings.extend(found);
    }

    /// An object whose rows the ledger counted.
    fn counted(
        &self,
        object: &Object<'_>,
        missing: &[u64],
        found: Option<Finding>,
        audited: &mut Audited,
    ) -> Option<Finding> {
        let filtered = self.ledger.wants.get(object.key).map_or(0, |want| want.filtered);
        // Lines that a rule dropped have no row, and nobody but the rules knows which.
        let dropped = if self.settings.making.filters.is_some() { 0 } else { filtered };
        let places = if dropped == 0 { missing } else { &[] };
        if found.as_ref().is_some_and(|found| found.verdict == Verdict::MissingRows) {
            return found.map(|found| found.at(places));
        }
        let count = (missing.len() as u64).saturating_sub(dropped);
        if count > 0 {
            audited.missing_rows += count;
            let missing = object.finding(Verdict::MissingRows).at(places);
            audited.findings.push(Finding { want: Some(object.have() + count), ..missing });
        }
        found
    }

    /// An object whose rows the ledger did not count: they are counted now.
    fn count(
        &self,
        object: &Object<'_>,
        missing: &[u64],
        audited: &mut Audited,
    ) -> Option<Finding> {
        if !missing.is_empty() && self.may_be_filtered(audited) {
            return None;
        }
        audited.uncounted -= 1;
        audited.rows += object.lines.len() as u64;
        audited.missing_rows += missing.len() as u64;
        let want = Some(object.lines.len() as u64);
        let found = || object.finding(Verdict::MissingRows).at(missing);
        (!missing.is_empty()).then(|| Finding { want, ..found() })
    }

    /// An object that the ledger does not know.
    fn unknown(
        &self,
        object: &Object<'_>,
        missing: &[u64],
        found: Option<Finding>,
        audited: &mut Audited,
    ) -> Option<Finding> {
        let lines = object.lines.len() as u64;
        let (want, have) = (Some(lines), Some(object.have()));
        let mut found = Finding { want, have, ..found? };
        if missing.is_empty() {
            found.proven_lines = Some(lines);
            return Some(found);
        }
        if !self.may_be_filtered(audited) {
            found.verdict = Verdict::MissingRows;
            audited.missing_rows += missing.len() as u64;
        }
        Some(found.at(missing))
    }

    /// Whether a line without a row may be one that a rule dropped: there are rules, and nobody said
    /// which.
    fn may_be_filtered(&self, audited: &Audited) -> bool {
        self.settings.making.filters.is_none() && audited.filtered > 0
    }
}

/// An object that was read again.
struct Object<'a> {
    key: &'a str,
    lines: &'a Lines,
    rows: &'a Rows,
}

impl Object<'_> {
    /// How many rows there are, copies included.
    fn have(&self) -> u64 {
        self.rows.values().map(|rows| rows.len() as u64).sum()
    }

    fn finding(&self, verdict: Verdict) -> Finding {
        Finding { have: Some(self.have()), ..Finding::new(verdict, self.key) }
    }
}

/// Takes what reading again may say more of out of the findings, by key.
fn suspects(audited: &mut Audited) -> BTreeMap<String, Finding> {
    let is_suspect = |finding: &mut Finding| {
        let verdict = finding.verdict;
        matches!(verdict, Verdict::MissingRows | Verdict::WrongRows | Verdict::NoLedger)
    };
    let suspects = audited.findings.extract_if(.., is_suspect);
    suspects.map(|finding| (finding.key.clone(), finding)).collect()
}

/// Objects that are read and asked for together.
fn groups(objects: Vec<&ListedObject>) -> Vec<Vec<&ListedObject>> {
    let mut groups: Vec<Vec<&ListedObject>> = Vec::new();
    let (mut bytes, mut names) = (0, 0);
    for object in objects {
        let name = key_bytes(&object.key);
        (bytes, names) = (bytes + object.size, names + name);
        match groups.last_mut() {
            Some(group)
                if group.len() < KEYS_MAX && bytes <= BYTES_AT_ONCE && names <= KEYS_BYTES_MAX =>
            {
                group.push(object);
            }
            _ => {
                (bytes, names) = (object.size, name);
                groups.push(vec![object]);
            }
        }
    }
    groups
}
