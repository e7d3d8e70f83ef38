//! What the Data API can be told, and what it is told to do wrong.

use std::time::Duration;

/// How the Data API is configured.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The only database.
    pub database: String,
    /// The name of the Serverless workgroup that the warehouse is reached by.
    pub workgroup: String,
    /// The identifier of the cluster that the same warehouse is reached by.
    pub cluster: String,
    /// Rows in a page of a result. AWS tells no number.
    pub page_rows: usize,
    /// Statements that are not ended; one more is refused.
    pub active_statements_max: usize,
    /// Sessions that are kept; one more is refused.
    pub sessions_max: usize,
    /// Bytes of a result.
    pub result_bytes_max: usize,
    /// How long a statement takes at least.
    pub latency: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            database: "dev".to_owned(),
            workgroup: "logs".to_owned(),
            cluster: "logs".to_owned(),
            page_rows: 1000,
            active_statements_max: 500,
            sessions_max: 500,
            result_bytes_max: 500 * 1000 * 1000,
            latency: Duration::ZERO,
        }
    }
}

/// What happens to one call that submits statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is refused: 400 `ThrottlingException`.
    Throttle,
    /// It is refused: 400 `ActiveStatementsExceededException`.
    Busy,
    /// It is refused: 500 `InternalServerException`.
    Internal,
    /// It is refused: 500 `ExecuteStatementException`, or that of a batch.
    Environment,
    /// Its statements run, and the connection breaks before the answer.
    AnswerLost,
    /// Its statements fail with these words before they run.
    Fails(String),
}
