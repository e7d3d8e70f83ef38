//! The embedded storage: one `SQLite` file.
//!
//! Durability is not asked for (the file belongs to a test or a demo), speed is.

use std::path::Path;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, params_from_iter};

use super::Error;
use super::storage::{Answer, Storage};
use super::value::Value;

#[derive(Debug)]
pub(super) struct Sqlite {
    connection: Connection,
}

impl Sqlite {
    pub(super) fn open(file: &Path) -> Result<Self, Error> {
        let connection = Connection::open(file).map_err(|error| {
            Error::ConnectionFailed(format!("{} cannot be opened: {error}", file.display()))
        })?;
        connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;")?;
        Ok(Self { connection })
    }

    /// Neither this file nor one that is attached to it can be changed.
    pub(super) fn open_read_only(file: &Path) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags).map_err(|error| {
            Error::ConnectionFailed(format!("{} cannot be opened: {error}", file.display()))
        })?;
        connection.execute_batch("PRAGMA query_only = ON;")?;
        Ok(Self { connection })
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.to_string())
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Boolean(value) => ValueRef::Integer(i64::from(*value)),
        }))
    }
}

impl Storage for Sqlite {
    fn execute(&mut self, sql: &str) -> Result<(), Error> {
        Ok(self.connection.execute_batch(sql)?)
    }

    fn load(&mut self, table: &str, columns: &[String], rows: &[Vec<Value>]) -> Result<(), Error> {
        let transaction = self.connection.transaction()?;
        let places = vec!["?"; columns.len()].join(",");
        let insert = format!("INSERT INTO {table} ({}) VALUES ({places})", columns.join(","));
        let mut insert = transaction.prepare(&insert)?;
        for row in rows {
            insert.execute(params_from_iter(row))?;
        }
        drop(insert);
        Ok(transaction.commit()?)
    }

    fn query(&mut self, sql: &str) -> Result<Answer, Error> {
        let mut query = self.connection.prepare(sql)?;
        let columns: Vec<String> = query.column_names().map(str::to_owned).collect();
        let mut answer = Answer { rows: Vec::new(), columns };
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let cells = (0..answer.columns.len()).map(|at| row.get_ref(at).map(text_of));
            answer.rows.push(cells.collect::<Result<_, _>>()?);
        }
        Ok(answer)
    }
}

fn text_of(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
    }
}
