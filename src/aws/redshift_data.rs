//! The Redshift Data API as a warehouse: `BatchExecuteStatement`, `DescribeStatement`,
//! `GetStatementResult`.
//!
//! The SDK gives each submission a token of its own, so its retries submit nothing twice. What it does
//! not do: keep sessions, which would outlive a process that is killed.

use std::time::Duration;

use aws_sdk_redshiftdata::operation::describe_statement::DescribeStatementOutput;
use aws_sdk_redshiftdata::types::{Field, StatusString, SubStatementData};
use tokio::time::sleep;

use crate::ports::{
    Cause, Ran, Rejection, Resource, RowPage, STATEMENT_BYTES_MAX, STATEMENTS_MAX, Value,
    Warehouse, WarehouseError,
};

use super::errors::{Failure, is_about_credentials, is_transient, said};

/// How long a call waits inside the service for statements to end, in seconds; it allows 30.
const WAIT_S: i32 = 20;

/// The waits between two calls, for services that do not wait themselves.
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// How often in a row it may be unknown how far statements are. They run on meanwhile.
const UNKNOWN_MAX: u32 = 5;

const NEEDS: &str = "redshift-data:BatchExecuteStatement, redshift-data:DescribeStatement and \
     redshift-data:GetStatementResult on it, and redshift-serverless:GetCredentials (workgroup), \
     redshift:GetClusterCredentials (cluster and user) or secretsmanager:GetSecretValue (secret)";

/// Which warehouse, and as whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RedshiftPlace {
    /// The Serverless workgroup; or
    pub workgroup: Option<String>,
    /// the provisioned cluster.
    pub cluster: Option<String>,
    /// The database.
    pub database: String,
    /// The secret with user and password.
    pub secret_arn: Option<String>,
    /// The user of a cluster, where there is no secret.
    pub db_user: Option<String>,
}

/// Runs statements through a client of the Data API.
#[derive(Debug, Clone)]
pub struct RedshiftData {
    client: aws_sdk_redshiftdata::Client,
    place: RedshiftPlace,
}

impl RedshiftData {
    /// A warehouse on that client.
    #[must_use]
    pub fn new(client: aws_sdk_redshiftdata::Client, place: RedshiftPlace) -> Self {
        Self { client, place }
    }

    fn rejection(&self, said: String, cause: Cause) -> WarehouseError {
        let name = self.place.workgroup.as_ref().or(self.place.cluster.as_ref());
        let resource = Resource::Warehouse(name.cloned().unwrap_or_default());
        WarehouseError::Rejected(Rejection { resource, said, cause })
    }

    fn error(&self, failure: Failure) -> WarehouseError {
        let (status, code, message) = match failure {
            Failure::NoResponse(reason) => return WarehouseError::Unavailable(reason),
            Failure::NotSent(reason) => return self.rejection(reason, Cause::Other),
            Failure::Response { status, code, message, .. } => (status, code, message),
        };
        let text = said(status, &code);
        let busy = code == "ActiveStatementsExceededException";
        if busy || is_transient(status, &code) {
            return WarehouseError::Unavailable(format!("Redshift responded {text}: {message}"));
        }
        match code.as_str() {
            "AccessDeniedException" | "AccessDenied" => {
                self.rejection(text, Cause::AccessDenied { needs: NEEDS })
            }
            code if is_about_credentials(code) => self.rejection(text, Cause::Credentials),
            "ResourceNotFoundException" => {
                self.rejection(format!("{text}: {message}"), Cause::NotFound)
            }
            _ => self.rejection(format!("{text}: {message}"), Cause::Other),
        }
    }

