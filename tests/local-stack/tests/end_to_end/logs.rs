//! What the function writes down, and what it never does.

use std::collections::BTreeSet;
use std::time::Duration;

use local_stack::firehose::Fault;
use local_stack::s3::faults::Fault as S3Fault;
use local_stack::stack::Stack;
use serde_json::Value;

use crate::{Trial, gzip, log};

/// What may give a line away: all its words but the short ones, which stand everywhere.
fn words(log: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(log);
    let words = text.split(|c: char| c.is_whitespace() || "\"[]".contains(c));
    words.filter(|word| word.len() >= 10).map(str::to_owned).collect()
}

/// At the most talkative level, through retries, a broken stream and a failure.
#[tokio::test(flavor = "multi_thread")]
async fn logs_are_json_and_hold_nothing_of_the_lines() {
    let builder = Stack::builder().variable("LOGFERRY_LOG_LEVEL", "trace");
    let builder = builder.visibility(Duration::from_millis(500)).receives_max(2);
    let mut trial = Trial::start(builder).await;
    trial.stack.stream.faults().script(Fault::Partial(vec![0]));
    trial.stack.stream.faults().script(Fault::AnswerLost);
    trial.stack.s3.faults().on_read("whole", S3Fault::BreakAfter(50_000), 1);
    let mut whole = log(41, 400);
    whole.extend_from_slice(b"private-words of a line that is none\n");
    let cut_text = log(42, 500);
    let mut cut = gzip(&cut_text);
    cut.truncate(cut.len() - 20);
    trial.put("whole", whole.clone()).await;
    trial.stack.put("cut.gz", cut).await.unwrap();
    trial.stack.settle().await;

    let private = &words(&whole) | &words(&cut_text);
    assert!(private.len() > 1_000 && private.contains("private-words"));
    let mut failures = 0;
    for line in trial.stack.function.logs().lines() {
        let told = private.iter().find(|word| line.contains(*word));
        assert_eq!(told, None, "{line}");
        let json: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        let metrics = json.get("_aws").is_some();
        let has = |name: &str| json.get(name).is_some();
        assert!(metrics || (has("timestamp") && has("level") && has("message")), "{line}");
        if json.get("message").is_some_and(|message| message == "An object failed.") {
            assert_eq!(json.get("key").and_then(Value::as_str), Some("cut.gz"), "{line}");
            assert!(["bucket", "offset", "retryable", "reason"].map(has) == [true; 4], "{line}");
            failures += 1;
        }
    }
    assert_eq!(failures, 2, "one for each time the message was received");
}
