//! What Redshift refuses, by its own names and Firehose's.

/// Why the warehouse could not do what was asked, by Firehose's names for such failures.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The database cannot be reached.
    #[error("Redshift.ConnectionFailed: {0}")]
    ConnectionFailed(String),
    /// COPY names a table that is not there.
    #[error("Redshift.TableNotFound: {0}")]
    TableNotFound(String),
    /// COPY names a column that is not there.
    #[error("Redshift.ColumnNotFound: {0}")]
    ColumnNotFound(String),
    /// COPY has an option that does not fit.
    #[error("Redshift.IncorrectCopyOptions: {0}")]
    IncorrectCopyOptions(String),
    /// COPY names a file that is not there.
    #[error("Redshift.MissingS3File: {0}")]
    MissingFile(String),
    /// A row does not load.
    #[error("Redshift.DataLoadFailed: {0}")]
    DataLoadFailed(Box<LoadError>),
    /// The DDL is not understood.
    #[error("the DDL: {0}")]
    Ddl(String),
    /// A statement failed.
    #[error("the database: {0}")]
    Database(String),
}

/// Why a row was refused, with the columns of `SYS_LOAD_ERROR_DETAIL`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{file_name} line {line_number}, column {column_name} ({column_type}): {error_code} {error_message}"
)]
pub struct LoadError {
    /// The file.
    pub file_name: String,
    /// The last line of the object.
    pub line_number: u64,
    /// The column, empty when the row itself is wrong.
    pub column_name: String,
    /// Its type.
    pub column_type: String,
    /// Redshift's number of the error.
    pub error_code: u16,
    /// Its words.
    pub error_message: String,
}
