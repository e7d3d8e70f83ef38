//! The definition of a state machine that is one Distributed Map of one Lambda task.
//!
//! What is not known here is an error and not ignored: a field that another emulator passes over
//! in silence (`ItemBatcher`, for one) is one that nobody tested.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::Error;

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct StateMachine<S> {
    #[serde(rename = "Comment")]
    _comment: Option<String>,
    /// Of an inner one; checked, and then of no further use.
    processor_config: Option<ProcessorConfig>,
    start_at: String,
    states: BTreeMap<String, S>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ProcessorConfig {
    mode: String,
    execution_type: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct MapState {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(rename = "Label")]
    _label: Option<String>,
    max_concurrency: Option<usize>,
    max_concurrency_path: Option<String>,
    #[serde(default)]
    tolerated_failure_percentage: u8,
    item_reader: Integration,
    item_selector: Option<Map<String, Value>>,
    item_batcher: Option<ItemBatcher>,
    item_processor: StateMachine<TaskState>,
    result_writer: Option<Integration>,
    end: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TaskState {
    #[serde(rename = "Type")]
    kind: String,
    resource: String,
    parameters: Map<String, Value>,
    #[serde(default)]
    retry: Vec<Retry>,
    end: bool,
}

/// A service that is called, and with what.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Integration {
    pub(super) resource: String,
    pub(super) parameters: Map<String, Value>,
}

/// How items are put together.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ItemBatcher {
    pub(super) max_items_per_batch: usize,
    pub(super) batch_input: Option<Map<String, Value>>,
}

/// Which errors are tried again, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Retry {
    pub(super) error_equals: Vec<String>,
    pub(super) interval_seconds: f64,
    pub(super) max_attempts: u32,
    #[serde(default = "backoff_rate")]
    pub(super) backoff_rate: f64,
    #[serde(rename = "JitterStrategy")]
    _jitter_strategy: Option<String>,
}

/// Step Functions' default.
fn backoff_rate() -> f64 {
    2.0
}

/// A Distributed Map: what is read, how it is selected and put together, and what is called.
#[derive(Clone, Debug)]
pub struct Definition {
    pub(super) max_concurrency: Option<usize>,
    pub(super) max_concurrency_path: Option<String>,
    pub(super) tolerated_failure_percentage: u8,
    pub(super) reader: Integration,
    pub(super) selector: Option<Map<String, Value>>,
    pub(super) batcher: Option<ItemBatcher>,
    pub(super) task: Map<String, Value>,
    pub(super) retry: Vec<Retry>,
    pub(super) writer: Option<Integration>,
}

impl Definition {
    /// Reads a definition; `names` fills the placeholders (`${function}`) of a template.
    ///
    /// # Errors
    /// When it is not one Distributed Map of one Lambda task, or says what is not known here.
    pub fn read(template: &str, names: &[(&str, &str)]) -> Result<Self, Error> {
        let filled = names.iter().fold(template.to_owned(), |text, (name, value)| {
            text.replace(&format!("${{{name}}}"), value)
        });
        let read = serde_json::from_str(&filled);
        let machine: StateMachine<MapState> =
            read.map_err(|error| Error::Definition(error.to_string()))?;
        let wrong = |what: &str| Err(Error::Definition(what.to_owned()));
        let map = only_state(machine)?;
        let config = map.item_processor.processor_config.as_ref();
        let is_distributed = config.is_some_and(|config| {
            config.mode == "DISTRIBUTED"
                && ["STANDARD", "EXPRESS"].contains(&config.execution_type.as_str())
        });
        if map.kind != "Map" || !map.end || !is_distributed {
            return wrong("a Distributed Map that ends the machine is expected");
        }
        if !map.item_reader.resource.ends_with(":states:::s3:listObjectsV2") {
            return wrong("only the ItemReader s3:listObjectsV2 is served");
        }
        let writer = map.result_writer;
        if writer.as_ref().is_some_and(|one| !one.resource.ends_with(":states:::s3:putObject")) {
            return wrong("only the ResultWriter s3:putObject is served");
        }
        let task = only_state(map.item_processor)?;
        if task.kind != "Task" || !task.end || !task.resource.ends_with(":states:::lambda:invoke") {
            return wrong("a task lambda:invoke that ends the item's machine is expected");
        }
        if map.item_batcher.as_ref().is_some_and(|batcher| batcher.max_items_per_batch == 0) {
            return wrong("MaxItemsPerBatch must be at least 1");
        }
        Ok(Self {
            max_concurrency: map.max_concurrency,
            max_concurrency_path: map.max_concurrency_path,
            tolerated_failure_percentage: map.tolerated_failure_percentage,
            reader: map.item_reader,
            selector: map.item_selector,
            batcher: map.item_batcher,
            task: task.parameters,
            retry: task.retry,
            writer,
        })
    }
}

fn only_state<S>(mut machine: StateMachine<S>) -> Result<S, Error> {
    let state = machine.states.remove(&machine.start_at);
    match state {
        Some(state) if machine.states.is_empty() => Ok(state),
        _ => Err(Error::Definition(format!("{} must be the only state", machine.start_at))),
    }
}
