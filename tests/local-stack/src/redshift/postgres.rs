//! `PostgreSQL` as the storage, where a URL is given.
//!
//! A connection is made when it is needed and made anew after it broke, so that a server that was
//! away for a while is an error of the loads in between and of nothing else.

use std::io::Write;

use ::postgres::{Client, NoTls, SimpleQueryMessage};

use super::error::Error;
use super::schema::Column;
use super::storage::{Answer, Canceller, Cell, Outcome, Storage, changes_rows, column_of};
use super::value::Value;

pub(super) struct Postgres {
    url: String,
    /// Where names without a schema are looked for; the server's own choice where there is none.
    schema: Option<String>,
    client: Option<Client>,
    /// Whether one was begun: a connection made anew has lost it.
    is_in_transaction: bool,
}

impl Drop for Postgres {
    /// A client waits for its end on a runtime of its own, which no thread of another runtime may.
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            std::thread::spawn(move || drop(client)).join().unwrap_or_default();
        }
    }
}

impl std::fmt::Debug for Postgres {
    // The URL may hold a password.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Postgres").finish_non_exhaustive()
    }
}

impl Postgres {
    pub(super) fn new(url: &str) -> Result<Self, Error> {
        Self::open(url, None)
    }

    /// The same with every name in a schema.
    pub(super) fn within(url: &str, schema: &str) -> Result<Self, Error> {
        Self::open(url, Some(schema.to_owned()))
    }

    fn open(url: &str, schema: Option<String>) -> Result<Self, Error> {
        let url = url.to_owned();
        let mut postgres = Self { url, schema, client: None, is_in_transaction: false };
        postgres.client()?;
        Ok(postgres)
    }

    fn client(&mut self) -> Result<&mut Client, Error> {
        let client = match self.client.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None if self.is_in_transaction => {
                let what = "PostgreSQL went away, and with it the transaction";
                return Err(Error::ConnectionFailed(what.to_owned()));
            }
            None => connect(&self.url, self.schema.as_deref()).map_err(|error| {
                Error::ConnectionFailed(format!("PostgreSQL: {}", with_sources(&error)))
            })?,
        };
        Ok(self.client.insert(client))
    }
}

fn connect(url: &str, schema: Option<&str>) -> Result<Client, ::postgres::Error> {
    let mut client = Client::connect(url, NoTls)?;
    // As in Redshift a backslash in a literal escapes.
    client
        .batch_execute("SET standard_conforming_strings = off; SET escape_string_warning = off")?;
    if let Some(schema) = schema {
        client.batch_execute(&format!("SET search_path = {schema}"))?;
    }
    Ok(client)
}

fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

impl From<::postgres::Error> for Error {
    fn from(error: ::postgres::Error) -> Self {
        if error.is_closed() {
            Self::ConnectionFailed(with_sources(&error))
        } else {
            Self::Database(with_sources(&error))
        }
    }
}

impl Storage for Postgres {
    fn execute(&mut self, sql: &str) -> Result<(), Error> {
        Ok(self.client()?.batch_execute(sql)?)
    }

    fn append(
        &mut self,
        table: &str,
        columns: &[String],
        rows: &[Vec<Value>],
    ) -> Result<(), Error> {
        let copy = format!("COPY {table} ({}) FROM STDIN", columns.join(","));
        let mut writer = self.client()?.copy_in(&copy)?;
        let mut line = Vec::new();
        for row in rows {
            line.clear();
            for (at, value) in row.iter().enumerate() {
                if at > 0 {
                    line.push(b'\t');
                }
                append(&mut line, value);
            }
            line.push(b'\n');
            writer.write_all(&line).map_err(|error| Error::ConnectionFailed(error.to_string()))?;
        }
        writer.finish()?;
        Ok(())
    }

