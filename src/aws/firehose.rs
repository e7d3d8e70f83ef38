//! Firehose as a sink: one `PutRecordBatch` a call, a verdict for each record.
//!
//! An answer of 200 may carry failed records: only a record with an id and without an error code was
//! taken. What it does not do: retry. The SDK's retries are off, the pipeline's are shared.

use aws_sdk_firehose::primitives::Blob;
use aws_sdk_firehose::types::{PutRecordBatchResponseEntry, Record as WireRecord};

use crate::pack::Record;
use crate::pipeline::{RecordSink, SinkError, Verdict};

use super::errors::{Answer, is_throttle, is_transient};

/// Puts records to one delivery stream.
#[derive(Debug, Clone)]
pub struct FirehoseSink {
    client: aws_sdk_firehose::Client,
    stream: String,
}

impl FirehoseSink {
    /// A sink for the delivery stream of that name.
    #[must_use]
    pub fn new(client: aws_sdk_firehose::Client, stream: String) -> Self {
        Self { client, stream }
    }

    fn error(&self, answer: Answer) -> SinkError {
        match answer {
            Answer::None(reason) => SinkError::Unavailable(reason),
            Answer::NotSent(reason) => SinkError::Refused(reason),
            Answer::Said { status, code, .. } if is_throttle(status, &code) => {
                SinkError::Throttled(format!("Firehose answered {code} ({status})"))
            }
            Answer::Said { status, code, .. } if is_transient(status, &code) => {
                SinkError::Unavailable(format!("Firehose answered {code} ({status})"))
            }
            // The service's message is left out: for a malformed request it quotes the request.
            Answer::Said { status, code, .. } => {
                let (stream, remedy) = (&self.stream, remedy(&code));
                SinkError::Refused(format!("stream {stream}: {code} ({status}); {remedy}"))
            }
        }
    }
}

impl RecordSink for FirehoseSink {
    async fn put(&self, records: &[Record]) -> Result<Vec<Verdict>, SinkError> {
        let mut wire = Vec::with_capacity(records.len());
        for record in records {
            // Copied, for the call consumes its bytes and a retry needs them again.
            let built = WireRecord::builder().data(Blob::new(record.data())).build();
            wire.push(built.map_err(|error| SinkError::Refused(error.to_string()))?);
        }
        let call = self.client.put_record_batch().delivery_stream_name(&self.stream);
        match call.set_records(Some(wire)).send().await {
            Ok(output) => Ok(output.request_responses().iter().map(verdict).collect()),
            Err(error) => Err(self.error(Answer::of(&error))),
        }
    }
}

fn verdict(entry: &PutRecordBatchResponseEntry) -> Verdict {
    match (entry.error_code(), entry.record_id()) {
        (None, Some(_)) => Verdict::Accepted,
        (Some(code), _) if is_permanent(code) => Verdict::Refused(code.to_owned()),
        // `ServiceUnavailableException` and `InternalFailure` are documented; an entry with neither
        // an id nor a code is no acknowledgement.
        _ => Verdict::Retry,
    }
}

/// Codes of a record that sending it again cannot help.
fn is_permanent(code: &str) -> bool {
    code.starts_with("Invalid") || code.contains("AccessDenied") || code.contains("NotFound")
}

fn remedy(code: &str) -> &'static str {
    match code {
        "ResourceNotFoundException" => "check LOGFERRY_STREAM, the region and the account",
        "AccessDeniedException" => "the function's role needs firehose:PutRecordBatch on it",
        "InvalidKMSResourceException" => "check the key the stream is encrypted with",
        "InvalidSourceException" => "switch the stream's CloudWatch Logs decompression off",
        "ExpiredTokenException" | "UnrecognizedClientException" => "check the credentials",
        _ => "see the API reference of PutRecordBatch",
    }
}
