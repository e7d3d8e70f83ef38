//! A connection of a client: statements one after another, in Redshift's SQL, with COPY.
//!
//! Invariant: what fails within a transaction leaves nothing but its load errors, which are noted
//! when the transaction has ended. A temporary table lives as long as the session.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::copy::Loader;
use super::copy_statement::CopyStatement;
use super::error::{Error, LoadError};
use super::shared::Shared;
use super::source::Source;
use super::storage::{Canceller, Outcome, Storage};
use super::tokens::words;
use super::translate::{Translated, translate};
use super::value::Value;

/// A connection of a client.
#[derive(Debug)]
pub(crate) struct Session {
    storage: Box<dyn Storage>,
    shared: Arc<Shared>,
    source: Source,
    last_copy_count: u64,
    is_in_transaction: bool,
    load_errors: Vec<LoadError>,
}

impl Session {
    pub(super) fn open(shared: Arc<Shared>, source: Source) -> Result<Self, Error> {
        shared.check_up()?;
        let storage = shared.lock().connect()?;
        Ok(Self {
            storage,
            shared,
            source,
            last_copy_count: 0,
            is_in_transaction: false,
            load_errors: Vec::new(),
        })
    }

    /// What ends a statement while it runs.
    pub(crate) fn canceller(&mut self) -> Result<Canceller, String> {
        self.storage.canceller().map_err(|error| words_of(&error))
    }

    /// Begins a transaction.
    pub(crate) fn begin(&mut self) -> Result<(), String> {
        self.storage.begin().map_err(|error| words_of(&error))?;
        self.is_in_transaction = true;
        Ok(())
    }

    /// Keeps what the transaction did.
    pub(crate) fn commit(&mut self) -> Result<(), String> {
        self.is_in_transaction = false;
        self.storage.commit().map_err(|error| words_of(&error))
    }

    /// Ends the transaction as if it had never been, but for the load errors.
    pub(crate) fn rollback(&mut self) {
        self.is_in_transaction = false;
        // A connection that is lost has rolled back.
        let is_usable = self.storage.rollback().is_ok();
        for error in self.load_errors.drain(..) {
            if is_usable {
                self.shared.note(self.storage.as_mut(), error);
            }
        }
    }

    /// Runs one statement; blocks. An error is in Redshift's words.
    pub(crate) fn run(&mut self, sql: &str) -> Result<Outcome, String> {
        self.shared.check_up().map_err(|error| words_of(&error))?;
        let semicolon = words(sql).iter().rev().skip(1).any(|word| word.is(";"));
        if semicolon {
            let what = "ERROR: cannot insert multiple commands into a prepared statement";
            return Err(what.to_owned());
        }
        let copy = CopyStatement::parse(sql).map_err(|error| words_of(&error))?;
        if let Some(copy) = copy {
            return self.copy(copy);
        }
        if self.is_in_transaction && stands_alone(sql) {
            return Err("ERROR: VACUUM cannot run inside a transaction block".to_owned());
        }
        let like = self.table_like_another(sql).map_err(|error| words_of(&error))?;
        let sql = like.as_deref().unwrap_or(sql);
        match translate(self.shared.dialect, sql, self.last_copy_count) {
            Translated::Run(sql) => self.storage.run(&sql).map_err(|error| words_of(&error)),
            Translated::Nothing => Ok(Outcome::default()),
            Translated::Refused(why) => Err(format!("ERROR: {why}")),
        }
    }

