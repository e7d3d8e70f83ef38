//! Removes a file that is not complete when the work is interrupted.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The file to remove; `None` once it is complete.
type Incomplete = Arc<Mutex<Option<PathBuf>>>;

/// Stands by to remove a file on an interrupt (Ctrl-C) or a request to end, which then has the
/// effect that it has without it.
pub(super) struct Removal(Incomplete);

impl Removal {
    /// Stands by for the rest of the process.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let incomplete = Arc::new(Mutex::new(Some(path.to_owned())));
        stand_by(&incomplete)?;
        Ok(Self(incomplete))
    }

    /// Completes the file, during which an interrupt waits; after that nothing is removed.
    pub(super) fn unless<T>(&self, complete: impl FnOnce() -> T) -> T {
        let mut incomplete = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let completed = complete();
        *incomplete = None;
        completed
    }
}

#[cfg(unix)]
fn stand_by(incomplete: &Incomplete) -> io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;

    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let incomplete = Arc::clone(incomplete);
    let wait = move || {
        for signal in signals.forever() {
            let incomplete = incomplete.lock().unwrap_or_else(PoisonError::into_inner);
            // It may be gone: then nothing is left to do, and nobody to tell.
            if let Some(path) = incomplete.as_deref() {
                std::fs::remove_file(path).unwrap_or_default();
            }
            emulate_default_handler(signal).unwrap_or_default();
        }
    };
    std::thread::Builder::new().spawn(wait).map(drop)
}

/// Elsewhere the file stays, under its name of an incomplete one.
#[cfg(not(unix))]
fn stand_by(_: &Incomplete) -> io::Result<()> {
    Ok(())
}
