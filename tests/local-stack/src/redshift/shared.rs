//! What the clients of a warehouse share: its storage, its schema, and the errors of its loads.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use logferry::table::Dialect;

use super::copy::{Copy, Loader};
use super::error::{Error, LoadError};
use super::schema::Schema;
use super::storage::Storage;
use super::system_views;

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) dialect: Dialect,
    pub(super) schema: Schema,
    storage: Mutex<Box<dyn Storage>>,
    errors: Mutex<Vec<LoadError>>,
    down: AtomicBool,
}

impl Shared {
    pub(super) fn new(dialect: Dialect, schema: Schema, storage: Box<dyn Storage>) -> Self {
        let (storage, errors) = (Mutex::new(storage), Mutex::default());
        Self { dialect, schema, storage, errors, down: AtomicBool::new(false) }
    }

    pub(super) fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    pub(super) fn load_errors(&self) -> Vec<LoadError> {
        self.errors.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Fails while it is unreachable.
    pub(super) fn check_up(&self) -> Result<(), Error> {
        if self.down.load(Ordering::SeqCst) {
            return Err(Error::ConnectionFailed("the cluster does not answer".to_owned()));
        }
        Ok(())
    }

    /// Loads files into the table of the DDL, all rows or none.
    pub(super) fn copy(&self, command: &Copy, files: &[(String, Bytes)]) -> Result<u64, Error> {
        self.check_up()?;
        if command.table != self.schema.table {
            let what = format!("relation \"{}\" does not exist", command.table);
            return Err(Error::TableNotFound(what));
        }
        let loader = Loader::new(&self.schema.columns, command)?;
        let mut rows = Vec::new();
        for (name, bytes) in files {
            loader.read(name, bytes, &mut rows).map_err(|error| {
                self.note(self.lock().as_mut(), error.clone());
                Error::DataLoadFailed(Box::new(error))
            })?;
        }
        let mut storage = self.lock();
        storage.begin()?;
        let appended = storage.append(&command.table, &command.columns, &rows);
        match appended.and_then(|()| storage.commit()) {
            Ok(()) => Ok(rows.len() as u64),
            Err(error) => {
                // What failed is the error to tell; a connection that is lost has rolled back.
                let _rolled_back = storage.rollback().is_ok();
                Err(error)
            }
        }
    }

    /// Keeps an error record, where people look for it too. That the database does not take it is
    /// no reason to say anything else of the load.
    pub(super) fn note(&self, storage: &mut dyn Storage, error: LoadError) {
        let _noted = storage.execute(&system_views::insert(self.dialect, &error)).is_ok();
        self.errors.lock().unwrap_or_else(PoisonError::into_inner).push(error);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Box<dyn Storage>> {
        self.storage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
