//! Level 2: the ledger and the table, side by side.

use std::collections::HashMap;

use super::audited::Audited;
use super::delivered::Want;
use super::settings::AuditSettings;
use super::table::{Have, places, verdict};
use super::verdict::{Finding, Verdict};
use crate::operate::error::OperateError;
use crate::operate::select::Choice;
use crate::ports::{ListedObject, Warehouse};
use crate::table::SqlNames;

pub(super) struct Compared<'a> {
    pub(super) known: &'a HashMap<&'a str, &'a ListedObject>,
    pub(super) wants: &'a HashMap<&'a str, Want>,
    pub(super) have: &'a HashMap<String, Have>,
    pub(super) settings: &'a AuditSettings,
}

impl Compared<'_> {
    /// Pass 1, but for the objects that pass 2 is for.
    pub(super) fn compare(&self, audited: &mut Audited) {
        for finding in &mut audited.findings {
            let have = self.have.get(&finding.key);
            finding.have = Some(have.map_or(0, |have| have.rows));
            if have.is_some() && finding.verdict == Verdict::NeverDelivered {
                finding.verdict = Verdict::NoLedger;
            }
        }
        let mut in_table = 0;
        for (key, have) in self.have {
            if self.known.contains_key(key.as_str()) {
                in_table += have.rows;
            } else if self.settings.selection.choose(key, None, false) == Choice::Take {
                let have = Some(have.rows);
                audited.findings.push(Finding { have, ..Finding::new(Verdict::NotInS3, key) });
            }
        }
        audited.in_table = Some(in_table);
    }

    /// Pass 2: the objects whose rows do not agree with the ledger.
    pub(super) async fn suspects(
        &self,
        warehouse: &impl Warehouse,
        names: &SqlNames,
        audited: &mut Audited,
    ) -> Result<(), OperateError> {
        let have = |key: &str| self.have.get(key).copied().unwrap_or_default();
        let wrong = self.wants.iter().filter(|(key, want)| !have(key).is(want));
        let suspects: Vec<(&str, &Want)> = wrong.map(|(key, want)| (*key, want)).collect();
        let keys: Vec<&str> = suspects.iter().map(|(key, _)| *key).collect();
        let places = places(warehouse, names, &self.settings.bucket, &keys).await?;
        for (key, want) in suspects {
            let (have, places) = (have(key), places.get(key).copied().unwrap_or_default());
            let mut verdict = verdict(places, want);
            audited.copies += have.rows.saturating_sub(places.rows);
            if verdict == Verdict::MissingRows {
                let object = self.known.get(key);
                if object.is_some_and(|object| self.settings.is_young(object)) {
                    verdict = Verdict::InFlight;
                } else {
                    audited.missing_rows += want.rows - places.rows;
                }
            }
            let (want, have) = (Some(want.rows), Some(have.rows));
            audited.findings.push(Finding { want, have, ..Finding::new(verdict, key) });
        }
        Ok(())
    }
}
