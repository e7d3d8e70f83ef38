//! The delivery stream: where it delivers, how COPY reads that, and how it went.

use super::check::{Check, Fact, exists, further, judge};
use super::metrics::{STREAM_PERIOD_S, Series, Values};
use super::text::name_of;
use crate::operate::stack::Stack;
use crate::ports::{CopyFacts, FunctionFacts, StreamFacts};
use crate::row::COLUMNS;

/// A stream above this share of its quota is soon throttled.
const SHARE_WARN: f64 = 0.8;

/// The function's variable that says how records are written.
const RECORDS: &str = "LOGFERRY_RECORD_COMPRESSION";

const UNTOLD: &str = "the service does not say where the stream puts its files";

const IDS: [&str; 6] = [
    "firehose.destination",
    "firehose.compression",
    "firehose.copy_options",
    "firehose.columns",
    "firehose.delivery",
    "firehose.throttle",
];

pub(super) fn checks(
    stack: &Stack,
    stream: &Fact<StreamFacts>,
    function: &Fact<FunctionFacts>,
    metrics: &Fact<Values>,
) -> Vec<Check> {
    let first = "firehose.status";
    let records_gzip = function
        .as_ref()
        .is_ok_and(|facts| facts.variables.get(RECORDS).is_some_and(|value| value == "gzip"));
    let mut checks = vec![exists(first, stream, status)];
    checks.extend(further(first, stream, &IDS, |facts| {
        vec![
            destination(stack, facts),
            compression(facts, records_gzip),
            copy_options(stack, facts, records_gzip),
            columns(facts),
            judge("firehose.delivery", metrics, delivery),
            judge("firehose.throttle", metrics, throttle),
        ]
    }));
    checks
}

fn status(facts: &StreamFacts) -> Check {
    let id = "firehose.status";
    match (facts.status.as_str(), &facts.failure) {
        ("ACTIVE", None) => Check::ok(id, "ACTIVE"),
        ("CREATING", None) => Check::warn(id, "CREATING", "look again in a minute"),
        (status, failure) => {
            let failure = failure.as_deref().map(|why| format!(": {why}"));
            Check::fail(id, format!("{status}{}", failure.unwrap_or_default()), "terraform apply")
        }
    }
}

fn destination(stack: &Stack, facts: &StreamFacts) -> Check {
    let id = "firehose.destination";
    let staging = facts.staging.as_ref();
    let bucket = staging.map(|s3| name_of(&s3.bucket_arn)).unwrap_or_default();
    let prefix = staging.map(|s3| s3.prefix.as_str()).unwrap_or_default();
    let text = format!("{} through s3://{bucket}/{prefix}", facts.destination);
    let wanted = [
        (stack.stream.destination.as_deref(), facts.destination.as_str()),
        (stack.staging.bucket.as_deref(), bucket),
        (stack.staging.prefix.as_deref(), prefix),
    ];
    let other = wanted.iter().find(|(wanted, found)| wanted.is_some_and(|one| one != *found));
    match other {
        _ if !facts.destination.is_empty() && staging.is_none() => Check::undone(id, UNTOLD),
        Some((Some(wanted), _)) => Check::fail(
            id,
            format!("{text}; the stack file says {wanted}"),
            "terraform apply, then write the stack file anew",
        ),
        _ if facts.destination.is_empty() => {
            Check::fail(id, "neither Redshift nor S3", "terraform apply")
        }
        _ => Check::ok(id, text),
    }
}

/// Records that are gzip already must not be compressed again: COPY unpacks once.
fn compression(facts: &StreamFacts, records_gzip: bool) -> Check {
    let id = "firehose.compression";
    let Some(staging) = &facts.staging else { return Check::undone(id, UNTOLD) };
    let stream = staging.compression.as_str();
    match (records_gzip, stream) {
        (true, "UNCOMPRESSED") => Check::ok(id, "records are gzip, files as they are"),
        (true, _) => Check::fail(
            id,
            format!("records are gzip and the stream compresses them again ({stream})"),
            "terraform apply",
        ),
        (false, "GZIP" | "UNCOMPRESSED") => Check::ok(id, stream),
        (false, _) => {
            Check::fail(id, format!("{stream}, which COPY does not read"), "terraform apply")
        }
    }
}

