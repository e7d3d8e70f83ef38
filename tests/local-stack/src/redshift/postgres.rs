//! `PostgreSQL` as the storage, where a URL is given.
//!
//! A connection is made when it is needed and made anew after it broke, so that a server that was
//! away for a while is an error of the loads in between and of nothing else.

use std::io::Write;

use ::postgres::{Client, NoTls, SimpleQueryMessage};

use super::Error;
use super::storage::{Answer, Storage};
use super::value::Value;

pub(super) struct Postgres {
    url: String,
    /// Where names without a schema are looked for; the server's own choice where there is none.
    schema: Option<String>,
    client: Option<Client>,
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
        let mut postgres = Self { url: url.to_owned(), schema: None, client: None };
        postgres.client()?;
        Ok(postgres)
    }

    /// The same with every name in a schema.
    pub(super) fn within(url: &str, schema: &str) -> Result<Self, Error> {
        let schema = Some(schema.to_owned());
        let mut postgres = Self { url: url.to_owned(), schema, client: None };
        postgres.client()?;
        Ok(postgres)
    }

    fn client(&mut self) -> Result<&mut Client, Error> {
        let client = match self.client.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => connect(&self.url, self.schema.as_deref()).map_err(|error| {
                Error::ConnectionFailed(format!("PostgreSQL: {}", with_sources(&error)))
            })?,
        };
        Ok(self.client.insert(client))
    }
}

fn connect(url: &str, schema: Option<&str>) -> Result<Client, ::postgres::Error> {
    let mut client = Client::connect(url, NoTls)?;
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

    fn load(&mut self, table: &str, columns: &[String], rows: &[Vec<Value>]) -> Result<(), Error> {
        let mut transaction = self.client()?.transaction()?;
        let copy = format!("COPY {table} ({}) FROM STDIN", columns.join(","));
        let mut writer = transaction.copy_in(&copy)?;
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
        Ok(transaction.commit()?)
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
