//! What a database has to do for the warehouse, and what it answers.

use super::error::Error;
use super::schema::{Column, catalogue_type};
use super::tokens::words;
use super::value::Value;

/// The rows of an answer, as text; `None` is NULL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Option<String>>>,
}

impl Answer {
    /// The only value of an answer that has only one.
    #[must_use]
    pub fn single(&self) -> Option<&str> {
        match self.rows.as_slice() {
            [row] => match row.as_slice() {
                [value] => value.as_deref(),
                _ => None,
            },
            _ => None,
        }
    }
}

/// A value of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// NULL.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Long(i64),
    /// A number with a fraction.
    Double(f64),
    /// Everything else, as text.
    Text(String),
}

impl Cell {
    /// Bytes of the value.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Null => 0,
            Self::Boolean(_) => 1,
            Self::Long(_) | Self::Double(_) => 8,
            Self::Text(text) => text.len(),
        }
    }
}

/// What a statement gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    /// The names and types of the columns; none where a statement answers nothing.
    pub(crate) columns: Vec<(String, String)>,
    /// The rows.
    pub(crate) rows: Vec<Vec<Cell>>,
    /// How many rows were inserted, updated or deleted, where the statement is about rows.
    pub(crate) affected: Option<u64>,
}

/// Ends what a connection is doing, from another thread.
pub(crate) type Canceller = Box<dyn Fn() + Send + Sync>;

/// Where rows are kept.
pub(super) trait Storage: Send + std::fmt::Debug {
    /// Runs statements that answer nothing.
    fn execute(&mut self, sql: &str) -> Result<(), Error>;
    /// Adds rows, within the transaction that the caller began.
    fn append(&mut self, table: &str, columns: &[String], rows: &[Vec<Value>])
    -> Result<(), Error>;
    /// Runs a query.
    fn query(&mut self, sql: &str) -> Result<Answer, Error>;
    /// Runs one statement of any kind.
    fn run(&mut self, sql: &str) -> Result<Outcome, Error>;
    /// The columns of a table, none where there is no such table.
    fn columns(&mut self, table: &str) -> Result<Vec<Column>, Error>;
    /// Begins a transaction.
    fn begin(&mut self) -> Result<(), Error>;
    /// Ends it, and keeps what it did.
    fn commit(&mut self) -> Result<(), Error>;
    /// Ends it as if it had never been.
    fn rollback(&mut self) -> Result<(), Error>;
    /// Another connection to the same database.
    fn connect(&self) -> Result<Box<dyn Storage>, Error>;
    /// What ends a statement of this connection while it runs.
    fn canceller(&mut self) -> Result<Canceller, Error>;
}

/// Whether the statement is one that tells how many rows it changed.
pub(super) fn changes_rows(sql: &str) -> bool {
    let first = words(sql).first().map(|word| word.text.to_ascii_uppercase());
    matches!(first.as_deref(), Some("INSERT" | "UPDATE" | "DELETE"))
}

/// A column as a catalogue has it: name, type, and whether it refuses NULL.
pub(super) fn column_of(row: &[Option<String>]) -> Result<Column, Error> {
    let [name, kind, not_null] = row else {
        return Err(Error::Database("the catalogue gave another answer".to_owned()));
    };
    let (kind, kind_sql) = catalogue_type(kind.as_deref().unwrap_or_default())?;
    Ok(Column {
        name: name.clone().unwrap_or_default(),
        kind,
        kind_sql,
        not_null: matches!(not_null.as_deref(), Some("t" | "1")),
    })
}
