//! Firehose as a sink: one `PutRecordBatch` a call, a verdict for each record.
//!
//! A response of 200 may carry failed records: only a record with an id and without an error code was
//! taken. What it does not do: retry. The SDK's retries are off, the pipeline's are shared.

use aws_sdk_firehose::operation::put_record_batch::PutRecordBatchOutput;
use aws_sdk_firehose::primitives::Blob;
use aws_sdk_firehose::types::{PutRecordBatchResponseEntry, Record as WireRecord};

use crate::pack::Record;
use crate::ports::{Cause, RecordSink, Rejection, Resource, SinkError, Verdict};

use super::errors::{Failure, is_about_credentials, is_throttle, is_transient, said};

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

    fn error(&self, failure: Failure) -> SinkError {
        match failure {
            Failure::NoResponse(reason) => SinkError::Unavailable(reason),
            Failure::NotSent(reason) => SinkError::Rejected(self.rejection(reason, Cause::Other)),
            Failure::Response { status, code, .. } if is_throttle(status, &code) => {
                SinkError::Throttled(format!("Firehose responded {}", said(status, &code)))
            }
            Failure::Response { status, code, .. } if is_transient(status, &code) => {
                SinkError::Unavailable(format!("Firehose responded {}", said(status, &code)))
            }
            // The service's message is left out: for a malformed request it quotes the request.
            Failure::Response { status, code, .. } => {
                SinkError::Rejected(self.rejection(said(status, &code), cause(&code)))
            }
        }
    }

    fn rejection(&self, said: String, cause: Cause) -> Rejection {
        Rejection { resource: Resource::Stream(self.stream.clone()), said, cause }
    }

    /// A verdict for each record, unless the response contradicts itself: then it acknowledges nothing.
    fn verdicts(
        &self,
        output: &PutRecordBatchOutput,
        records: usize,
    ) -> Result<Vec<Verdict>, SinkError> {
        let entries = output.request_responses();
        let failed = entries.iter().filter(|entry| entry.error_code().is_some()).count();
        if entries.len() != records || usize::try_from(output.failed_put_count()) != Ok(failed) {
            return Err(SinkError::Unavailable(format!(
                "the response contradicts itself: {} entries for {records} records, {failed} with an \
                 error code, FailedPutCount {}",
                entries.len(),
                output.failed_put_count()
            )));
        }
        Ok(entries.iter().map(|entry| self.verdict(entry)).collect())
    }

    fn verdict(&self, entry: &PutRecordBatchResponseEntry) -> Verdict {
        match (entry.error_code(), entry.record_id()) {
            (None, Some(id)) if !id.is_empty() => Verdict::Accepted,
            (Some(code), _) if is_permanent(code) => {
                Verdict::Rejected(self.rejection(code.to_owned(), cause(code)))
            }
            // `ServiceUnavailableException` and `InternalFailure` are documented; an entry with
            // neither an id nor a code is no acknowledgement.
            _ => Verdict::Retry,
        }
    }
}

impl RecordSink for FirehoseSink {
    async fn put(&self, records: &[Record]) -> Result<Vec<Verdict>, SinkError> {
        let mut wire = Vec::with_capacity(records.len());
        for record in records {
            // Copied, for the call consumes its bytes and a retry needs them again.
            let built = WireRecord::builder().data(Blob::new(record.data())).build();
            wire.push(built.map_err(|error| self.error(Failure::NotSent(error.to_string())))?);
        }
        let call = self.client.put_record_batch().delivery_stream_name(&self.stream);
        match call.set_records(Some(wire)).send().await {
            Ok(output) => self.verdicts(&output, records.len()),
            Err(error) => Err(self.error(Failure::of(&error))),
        }
    }
}

/// Codes of a record that sending it again cannot help.
fn is_permanent(code: &str) -> bool {
    code.starts_with("Invalid") || code.contains("AccessDenied") || code.contains("NotFound")
}

fn cause(code: &str) -> Cause {
    match code {
        "ResourceNotFoundException" => Cause::NotFound,
        "AccessDeniedException" => Cause::AccessDenied { needs: "firehose:PutRecordBatch on it" },
        "InvalidKMSResourceException" => Cause::EncryptionKey,
        "InvalidSourceException" => Cause::Decompression,
        code if is_about_credentials(code) => Cause::Credentials,
        _ => Cause::Other,
    }
}
