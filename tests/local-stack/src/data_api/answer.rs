//! What is told of statements and their results.

use std::time::Duration;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::refusal::Refusal;
use super::statements::{Part, Progress, Statement, Status};
use crate::redshift::{Cell, Outcome};

/// `ExecuteStatement` and `BatchExecuteStatement`.
pub(super) fn submitted(statement: &Statement) -> Value {
    let mut answer = Map::new();
    answer.insert("Id".to_owned(), json!(statement.id));
    answer.insert("CreatedAt".to_owned(), seconds(statement.created));
    answer.insert("Status".to_owned(), json!(statement.progress.status.name()));
    answer.insert("HasResultSet".to_owned(), json!(statement.parts.iter().any(has_result)));
    place(statement, &mut answer);
    Value::Object(answer)
}

/// `DescribeStatement`, of all statements of a submission or of one.
pub(super) fn described(statement: &Statement, part: Option<usize>) -> Result<Value, Refusal> {
    let mut answer = Map::new();
    match part {
        Some(number) => {
            let part = part_of(statement, number)?;
            tell_part(statement, number, part, &mut answer);
        }
        None if statement.submission.is_batch => {
            answer.insert("Id".to_owned(), json!(statement.id));
            tell(&statement.progress, &mut answer);
            answer.insert("HasResultSet".to_owned(), json!(statement.parts.iter().any(has_result)));
            answer.insert("ResultRows".to_owned(), json!(-1));
            answer.insert("ResultSize".to_owned(), json!(-1));
            let parts = statement.parts.iter().enumerate().map(|(at, part)| {
                let mut sub = Map::new();
                tell_part(statement, at + 1, part, &mut sub);
                Value::Object(sub)
            });
            answer.insert("SubStatements".to_owned(), parts.collect());
            let mode =
                if statement.submission.is_auto_commit { "AUTO_COMMIT" } else { "TRANSACTION" };
            answer.insert("ExecutionMode".to_owned(), json!(mode));
        }
        None => {
            let part = part_of(statement, 1)?;
            tell_part(statement, 1, part, &mut answer);
            answer.insert("Id".to_owned(), json!(statement.id));
            tell(&statement.progress, &mut answer);
        }
    }
    answer.insert("CreatedAt".to_owned(), seconds(statement.created));
    answer.insert("ResultFormat".to_owned(), json!("JSON"));
    if !statement.submission.parameters.is_empty() {
        let parameters = json!(statement.submission.parameters);
        answer.insert("QueryParameters".to_owned(), parameters);
    }
    place(statement, &mut answer);
    Ok(Value::Object(answer))
}

/// One of `ListStatements`.
pub(super) fn listed(statement: &Statement) -> Value {
    let mut answer = Map::new();
    answer.insert("Id".to_owned(), json!(statement.id));
    answer.insert("Status".to_owned(), json!(statement.progress.status.name()));
    answer.insert("CreatedAt".to_owned(), seconds(statement.created));
    answer.insert("UpdatedAt".to_owned(), seconds(statement.progress.updated));
    answer.insert("IsBatchStatement".to_owned(), json!(statement.submission.is_batch));
    let texts = &statement.submission.texts;
    answer.insert("QueryStrings".to_owned(), json!(texts));
    answer.insert("QueryString".to_owned(), json!(texts.join("; ")));
    if let Some(name) = &statement.submission.name {
        answer.insert("StatementName".to_owned(), json!(name));
    }
    Value::Object(answer)
}

/// `GetStatementResult`: a page that begins at a row.
pub(super) fn page(
    statement: &Statement,
    part: Option<usize>,
    from: usize,
    rows: usize,
) -> Result<Value, Refusal> {
    if statement.submission.is_batch && part.is_none() {
        let what = "BatchExecuteStatement result can only be retrieved with sub-statement id.";
        return Err(Refusal::validation(what));
    }
    let part = part_of(statement, part.unwrap_or(1))?;
    // Of a batch that failed nothing is kept.
    let is_kept =
        statement.progress.status == Status::Finished || statement.submission.is_auto_commit;
    let is_there = part.progress.status == Status::Finished && is_kept;
    let outcome = part.outcome.as_ref().filter(|outcome| is_there && !outcome.columns.is_empty());
    let outcome = outcome.ok_or_else(|| {
        let what = "Query does not have result. Please check query status with DescribeStatement.";
        Refusal::not_found(what, &statement.id)
    })?;
    let end = from.saturating_add(rows).min(outcome.rows.len());
    let taken = outcome.rows.get(from..end);
    let taken = taken.ok_or_else(|| Refusal::validation("NextToken is not valid."))?;
    let columns = outcome.columns.iter().map(|(name, kind)| {
        let is_signed = ["int2", "int4", "int8", "float8", "numeric"].contains(&kind.as_str());
        json!({
            "name": name, "label": name, "typeName": kind, "nullable": 1, "schemaName": "",
            "tableName": "", "precision": 0, "scale": 0, "length": 0,
            "isCaseSensitive": kind == "varchar", "isCurrency": false, "isSigned": is_signed,
        })
    });
    let records = taken.iter().map(|row| row.iter().map(field).collect::<Value>());
    let mut answer = json!({
        "Records": records.collect::<Value>(),
        "ColumnMetadata": columns.collect::<Value>(),
        "TotalNumRows": outcome.rows.len(),
    });
    if end < outcome.rows.len()
        && let Some(answer) = answer.as_object_mut()
    {
        answer.insert("NextToken".to_owned(), json!(format!("{}/{end}", statement.id)));
    }
    Ok(answer)
}

