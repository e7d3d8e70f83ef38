//! A run of a map.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::Client;
use bytes::Bytes;
use futures::StreamExt;
use futures::stream;
use serde_json::{Value, json};

use super::definition::{Definition, DistributedMap};
use super::error::Error;
use super::reader::items;
use super::shape::Integration;
use super::template::{fill, find};
use crate::lambda::{Failure, Function};

/// Bytes of an execution's input.
const INPUT_BYTES_MAX: usize = 256 * 1024;
/// Executions at the same time where the definition sets no bound.
const CONCURRENCY_MAX: usize = 10_000;

/// A definition with the services that it calls.
#[derive(Debug)]
pub struct MapRun {
    definition: Definition,
    s3: Client,
    function: Arc<Function>,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Whether no more failed than is tolerated.
    pub succeeded: bool,
    /// Objects that were listed.
    pub items: usize,
    /// Executions, each of a batch, that succeeded: what the function answered.
    pub answers: Vec<Value>,
    /// Executions that failed: the error's name and words.
    pub failures: Vec<(String, String)>,
    /// The key of the manifest of the results, where they are written.
    pub manifest: Option<String>,
}

impl MapRun {
    /// A definition that reads an S3 and invokes a function.
    #[must_use]
    pub fn new(definition: Definition, s3: Client, function: Arc<Function>) -> Self {
        Self { definition, s3, function }
    }

    /// Runs it on an input.
    ///
    /// # Errors
    /// When the objects cannot be listed, a path leads nowhere, or the results cannot be written.
    /// That executions fail is no error but told in the report.
    pub async fn run(&self, input: &Value) -> Result<Report, Error> {
        let map = self.definition.map_for(input)?;
        let concurrency = concurrency(map, input)?;
        let objects = items(&self.s3, &map.reader, input).await?;
        let items = objects.len();
        let inputs = inputs(map, input, objects)?;
        let executions = stream::iter(inputs).map(|input| self.execute(map, input));
        let ended: Vec<_> = executions.buffer_unordered(concurrency).collect().await;
        let executed = ended.len();
        let (mut answers, mut failures) = (Vec::new(), Vec::new());
        for end in ended {
            match end {
                Ok(answer) => answers.push(answer),
                Err(failure) => failures.push(failure),
            }
        }
        let tolerated = usize::from(map.tolerated_failure_percentage);
        let succeeded = failures.len() * 100 <= tolerated * executed;
        let manifest = self.write_results(map, input, &answers, &failures).await?;
        Ok(Report { succeeded, items, answers, failures, manifest })
    }

    /// One execution: the function, tried again where the definition says so.
    async fn execute(&self, map: &DistributedMap, input: Value) -> Result<Value, (String, String)> {
        let size = input.to_string().len();
        if size > INPUT_BYTES_MAX {
            let what = format!("the input of an execution has {size} bytes");
            return Err(("States.DataLimitExceeded".to_owned(), what));
        }
        let parameters = fill(&map.task, &input, &Value::Null)
            .map_err(|error| ("States.ParameterPathFailure".to_owned(), error.to_string()))?;
        let name = parameters.get("FunctionName").and_then(Value::as_str).unwrap_or_default();
        // By its name or by its ARN.
        if name.rsplit(':').next() != Some(self.function.settings().name.as_str()) {
            let what = format!("there is no function {name}");
            return Err(("Lambda.ResourceNotFoundException".to_owned(), what));
        }
        let payload = parameters.get("Payload").unwrap_or(&Value::Null).to_string();
        let mut attempts = 0;
        loop {
            let outcome = self.function.invoke(Bytes::from(payload.clone())).await;
            let (name, words) = match outcome.result {
                Ok(answer) => return Ok(serde_json::from_slice(&answer).unwrap_or(Value::Null)),
                Err(failure) => named(&failure),
            };
            let retry = map.retry.iter().find(|retry| {
                let is_it = |one: &String| *one == name || one == "States.ALL";
                retry.error_equals.iter().any(is_it) && attempts < retry.max_attempts
            });
            let Some(retry) = retry else { return Err((name, words)) };
            let grown = retry.backoff_rate.powi(i32::try_from(attempts).unwrap_or(i32::MAX));
            tokio::time::sleep(Duration::from_secs_f64(retry.interval_seconds * grown)).await;
            attempts += 1;
        }
    }

