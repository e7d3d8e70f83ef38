//! logferry: Amazon S3 server access logs into Amazon Redshift, every line accounted for.
//!
//! > Every line of every log object becomes exactly one row: a typed row, or a quarantined row that
//! > keeps the raw bytes. Delivery is at least once, every duplicate carries the same `record_id`, and
//! > no row can make the Redshift load fail.
//!
//! ```
//! use logferry::access_log::lines;
//! use logferry::row::{Origin, Outcome, RowEncoder, RowOptions};
//!
//! let log = br#"9d2f63c1b7a8405e amber-photos [14/Mar/2026:09:26:53 +0000] 192.0.2.7 - 7QZ3K9W2VX8TN5RB REST.GET.OBJECT a.jpg "GET /a.jpg HTTP/1.1" 200 - 512 512 12 9 "-" "curl/8" -
//! no line of an access log
//! "#;
//! let mut encoder = RowEncoder::new(RowOptions::default());
//! let origin = Origin::new(Some("amber-logs"), "2026-03-14-10-02-11-0123456789ABCDEF");
//! let mut rows = Vec::new();
//! let outcomes: Vec<Outcome> =
//!     lines(log).map(|line| encoder.encode(&line, &origin, &mut rows)).collect();
//!
//! assert!(matches!(outcomes[..], [Outcome::Row(_), Outcome::Quarantined(_)]));
//! let rows = String::from_utf8(rows).unwrap();
//! let (typed, quarantined) = rows.split_once('\n').unwrap();
//! assert!(typed.contains(r#""request_time":"2026-03-14T09:26:53Z","bucket":"amber-photos""#));
//! assert!(quarantined.contains(r#""parse_error":"#));
//! ```
//!
//! # The map
//!
//! In the direction the data flows; each module uses only those above it.
//!
//! | module | turns | into |
//! |---|---|---|
//! | [`access_log`] | bytes of a log object | lines, and each line into an entry |
//! | [`row`] | an entry, or a line nobody could read | one JSON row that Redshift is sure to load |
//! | [`table`] | the columns and a name | the SQL of table, views, procedures, and of what is asked of them |
//! | [`filter`] | rules and an entry | whether the line is kept |
//! | [`pack`] | rows | records, and records into calls, within Firehose's limits |
//! | [`cost`] | prices, and how large lines and rows are | US dollars |
//! | `ports` | what logferry needs of the outside | traits, and the words for it |
//! | `pipeline` | objects | acknowledged batches: backpressure, retry, deadline, ledger |
//! | `event` | a Lambda payload | objects to read |
//! | `aws` | the ports | S3, Firehose and SQS |
//! | `lambda` | all of it | a function, with its configuration and metrics |
//! | `operate` | ports and settings | plans, findings, and what was sent or loaded |
//! | `cli` | the `logferry` command's arguments | work done and an exit code |
//! | [`sample`] | a seed | a realistic log to try things on |
//!
//! `ports` to `aws` come with either of the features `lambda` and `operate`, `lambda` and `operate`
//! with their own, `cli` with the features `cli` and `operate`.
//!
//! # What is a contract
//!
//! Changes to these are announced in `CHANGELOG.md`, and golden files hold them:
//!
//! - the columns of the row, their names, types, widths and meaning ([`row::COLUMNS`]), and the SQL
//!   made from them;
//! - `record_id`, the reasons in `parse_error` ([`access_log::Reason`]) and the names in `flags`;
//! - the function's variables and metrics (`docs/lambda.md`, `docs/metrics.md`), its continuation
//!   message, and the events it takes;
//! - the verbs, options, output and exit codes of the command `logferry`;
//! - the inputs and outputs of the Terraform module.
//!
//! The Rust items are no contract: they serve the two binaries and their tests, and change with them.

pub mod access_log;
#[cfg(feature = "sdk")]
pub mod aws;
#[cfg(feature = "cli")]
pub mod cli;
pub mod cost;
#[cfg(feature = "sdk")]
pub mod event;
pub mod filter;
#[cfg(feature = "lambda")]
pub mod lambda;
#[cfg(feature = "operate")]
pub mod operate;
pub mod pack;
#[cfg(feature = "sdk")]
pub mod pipeline;
#[cfg(feature = "sdk")]
pub mod ports;
pub mod row;
pub mod sample;
pub mod table;
