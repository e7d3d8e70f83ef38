//! What a Serverless warehouse costs for being woken up.

use super::check::Check;
use super::settings::ExamineSettings;
use super::warehouse::rows;
use crate::cost::Loads;
use crate::operate::stack::Stack;
use crate::ports::{Value, Warehouse};
use crate::table::serverless_capacity;

/// The longest that Firehose holds rows back, in seconds.
const BUFFERING_S_MAX: u64 = 900;

const DAY_S: f64 = 86_400.0;

/// Of a Serverless workgroup that Firehose loads into.
pub(super) async fn cadence<W: Warehouse>(
    warehouse: Option<&W>,
    stack: &Stack,
    settings: &ExamineSettings,
) -> Option<Check> {
    stack.redshift.workgroup.as_ref()?;
    let told = rows(warehouse, serverless_capacity()).await;
    let told = told.ok().and_then(|rows| number(rows.first()?.first()?));
    Some(check(stack, settings, told))
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Double(number) => Some(*number),
        #[expect(clippy::cast_precision_loss, reason = "a few hundred units")]
        value => value.whole().map(|number| number as f64),
    }
}

fn check(stack: &Stack, settings: &ExamineSettings, told: Option<f64>) -> Check {
    let id = "serverless.cadence";
    let stream = &stack.stream;
    if stream.destination.as_deref().is_some_and(|destination| destination != "redshift") {
        return Check::skip(id, "the stream delivers to S3, and something else loads");
    }
    let Some(interval) = stream.buffering_interval.filter(|interval| *interval > 0) else {
        return Check::skip(id, "stream.buffering_interval is not known");
    };
    let rpu = told.unwrap_or(settings.rpu);
    #[expect(clippy::cast_precision_loss, reason = "seconds of a day")]
    let loads = DAY_S / interval as f64;
    let usd = |loads| Loads { loads, rpu }.cost(&settings.prices);
    let assumed = if told.is_some() { "" } else { " (assumed; --rpu)" };
    let text = format!(
        "{loads:.0} loads a day wake {rpu} RPU{assumed}: up to ${:.2} a day; one load a day: ${:.2}",
        usd(loads),
        usd(1.0)
    );
    if interval < BUFFERING_S_MAX {
        let remedy = format!(
            "delivery_stream.buffering_interval = {BUFFERING_S_MAX}, or destination = \
             \"extended_s3\" with logferry load once a day"
        );
        return Check::warn(id, text, remedy);
    }
    Check::ok(id, text)
}

#[cfg(test)]
mod tests {
    use super::super::check::Verdict;
    use super::super::table::Freshness;
    use super::*;
    use crate::cost::Prices;
    use crate::table::SqlNames;

    fn found(interval: u64, destination: &str, told: Option<f64>) -> (Verdict, String) {
        let mut stack = Stack::default();
        stack.stream.buffering_interval = Some(interval);
        stack.stream.destination = Some(destination.into());
        let settings = ExamineSettings {
            names: SqlNames::default(),
            freshness: Freshness { warn_s: 1, fail_s: 2 },
            rpu: 8.0,
            prices: Prices::default(),
            skip: Vec::new(),
            now_unix_s: 0,
        };
        let check = check(&stack, &settings, told);
        (check.verdict, check.text)
    }

    #[test]
    fn dollars_a_day_follow_the_interval_and_the_capacity() {
        let (verdict, text) = found(900, "redshift", None);
        assert!(verdict == Verdict::Ok && text.contains("$4.80 a day"), "{text}");
        assert!(text.contains("assumed") && text.ends_with("$0.05"), "{text}");
        let (verdict, text) = found(300, "redshift", Some(4.0));
        assert!(verdict == Verdict::Warn && text.contains("$7.20 a day"), "{text}");
        assert_eq!(found(900, "extended_s3", None).0, Verdict::Skip);
    }
}
