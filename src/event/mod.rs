//! What Lambda hands over, as a list of objects to read.
//!
//! Purpose: recognise every envelope an S3 notification comes in, by the fields that tell it from the
//! others: S3 itself, SQS around S3, SNS, SNS in SQS, EventBridge (directly or in SQS), the test
//! event S3 sends when a notification is set up, logferry's own continuation message, and a small
//! JSON for operators.
//!
//! Invariants: all records of all messages are read; a message that cannot be understood fails alone;
//! what is understood but is none of logferry's business succeeds with a counted reason, and nothing
//! is passed over without one.
//!
//! What it does not do: I/O, or believe sizes and versions: the object itself is asked.

mod continuation;
mod envelope;
mod payload;
mod url;

pub use continuation::{Continuation, ContinuationError};
pub use envelope::{Contents, Ignored, MessageError};
pub use payload::{Message, Payload, Trigger};
pub use url::UrlDecodeError;
#[cfg(feature = "operate")]
pub(crate) use url::decode_event_key;
