//! The S3 server access log format: bytes in, lines and entries out.
//!
//! Purpose: understand what S3 wrote, whatever its age, and whatever its clients put into it.
//!
//! Invariants:
//! - Total. Any bytes give an [`Entry`] with its [`Anomalies`], or a [`Reason`] why not.
//! - Typed columns are found by anchors, never by counting quotes, so text that a client controls
//!   (request-URI, referer, user agent) cannot move them. `docs/format.md` has every decision.
//! - Entries borrow from the line. Nothing is allocated per line or per field.
//!
//! What it does not do: no I/O, no JSON, no knowledge of Redshift's widths (that is
//! [`crate::row`]).
//!
//! Source of the format: Amazon S3 User Guide, "Amazon S3 server access log format".

mod address;
#[cfg(feature = "cli")]
mod count;
mod entry;
mod evidence;
mod free_text;
mod grammar;
mod key;
mod line;
mod overlong;
mod parser;
mod probe;
mod scan;
mod tail;
mod time;

pub use address::address_span;
#[cfg(feature = "cli")]
pub(crate) use count::count_newlines;
pub use entry::{Anomalies, Anomaly, Digits, Entry, Reason};
pub use evidence::{has_readable_head, is_log_object_key};
pub use key::{DecodedKey, decode_key, percent_decode};
pub use line::{Line, LineSplitter, Lines, lines, overlong_hasher};
pub use overlong::{LINE_BYTES_MAX, Overlong, OverlongHasher};
pub use parser::Parser;
pub use probe::{Finding, PROBE_BYTES_MAX, Probe};
pub use time::RequestTime;
