//! What may be asked of the demo.

use std::path::PathBuf;

/// What the demo is asked to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files and folders with logs; none for a made-up day.
    pub paths: Vec<PathBuf>,
    /// Where the embedded database goes; replaced when it exists.
    pub database: PathBuf,
    /// A `PostgreSQL` to load into instead.
    pub postgres: Option<String>,
    /// Decides the made-up day.
    pub seed: u64,
}
