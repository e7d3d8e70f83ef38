//! A definition as it is written.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct StateMachine<S> {
    #[serde(rename = "Comment")]
    _comment: Option<String>,
    /// Of an inner one; checked, and then of no further use.
    pub(super) processor_config: Option<ProcessorConfig>,
    pub(super) start_at: String,
    pub(super) states: BTreeMap<String, S>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ProcessorConfig {
    pub(super) mode: String,
    pub(super) execution_type: String,
}

/// A state of the machine itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "Type")]
pub(super) enum State {
    Choice(Choice),
    Map(Box<MapState>),
}

/// Where to go by what the input has.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Choice {
    pub(super) choices: Vec<Rule>,
    pub(super) default: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) variable: String,
    pub(super) is_present: bool,
    pub(super) next: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct MapState {
    #[serde(rename = "Label")]
    _label: Option<String>,
    pub(super) max_concurrency: Option<usize>,
    pub(super) max_concurrency_path: Option<String>,
    #[serde(default)]
    pub(super) tolerated_failure_percentage: u8,
    pub(super) item_reader: ItemReader,
    pub(super) item_selector: Option<Map<String, Value>>,
    pub(super) item_batcher: Option<ItemBatcher>,
    pub(super) item_processor: StateMachine<TaskState>,
    pub(super) result_writer: Option<Integration>,
    pub(super) end: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct TaskState {
    #[serde(rename = "Type")]
    pub(super) kind: String,
    pub(super) resource: String,
    pub(super) parameters: Map<String, Value>,
    #[serde(default)]
    pub(super) retry: Vec<Retry>,
    pub(super) end: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ItemReader {
    pub(super) resource: String,
    pub(super) reader_config: Option<ReaderConfig>,
    pub(super) parameters: Map<String, Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ReaderConfig {
    pub(super) input_type: String,
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
