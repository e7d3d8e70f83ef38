//! What is compared: the objects of the bucket, and what the ledger says of them.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::audited::{Audited, Step};
use super::ledger::{self, Part, Parts};
use super::settings::AuditSettings;
use crate::operate::bucket::{list_all, list_telling};
use crate::operate::error::OperateError;
use crate::operate::select::{Choice, key_date};
use crate::ports::{ListedObject, ObjectListing, ObjectSource};

/// How long before and after what the ledger saw requests are looked for in the table, in seconds:
/// objects that the ledger does not know hold the requests of the same days.
const MARGIN_S: i64 = 86_400;

/// The objects that are meant.
pub(super) async fn objects(
    listing: &impl ObjectListing,
    settings: &AuditSettings,
    audited: &mut Audited,
    told: &mut impl FnMut(Step),
) -> Result<Vec<ListedObject>, OperateError> {
    let counted = |objects| told(Step::Listed(objects as u64));
    let AuditSettings { bucket, prefix, selection, .. } = settings;
    let mut objects = list_telling(listing, bucket, prefix, None, counted).await?;
    objects.retain(|object| match selection.choose(&object.key, Some(object.size), false) {
        Choice::Take => true,
        Choice::Undated => {
            audited.undated += 1;
            false
        }
        Choice::Outside | Choice::Empty | Choice::Archived => false,
    });
    audited.objects = objects.len() as u64;
    audited.bytes = objects.iter().map(|object| object.size).sum();
    Ok(objects)
}

/// What the ledger says of the objects: read from the day on that the first of them was written.
pub(super) async fn parts(
    (listing, source): (&impl ObjectListing, &impl ObjectSource),
    settings: &AuditSettings,
    known: &HashMap<&str, &ListedObject>,
    told: &mut impl FnMut(Step),
) -> Result<Parts, OperateError> {
    let (bucket, prefix) = (settings.ledger.0.as_str(), settings.ledger.1.as_str());
    let first = known.values().filter_map(|object| object.last_modified_unix_s).min();
    let dated = known.keys().filter_map(|key| key_date(key)).map(|(at, _)| at).min();
    let from = settings.ledger_from_unix_s.or(dated.min(first).or(first));
    let after = from.and_then(|unix_s| Timestamp::from_second(unix_s).ok()).map(|from| {
        let day = from.to_zoned(TimeZone::UTC).date();
        format!("{prefix}dt={day}")
    });
    let files = list_all(listing, bucket, prefix, after.as_deref()).await?;
    let (mut done, of) = (0, files.len() as u64);
    let read = || {
        done += 1;
        told(Step::Ledger { done, of });
    };
    let wanted = |key: &str| known.contains_key(key);
    ledger::read(source, (bucket, &files), &settings.bucket, wanted, read).await
}

/// From when to when the requests are, as the ledger saw them; `None` where all dates are meant.
pub(super) fn between(parts: &Parts, settings: &AuditSettings) -> Option<(String, String)> {
    let window = settings.selection.window?;
    let seen = |of: fn(&Part) -> Option<&String>| {
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
