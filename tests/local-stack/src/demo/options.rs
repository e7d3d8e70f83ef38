//! What may be asked of the demo.

use std::path::PathBuf;

/// What the demo is asked to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files and folders with logs; none for a made-up day.
    pub paths: Vec<PathBuf>,
    /// Where the embedded database goes; replaced when it exists.
    pub database: PathBuf,
    /// Whether that is where it goes when nothing is said.
    pub is_default_database: bool,
    /// A `PostgreSQL` to load into instead, into a schema of the demo's own.
    pub postgres: Option<String>,
    /// Where the copies of the logs go: an empty folder, which is not removed at the end.
    pub folder: PathBuf,
    /// Decides the made-up day.
    pub seed: u64,
}
