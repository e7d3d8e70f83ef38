//! The function, and what brings messages to it.

use super::check::{Check, Fact, exists, further, judge};
use super::metrics::{Series, Values};
use super::text::name_of;
use crate::operate::stack::Stack;
use crate::ports::{EventSourceFacts, FunctionFacts};

/// What the binary is built for.
const RUNTIME: &str = "provided.al2023";
const ARCHITECTURES: [&str; 2] = ["arm64", "x86_64"];

pub(super) fn checks(
    stack: &Stack,
    function: &Fact<FunctionFacts>,
    recursion: &Fact<String>,
    metrics: &Fact<Values>,
) -> Vec<Check> {
    let first = "function.state";
    let mut checks = vec![exists(first, function, state)];
    let ids = ["function.arch", "function.env_stream", "function.env_queue", "function.errors"];
    checks.extend(further(first, function, &ids, |facts| {
        vec![
            architecture(facts),
            variable("function.env_stream", facts, "LOGFERRY_STREAM", stack.stream.name.as_ref()),
            variable(
                "function.env_queue",
                facts,
                "LOGFERRY_CONTINUATION_QUEUE_URL",
                stack.queue.url.as_ref(),
            ),
            judge("function.errors", metrics, errors),
        ]
    }));
    checks.extend(further(first, function, &["function.loop_guard"], |_| {
        vec![judge("function.loop_guard", recursion, |guard| loop_guard(stack, guard, metrics))]
    }));
    checks
}

fn state(facts: &FunctionFacts) -> Check {
    let id = "function.state";
    let text = format!("{}, last update {}", facts.state, facts.last_update);
    match (facts.state.as_str(), facts.last_update.as_str()) {
        ("Active", "Successful") => Check::ok(id, text),
        ("Failed", _) | (_, "Failed") => {
            let why = facts.state_reason.as_deref().unwrap_or("AWS does not say why");
            Check::fail(id, format!("{text}: {why}"), "terraform apply")
        }
        _ => Check::warn(id, text, "look again in a minute"),
    }
}

fn architecture(facts: &FunctionFacts) -> Check {
    let (id, text) = ("function.arch", format!("{} on {}", facts.architecture, facts.runtime));
    let is_known = ARCHITECTURES.contains(&facts.architecture.as_str());
    if is_known && facts.runtime == RUNTIME {
        return Check::ok(id, text);
    }
    let remedy = format!("the binary needs {RUNTIME}, on arm64 or x86_64: terraform apply");
    Check::fail(id, text, remedy)
}

fn variable(id: &str, facts: &FunctionFacts, name: &str, wanted: Option<&String>) -> Check {
    match (facts.variables.get(name), wanted) {
        (None, _) => Check::fail(id, format!("{name} is not set"), "terraform apply"),
        (Some(found), Some(wanted)) if found != wanted => Check::fail(
            id,
            format!("{name} is {found}, and the stack file says {wanted}"),
            "terraform apply, then write the stack file anew",
        ),
        (Some(found), _) => Check::ok(id, format!("{name} is {found}")),
    }
}

fn errors(values: &Values) -> Check {
    let id = "function.errors";
    let errors = values.sum(Series::FunctionErrors);
    if errors > 0.0 {
        let text = format!("{errors:.0} invocations failed whole in 24 h");
        return Check::warn(id, text, "see the runbook, function-errors");
    }
    Check::ok(id, "no invocation failed whole in 24 h")
}

/// Lambda takes continuations for a loop, unless it is told that they are meant.
fn loop_guard(stack: &Stack, guard: &str, metrics: &Fact<Values>) -> Check {
    let id = "function.loop_guard";
    let dropped = metrics.as_ref().map_or(0.0, |values| values.sum(Series::LoopsDropped));
    let name = stack.function.name.as_deref().unwrap_or("NAME");
    let remedy = format!(
        "aws lambda put-function-recursion-config --function-name {name} --recursive-loop Allow"
    );
    if guard != "Allow" {
        let text = format!("{guard}: Lambda drops the 16th continuation of an object");
        Check::fail(id, text, remedy)
    } else if dropped > 0.0 {
        let text = format!("Allow, but {dropped:.0} continuations were dropped in 24 h");
        Check::warn(id, text, "see the runbook, recursion-stopped")
    } else {
        Check::ok(id, "Allow: continuations are no loop")
    }
}

/// Of the mapping from the queue to the function.
pub(super) fn event_source(stack: &Stack, source: &Fact<Option<EventSourceFacts>>) -> Vec<Check> {
    let first = "event_source.enabled";
    let ids = ["event_source.report", "event_source.batch"];
    if let Ok(Some(facts)) = source {
        return vec![enabled(facts), reports(facts), batch(stack, facts)];
    }
    let queue = stack.queue.arn.as_deref().map_or("the queue", name_of);
    let mut checks = vec![exists(first, source, |_| {
        let text = format!("nothing brings the messages of {queue} to the function");
        Check::fail(first, text, "terraform apply")
    })];
    checks.extend(ids.iter().map(|id| Check::skip(id, format!("see {first}"))));
    checks
}

fn enabled(facts: &EventSourceFacts) -> Check {
    let (id, text) = ("event_source.enabled", facts.state.clone());
    match facts.state.as_str() {
        "Enabled" => Check::ok(id, text),
        "Disabled" | "Disabling" => {
            let text = format!("{text}: messages wait in the queue until they vanish");
            Check::fail(id, text, "terraform apply")
        }
        _ => Check::warn(id, text, "look again in a minute"),
    }
}

