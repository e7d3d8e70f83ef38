//! The HTTP endpoint: AWS JSON 1.1, the operation in `X-Amz-Target`.
//!
//! A request must be signed for the service; the signature itself is not verified (S3's is).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer;
use super::refusal::{CONTENT_TYPE, Refusal};
use super::request::{About, List, Submit, check_wait};
use super::run::Runner;
use super::settings::Fault;
use crate::http::{Call, Handler, Reply};

/// Statements in a page of `ListStatements`.
const LIST_MAX: usize = 100;

#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) runner: Arc<Runner>,
    pub(super) faults: Mutex<VecDeque<Fault>>,
}

impl Handler for Endpoint {
    async fn handle(&self, call: Call) -> Reply {
        if !call.header("authorization").contains("/redshift-data/aws4_request") {
            let message = "Missing Authentication Token";
            return Refusal::new("MissingAuthenticationTokenException", message).into_reply();
        }
        let target = call.header("x-amz-target");
        let answer = match target.strip_prefix("RedshiftData.").unwrap_or(target) {
            "ExecuteStatement" => self.submit(&call.body, false).await,
            "BatchExecuteStatement" => self.submit(&call.body, true).await,
            "DescribeStatement" => self.describe(&call.body).await.map(Some),
            "GetStatementResult" => self.result(&call.body).await.map(Some),
            "CancelStatement" => self.cancel(&call.body).map(Some),
            "ListStatements" => self.list(&call.body).map(Some),
            other => {
                let message = format!("The operation {other} is not served by the local stack.");
                Err(Refusal::new("UnknownOperationException", message))
            }
        };
        match answer {
            Ok(Some(body)) => Reply::json(StatusCode::OK, CONTENT_TYPE, Vec::new(), &body),
            Ok(None) => Reply::HangUp,
            Err(refusal) => refusal.into_reply(),
        }
    }
}

impl Endpoint {
    /// Nothing where the connection is to be lost instead of answered.
    async fn submit(&self, body: &[u8], is_batch: bool) -> Result<Option<Value>, Refusal> {
        let submit: Submit = parse(body)?;
        let wait = submit.wait_time_seconds;
        let submission = submit.check(is_batch, &self.runner.settings)?;
        let fault = self.faults.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let (mut is_lost, mut fails) = (false, None);
        match fault {
            Some(Fault::Throttle) => {
                return Err(Refusal::new("ThrottlingException", "Rate exceeded"));
            }
            Some(Fault::Busy) => {
                let what = "Active statements exceeded the allowed quota.";
                return Err(Refusal::new("ActiveStatementsExceededException", what));
            }
            Some(Fault::Internal) => {
                return Err(Refusal::environment("InternalServerException", None));
            }
            Some(Fault::Environment) => {
                let name = if is_batch {
                    "BatchExecuteStatementException"
                } else {
                    "ExecuteStatementException"
                };
                let id = uuid::Uuid::new_v4().to_string();
                return Err(Refusal::environment(name, Some(&id)));
            }
            Some(Fault::AnswerLost) => is_lost = true,
            Some(Fault::Fails(words)) => fails = Some(words),
            None => {}
        }
        let id = self.runner.submit(submission, fails)?;
        if is_lost {
            return Ok(None);
        }
        self.wait(&id, wait).await?;
        self.runner.statements.see(&id, answer::submitted).map(Some)
    }

    async fn describe(&self, body: &[u8]) -> Result<Value, Refusal> {
        let about: About = parse(body)?;
        let (id, part) = about.id()?;
        self.wait(id, about.wait_time_seconds).await?;
        self.runner.statements.see(id, |statement| answer::described(statement, part))?
    }

    async fn result(&self, body: &[u8]) -> Result<Value, Refusal> {
        let about: About = parse(body)?;
        let (id, part) = about.id()?;
        self.wait(id, about.wait_time_seconds).await?;
        let from = match about.next_token.as_deref() {
            None => 0,
            Some(token) => {
                let from = token.strip_prefix(id).and_then(|rest| rest.strip_prefix('/'));
                let from = from.and_then(|from| from.parse().ok());
                from.ok_or_else(|| Refusal::validation("NextToken is not valid."))?
            }
        };
        let rows = self.runner.settings.page_rows;
        self.runner.statements.see(id, |statement| answer::page(statement, part, from, rows))?
    }

    fn cancel(&self, body: &[u8]) -> Result<Value, Refusal> {
        let about: About = parse(body)?;
        let (id, part) = about.id()?;
        if part.is_some() {
            let what = "A statement of a batch cannot be cancelled alone.";
            return Err(Refusal::validation(what));
        }
        self.runner.statements.cancel(id)?;
        Ok(json!({ "Status": true }))
    }

    fn list(&self, body: &[u8]) -> Result<Value, Refusal> {
        let list: List = parse(body)?;
        let prefix = list.statement_name.as_deref();
        let status = list.status.as_deref().filter(|status| *status != "ALL");
        let all = self.runner.statements.see_all(|statement| {
            let name = statement.submission.name.as_deref().unwrap_or_default();
            let named = prefix.is_none_or(|prefix| name.starts_with(prefix));
            let is_so = status.is_none_or(|status| status == statement.progress.status.name());
            (named && is_so).then(|| answer::listed(statement))
        });
        let from = list.next_token.map_or(Ok(0), |token| token.parse());
        let from: usize = from.map_err(|_| Refusal::validation("NextToken is not valid."))?;
        let rows = list.max_results.unwrap_or(LIST_MAX);
        if rows > LIST_MAX {
            return Err(Refusal::validation("MaxResults must be at most 100."));
        }
        let page: Vec<_> = all.iter().skip(from).take(rows).collect();
        let end = from + page.len();
        let mut answer = json!({ "Statements": page });
        if end < all.len()
            && let Some(answer) = answer.as_object_mut()
        {
            answer.insert("NextToken".to_owned(), json!(end.to_string()));
        }
        Ok(answer)
    }

    async fn wait(&self, id: &str, seconds: Option<u64>) -> Result<(), Refusal> {
        check_wait(seconds)?;
        let Some(seconds) = seconds else { return Ok(()) };
        self.runner.statements.wait(id, Duration::from_secs(seconds)).await
    }
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body)
        .map_err(|error| Refusal::new("SerializationException", error.to_string()))
}
