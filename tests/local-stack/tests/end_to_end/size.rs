//! A large object in little memory.

use std::time::Duration;

use local_stack::stack::Stack;

use crate::{Trial, log};

/// 200 MB of log.
const LARGE_BYTES: usize = 200_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_megabytes_pass_in_bounded_memory() {
    let builder = Stack::builder()
        .timeout(Duration::from_mins(15))
        .visibility(Duration::from_mins(15))
        .memory_mib(128)
        .stream(|stream| {
            // Compression is not what is tried here.
            stream.gzip = false;
            stream.copy_options = "JSON 'auto' TIMEFORMAT 'auto'".to_owned();
        });
    let mut trial = Trial::start(builder).await;
    // The same lines again and again, each at its own place.
    let part = log(41, 20_000);
    let body = part.repeat(LARGE_BYTES.div_ceil(part.len()));
    let lines = 20_000 * (body.len() / part.len()) as u64;
    assert!(body.len() >= LARGE_BYTES);
    trial.put("large", body).await;
    let audit = trial.clean().await;
    assert_eq!((audit.rows, audit.copies, audit.distinct_rows), (lines, 0, 20_000));
    let counts = trial.stack.function.counts();
    assert_eq!((counts.starts, counts.failures), (1, 0));
    assert!(counts.peak_memory_bytes < 100 * 1024 * 1024, "{counts:?}");
}
