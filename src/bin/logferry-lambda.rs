//! The AWS Lambda function `logferry-lambda`; see `docs/lambda.md`.

use lambda_runtime::Error;

fn main() -> Result<(), Error> {
    logferry::lambda::keep_freed_memory();
    // One thread: the work of a function is bound to less than one processor, and waiting overlaps
    // in tasks. What is not started is not paid for at a cold start.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(logferry::lambda::start())
}