    async fn submit(&self, statements: &[String]) -> Result<String, WarehouseError> {
        let place = &self.place;
        let call = self
            .client
            .batch_execute_statement()
            .set_workgroup_name(place.workgroup.clone())
            .set_cluster_identifier(place.cluster.clone())
            .set_secret_arn(place.secret_arn.clone())
            .set_db_user(place.db_user.clone())
            .database(&place.database)
            .statement_name("logferry")
            .wait_time_seconds(WAIT_S)
            .set_sqls(Some(statements.to_vec()));
        let output = call.send().await.map_err(|error| self.error(Failure::of(&error)))?;
        output.id().map(str::to_owned).ok_or_else(|| {
            WarehouseError::Unavailable("the response names no statement".to_owned())
        })
    }

    /// Waits for the end of statements, whichever it is.
    async fn ended(&self, id: &str) -> Result<DescribeStatementOutput, WarehouseError> {
        let (mut pause, mut unknown) = (PAUSE_MIN, 0);
        loop {
            let call = self.client.describe_statement().id(id).wait_time_seconds(WAIT_S);
            match call.send().await.map_err(|error| self.error(Failure::of(&error))) {
                Ok(output) if is_over(&output) => return Ok(output),
                Ok(_) => unknown = 0,
                Err(WarehouseError::Unavailable(_)) if unknown < UNKNOWN_MAX => unknown += 1,
                Err(error) => return Err(error),
            }
            sleep(pause).await;
            pause = PAUSE_MAX.min(pause * 2);
        }
    }
}

impl Warehouse for RedshiftData {
    async fn run(&self, statements: &[String]) -> Result<Vec<Ran>, WarehouseError> {
        let too_long = statements.iter().any(|sql| sql.len() > STATEMENT_BYTES_MAX);
        if too_long || statements.len() > STATEMENTS_MAX {
            let said = format!(
                "a transaction takes {STATEMENTS_MAX} statements of {STATEMENT_BYTES_MAX} bytes"
            );
            return Err(self.rejection(said, Cause::Other));
        }
        let id = self.submit(statements).await?;
        let output = self.ended(&id).await?;
        if output.status() == Some(&StatusString::Finished) {
            return Ok(output.sub_statements().iter().map(ran).collect());
        }
        Err(failed(&output))
    }

    async fn page(&self, result: &str, from: Option<&str>) -> Result<RowPage, WarehouseError> {
        let call = self.client.get_statement_result().id(result);
        let output = call.set_next_token(from.map(str::to_owned)).send().await;
        let output = output.map_err(|error| self.error(Failure::of(&error)))?;
        let rows = output.records().iter().map(|row| row.iter().map(value).collect()).collect();
        let next = output.next_token().filter(|token| !token.is_empty());
        Ok(RowPage { rows, next: next.map(str::to_owned) })
    }
}

fn is_over(output: &DescribeStatementOutput) -> bool {
    let status = output.status();
    matches!(status, Some(StatusString::Finished | StatusString::Failed | StatusString::Aborted))
}

fn ran(statement: &SubStatementData) -> Ran {
    let has_result = statement.has_result_set() == Some(true);
    Ran {
        result: has_result.then(|| statement.id().to_owned()),
        rows: u64::try_from(statement.result_rows()).ok(),
    }
}

/// Redshift says `division by zero`, its leader node also `divide by zero`.
fn failed(output: &DescribeStatementOutput) -> WarehouseError {
    let of_parts = output.sub_statements().iter().filter_map(SubStatementData::error);
    let said: Vec<&str> = of_parts.chain(output.error()).collect();
    let lower = said.join(" ").to_lowercase();
    if lower.contains("division by zero") || lower.contains("divide by zero") {
        return WarehouseError::DoneBefore;
    }
    let ended = output.status().map_or("without a word", StatusString::as_str);
    WarehouseError::Failed(said.first().map_or(format!("it ended {ended}"), ToString::to_string))
}

fn value(field: &Field) -> Value {
    match field {
        Field::BooleanValue(value) => Value::Boolean(*value),
        Field::LongValue(value) => Value::Long(*value),
        Field::DoubleValue(value) => Value::Double(*value),
        Field::StringValue(value) => Value::Text(value.clone()),
        _ => Value::Null,
    }
}
