//! A fake of Firehose: calls by script, limits checked on every one.

use std::collections::VecDeque;
use std::io::Read as _;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use logferry::pack::{BATCH_BYTES_MAX, BATCH_RECORDS_MAX, RECORD_BYTES_MAX, Record};
use logferry::ports::{RecordSink, Rejection, Resource, SinkError, Verdict};
use tokio::time::sleep;

use super::PANIC_ON_COMMAND;

/// What happens to one call to the sink.
#[derive(Clone)]
pub(crate) enum Call {
    Well,
    /// Refused as a whole, nothing taken.
    Fails(SinkError),
    /// Everything is taken, and the answer is lost.
    TakenUnheard,
    /// The records at these positions get this verdict and are not taken.
    Partly(Vec<usize>, Verdict),
    /// Answers for the first so many records only, though all were taken.
    AnswersShort(usize),
    /// No answer for this long; then everything is taken.
    Slow(Duration),
    Panics,
}

/// A fake of Firehose. Calls without a script go well.
#[derive(Default)]
pub(crate) struct FakeSink {
    pub(crate) script: Mutex<VecDeque<Call>>,
    /// What comes when the script is over; `None`: calls go well.
    pub(crate) always: Mutex<Option<Call>>,
    /// The rows of every record taken, in order.
    pub(crate) taken: Mutex<Vec<Vec<u8>>>,
    /// The bytes of every record taken, as they were sent.
    pub(crate) sizes: Mutex<Vec<usize>>,
    /// Records of each call.
    pub(crate) calls: Mutex<Vec<usize>>,
    in_flight: Mutex<(usize, usize)>,
    /// The most calls and bytes that were in flight at once.
    pub(crate) peak: Mutex<(usize, usize)>,
}

pub(crate) struct Stream(pub(crate) Arc<FakeSink>);

struct InFlight<'s>(&'s FakeSink, usize);

impl<'s> InFlight<'s> {
    fn enter(sink: &'s FakeSink, bytes: usize) -> Self {
        let mut now = sink.in_flight.lock().unwrap();
        *now = (now.0 + 1, now.1 + bytes);
        let mut peak = sink.peak.lock().unwrap();
        *peak = (peak.0.max(now.0), peak.1.max(now.1));
        Self(sink, bytes)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let mut now = self.0.in_flight.lock().unwrap();
        *now = (now.0 - 1, now.1 - self.1);
    }
}

impl RecordSink for Stream {
    async fn put(&self, records: &[Record]) -> Result<Vec<Verdict>, SinkError> {
        let bytes: usize = records.iter().map(|record| record.data().len()).sum();
        // What AWS would refuse must never be asked for.
        assert!((1..=BATCH_RECORDS_MAX).contains(&records.len()));
        assert!(bytes <= BATCH_BYTES_MAX);
        assert!(records.iter().all(|record| (1..=RECORD_BYTES_MAX).contains(&record.data().len())));
        let rows: Vec<Vec<u8>> = records.iter().map(rows_of).collect();
        assert!(rows.iter().all(|rows| rows.ends_with(b"\n")));
        let _in_flight = InFlight::enter(&self.0, bytes);
        self.0.calls.lock().unwrap().push(records.len());
        let scripted = self.0.script.lock().unwrap().pop_front();
        let call = scripted.or_else(|| self.0.always.lock().unwrap().clone());
        sleep(Duration::from_millis(20)).await;
        let take = |which: Range<usize>| {
            self.0.taken.lock().unwrap().extend_from_slice(&rows[which.clone()]);
            let sizes = records[which].iter().map(|record| record.data().len());
            self.0.sizes.lock().unwrap().extend(sizes);
        };
        let all = 0..records.len();
        let mut verdicts = vec![Verdict::Accepted; records.len()];
        match call.unwrap_or(Call::Well) {
            Call::Well => take(all),
            Call::Fails(error) => return Err(error),
            Call::TakenUnheard => {
                take(all);
                return Err(SinkError::Unavailable("timeout".to_owned()));
            }
            Call::Partly(positions, verdict) => {
                for position in all {
                    if positions.contains(&position) {
                        verdicts[position] = verdict.clone();
                    } else {
                        take(position..position + 1);
                    }
                }
            }
            Call::AnswersShort(answers) => {
                take(all);
                verdicts.truncate(answers);
            }
            Call::Slow(time) => {
                sleep(time).await;
                take(all);
            }
            Call::Panics => panic!("{PANIC_ON_COMMAND}"),
        }
        Ok(verdicts)
    }
}

/// The rows of a record, which is one gzip member where it is compressed.
#[expect(clippy::disallowed_methods, reason = "one member of our own")]
fn rows_of(record: &Record) -> Vec<u8> {
    let data = record.data();
    if !data.starts_with(&[0x1f, 0x8b]) {
        return data.to_vec();
    }
    let mut rows = Vec::new();
    let mut decoder = flate2::bufread::GzDecoder::new(data);
    decoder.read_to_end(&mut rows).unwrap();
    assert!(decoder.into_inner().is_empty(), "more than one member");
    rows
}

/// A request that is said no to for good.
pub(crate) fn rejection(said: &str) -> Rejection {
    Rejection::other(Resource::Stream("stream".to_owned()), said)
}
