//! The definition of a state machine of Distributed Maps of one Lambda task each, and a choice between
//! them by the execution's input.
//!
//! What is not known here is an error and not ignored: a field that another emulator passes over
//! in silence (`ItemBatcher`, for one) is one that nobody tested.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::error::Error;
use super::shape::{
    Choice, Integration, ItemBatcher, ItemReader, MapState, Retry, Rule, State, StateMachine,
};
use super::template::find;

/// Where items come from, and with what parameters they are asked for.
#[derive(Clone, Debug)]
pub(super) enum Reader {
    /// `s3:listObjectsV2`: the objects below a prefix.
    Objects(Map<String, Value>),
    /// `s3:getObject` of a manifest: the lines of an S3 inventory.
    Inventory(Map<String, Value>),
}

/// A Distributed Map: what is read, how it is selected and put together, and what is called.
#[derive(Clone, Debug)]
pub(super) struct DistributedMap {
    pub(super) max_concurrency: Option<usize>,
    pub(super) max_concurrency_path: Option<String>,
    pub(super) tolerated_failure_percentage: u8,
    pub(super) reader: Reader,
    pub(super) selector: Option<Map<String, Value>>,
    pub(super) batcher: Option<ItemBatcher>,
    pub(super) task: Map<String, Value>,
    pub(super) retry: Vec<Retry>,
    pub(super) writer: Option<Integration>,
}

/// A state machine whose input chooses the Distributed Map that runs.
#[derive(Clone, Debug)]
pub struct Definition {
    start_at: String,
    choices: BTreeMap<String, Choice>,
    maps: BTreeMap<String, DistributedMap>,
}

impl Definition {
    /// Reads a definition; `names` fills the placeholders (`${function}`) of a template.
    ///
    /// # Errors
    /// When it is not Distributed Maps of one Lambda task and choices between them, or says what is
    /// not known here.
    pub fn read(template: &str, names: &[(&str, &str)]) -> Result<Self, Error> {
        let filled = names.iter().fold(template.to_owned(), |text, (name, value)| {
            text.replace(&format!("${{{name}}}"), value)
        });
        let read = serde_json::from_str(&filled);
        let machine: StateMachine<State> =
            read.map_err(|error| Error::Definition(error.to_string()))?;
        let (mut choices, mut maps) = (BTreeMap::new(), BTreeMap::new());
        for (name, state) in machine.states {
            match state {
                State::Choice(choice) => drop(choices.insert(name, choice)),
                State::Map(map) => drop(maps.insert(name, distributed(*map)?)),
            }
        }
        let exists = |name: &String| maps.contains_key(name) || choices.contains_key(name);
        let followed = choices.values().flat_map(|choice: &Choice| {
            choice.choices.iter().map(|rule| &rule.next).chain([&choice.default])
        });
        if let Some(missing) = followed.chain([&machine.start_at]).find(|name| !exists(name)) {
            return wrong(&format!("there is no state {missing}"));
        }
        Ok(Self { start_at: machine.start_at, choices, maps })
    }

    /// The map that runs with an input.
    pub(super) fn map_for(&self, input: &Value) -> Result<&DistributedMap, Error> {
        let mut name = &self.start_at;
        // Choices that lead to each other in a circle end here, and in AWS after a year.
        for _ in 0..=self.choices.len() {
            if let Some(map) = self.maps.get(name) {
                return Ok(map);
            }
            let Some(choice) = self.choices.get(name) else { break };
            let is_met =
                |rule: &&Rule| find(&rule.variable, input, &Value::Null).is_ok() == rule.is_present;
            name = choice.choices.iter().find(is_met).map_or(&choice.default, |rule| &rule.next);
        }
        wrong(&format!("{name} leads to no map"))
    }
}

fn distributed(map: MapState) -> Result<DistributedMap, Error> {
    let config = map.item_processor.processor_config.as_ref();
    let is_distributed = config.is_some_and(|config| {
        config.mode == "DISTRIBUTED"
            && ["STANDARD", "EXPRESS"].contains(&config.execution_type.as_str())
    });
    if !map.end || !is_distributed {
        return wrong("a Distributed Map that ends the machine is expected");
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
    Ok(DistributedMap {
        max_concurrency: map.max_concurrency,
        max_concurrency_path: map.max_concurrency_path,
        tolerated_failure_percentage: map.tolerated_failure_percentage,
        reader: reader(map.item_reader)?,
        selector: map.item_selector,
        batcher: map.item_batcher,
        task: task.parameters,
        retry: task.retry,
        writer,
    })
}

fn reader(reader: ItemReader) -> Result<Reader, Error> {
    let ItemReader { resource, reader_config, parameters } = reader;
    let input_type = reader_config.as_ref().map(|config| config.input_type.as_str());
    match (resource.rsplit(":states:::").next(), input_type) {
        (Some("s3:listObjectsV2"), None) => Ok(Reader::Objects(parameters)),
        (Some("s3:getObject"), Some("MANIFEST")) => Ok(Reader::Inventory(parameters)),
        _ => {
            wrong("only the ItemReaders s3:listObjectsV2 and s3:getObject of a MANIFEST are served")
        }
    }
}

fn only_state<S>(mut machine: StateMachine<S>) -> Result<S, Error> {
    let state = machine.states.remove(&machine.start_at);
    match state {
        Some(state) if machine.states.is_empty() => Ok(state),
        _ => wrong(&format!("{} must be the only state", machine.start_at)),
    }
}

fn wrong<T>(what: &str) -> Result<T, Error> {
    Err(Error::Definition(what.to_owned()))
}
