//! What Firehose gave up: manifests of failed loads, and records that S3 did not take.

use super::check::{Absent, Check, judge};
use crate::operate::bucket::list_all;
use crate::operate::error::OperateError;
use crate::operate::loads::{FailedLoad, LoadState, failed_loads};
use crate::operate::stack::Stack;
use crate::ports::{ListingError, LookupError, ObjectListing, ObjectSource, Warehouse};
use crate::table::SqlNames;

const ID: &str = "errors.manifests";

/// Looks under `errors/`: beside the rows where COPY follows, at the top of the bucket otherwise.
pub(super) async fn check<W: Warehouse>(
    (listing, source): (&impl ObjectListing, &impl ObjectSource),
    warehouse: Option<&W>,
    stack: &Stack,
    names: &SqlNames,
) -> Check {
    let Some(bucket) = stack.staging.bucket.as_deref() else {
        return Check::skip(ID, "staging.bucket is not known");
    };
    let is_loaded = stack.stream.destination.as_deref() != Some("extended_s3");
    let prefix = stack.staging.prefix.as_deref().filter(|_| is_loaded).unwrap_or_default();
    let errors = format!("{prefix}errors/");
    let listed = list_all(listing, bucket, &errors, None).await.map_err(absent);
    let count = listed.as_ref().map_or(0, Vec::len);
    if count > 0
        && let Some(warehouse) = warehouse.filter(|_| is_loaded)
    {
        let loads = failed_loads((listing, source, warehouse), bucket, &errors, names).await;
        return judge(ID, &loads.map_err(absent), |loads| of_loads(loads));
    }
    judge(ID, &listed, |_| match count {
        0 => Check::ok(ID, format!("nothing under s3://{bucket}/{errors}")),
        count => Check::warn(
            ID,
            format!("{count} objects under s3://{bucket}/{errors}"),
            "logferry replay loads, or look into them",
        ),
    })
}

fn absent(error: OperateError) -> Absent {
    Absent::Lookup(match error {
        OperateError::List { source: ListingError::Unavailable(why), .. } => {
            LookupError::Unavailable(why)
        }
        OperateError::List { source, .. } => LookupError::Refused(source.to_string()),
        OperateError::Read { url, source } => LookupError::Refused(format!("{url}: {source}")),
        error => LookupError::Refused(error.to_string()),
    })
}

fn of_loads(loads: &[FailedLoad]) -> Check {
    let count = |is: fn(&LoadState) -> bool| loads.iter().filter(|load| is(&load.state)).count();
    let to_load = count(|state| *state == LoadState::ToLoad);
    let lost = count(|state| matches!(state, LoadState::Lost { .. }));
    let text = format!("{} loads failed, {to_load} of them to load, {lost} lost", loads.len());
    if to_load + lost == 0 {
        return Check::ok(ID, text);
    }
    let cause = loads.iter().rev().find_map(|load| load.cause.as_deref());
    let cause = cause.map(|cause| format!("; the newest: {cause}")).unwrap_or_default();
    Check::fail(ID, format!("{text}{cause}"), "logferry replay loads --run")
}

#[cfg(test)]
mod tests {
    use super::super::check::Verdict;
    use super::*;

    fn load(state: LoadState) -> FailedLoad {
        FailedLoad {
            manifest: "s3://staging/rows/errors/m".into(),
            written_unix_s: None,
            files: vec![],
            bytes: 0,
            state,
            cause: Some("too long".into()),
        }
    }

    #[test]
    fn loads_that_are_not_done_fail_and_done_ones_are_history() {
        let loaded =
            || LoadState::Loaded { source: "replay".into(), at: String::new(), rows: None };
        assert_eq!(of_loads(&[load(loaded())]).verdict, Verdict::Ok);
        let open = of_loads(&[load(loaded()), load(LoadState::ToLoad)]);
        assert_eq!(open.verdict, Verdict::Fail);
        assert_eq!(open.text, "2 loads failed, 1 of them to load, 0 lost; the newest: too long");
        let lost = of_loads(&[load(LoadState::Lost { gone: vec![] })]);
        assert_eq!(lost.verdict, Verdict::Fail);
    }
}
