//! Redshift, as far as COPY of JSON rows and the statements of this project go, and strictly.
//!
//! [`schema`] reads the DDL, [`copy`] checks every value by Redshift's rules, [`Warehouse`] keeps
//! the rows: in an embedded `SQLite` file, or in `PostgreSQL` where a URL is given. `session` is a
//! connection of a client, with transactions and COPY from S3, in Redshift's SQL. One bad row
//! fails the whole load and leaves an error record like those of `SYS_LOAD_ERROR_DETAIL`.
//! Queries run on the database underneath, so they prove the portable subset of SQL, not
//! Redshift's optimiser, distribution or types that no column here has.

pub mod copy;
mod copy_statement;
mod error;
mod postgres;
pub mod schema;
mod session;
mod shared;
pub(crate) mod source;
mod sqlite;
mod storage;
mod system_views;
pub(crate) mod tokens;
mod translate;
mod value;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use logferry::table::Dialect;

pub use copy::Copy;
pub use error::{Error, LoadError};
use schema::Schema;
pub(crate) use session::{Session, stands_alone};
use shared::Shared;
pub use source::{MembersRead, Source};
pub use storage::Answer;
use storage::Storage;
pub(crate) use storage::{Canceller, Cell, Outcome};

/// A database with the table of the DDL.
#[derive(Clone, Debug)]
pub struct Warehouse {
    shared: Arc<Shared>,
}

impl Warehouse {
    /// Opens an embedded database in a file, new or with the table already in it.
    ///
    /// # Errors
    /// When the file cannot be opened or the DDL does not run.
    pub async fn embedded(file: &Path, ddl: &str) -> Result<Self, Error> {
        let (file, ddl) = (file.to_owned(), ddl.to_owned());
        let open = move || sqlite::Sqlite::open(&file);
        blocking(move || Self::with(Box::new(open()?), Dialect::Sqlite, &ddl)).await
    }

    /// Opens an embedded database that is there, for questions only.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub async fn read_only(file: &Path, ddl: &str) -> Result<Self, Error> {
        let (file, ddl) = (file.to_owned(), ddl.to_owned());
        let open = move || {
            let storage = sqlite::Sqlite::open_read_only(&file)?;
            Ok(Self::of(Box::new(storage), Dialect::Sqlite, Schema::parse(&ddl)?))
        };
        blocking(open).await
    }

    /// Uses a schema of a `PostgreSQL` by its URL, which is emptied first, whoever filled it.
    ///
    /// # Errors
    /// When it cannot be reached or the DDL does not run.
    pub async fn postgres_anew(url: &str, schema: &str, ddl: &str) -> Result<Self, Error> {
        let (url, schema, ddl) = (url.to_owned(), schema.to_owned(), ddl.to_owned());
        let open = move || {
            let mut storage = postgres::Postgres::within(&url, &schema)?;
            storage.execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE"))?;
            storage.execute(&format!("CREATE SCHEMA {schema}"))?;
            Self::with(Box::new(storage), Dialect::Postgres, &ddl)
        };
        blocking(open).await
    }

    /// Uses a `PostgreSQL` by its URL.
    ///
    /// # Errors
    /// When it cannot be reached or the DDL does not run.
    pub async fn postgres(url: &str, ddl: &str) -> Result<Self, Error> {
        let (url, ddl) = (url.to_owned(), ddl.to_owned());
        let open = move || postgres::Postgres::new(&url);
        blocking(move || Self::with(Box::new(open()?), Dialect::Postgres, &ddl)).await
    }

    fn with(mut storage: Box<dyn Storage>, dialect: Dialect, ddl: &str) -> Result<Self, Error> {
        let schema = Schema::parse(ddl)?;
        for statement in &schema.statements {
            if let Some(statement) = dialect.translate(statement) {
                storage.execute(&statement)?;
            }
        }
        for statement in system_views::ddl(dialect) {
            storage.execute(statement)?;
        }
        Ok(Self::of(storage, dialect, schema))
    }

    fn of(storage: Box<dyn Storage>, dialect: Dialect, schema: Schema) -> Self {
        Self { shared: Arc::new(Shared::new(dialect, schema, storage)) }
    }

    /// The table and its columns.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.shared.schema
    }

    /// Makes it unreachable for a while, or reachable again.
    pub fn set_down(&self, down: bool) {
        self.shared.set_down(down);
    }

    /// Loads files, all rows or none; gives the number of rows.
    ///
    /// # Errors
    /// When the command is wrong, a row does not load, or the database fails.
    pub async fn copy(&self, command: Copy, files: Vec<(String, Bytes)>) -> Result<u64, Error> {
        let shared = Arc::clone(&self.shared);
        blocking(move || shared.copy(&command, &files)).await
    }

    /// Runs a query.
    ///
    /// # Errors
    /// When the database does not understand it.
    pub async fn query(&self, sql: &str) -> Result<Answer, Error> {
        let (shared, sql) = (Arc::clone(&self.shared), sql.to_owned());
        blocking(move || shared.lock().query(&sql)).await
    }

    /// A connection of a client; blocks.
    pub(crate) fn session(&self, source: Source) -> Result<Session, Error> {
        Session::open(Arc::clone(&self.shared), source)
    }

    /// The error records so far, as `SYS_LOAD_ERROR_DETAIL` would show them.
    #[must_use]
    pub fn load_errors(&self) -> Vec<LoadError> {
        self.shared.load_errors()
    }
}

/// Runs what blocks on a thread of its own; databases here are synchronous.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(lost) => Err(Error::Database(lost.to_string())),
    }
}
