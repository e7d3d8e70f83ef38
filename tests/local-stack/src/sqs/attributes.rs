//! `GetQueueAttributes`.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::queue::Queue;
use super::refusal::Refusal;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetAttributes {
    pub(super) queue_url: String,
    #[serde(default)]
    attribute_names: Vec<String>,
}

/// Names that AWS knows and that no queue here has.
const ABSENT: [&str; 9] = [
    "Policy",
    "FifoQueue",
    "DeduplicationScope",
    "FifoThroughputLimit",
    "ContentBasedDeduplication",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "RedriveAllowPolicy",
    "All",
];

pub(super) fn get(queue: &Queue, asked: &GetAttributes) -> Result<Value, Refusal> {
    let depth = queue.depth();
    let redrive = queue.redrive().map(|(letters, receives)| {
        json!({ "deadLetterTargetArn": letters.arn(), "maxReceiveCount": receives }).to_string()
    });
    let created = queue.created().unix_timestamp().to_string();
    let known = [
        ("QueueArn", Some(queue.arn())),
        ("ApproximateNumberOfMessages", Some(depth.visible.to_string())),
        ("ApproximateNumberOfMessagesNotVisible", Some(depth.in_flight.to_string())),
        ("ApproximateNumberOfMessagesDelayed", Some(depth.delayed.to_string())),
        ("VisibilityTimeout", Some(queue.visibility().as_secs().to_string())),
        ("MessageRetentionPeriod", Some(queue.retention().as_secs().to_string())),
        ("MaximumMessageSize", Some("1048576".to_owned())),
        ("DelaySeconds", Some("0".to_owned())),
        ("ReceiveMessageWaitTimeSeconds", Some("0".to_owned())),
        ("CreatedTimestamp", Some(created.clone())),
        ("LastModifiedTimestamp", Some(created)),
        ("SqsManagedSseEnabled", Some("true".to_owned())),
        ("RedrivePolicy", redrive),
    ];
    let names: Vec<&str> = asked.attribute_names.iter().map(String::as_str).collect();
    let unknown = names
        .iter()
        .find(|asked| !ABSENT.contains(asked) && !known.iter().any(|(name, _)| name == *asked));
    if let Some(name) = unknown {
        let what = format!("Unknown Attribute {name}.");
        return Err(Refusal::new("InvalidAttributeName", what));
    }
    let asked =
        known.into_iter().filter(|(name, _)| names.contains(name) || names.contains(&"All"));
    let attributes: Map<String, Value> =
        asked.filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))).collect();
    Ok(json!({ "Attributes": attributes }))
}