    /// Writes the results as Step Functions does: a manifest, and a file of each kind.
    async fn write_results(
        &self,
        map: &DistributedMap,
        input: &Value,
        answers: &[Value],
        failures: &[(String, String)],
    ) -> Result<Option<String>, Error> {
        let Some(Integration { parameters, .. }) = &map.writer else {
            return Ok(None);
        };
        let parameters = fill(parameters, input, &Value::Null)?;
        let text = |name: &str| parameters.get(name).and_then(Value::as_str).unwrap_or_default();
        let (bucket, folder) =
            (text("Bucket"), format!("{}/{}", text("Prefix"), uuid::Uuid::new_v4()));
        let failed = failures
            .iter()
            .map(|(error, cause)| json!({ "Status": "FAILED", "Error": error, "Cause": cause }));
        let done = answers.iter().map(|answer| {
            let output = json!({ "Payload": answer, "StatusCode": 200 }).to_string();
            json!({ "Status": "SUCCEEDED", "Output": output })
        });
        let kinds = [("SUCCEEDED", done.collect::<Vec<_>>()), ("FAILED", failed.collect())];
        let mut files = json!({ "PENDING": [], "SUCCEEDED": [], "FAILED": [] });
        for (kind, results) in kinds.into_iter().filter(|(_, results)| !results.is_empty()) {
            let (key, body) = (format!("{folder}/{kind}_0.json"), json!(results).to_string());
            if let Some(file) = files.get_mut(kind) {
                *file = json!([{ "Key": key, "Size": body.len() }]);
            }
            self.put(bucket, &key, body).await?;
        }
        let manifest = format!("{folder}/manifest.json");
        let body = json!({ "DestinationBucket": bucket, "ResultFiles": files });
        self.put(bucket, &manifest, body.to_string()).await?;
        Ok(Some(manifest))
    }

    async fn put(&self, bucket: &str, key: &str, body: String) -> Result<(), Error> {
        let put = self.s3.put_object().bucket(bucket).key(key).body(body.into_bytes().into());
        let done = put.send().await;
        done.map(drop).map_err(|error| Error::ResultWriter(error.into_service_error().to_string()))
    }
}

fn concurrency(map: &DistributedMap, input: &Value) -> Result<usize, Error> {
    let path = map.max_concurrency_path.as_deref();
    let given = match path.map(|path| find(path, input, &Value::Null)).transpose()? {
        Some(value) => {
            let number = value.as_u64().and_then(|number| usize::try_from(number).ok());
            let what = || Error::Runtime(format!("MaxConcurrencyPath leads to {value}"));
            Some(number.ok_or_else(what)?)
        }
        None => map.max_concurrency,
    };
    Ok(given.filter(|number| *number > 0).unwrap_or(CONCURRENCY_MAX))
}

/// The inputs of the executions: items as they are selected, in batches where that is asked.
fn inputs(map: &DistributedMap, input: &Value, objects: Vec<Value>) -> Result<Vec<Value>, Error> {
    let selected = objects.into_iter().enumerate().map(|(index, object)| {
        let Some(selector) = &map.selector else { return Ok(object) };
        let context = json!({ "Map": { "Item": { "Index": index, "Value": object } } });
        fill(selector, input, &context)
    });
    let items: Vec<Value> = selected.collect::<Result<_, _>>()?;
    let Some(batcher) = &map.batcher else { return Ok(items) };
    let shared = batcher.batch_input.as_ref();
    let shared = shared.map(|shared| fill(shared, input, &Value::Null)).transpose()?;
    let inputs = items.chunks(batcher.max_items_per_batch).map(|items| match &shared {
        Some(shared) => json!({ "BatchInput": shared, "Items": items }),
        None => json!({ "Items": items }),
    });
    Ok(inputs.collect())
}

/// A failure by the name that a state machine sees.
fn named(failure: &Failure) -> (String, String) {
    let name = match failure {
        Failure::Function { kind, .. } => kind,
        Failure::Init(_) => "Runtime.InitError",
        Failure::Exit(_) => "Runtime.ExitError",
        Failure::TimedOut(_) => "Sandbox.Timedout",
        Failure::OutOfMemory { .. } => "Runtime.OutOfMemory",
        Failure::Service(_) => "Lambda.ServiceException",
    };
    (name.to_owned(), failure.to_string())
}
