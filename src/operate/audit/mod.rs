//! What was delivered, and what is in the table, proven against the bucket.
//!
//! Level 1 holds the listing against the ledger (`gather`, `ledger`, `covered`, `delivered`), level 2 the ledger
//! against the table (`compared`, `table`), level 3 the lines of some objects against their rows
//! (`reading`: which `portion`, read `again`, line by `lines`). A finding names the object, what is wrong
//! with it and what repairs it; `gaps` are hours without any object.
//!
//! Invariants: reads only, and a look into the dead-letter queue is the caller's; what is too young to be judged is no finding; what could not be checked is
//! counted and said. What it does not do: see lines that S3 never wrote, whose delivery is best effort.

mod again;
mod audited;
mod compared;
mod covered;
mod delivered;
mod gaps;
mod gather;
mod ledger;
mod letters;
mod lines;
mod portion;
mod reading;
mod settings;
mod table;
mod verdict;

use std::collections::HashMap;
use std::sync::Arc;

use super::error::OperateError;
use crate::ports::{ListedObject, ObjectListing, ObjectSource, Warehouse};
use crate::table::{ObjectRows, SqlNames};
pub use again::Making;
pub use audited::{Audited, Reread, Step};
use compared::Compared;
use covered::Ledger;
pub use gaps::Gap;
use gaps::gaps;
use gather::{between, objects, parts};
pub use portion::Portion;
use reading::Reading;
pub use settings::AuditSettings;
pub use verdict::{Finding, OFFSETS_MAX, Verdict};

/// Audits: level 1, and the others where there is a warehouse. `told` hears how far it is.
///
/// # Errors
/// [`OperateError`]; an audit that could not read listing, ledger or table says nothing.
pub async fn audit<S: ObjectSource>(
    (listing, source): (&impl ObjectListing, &Arc<S>),
    table: Option<(&impl Warehouse, &SqlNames)>,
    settings: &AuditSettings,
    mut told: impl FnMut(Step),
) -> Result<Audited, OperateError> {
    let mut audited = Audited::default();
    let objects = objects(listing, settings, &mut audited, &mut told).await?;
    let known: HashMap<&str, &ListedObject> =
        objects.iter().map(|object| (object.key.as_str(), object)).collect();
    if settings.gaps {
        let keys = objects.iter().map(|object| object.key.as_str());
        let until = settings.now_unix_s.saturating_sub(settings.grace_s);
        audited.gaps = gaps(keys, settings.selection.window, until);
    }
    let parts = parts((listing, &**source), settings, &known, &mut told).await?;
    let ledger = Ledger::of(&objects, &parts, settings, &mut audited);
    if let Some((warehouse, names)) = table {
        told(Step::Asked);
        let between = between(&parts, settings);
        let between = between.as_ref().map(|(from, to)| (from.as_str(), to.as_str()));
        let (bucket, prefix) = (settings.bucket.as_str(), settings.prefix.as_str());
        let which = ObjectRows { bucket, prefix, between };
        let have = table::rows(warehouse, names, &which).await?;
        let compared = Compared { known: &known, wants: &ledger.wants, have: &have, settings };
        compared.compare(&mut audited);
        compared.suspects(warehouse, names, &mut audited).await?;
        let reading = Reading { known: &known, ledger: &ledger, names, which, settings };
        reading.read(source, warehouse, &mut audited, told).await?;
    }
    audited.in_flight = audited.count(Verdict::InFlight) as u64;
    audited.findings.retain(|finding| finding.verdict != Verdict::InFlight);
    audited.findings.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(audited)
}
