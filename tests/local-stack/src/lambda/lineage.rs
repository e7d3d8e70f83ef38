//! Lambda's guard against functions that invoke themselves through a queue.
//!
//! Each invocation passes its lineage on in the trace header: how often this function is in the chain
//! already. The SDK puts the header on what the function sends, SQS keeps it with the message
//! (`AWSTraceHeader`), and the event source brings it back. Where the function's setting is
//! `Terminate`, a message of a chain that is too long is not given to it: it goes to the dead-letter
//! queue, and only a metric of Lambda's own tells.
//!
//! Source: Lambda Developer Guide, "Use Lambda recursive loop detection to prevent infinite loops";
//! X-Ray Developer Guide, "Tracing header". What it does not do: chains through SNS and S3.

/// The invocations in a chain after which Lambda ends it: "approximately 16".
pub const RECURSION_LIMIT: u32 = 16;

/// The field of the lineage, for the function that this stack runs.
pub(super) fn field(invocations: u32) -> String {
    format!("Lineage=1:a87bd80c:{invocations}")
}

/// The invocations in the chain that a message with this trace header belongs to.
#[must_use]
pub fn invocations(trace: Option<&str>) -> u32 {
    let mut fields = trace.into_iter().flat_map(|trace| trace.split(';'));
    let lineage = fields.find_map(|field| field.trim().strip_prefix("Lineage="));
    let count = lineage.and_then(|lineage| lineage.rsplit(':').next());
    count.and_then(|count| count.parse().ok()).unwrap_or(0)
}