fn reports(facts: &EventSourceFacts) -> Check {
    let id = "event_source.report";
    if facts.reports_items {
        return Check::ok(id, "ReportBatchItemFailures is on");
    }
    Check::fail(
        id,
        "ReportBatchItemFailures is off: messages that failed are deleted with the others",
        "terraform apply",
    )
}

fn batch(stack: &Stack, facts: &EventSourceFacts) -> Check {
    let (id, window) = ("event_source.batch", facts.window_s);
    let text = format!("{} messages, gathered for {window} s", facts.batch_size);
    match stack.queue.batch_size {
        Some(wanted) if wanted != facts.batch_size => {
            let text = format!("{text}; the stack file says {wanted}");
            Check::warn(id, text, "terraform apply, then write the stack file anew")
        }
        _ if facts.batch_size == 1 => Check::warn(
            id,
            format!("{text}: an object an invocation costs up to ten times as much"),
            "queue.batch_size = 100",
        ),
        _ => Check::ok(id, text),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::{Absent, Verdict};
    use super::*;
    use crate::ports::LookupError;

    fn stack() -> Stack {
        let mut stack = Stack::default();
        stack.function.name = Some("ferry".into());
        stack.stream.name = Some("ferry".into());
        stack.queue.url = Some("https://q".into());
        stack.queue.batch_size = Some(100);
        stack
    }

    fn facts() -> FunctionFacts {
        let variables =
            [("LOGFERRY_STREAM", "ferry"), ("LOGFERRY_CONTINUATION_QUEUE_URL", "https://q")];
        FunctionFacts {
            state: "Active".into(),
            last_update: "Successful".into(),
            architecture: "arm64".into(),
            runtime: RUNTIME.into(),
            variables: variables.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
            ..FunctionFacts::default()
        }
    }

    fn bad(checks: Vec<Check>) -> Vec<(String, Verdict)> {
        let bad = checks.into_iter().filter(|check| check.verdict != Verdict::Ok);
        bad.map(|check| (check.id, check.verdict)).collect()
    }

    fn found(
        facts: FunctionFacts,
        guard: &str,
        values: &[(Series, &[f64])],
    ) -> Vec<(String, Verdict)> {
        bad(checks(&stack(), &Ok(facts), &Ok(guard.into()), &Ok(Values::of(values))))
    }

    #[test]
    fn a_function_as_the_module_makes_it_is_fine() {
        assert_eq!(found(facts(), "Allow", &[]), []);
    }

    #[test]
    fn each_fault_of_the_function_is_its_own_check() {
        let one = |id: &str, verdict| vec![(id.to_owned(), verdict)];
        let failed = FunctionFacts { state: "Failed".into(), ..facts() };
        assert_eq!(found(failed, "Allow", &[]), one("function.state", Verdict::Fail));
        let pending = FunctionFacts { state: "Pending".into(), ..facts() };
        assert_eq!(found(pending, "Allow", &[]), one("function.state", Verdict::Warn));
        let python = FunctionFacts { runtime: "python3.13".into(), ..facts() };
        assert_eq!(found(python, "Allow", &[]), one("function.arch", Verdict::Fail));
        for (name, id) in [
            ("LOGFERRY_STREAM", "function.env_stream"),
            ("LOGFERRY_CONTINUATION_QUEUE_URL", "function.env_queue"),
        ] {
            let mut other = facts();
            other.variables.insert(name.into(), "other".into());
            assert_eq!(found(other.clone(), "Allow", &[]), one(id, Verdict::Fail));
            other.variables.remove(name);
            assert_eq!(found(other, "Allow", &[]), one(id, Verdict::Fail));
        }
        let errors: &[(Series, &[f64])] = &[(Series::FunctionErrors, &[0.0, 1.0])];
        assert_eq!(found(facts(), "Allow", errors), one("function.errors", Verdict::Warn));
        let guard = "function.loop_guard";
        assert_eq!(found(facts(), "Terminate", &[]), one(guard, Verdict::Fail));
        let dropped: &[(Series, &[f64])] = &[(Series::LoopsDropped, &[2.0])];
        assert_eq!(found(facts(), "Allow", dropped), one(guard, Verdict::Warn));
    }

    #[test]
    fn a_mapping_must_be_there_enabled_report_items_and_be_as_the_stack_file_has_it() {
        let good = EventSourceFacts {
            state: "Enabled".into(),
            batch_size: 100,
            window_s: 60,
            reports_items: true,
        };
        let found = |facts: Option<EventSourceFacts>| bad(event_source(&stack(), &Ok(facts)));
        assert_eq!(found(Some(good.clone())), []);
        let one = |id: &str, verdict| vec![(id.to_owned(), verdict)];
        let disabled = EventSourceFacts { state: "Disabled".into(), ..good.clone() };
        assert_eq!(found(Some(disabled)), one("event_source.enabled", Verdict::Fail));
        let silent = EventSourceFacts { reports_items: false, ..good.clone() };
        assert_eq!(found(Some(silent)), one("event_source.report", Verdict::Fail));
        let other = EventSourceFacts { batch_size: 10, ..good };
        assert_eq!(found(Some(other)), one("event_source.batch", Verdict::Warn));
        let verdicts: Vec<_> = found(None).into_iter().map(|(_, verdict)| verdict).collect();
        assert_eq!(verdicts, [Verdict::Fail, Verdict::Skip, Verdict::Skip]);
        let denied: Fact<Option<EventSourceFacts>> =
            Err(Absent::Lookup(LookupError::Denied { needs: "lambda:ListEventSourceMappings" }));
        assert!(event_source(&stack(), &denied)[0].is_undone);
    }
}