fn copy_options(stack: &Stack, facts: &StreamFacts, records_gzip: bool) -> Check {
    let id = "firehose.copy_options";
    let Some(copy) = &facts.copy else {
        return Check::skip(id, "the stream delivers to S3, and something else loads");
    };
    let given = copy.options.to_ascii_uppercase();
    let has = |option: &str| given.contains(option);
    let compression = facts.staging.as_ref().map(|s3| s3.compression.as_str());
    let is_gzip = records_gzip || compression == Some("GZIP");
    let is_plain = !records_gzip && compression == Some("UNCOMPRESSED");
    let wrong = [
        (!has("JSON 'AUTO'"), "lacks JSON 'auto': rows are read as delimited text"),
        (!has("TIMEFORMAT 'AUTO'"), "lacks TIMEFORMAT 'auto': times are not read"),
        (is_gzip && !has("GZIP"), "lacks GZIP, and the files are"),
        (is_plain && has("GZIP"), "has GZIP, and the files are not"),
    ];
    if let Some((_, why)) = wrong.iter().find(|(is_wrong, _)| *is_wrong) {
        return Check::fail(id, format!("{} {why}", copy.options), "terraform apply");
    }
    match stack.redshift.copy_options.as_deref() {
        Some(ours) if ours != copy.options => Check::warn(
            id,
            format!("{}; the stack file says {ours}", copy.options),
            "terraform apply, then write the stack file anew",
        ),
        _ => Check::ok(id, copy.options.as_str()),
    }
}

/// A column that is not listed stays NULL in every row, silently.
fn columns(facts: &StreamFacts) -> Check {
    let id = "firehose.columns";
    let Some(CopyFacts { columns, .. }) = &facts.copy else {
        return Check::skip(id, "the stream delivers to S3, and something else loads");
    };
    let listed: Vec<&str> = columns.split(',').map(str::trim).collect();
    let lacks: Vec<&str> =
        COLUMNS.iter().map(|column| column.name).filter(|name| !listed.contains(name)).collect();
    match lacks.as_slice() {
        [] => Check::ok(id, format!("{} columns", listed.len())),
        lacks => Check::fail(
            id,
            format!("COPY does not load {}", lacks.join(", ")),
            "add them to the table (table.columns), then terraform apply",
        ),
    }
}

fn delivery(values: &Values) -> Check {
    let id = "firehose.delivery";
    let of = [
        (Series::LoadSuccess, "DeliveryToRedshift.Success", "copy-failing"),
        (Series::StagingSuccess, "DeliveryToS3.Success", "staging-failing"),
    ];
    let worst = |(series, name, anchor): (Series, &'static str, &'static str)| {
        let (newest, least) = (values.newest(series)?, values.min(series)?);
        let remedy = format!("logferry replay loads; see the runbook, {anchor}");
        let text = |share: f64, when: &str| format!("{name} was {share:.2} {when}");
        Some(if newest < 1.0 {
            Check::fail(id, text(newest, "in the newest hour"), remedy)
        } else if least < 1.0 {
            Check::warn(id, text(least, "in the worst hour of the day"), remedy)
        } else {
            Check::ok(id, format!("{name} 1.0 over 24 h"))
        })
    };
    let mut found: Vec<Check> = of.into_iter().filter_map(worst).collect();
    let bad = found.iter().position(|check| check.remedy.is_some()).unwrap_or(0);
    if found.is_empty() {
        return Check::ok(id, "nothing was delivered in 24 h");
    }
    found.swap_remove(bad)
}

fn throttle(values: &Values) -> Check {
    let id = "firehose.throttle";
    let throttled = values.sum(Series::StreamThrottled);
    let (peak, quota) = (values.max(Series::StreamBytes), values.min(Series::StreamQuota));
    let remedy = "see the runbook, stream-near-quota; ask AWS for a higher quota, or \
                  settings.record_compression";
    if throttled > 0.0 {
        return Check::warn(id, format!("{throttled:.0} records were throttled in 24 h"), remedy);
    }
    let (Some(peak), Some(quota)) = (peak, quota.filter(|quota| *quota > 0.0)) else {
        return Check::ok(id, "no record came in 24 h");
    };
    let mib = |bytes: f64| bytes / 1_048_576.0;
    let rate = peak / f64::from(STREAM_PERIOD_S);
    let text = format!("peak {:.2} of {:.2} MiB/s", mib(rate), mib(quota));
    if rate > quota * SHARE_WARN { Check::warn(id, text, remedy) } else { Check::ok(id, text) }
}

