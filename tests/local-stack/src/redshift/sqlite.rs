//! The embedded storage: one `SQLite` file.
//!
//! Durability is not asked for (the file belongs to a test or a demo), speed is.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, params_from_iter};

use super::error::Error;
use super::schema::Column;
use super::storage::{Answer, Canceller, Cell, Outcome, Storage, changes_rows, column_of};
use super::tokens::words;
use super::value::Value;

/// How long one connection waits for another to end its transaction.
const LOCK_WAIT: Duration = Duration::from_mins(1);

#[derive(Debug)]
pub(super) struct Sqlite {
    connection: Connection,
    file: PathBuf,
}

impl Sqlite {
    pub(super) fn open(file: &Path) -> Result<Self, Error> {
        let connection = Connection::open(file).map_err(|error| {
            Error::ConnectionFailed(format!("{} cannot be opened: {error}", file.display()))
        })?;
        connection.busy_timeout(LOCK_WAIT)?;
        connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;")?;
        Ok(Self { connection, file: file.to_owned() })
    }

    /// Neither this file nor one that is attached to it can be changed.
    pub(super) fn open_read_only(file: &Path) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags).map_err(|error| {
            Error::ConnectionFailed(format!("{} cannot be opened: {error}", file.display()))
        })?;
        connection.execute_batch("PRAGMA query_only = ON;")?;
        Ok(Self { connection, file: file.to_owned() })
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

    fn append(
        &mut self,
        table: &str,
        columns: &[String],
        rows: &[Vec<Value>],
    ) -> Result<(), Error> {
        let places = vec!["?"; columns.len()].join(",");
        let insert = format!("INSERT INTO {table} ({}) VALUES ({places})", columns.join(","));
        let mut insert = self.connection.prepare(&insert)?;
        for row in rows {
            insert.execute(params_from_iter(row))?;
        }
        Ok(())
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

    fn run(&mut self, sql: &str) -> Result<Outcome, Error> {
        let mut statement = self.connection.prepare(sql)?;
        let declared: Vec<(String, String)> = statement
            .columns()
            .map(|column| {
                let kind = column.decl_type().unwrap_or_default().to_ascii_uppercase();
                (column.name().to_owned(), kind)
            })
            .collect();
        if declared.is_empty() {
            let changed = statement.execute([])?;
            let affected = changes_rows(sql).then_some(changed as u64);
            return Ok(Outcome { affected, ..Outcome::default() });
        }
        let mut outcome = Outcome::default();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let cells = declared.iter().enumerate();
            let cells = cells.map(|(at, (_, kind))| Ok(cell_of(row.get_ref(at)?, kind)));
            outcome.rows.push(cells.collect::<Result<_, rusqlite::Error>>()?);
        }
        if divides_a_number(sql) && outcome.rows.iter().any(|row| row.first() == Some(&Cell::Null))
        {
            return Err(Error::Database("ERROR: division by zero".to_owned()));
        }
        let first = outcome.rows.first();
        let kinds = declared.into_iter().enumerate().map(|(at, (name, declared))| {
            let kind = type_name(&declared, first.and_then(|row| row.get(at)));
            (name, kind.to_owned())
        });
        outcome.columns = kinds.collect();
        Ok(outcome)
    }

    fn columns(&mut self, table: &str) -> Result<Vec<Column>, Error> {
        let table = table.replace('\'', "''");
        let sql = format!("SELECT name, type, \"notnull\" FROM pragma_table_info('{table}')");
        self.query(&sql)?.rows.iter().map(|row| column_of(row)).collect()
    }

    fn begin(&mut self) -> Result<(), Error> {
        // With the right to write from the start: two that read first would wait for each other.
        self.execute("BEGIN IMMEDIATE")
    }

    fn commit(&mut self) -> Result<(), Error> {
        self.execute("COMMIT")
    }

    fn rollback(&mut self) -> Result<(), Error> {
        if self.connection.is_autocommit() { Ok(()) } else { self.execute("ROLLBACK") }
    }

    fn connect(&self) -> Result<Box<dyn Storage>, Error> {
        if self.file == Path::new(":memory:") {
            let what = "an embedded database in memory has one connection only";
            return Err(Error::ConnectionFailed(what.to_owned()));
        }
        Ok(Box::new(Self::open(&self.file)?))
    }

    fn canceller(&mut self) -> Result<Canceller, Error> {
        let handle = self.connection.get_interrupt_handle();
        Ok(Box::new(move || handle.interrupt()))
    }
}

/// Whether a query begins by dividing a number. `SQLite` answers NULL for a division by zero, where
/// Redshift fails: that is what a guard against loading twice relies on.
fn divides_a_number(sql: &str) -> bool {
    let words = words(sql);
    matches!(words.as_slice(), [select, number, divided, ..]
        if select.is("SELECT") && number.text.parse::<i64>().is_ok() && divided.is("/"))
}

fn cell_of(value: ValueRef<'_>, declared: &str) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) if declared == "BOOLEAN" => Cell::Boolean(number != 0),
        ValueRef::Integer(number) => Cell::Long(number),
        ValueRef::Real(number) => Cell::Double(number),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            Cell::Text(String::from_utf8_lossy(bytes).into_owned())
        }
    }
}

/// Redshift's name of a type, by the declaration of a column or else by its first value.
fn type_name(declared: &str, first: Option<&Cell>) -> &'static str {
    match (declared.split('(').next().unwrap_or_default(), first) {
        ("BOOLEAN", _) => "bool",
        ("SMALLINT", _) => "int2",
        ("INTEGER", _) => "int4",
        ("TIMESTAMP", _) => "timestamp",
        ("DECIMAL", _) => "numeric",
        ("BIGINT", _) | ("", Some(Cell::Long(_))) => "int8",
        ("", Some(Cell::Double(_))) => "float8",
        _ => "varchar",
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