    /// `CREATE TEMP TABLE a (LIKE b)` with the columns of `b`, which keeps their types everywhere.
    fn table_like_another(&mut self, sql: &str) -> Result<Option<String>, Error> {
        let words = words(sql);
        let like = words.iter().position(|word| word.is("("));
        let like = like.filter(|at| words.get(at + 1).is_some_and(|word| word.is("LIKE")));
        let (Some(at), true) = (like, words.first().is_some_and(|word| word.is("CREATE"))) else {
            return Ok(None);
        };
        let (head, other) = (words.get(..at).unwrap_or_default(), words.get(at + 2..));
        let other = other
            .unwrap_or_default()
            .iter()
            .take_while(|word| !word.is(")") && !word.is("INCLUDING") && !word.is("EXCLUDING"));
        let other = plain_name(&other.map(|word| word.text).collect::<String>());
        let columns = self.storage.columns(&other)?;
        if columns.is_empty() {
            return Err(Error::TableNotFound(format!("relation \"{other}\" does not exist")));
        }
        let head: Vec<_> = head.iter().map(|word| word.text).collect();
        let columns = columns.iter().map(|column| format!("{} {}", column.name, column.kind_sql));
        Ok(Some(format!("{} ({})", head.join(" "), columns.collect::<Vec<_>>().join(", "))))
    }

    fn copy(&mut self, mut copy: CopyStatement) -> Result<Outcome, String> {
        copy.command.table = plain_name(&copy.command.table);
        let table = copy.command.table.clone();
        let loaded = self.load(copy);
        let loaded = loaded.map_err(|error| match error {
            Error::DataLoadFailed(error) => {
                self.load_errors.push(*error);
                format!(
                    "ERROR: Load into table '{table}' failed.  Check 'sys_load_error_detail' \
                     system table for details."
                )
            }
            other => words_of(&other),
        })?;
        self.last_copy_count = loaded;
        Ok(Outcome::default())
    }

    /// Loads file by file, so that memory does not depend on how many there are.
    fn load(&mut self, copy: CopyStatement) -> Result<u64, Error> {
        let CopyStatement { mut command, from, is_manifest } = copy;
        let columns = self.storage.columns(&command.table)?;
        if command.columns.is_empty() {
            command.columns = columns.iter().map(|column| column.name.clone()).collect();
        }
        let loader = Loader::new(&columns, &command)?;
        let runtime = Handle::current();
        let files = if is_manifest {
            runtime.block_on(self.source.manifest(&from))
        } else {
            runtime.block_on(self.source.prefix(&from))
        };
        let mut count = 0;
        for file in files.map_err(Error::MissingFile)? {
            let body = runtime.block_on(self.source.read(&file, command.gzip));
            let Some(body) = body.map_err(Error::MissingFile)? else { continue };
            let mut rows: Vec<Vec<Value>> = Vec::new();
            let read = loader.read(&file.url, &body, &mut rows);
            read.map_err(|error| Error::DataLoadFailed(Box::new(error)))?;
            self.storage.append(&command.table, &command.columns, &rows)?;
            count += rows.len() as u64;
        }
        Ok(count)
    }
}

/// Whether a statement runs in no transaction.
pub(crate) fn stands_alone(sql: &str) -> bool {
    words(sql).first().is_some_and(|word| word.is("VACUUM"))
}

/// A name without quotes and without the schema that the table is known under.
fn plain_name(name: &str) -> String {
    let name = name.replace('"', "");
    let schema = format!("{}.", super::translate::SCHEMA);
    name.strip_prefix(&schema).unwrap_or(&name).to_owned()
}

/// An error as a client of Redshift reads it.
fn words_of(error: &Error) -> String {
    let words = match error {
        Error::ConnectionFailed(what) => return what.clone(),
        Error::Database(what) => what.strip_prefix("db error: ").unwrap_or(what),
        Error::TableNotFound(what)
        | Error::ColumnNotFound(what)
        | Error::IncorrectCopyOptions(what)
        | Error::MissingFile(what)
        | Error::Ddl(what) => what,
        Error::DataLoadFailed(error) => &error.error_message,
    };
    let words = words.strip_prefix("ERROR: ").unwrap_or(words);
    match words.strip_prefix("no such table: ") {
        Some(table) => format!("ERROR: relation \"{table}\" does not exist"),
        None => format!("ERROR: {words}"),
    }
}
