//! What is asked, within AWS's limits.

use serde::Deserialize;

use super::parameters::{Parameter, bind};
use super::refusal::Refusal;
use super::settings::Settings;

/// Statements in a batch.
const BATCH_MAX: usize = 40;
/// Bytes of a statement.
const STATEMENT_BYTES_MAX: usize = 100 * 1024;
/// How long a session is kept at most.
const KEEP_ALIVE_SECONDS_MAX: u64 = 86_400;
/// How long a call waits at most.
const WAIT_SECONDS_MAX: u64 = 30;

/// `ExecuteStatement` and `BatchExecuteStatement`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Submit {
    sql: Option<String>,
    sqls: Option<Vec<String>>,
    parameters: Option<Vec<Parameter>>,
    database: Option<String>,
    workgroup_name: Option<String>,
    cluster_identifier: Option<String>,
    secret_arn: Option<String>,
    db_user: Option<String>,
    statement_name: Option<String>,
    client_token: Option<String>,
    session_id: Option<String>,
    session_keep_alive_seconds: Option<u64>,
    result_format: Option<String>,
    execution_mode: Option<String>,
    pub(super) wait_time_seconds: Option<u64>,
}

/// `DescribeStatement`, `GetStatementResult` and `CancelStatement`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct About {
    id: String,
    pub(super) next_token: Option<String>,
    pub(super) wait_time_seconds: Option<u64>,
}

/// `ListStatements`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct List {
    pub(super) status: Option<String>,
    pub(super) statement_name: Option<String>,
    pub(super) max_results: Option<usize>,
    pub(super) next_token: Option<String>,
}

/// Where statements are to run, as it was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) database: Option<String>,
    pub(super) workgroup: Option<String>,
    pub(super) cluster: Option<String>,
    pub(super) secret_arn: Option<String>,
    pub(super) db_user: Option<String>,
}

/// Statements to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Submission {
    /// The statements as they were given.
    pub(super) texts: Vec<String>,
    /// The same with their parameters.
    pub(super) sqls: Vec<String>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) is_batch: bool,
    /// Each in a transaction of its own.
    pub(super) is_auto_commit: bool,
    pub(super) place: Place,
    pub(super) name: Option<String>,
    pub(super) client_token: Option<String>,
    pub(super) session: Option<String>,
    pub(super) keep_alive_seconds: Option<u64>,
}

impl Submit {
    /// Checks everything that AWS says no to before a statement has an id.
    pub(super) fn check(self, is_batch: bool, settings: &Settings) -> Result<Submission, Refusal> {
        check_wait(self.wait_time_seconds)?;
        let texts = if is_batch { self.sqls } else { self.sql.map(|sql| vec![sql]) };
        let member = if is_batch { "sqls" } else { "sql" };
        let texts = texts.ok_or_else(|| {
            constraint(&format!("Value null at '{member}'"), "Member must not be null")
        })?;
        check_statements(&texts, member)?;
        let parameters = self.parameters;
        if parameters.as_ref().is_some_and(Vec::is_empty) {
            return Err(too_short("parameters"));
        }
        let parameters = parameters.unwrap_or_default();
        check_parameters(&parameters)?;
        if self.client_token.as_ref().is_some_and(|token| !(1..=64).contains(&token.len())) {
            return Err(constraint(
                "Value at 'clientToken'",
                "Member must have length between 1 and 64",
            ));
        }
        if self.session_keep_alive_seconds.is_some_and(|seconds| seconds > KEEP_ALIVE_SECONDS_MAX) {
            let what = "Member must have value less than or equal to 86400";
            return Err(constraint("Value at 'sessionKeepAliveSeconds'", what));
        }
        if self.result_format.is_some_and(|format| format != "JSON") {
            return Err(Refusal::validation("ResultFormat CSV is not served by the local stack."));
        }
        let mode = self.execution_mode.as_deref().unwrap_or("TRANSACTION");
        if !["TRANSACTION", "AUTO_COMMIT"].contains(&mode) {
            let what = "Member must satisfy enum value set: [TRANSACTION, AUTO_COMMIT]";
            return Err(constraint("Value at 'executionMode'", what));
        }
        let is_auto_commit = mode == "AUTO_COMMIT";
        let place = Place {
            database: self.database,
            workgroup: self.workgroup_name,
            cluster: self.cluster_identifier,
            secret_arn: self.secret_arn,
            db_user: self.db_user,
        };
        if self.session_id.is_none() {
            place.check(settings)?;
        }
        Ok(Submission {
            sqls: bind(&texts, &parameters)?,
            texts,
            parameters,
            is_batch,
            is_auto_commit,
            place,
            name: self.statement_name,
            client_token: self.client_token,
            session: self.session_id,
            keep_alive_seconds: self.session_keep_alive_seconds,
        })
    }
}