/// Of lines that did not come through, by the function's own metrics.
pub(super) fn losses(metrics: &Fact<Values>) -> Vec<Check> {
    let missing = |values: &Values| match values.sum(Series::ObjectsMissing) {
        0.0 => Check::ok("objects.missing", "no log object was gone before it was read"),
        missing => Check::warn(
            "objects.missing",
            format!("{missing:.0} log objects were gone before they were read, in 24 h"),
            "see the runbook, objects-missing",
        ),
    };
    let mismatch = |values: &Values| match values.sum(Series::Mismatches) {
        0.0 => Check::ok("objects.conservation", "every line is accounted for"),
        lines => Check::fail(
            "objects.conservation",
            format!("{lines:.0} lines read are not accounted for, in 24 h: a defect"),
            "see the runbook, conservation-mismatch",
        ),
    };
    vec![
        judge("objects.missing", metrics, missing),
        judge("objects.conservation", metrics, mismatch),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::check::{Absent, Verdict};
    use super::*;
    use crate::ports::StagingFacts;
    use crate::row::column_list;

    const OPTIONS: &str = "JSON 'auto' GZIP TIMEFORMAT 'auto' TRUNCATECOLUMNS";

    fn stack() -> Stack {
        let mut stack = Stack::default();
        stack.stream.destination = Some("redshift".into());
        stack.staging.bucket = Some("staging".into());
        stack.staging.prefix = Some("rows/".into());
        stack.redshift.copy_options = Some(OPTIONS.into());
        stack
    }

    fn facts() -> StreamFacts {
        StreamFacts {
            status: "ACTIVE".into(),
            destination: "redshift".into(),
            staging: Some(StagingFacts {
                bucket_arn: "arn:aws:s3:::staging".into(),
                prefix: "rows/".into(),
                compression: "GZIP".into(),
            }),
            copy: Some(CopyFacts {
                table: "public.s3_access_log".into(),
                columns: column_list(),
                options: OPTIONS.into(),
            }),
            ..StreamFacts::default()
        }
    }

    fn bad(
        facts: StreamFacts,
        records: &str,
        values: &[(Series, &[f64])],
    ) -> Vec<(String, Verdict)> {
        let variables = [(RECORDS.to_owned(), records.to_owned())].into();
        let function = Ok(FunctionFacts { variables, ..FunctionFacts::default() });
        let found = checks(&stack(), &Ok(facts), &function, &Ok(Values::of(values)));
        let bad = found.into_iter().filter(|check| check.verdict != Verdict::Ok);
        bad.map(|check| (check.id, check.verdict)).collect()
    }

    fn with(change: impl FnOnce(&mut StreamFacts)) -> Vec<(String, Verdict)> {
        let mut facts = facts();
        change(&mut facts);
        bad(facts, "none", &[])
    }

    fn copy(change: impl FnOnce(&mut CopyFacts)) -> Vec<(String, Verdict)> {
        with(|facts| change(facts.copy.as_mut().unwrap()))
    }

    fn one(id: &str, verdict: Verdict) -> Vec<(String, Verdict)> {
        vec![(id.to_owned(), verdict)]
    }

    #[test]
    fn a_stream_as_the_module_makes_it_is_fine() {
        let day: &[(Series, &[f64])] = &[
            (Series::LoadSuccess, &[1.0, 1.0]),
            (Series::StreamBytes, &[300.0 * 800_000.0]),
            (Series::StreamQuota, &[1_048_576.0]),
        ];
        assert_eq!(bad(facts(), "none", day), []);
        let extended = StreamFacts { copy: None, destination: "extended_s3".into(), ..facts() };
        let skipped = bad(extended, "none", &[]);
        assert!(skipped.contains(&("firehose.columns".into(), Verdict::Skip)), "{skipped:?}");
    }

    #[test]
    fn each_fault_of_the_stream_is_its_own_check() {
        let fail = Verdict::Fail;
        let failed = with(|facts| facts.status = "CREATING_FAILED".into());
        assert_eq!(failed, one("firehose.status", fail));
        let key = with(|facts| facts.failure = Some("KMS_ACCESS_DENIED: key".into()));
        assert_eq!(key, one("firehose.status", fail));
        for change in [
            (|facts| facts.destination = "extended_s3".into()) as fn(&mut StreamFacts),
            |facts| facts.staging.as_mut().unwrap().bucket_arn = "arn:aws:s3:::other".into(),
            |facts| facts.staging.as_mut().unwrap().prefix = "others/".into(),
        ] {
            assert_eq!(with(change), one("firehose.destination", fail));
        }
        let snappy = with(|facts| facts.staging.as_mut().unwrap().compression = "Snappy".into());
        assert!(snappy.contains(&("firehose.compression".into(), fail)), "{snappy:?}");
        for options in
            ["GZIP TIMEFORMAT 'auto'", "JSON 'auto' GZIP", "JSON 'auto' TIMEFORMAT 'auto'"]
        {
            let found = copy(|copy| copy.options = options.into());
            assert_eq!(found, one("firehose.copy_options", fail), "{options}");
        }
        let drifted = copy(|copy| copy.options = format!("{OPTIONS} COMPUPDATE OFF"));
        assert_eq!(drifted, one("firehose.copy_options", Verdict::Warn));
        let lacks = copy(|copy| copy.columns = column_list().replace(",source_region", ""));
        assert_eq!(lacks, one("firehose.columns", fail));
    }

    #[test]
    fn what_the_service_does_not_say_is_undone() {
        let silent = StreamFacts { staging: None, ..facts() };
        let function = Err(Absent::Unnamed("function.name"));
        let found = checks(&stack(), &Ok(silent), &function, &Ok(Values::default()));
        let undone = found.iter().filter(|check| check.is_undone).map(|check| check.id.as_str());
        assert_eq!(undone.collect::<Vec<_>>(), ["firehose.destination", "firehose.compression"]);
        assert!(found.iter().all(|check| check.remedy.is_none()), "{found:?}");
    }

    #[test]
    fn gzip_records_are_compressed_once() {
        let twice = bad(facts(), "gzip", &[]);
        assert_eq!(twice, one("firehose.compression", Verdict::Fail));
        let mut plain = facts();
        plain.staging.as_mut().unwrap().compression = "UNCOMPRESSED".into();
        assert_eq!(bad(plain.clone(), "gzip", &[]), []);
        assert_eq!(bad(plain, "none", &[]), one("firehose.copy_options", Verdict::Fail));
    }

    #[test]
    fn deliveries_and_throttles_are_read_from_the_metrics() {
        let (warn, fail) = (Verdict::Warn, Verdict::Fail);
        let found = |values: &[(Series, &[f64])]| bad(facts(), "none", values);
        assert_eq!(found(&[(Series::LoadSuccess, &[0.5, 1.0])]), one("firehose.delivery", fail));
        assert_eq!(found(&[(Series::LoadSuccess, &[1.0, 0.5])]), one("firehose.delivery", warn));
        let staging: &[(Series, &[f64])] =
            &[(Series::LoadSuccess, &[1.0]), (Series::StagingSuccess, &[0.0])];
        assert_eq!(found(staging), one("firehose.delivery", fail));
        let near: &[(Series, &[f64])] = &[
            (Series::StreamBytes, &[300.0 * 900_000.0, 1.0]),
            (Series::StreamQuota, &[1_048_576.0]),
        ];
        assert_eq!(found(near), one("firehose.throttle", warn));
        assert_eq!(found(&[(Series::StreamThrottled, &[1.0])]), one("firehose.throttle", warn));
    }

    #[test]
    fn losses_are_read_from_the_functions_own_metrics() {
        let verdicts = |values: &[(Series, &[f64])]| {
            let found = losses(&Ok(Values::of(values)));
            found.into_iter().map(|check| check.verdict).collect::<Vec<_>>()
        };
        assert_eq!(verdicts(&[]), [Verdict::Ok, Verdict::Ok]);
        let lost: &[(Series, &[f64])] =
            &[(Series::ObjectsMissing, &[1.0]), (Series::Mismatches, &[2.0])];
        assert_eq!(verdicts(lost), [Verdict::Warn, Verdict::Fail]);
    }
}