fn part_of(statement: &Statement, number: usize) -> Result<&Part, Refusal> {
    let part = number.checked_sub(1).and_then(|at| statement.parts.get(at));
    part.ok_or_else(|| Refusal::not_found("Query does not exist.", &statement.id))
}

fn tell(progress: &Progress, answer: &mut Map<String, Value>) {
    answer.insert("Status".to_owned(), json!(progress.status.name()));
    answer.insert("UpdatedAt".to_owned(), seconds(progress.updated));
    let nanoseconds = i64::try_from(progress.duration.as_nanos()).unwrap_or(i64::MAX);
    let duration = if progress.status.is_end() { nanoseconds } else { -1 };
    answer.insert("Duration".to_owned(), json!(duration));
    if let Some(error) = &progress.error {
        answer.insert("Error".to_owned(), json!(error));
    }
}

fn tell_part(statement: &Statement, number: usize, part: &Part, answer: &mut Map<String, Value>) {
    tell(&part.progress, answer);
    answer.insert("Id".to_owned(), json!(format!("{}:{number}", statement.id)));
    answer.insert("CreatedAt".to_owned(), seconds(statement.created));
    let text = number.checked_sub(1).and_then(|at| statement.submission.texts.get(at));
    answer.insert("QueryString".to_owned(), json!(text));
    answer.insert("HasResultSet".to_owned(), json!(has_result(part)));
    answer.insert("ResultRows".to_owned(), json!(rows(part)));
    let size = part.outcome.as_ref().filter(|outcome| !outcome.columns.is_empty()).map(size);
    let size = size.and_then(|size| i64::try_from(size).ok());
    answer.insert("ResultSize".to_owned(), json!(size.unwrap_or(-1)));
}

fn place(statement: &Statement, answer: &mut Map<String, Value>) {
    let place = &statement.submission.place;
    let told = [
        ("Database", &place.database),
        ("WorkgroupName", &place.workgroup),
        ("ClusterIdentifier", &place.cluster),
        ("SecretArn", &place.secret_arn),
        ("DbUser", &place.db_user),
        ("SessionId", &statement.submission.session),
    ];
    for (name, value) in told {
        if let Some(value) = value {
            answer.insert(name.to_owned(), json!(value));
        }
    }
}

fn has_result(part: &Part) -> bool {
    part.outcome.as_ref().is_some_and(|outcome| !outcome.columns.is_empty())
}

/// Rows of the result, or else rows changed; -1 for neither. Of a COPY too: what AWS tells there is
/// not known, and nobody may rely on it.
fn rows(part: &Part) -> i64 {
    let outcome = part.outcome.as_ref();
    let rows = outcome.and_then(|outcome| {
        if outcome.columns.is_empty() { outcome.affected } else { Some(outcome.rows.len() as u64) }
    });
    rows.and_then(|rows| i64::try_from(rows).ok()).unwrap_or(-1)
}

fn size(outcome: &Outcome) -> usize {
    outcome.rows.iter().flatten().map(Cell::bytes).sum()
}

fn field(cell: &Cell) -> Value {
    match cell {
        Cell::Null => json!({ "isNull": true }),
        Cell::Boolean(value) => json!({ "booleanValue": value }),
        Cell::Long(value) => json!({ "longValue": value }),
        Cell::Double(value) => json!({ "doubleValue": value }),
        Cell::Text(value) => json!({ "stringValue": value }),
    }
}

/// An instant as the protocol has it: seconds since 1970.
fn seconds(at: OffsetDateTime) -> Value {
    let whole = Duration::from_secs(u64::try_from(at.unix_timestamp()).unwrap_or(0));
    json!((whole + Duration::from_millis(at.millisecond().into())).as_secs_f64())
}