    fn query(&mut self, sql: &str) -> Result<Answer, Error> {
        let mut answer = Answer::default();
        for message in self.client()?.simple_query(sql)? {
            if let SimpleQueryMessage::Row(row) = message {
                let names = row.columns().iter().map(|column| column.name().to_owned());
                answer.columns = names.collect();
                let cells = (0..row.len()).map(|at| row.get(at).map(str::to_owned));
                answer.rows.push(cells.collect());
            }
        }
        Ok(answer)
    }

    fn run(&mut self, sql: &str) -> Result<Outcome, Error> {
        let client = self.client()?;
        // The types come from here, the values as text from the statement itself.
        let prepared = client.prepare(sql)?;
        let columns: Vec<(String, String)> = prepared
            .columns()
            .iter()
            .map(|column| (column.name().to_owned(), column.type_().name().to_owned()))
            .collect();
        let mut outcome = Outcome::default();
        for message in client.simple_query(sql)? {
            match message {
                SimpleQueryMessage::Row(row) => {
                    let kinds = columns.iter().enumerate();
                    let cells = kinds.map(|(at, (_, kind))| cell_of(row.get(at), kind));
                    outcome.rows.push(cells.collect());
                }
                SimpleQueryMessage::CommandComplete(rows) => {
                    outcome.affected = changes_rows(sql).then_some(rows);
                }
                _ => {}
            }
        }
        outcome.columns = columns;
        Ok(outcome)
    }

    fn columns(&mut self, table: &str) -> Result<Vec<Column>, Error> {
        let table = table.replace('\\', "\\\\").replace('\'', "''");
        let sql = format!(
            "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute
             WHERE attrelid = to_regclass('{table}') AND attnum > 0 AND NOT attisdropped
             ORDER BY attnum"
        );
        self.query(&sql)?.rows.iter().map(|row| column_of(row)).collect()
    }

    fn begin(&mut self) -> Result<(), Error> {
        self.execute("BEGIN")?;
        self.is_in_transaction = true;
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Error> {
        let ended = self.execute("COMMIT");
        self.is_in_transaction = false;
        ended
    }

    fn rollback(&mut self) -> Result<(), Error> {
        let was_in_transaction = std::mem::take(&mut self.is_in_transaction);
        if was_in_transaction { self.execute("ROLLBACK") } else { Ok(()) }
    }

    fn connect(&self) -> Result<Box<dyn Storage>, Error> {
        Ok(Box::new(Self::open(&self.url, self.schema.clone())?))
    }

    fn canceller(&mut self) -> Result<Canceller, Error> {
        let token = self.client()?.cancel_token();
        Ok(Box::new(move || {
            // Whoever cancels sees by the statement whether it worked.
            let _sent = token.cancel_query(NoTls).is_ok();
        }))
    }
}

/// A value by the type of its column. A NUMERIC stays text, as the Data API gives it.
fn cell_of(text: Option<&str>, kind: &str) -> Cell {
    let Some(text) = text else { return Cell::Null };
    let as_text = || Cell::Text(text.to_owned());
    match kind {
        "bool" => Cell::Boolean(text == "t"),
        "int2" | "int4" | "int8" => text.parse().map_or_else(|_| as_text(), Cell::Long),
        "float4" | "float8" => text.parse().map_or_else(|_| as_text(), Cell::Double),
        _ => as_text(),
    }
}

/// A value in the text format of `PostgreSQL`'s own COPY.
fn append(line: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => line.extend_from_slice(b"\\N"),
        Value::Integer(number) => line.extend_from_slice(number.to_string().as_bytes()),
        Value::Boolean(value) => line.push(if *value { b't' } else { b'f' }),
        Value::Text(text) => {
            for byte in text.bytes() {
                match byte {
                    b'\\' => line.extend_from_slice(b"\\\\"),
                    b'\n' => line.extend_from_slice(b"\\n"),
                    b'\r' => line.extend_from_slice(b"\\r"),
                    b'\t' => line.extend_from_slice(b"\\t"),
                    other => line.push(other),
                }
            }
        }
    }
}
