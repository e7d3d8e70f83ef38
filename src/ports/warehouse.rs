//! What is needed of the warehouse: statements in one transaction, and their results in pages.
//!
//! What an implementation does not do: make SQL, or run statements again. A call whose answer was lost
//! may have run; statements that must run once guard themselves.

use std::future::Future;

use thiserror::Error;

use super::rejection::Rejection;

/// The most statements of one transaction. Source: Amazon Redshift Management Guide, "Using the
/// Amazon Redshift Data API".
pub const STATEMENTS_MAX: usize = 40;

/// The most bytes of one statement. Source: as above.
pub const STATEMENT_BYTES_MAX: usize = 100_000;

/// Runs SQL.
pub trait Warehouse: Send + Sync + 'static {
    /// Runs statements in order as one transaction and waits for its end: all of them took effect, or
    /// none. At most [`STATEMENTS_MAX`], each of at most [`STATEMENT_BYTES_MAX`] bytes.
    ///
    /// # Errors
    /// [`WarehouseError`], by what the caller is to do about it.
    fn run(
        &self,
        statements: &[String],
    ) -> impl Future<Output = Result<Vec<Ran>, WarehouseError>> + Send;

    /// A page of a statement's result.
    ///
    /// # Errors
    /// [`WarehouseError`]; results are kept for a day.
    fn page(
        &self,
        result: &str,
        from: Option<&str>,
    ) -> impl Future<Output = Result<RowPage, WarehouseError>> + Send;
}

/// A statement that ran.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ran {
    /// The name of its result; `None` of one that gives no rows.
    pub result: Option<String>,
    /// How many rows it gave or changed, where the service tells.
    pub rows: Option<u64>,
}

/// A part of a result.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RowPage {
    /// The rows, each with a value for every column.
    pub rows: Vec<Vec<Value>>,
    /// What the next page is asked for with; `None` on the last one.
    pub next: Option<String>,
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// BOOLEAN.
    Boolean(bool),
    /// Every integer type.
    Long(i64),
    /// Floating-point numbers.
    Double(f64),
    /// Texts, and what travels as text: DECIMAL, TIMESTAMP.
    Text(String),
}

impl Value {
    /// The text, of a text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, however it travelled.
    #[must_use]
    pub fn whole(&self) -> Option<i128> {
        match self {
            Self::Long(number) => Some((*number).into()),
            Self::Text(text) => text.split('.').next()?.parse().ok(),
            _ => None,
        }
    }
}

/// Why statements did not run.
#[derive(Debug, Clone, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum WarehouseError {
    /// The transaction ended with an error, and nothing of it took effect.
    #[error("{0}")]
    Failed(String),
    /// A guard divided by zero: what was to be done was done before, and nothing took effect.
    #[error("it was done before")]
    DoneBefore,
    /// No usable response: a timeout, a broken connection, an error inside the service. The
    /// transaction may have run, or may still.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// The service says no, and will again until somebody acts.
    #[error(transparent)]
    Rejected(#[from] Rejection),
}

/// Runs statements and gives all rows of the last one.
///
/// # Errors
/// [`WarehouseError`] of the statements or of a page.
pub async fn rows_of(
    warehouse: &impl Warehouse,
    statements: &[String],
) -> Result<Vec<Vec<Value>>, WarehouseError> {
    let ran = warehouse.run(statements).await?;
    let Some(result) = ran.last().and_then(|ran| ran.result.as_deref()) else {
        return Ok(Vec::new());
    };
    let mut page = warehouse.page(result, None).await?;
    let mut rows = std::mem::take(&mut page.rows);
    while let Some(next) = page.next.take() {
        page = warehouse.page(result, Some(&next)).await?;
        rows.append(&mut page.rows);
    }
    Ok(rows)
}
