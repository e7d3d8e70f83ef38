//! The reference of the environment variables: names, defaults and what each is for.
//!
//! `docs/lambda.md` is held to this table by a test, and so is [`super::Config`]. What it does not
//! do: read them.

/// One environment variable.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// Its default, as text, or why there is none.
    pub default: &'static str,
    /// What it is for.
    pub doc: &'static str,
}

const fn variable(name: &'static str, default: &'static str, doc: &'static str) -> Variable {
    Variable { name, default, doc }
}

/// Every variable of logferry's own, in the order of the reference.
pub const VARIABLES: [Variable; 11] = [
    variable("LOGFERRY_STREAM", "required", "Name of the Firehose delivery stream."),
    variable(
        "LOGFERRY_CONTINUATION_QUEUE_URL",
        "none",
        "URL of the SQS queue that takes the rest of an object when time runs out. \
         Without it such an object fails and is read again from its start.",
    ),
    variable("LOGFERRY_FILTERS", "none", "JSON array of filter rules, see filters.md."),
    variable(
        "LOGFERRY_RECORD_BYTES",
        "262144",
        "Size rows are packed up to in one Firehose record, 5120 to 1024000 bytes.",
    ),
    variable(
        "LOGFERRY_BATCH_BYTES",
        "2000000",
        "Most bytes of rows in one call, 5120 to 3000000. Near the stream's quota per second, less \
         leads to fewer partial failures.",
    ),
    variable(
        "LOGFERRY_MASK_SECRETS",
        "true",
        "Mask the secrets of signed URLs in request URI and referer.",
    ),
    variable("LOGFERRY_LOG_LEVEL", "info", "One of error, warn, info, debug, trace."),
    variable("LOGFERRY_METRICS_NAMESPACE", "logferry", "CloudWatch namespace of the metrics."),
    variable("LOGFERRY_OBJECTS_IN_FLIGHT", "4", "Objects read at the same time, 1 to 64."),
    variable(
        "LOGFERRY_CALLS_IN_FLIGHT",
        "1",
        "Calls to Firehose under way at the same time, 1 to 64. Each takes some 10 MB of memory; \
         more than one pays on a stream with a raised quota.",
    ),
    variable(
        "LOGFERRY_DEADLINE_RESERVE_MS",
        "10000",
        "Time before the function's timeout at which reading stops, at most half of the timeout.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_lists_exactly_the_variables() {
        let reference = include_str!("../../docs/lambda.md");
        for variable in VARIABLES {
            let row = format!("| `{}` | {} | {} |", variable.name, variable.default, variable.doc);
            assert!(reference.contains(&row), "docs/lambda.md lacks: {row}");
        }
        let rows = reference.lines().filter(|line| line.starts_with("| `LOGFERRY_")).count();
        assert_eq!(rows, VARIABLES.len());
    }
}
