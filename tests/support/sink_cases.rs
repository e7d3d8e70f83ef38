//! What every sink of records does, case by case, whoever implements it.
//!
//! The fake of the tests and Firehose pass the same cases, so that what is proven on the fake says
//! something of Firehose. `sink_tests!` makes a test of each case for one receiver.

use logferry::pack::{
    BATCH_BYTES_MAX, BATCH_RECORDS_MAX, Packer, RECORD_BYTES_MAX, Record, RecordCompression,
};
use logferry::ports::{RecordSink, SinkError, Verdict};

/// A sink, and what is behind it.
pub(crate) trait Receiver {
    /// The sink under test.
    type Sink: RecordSink;

    /// A sink that puts to the receiver.
    fn sink(&self) -> Self::Sink;

    /// A sink that puts to a stream that does not exist.
    fn sink_to_nowhere(&self) -> Self::Sink;

    /// Makes the next call go wrong.
    fn fail(&self, failure: Failure);

    /// The `record_id` of every row taken so far, sorted.
    async fn taken(&self) -> Vec<String>;
}

/// How a call goes wrong.
#[derive(Clone)]
pub(crate) enum Failure {
    /// Too much: nothing is taken.
    Throttled,
    /// An error inside the service: nothing is taken.
    Internal,
    /// The connection breaks: nothing is taken.
    CallLost,
    /// Everything is taken, and the connection breaks before the response.
    ResponseLost,
    /// The records at these positions are not taken.
    Records(Vec<usize>),
}

/// The bytes of a row.
const ROW_BYTES: usize = 1_024;

/// A record of rows with these ids.
fn record(ids: impl IntoIterator<Item = String>) -> Record {
    let mut packer = Packer::new(RECORD_BYTES_MAX, RecordCompression::None);
    for id in ids {
        let row = format!("{{\"record_id\":\"{id}\",\"user_agent\":\"");
        let filled = format!("{row:x<width$}\"}}\n", width = ROW_BYTES - 3);
        let full = packer.append(0, 0, |out| out.extend_from_slice(filled.as_bytes())).1;
        assert_eq!(full, None, "more than a record");
    }
    packer.take().unwrap()
}

/// A record of one row for each id.
fn records(ids: &[&str]) -> Vec<Record> {
    ids.iter().map(|id| record([(*id).to_owned()])).collect()
}

/// Puts a call that fails as a whole.
async fn failed(sink: &impl RecordSink) -> SinkError {
    sink.put(&records(&["a", "b"])).await.unwrap_err()
}

pub(crate) async fn each_record_gets_a_verdict(receiver: &impl Receiver) {
    let verdicts = receiver.sink().put(&records(&["a", "b", "c"])).await.unwrap();
    assert_eq!(verdicts, vec![Verdict::Accepted; 3]);
    assert_eq!(receiver.taken().await, ["a", "b", "c"]);
}

pub(crate) async fn verdicts_stand_in_the_order_of_the_records(receiver: &impl Receiver) {
    receiver.fail(Failure::Records(vec![0, 2]));
    let sink = receiver.sink();
    let verdicts = sink.put(&records(&["a", "b", "c", "d"])).await.unwrap();
    let (yes, again) = (Verdict::Accepted, Verdict::Retry);
    assert_eq!(verdicts, [again.clone(), yes.clone(), again.clone(), yes.clone()]);
    assert_eq!(receiver.taken().await, ["b", "d"]);
    receiver.fail(Failure::Records(vec![1]));
    assert_eq!(sink.put(&records(&["a", "c"])).await.unwrap(), [yes.clone(), again]);
    assert_eq!(sink.put(&records(&["c"])).await.unwrap(), [yes]);
    assert_eq!(receiver.taken().await, ["a", "b", "c", "d"]);
}

pub(crate) async fn a_throttled_call_takes_nothing(receiver: &impl Receiver) {
    receiver.fail(Failure::Throttled);
    let error = failed(&receiver.sink()).await;
    assert!(matches!(error, SinkError::Throttled(_)), "{error:?}");
    assert!(receiver.taken().await.is_empty());
    receiver.sink().put(&records(&["a"])).await.unwrap();
    assert_eq!(receiver.taken().await, ["a"]);
}

pub(crate) async fn a_failed_service_takes_nothing(receiver: &impl Receiver) {
    for failure in [Failure::Internal, Failure::CallLost] {
        receiver.fail(failure);
        let error = failed(&receiver.sink()).await;
        assert!(matches!(error, SinkError::Unavailable(_)), "{error:?}");
    }
    assert!(receiver.taken().await.is_empty());
}

pub(crate) async fn a_lost_answer_is_no_acknowledgement(receiver: &impl Receiver) {
    receiver.fail(Failure::ResponseLost);
    let error = failed(&receiver.sink()).await;
    assert!(matches!(error, SinkError::Unavailable(_)), "{error:?}");
    receiver.sink().put(&records(&["a", "b"])).await.unwrap();
    // Taken unheard, and once more.
    assert_eq!(receiver.taken().await, ["a", "a", "b", "b"]);
}

pub(crate) async fn a_missing_stream_rejects_for_good(receiver: &impl Receiver) {
    let error = failed(&receiver.sink_to_nowhere()).await;
    assert!(matches!(error, SinkError::Rejected(_)), "{error:?}");
    assert!(receiver.taken().await.is_empty());
}

pub(crate) async fn the_largest_calls_are_taken(receiver: &impl Receiver) {
    let of_rows = |rows: usize| record((0..rows).map(|row| format!("r{row}")));
    let (rows, record_rows) = (BATCH_BYTES_MAX / ROW_BYTES, RECORD_BYTES_MAX / ROW_BYTES);
    let full = of_rows(record_rows);
    assert!(RECORD_BYTES_MAX - full.data().len() < ROW_BYTES);
    let mut largest = vec![full; rows / record_rows];
    largest.push(of_rows(rows % record_rows));
    let bytes: usize = largest.iter().map(|record| record.data().len()).sum();
    assert!((BATCH_BYTES_MAX - ROW_BYTES..=BATCH_BYTES_MAX).contains(&bytes), "{bytes}");
    let most = vec![of_rows(1); BATCH_RECORDS_MAX];
    for call in [largest, most] {
        let verdicts = receiver.sink().put(&call).await.unwrap();
        assert_eq!(verdicts, vec![Verdict::Accepted; call.len()]);
    }
    assert_eq!(receiver.taken().await.len(), rows + BATCH_RECORDS_MAX);
}

/// A test of each case, on the receiver that the given function starts.
macro_rules! sink_tests {
    ($start:path) => {
        sink_tests! { $start;
            each_record_gets_a_verdict,
            verdicts_stand_in_the_order_of_the_records,
            a_throttled_call_takes_nothing,
            a_failed_service_takes_nothing,
            a_lost_answer_is_no_acknowledgement,
            a_missing_stream_rejects_for_good,
            the_largest_calls_are_taken,
        }
    };
    ($start:path; $($case:ident,)*) => {
        $(#[tokio::test]
        async fn $case() {
            sink_cases::$case(&$start().await).await;
        })*
    };
}
pub(crate) use sink_tests;
