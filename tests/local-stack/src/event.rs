//! The shapes in which AWS announces that an object was created.
//!
//! One value, [`ObjectCreated`], and one function for each envelope it can travel in: S3's own
//! event, SNS, an SNS message inside a queue, EventBridge. S3's key is URL-encoded with `+` for a
//! space; EventBridge's is not. What an envelope is delivered by is the business of [`crate::sqs`]
//! and [`crate::lambda`].

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The account, region and names that stand in every ARN of the stack.
pub const ACCOUNT: &str = "123456789012";
/// The region every component believes to be in.
pub const REGION: &str = "eu-central-1";

/// An object that was just written.
#[derive(Clone, Debug)]
pub struct ObjectCreated {
    /// The bucket.
    pub bucket: String,
    /// The key as it is, not encoded.
    pub key: String,
    /// Size in bytes.
    pub size: u64,
    /// The `ETag` without quotes.
    pub etag: String,
    /// `Put`, `CompleteMultipartUpload` or `Copy`.
    pub action: &'static str,
    /// Grows with every event of a key.
    pub sequencer: u64,
    /// When it was written.
    pub at: OffsetDateTime,
}

/// How events reach the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// S3 to SQS to the function: the recommended way.
    Sqs,
    /// S3 invokes the function.
    S3,
    /// S3 to SNS, which invokes the function.
    Sns,
    /// S3 to SNS to SQS to the function.
    SnsInSqs,
    /// S3 to `EventBridge`, which invokes the function.
    EventBridge,
    /// S3 to `EventBridge` to SQS to the function.
    EventBridgeInSqs,
}

impl Envelope {
    /// Every envelope, for tests that must see them all.
    pub const ALL: [Self; 6] =
        [Self::Sqs, Self::S3, Self::Sns, Self::SnsInSqs, Self::EventBridge, Self::EventBridgeInSqs];

    /// Whether a queue stands between the announcement and the function.
    #[must_use]
    pub fn is_queued(self) -> bool {
        matches!(self, Self::Sqs | Self::SnsInSqs | Self::EventBridgeInSqs)
    }

    /// The announcement as it arrives: the body of a queue's message, or the function's payload.
    #[must_use]
    pub fn wrap(self, object: &ObjectCreated) -> String {
        let event = match self {
            Self::Sqs | Self::S3 => s3_event(std::slice::from_ref(object)),
            Self::Sns => sns_event(&s3_event(std::slice::from_ref(object))),
            Self::SnsInSqs => sns_notification(&s3_event(std::slice::from_ref(object))),
            Self::EventBridge | Self::EventBridgeInSqs => event_bridge_event(object),
        };
        event.to_string()
    }
}

/// S3's event with one record an object.
#[must_use]
pub fn s3_event(objects: &[ObjectCreated]) -> Value {
    json!({ "Records": objects.iter().map(s3_record).collect::<Vec<_>>() })
}

fn s3_record(object: &ObjectCreated) -> Value {
    json!({
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": REGION,
        "eventTime": timestamp(object.at),
        "eventName": format!("ObjectCreated:{}", object.action),
        "userIdentity": { "principalId": "AWS:svc:s3.amazonaws.com" },
        "requestParameters": { "sourceIPAddress": "192.0.2.10" },
        "responseElements": {
            "x-amz-request-id": format!("{:016X}", object.sequencer),
            "x-amz-id-2": "ZXhhbXBsZQ==",
        },
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "log-objects",
            "bucket": {
                "name": object.bucket,
                "ownerIdentity": { "principalId": "A1EXAMPLE" },
                "arn": format!("arn:aws:s3:::{}", object.bucket),
            },
            "object": {
                "key": encode_key(&object.key),
                "size": object.size,
                "eTag": object.etag,
                "sequencer": format!("{:016X}", object.sequencer),
            },
        },
    })
}

/// What S3 sends once when a notification is configured.
#[must_use]
pub fn s3_test_event(bucket: &str) -> Value {
    json!({
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": timestamp(OffsetDateTime::now_utc()),
        "Bucket": bucket,
        "RequestId": "5582815E1AEA5ADF",
        "HostId": "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE",
    })
}

/// The payload with which SNS invokes a function.
#[must_use]
pub fn sns_event(message: &Value) -> Value {
    let mut sns = sns_notification(message);
    // The invocation spells two keys unlike the HTTP and SQS deliveries.
    if let Some(fields) = sns.as_object_mut() {
        for (from, to) in
            [("SigningCertURL", "SigningCertUrl"), ("UnsubscribeURL", "UnsubscribeUrl")]
        {
            if let Some(value) = fields.remove(from) {
                fields.insert(to.to_owned(), value);
            }
        }
    }
    json!({ "Records": [{
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": format!("{}:11111111-2222-3333-4444-555555555555", topic_arn()),
        "Sns": sns,
    }] })
}

/// The SNS envelope as a queue receives it (without raw message delivery).
#[must_use]
pub fn sns_notification(message: &Value) -> Value {
    json!({
        "Type": "Notification",
        "MessageId": uuid::Uuid::new_v4(),
        "TopicArn": topic_arn(),
        "Subject": "Amazon S3 Notification",
        "Message": message.to_string(),
        "Timestamp": timestamp(OffsetDateTime::now_utc()),
        "SignatureVersion": "1",
        "Signature": "EXAMPLE",
        "SigningCertURL": format!("https://sns.{REGION}.amazonaws.com/example.pem"),
        "UnsubscribeURL": format!("https://sns.{REGION}.amazonaws.com/?Action=Unsubscribe"),
    })
}

/// `EventBridge`'s event. The key is as it is.
#[must_use]
pub fn event_bridge_event(object: &ObjectCreated) -> Value {
    json!({
        "version": "0",
        "id": uuid::Uuid::new_v4(),
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": ACCOUNT,
        "time": timestamp(object.at),
        "region": REGION,
        "resources": [format!("arn:aws:s3:::{}", object.bucket)],
        "detail": {
            "version": "0",
            "bucket": { "name": object.bucket },
            "object": {
                "key": object.key,
                "size": object.size,
                "etag": object.etag,
                "sequencer": format!("{:016X}", object.sequencer),
            },
            "request-id": format!("{:016X}", object.sequencer),
            "requester": ACCOUNT,
            "source-ip-address": "192.0.2.10",
            "reason": match object.action {
                "Put" => "PutObject",
                "Copy" => "CopyObject",
                other => other,
            },
        },
    })
}

/// An instant as AWS writes it in events: milliseconds, `Z`.
#[must_use]
pub fn timestamp(at: OffsetDateTime) -> String {
    let whole = at.replace_nanosecond(at.millisecond().into_ms_nanos()).unwrap_or(at);
    whole.format(&Rfc3339).unwrap_or_default()
}

/// Whole milliseconds in nanoseconds.
trait MillisAsNanos {
    fn into_ms_nanos(self) -> u32;
}

impl MillisAsNanos for u16 {
    fn into_ms_nanos(self) -> u32 {
        u32::from(self) * 1_000_000
    }
}

/// URL encoding as S3 applies it to keys in events: a space is `+`, a slash stays.
#[must_use]
pub fn encode_key(key: &str) -> String {
    use std::fmt::Write;
    key.bytes().fold(String::with_capacity(key.len()), |mut encoded, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' => {
                encoded.push(char::from(byte));
            }
            b' ' => encoded.push('+'),
            // Writing to a String cannot fail.
            other => write!(encoded, "%{other:02X}").unwrap_or_default(),
        }
        encoded
    })
}

fn topic_arn() -> String {
    format!("arn:aws:sns:{REGION}:{ACCOUNT}:log-objects")
}
