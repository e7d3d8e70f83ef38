//! Level 1: the ledger beside the listing, object by object.

use std::collections::{HashMap, HashSet};

use super::audited::Audited;
use super::delivered::{Delivered, Want, delivered};
use super::ledger::Parts;
use super::settings::AuditSettings;
use super::verdict::{Finding, Verdict};
use crate::ports::ListedObject;

/// What the ledger says of the objects that it covers.
pub(super) struct Ledger<'o> {
    /// What the table must hold.
    pub(super) wants: HashMap<&'o str, Want>,
    /// Objects of whose rows it does not say how many there are.
    pub(super) uncounted: HashSet<&'o str>,
}

impl<'o> Ledger<'o> {
    pub(super) fn of(
        objects: &'o [ListedObject],
        parts: &Parts,
        settings: &AuditSettings,
        audited: &mut Audited,
    ) -> Self {
        let mut ledger = Self { wants: HashMap::new(), uncounted: HashSet::new() };
        for object in objects {
            let of_it = parts.get(&object.key).map(Vec::as_slice).unwrap_or_default();
            match delivered(object, of_it) {
                Delivered::Counted(want) => {
                    audited.delivered += 1;
                    audited.rows += want.rows;
                    audited.quarantined += want.quarantined;
                    audited.filtered += want.filtered;
                    audited.blank += want.blank;
                    ledger.wants.insert(&object.key, want);
                }
                Delivered::Covered => {
                    audited.delivered += 1;
                    ledger.uncounted.insert(&object.key);
                }
                Delivered::Not(_) if settings.is_young(object) => {
                    audited.findings.push(Finding::new(Verdict::InFlight, &object.key));
                }
                Delivered::Not(verdict) => {
                    audited.findings.push(Finding::new(verdict, &object.key));
                }
            }
        }
        audited.uncounted = ledger.uncounted.len() as u64;
        ledger
    }
}