impl Place {
    fn check(&self, settings: &Settings) -> Result<(), Refusal> {
        let known = match (&self.workgroup, &self.cluster) {
            (Some(workgroup), None) => *workgroup == settings.workgroup,
            (None, Some(cluster)) => *cluster == settings.cluster,
            (Some(_), Some(_)) => {
                let what = "Only one of ClusterIdentifier and WorkgroupName may be provided.";
                return Err(Refusal::validation(what));
            }
            (None, None) => {
                let what = "Either ClusterIdentifier, WorkgroupName or SessionId must be provided.";
                return Err(Refusal::validation(what));
            }
        };
        if !known {
            let what = "Redshift endpoint doesn't exist in this region.";
            return Err(Refusal::validation(what));
        }
        if self.database.as_ref().is_none_or(String::is_empty) {
            return Err(Refusal::validation("Database must be provided."));
        }
        Ok(())
    }
}

impl About {
    /// The id of the statement, and the number of the part that it names.
    pub(super) fn id(&self) -> Result<(&str, Option<usize>), Refusal> {
        let (id, part) = match self.id.split_once(':') {
            Some((id, part)) => (id, part.parse().ok().map(Some)),
            None => (self.id.as_str(), Some(None)),
        };
        match part {
            Some(part) if uuid::Uuid::try_parse(id).is_ok() => Ok((id, part)),
            _ => Err(Refusal::validation(
                "id must satisfy regex pattern: ^[a-z0-9]{8}(-[a-z0-9]{4}){3}-[a-z0-9]{12}(:\\d+)?$",
            )),
        }
    }
}

pub(super) fn check_wait(seconds: Option<u64>) -> Result<(), Refusal> {
    match seconds {
        Some(0) => Err(constraint(
            "Value '0' at 'waitTimeSeconds'",
            "Member must have value greater than or equal to 1",
        )),
        Some(seconds) if seconds > WAIT_SECONDS_MAX => Err(constraint(
            &format!("Value '{seconds}' at 'waitTimeSeconds'"),
            "Member must have value less than or equal to 30",
        )),
        _ => Ok(()),
    }
}

fn check_statements(texts: &[String], member: &str) -> Result<(), Refusal> {
    if texts.is_empty() {
        return Err(too_short(member));
    }
    if texts.len() > BATCH_MAX {
        let what = "Member must have length less than or equal to 40";
        return Err(constraint(&format!("Value at '{member}'"), what));
    }
    if texts.iter().any(|text| text.trim().is_empty()) {
        return Err(Refusal::validation("SQL statement must not be empty."));
    }
    if texts.iter().any(|text| text.len() > STATEMENT_BYTES_MAX) {
        let what = "SQL statement size exceeds the limit of 100 KB.";
        return Err(Refusal::validation(what));
    }
    Ok(())
}

fn check_parameters(parameters: &[Parameter]) -> Result<(), Refusal> {
    for (at, parameter) in parameters.iter().enumerate() {
        let member = |name| format!("parameters.{}.member.{name}", at + 1);
        if parameter.value.is_empty() {
            return Err(too_short(&member("value")));
        }
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if parameter.name.is_empty() || !parameter.name.bytes().all(is_part) {
            let what = "Member must satisfy regular expression pattern: [0-9a-zA-Z_]+";
            return Err(constraint(&format!("Value at '{}'", member("name")), what));
        }
    }
    Ok(())
}

fn too_short(member: &str) -> Refusal {
    let what = "Member must have length greater than or equal to 1";
    constraint(&format!("Value at '{member}'"), what)
}

fn constraint(value: &str, what: &str) -> Refusal {
    let begin = "1 validation error detected:";
    Refusal::validation(format!("{begin} {value} failed to satisfy constraint: {what}"))
}
