//! What the binaries and the Terraform module agree on, as one file: `infra/contract.json`.
//!
//! Made of the tables that the code itself works with, so that the module cannot name a column, a
//! statement, a variable or a metric that does not exist. `tests/integration/golden.rs` keeps the file equal to
//! them. What it does not do: decide anything.

use serde::Serialize;

use crate::row::{COLUMNS, ColumnType, LOADED_AT};
use crate::table::{Kind, statements};

use super::metrics::{DIMENSION, METRICS};
use super::variables::VARIABLES;

/// Raised when a reader of the file as it was would misread it as it is.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Contract {
    version: u32,
    columns: Vec<Column>,
    /// In an order in which they run.
    sql: Vec<Statement>,
    variables: Vec<Variable>,
    metrics: Vec<Metric>,
}

#[derive(Serialize)]
struct Column {
    name: &'static str,
    #[serde(rename = "type")]
    sql_type: String,
    /// Bytes, of a text.
    width: Option<usize>,
    /// Whether rows carry it; the others are filled in by their defaults.
    in_row: bool,
    meaning: &'static str,
}

#[derive(Serialize)]
struct Statement {
    name: &'static str,
    /// `table`, `view` or `procedure`.
    kind: &'static str,
    about: &'static str,
    sql: String,
}

#[derive(Serialize)]
struct Variable {
    name: &'static str,
    required: bool,
    default: Option<String>,
    least: Option<u128>,
    most: Option<u128>,
    meaning: &'static str,
}

#[derive(Serialize)]
struct Metric {
    name: &'static str,
    unit: &'static str,
    dimension: &'static str,
    meaning: &'static str,
}

/// The contract as JSON, for `infra/contract.json`.
///
/// # Errors
/// None that these tables can cause; what `serde_json` says is passed on.
pub fn contract() -> Result<String, serde_json::Error> {
    let contract = Contract {
        version: VERSION,
        columns: columns(),
        sql: statements()
            .into_iter()
            .map(|statement| Statement {
                name: statement.name,
                kind: match statement.kind {
                    Kind::Table => "table",
                    Kind::View => "view",
                    Kind::Procedure => "procedure",
                },
                about: statement.about,
                sql: statement.sql,
            })
            .collect(),
        variables: VARIABLES
            .iter()
            .map(|variable| Variable {
                name: variable.name,
                required: variable.required(),
                default: variable.default(),
                least: variable.range().map(|(least, _)| least),
                most: variable.range().map(|(_, most)| most),
                meaning: variable.meaning,
            })
            .collect(),
        metrics: METRICS
            .iter()
            .map(|metric| Metric {
                name: metric.name,
                unit: metric.unit,
                dimension: DIMENSION,
                meaning: metric.doc,
            })
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&contract)?;
    text.push('\n');
    Ok(text)
}

fn columns() -> Vec<Column> {
    let carried = COLUMNS.iter().map(|column| Column {
        name: column.name,
        sql_type: column.column_type.sql(),
        width: match column.column_type {
            ColumnType::Text(width) => Some(width),
            _ => None,
        },
        in_row: true,
        meaning: column.meaning,
    });
    let (name, sql_type, meaning) = LOADED_AT;
    let loaded_at = Column { name, sql_type: sql_type.into(), width: None, in_row: false, meaning };
    carried.chain([loaded_at]).collect()
}
