//! What a database has to do for the warehouse, and what it answers.

use super::Error;
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

/// Where rows are kept.
pub(super) trait Storage: Send + std::fmt::Debug {
    /// Runs statements that answer nothing.
    fn execute(&mut self, sql: &str) -> Result<(), Error>;
    /// Adds rows in one transaction.
    fn load(&mut self, table: &str, columns: &[String], rows: &[Vec<Value>]) -> Result<(), Error>;
    /// Runs a query.
    fn query(&mut self, sql: &str) -> Result<Answer, Error>;
}
