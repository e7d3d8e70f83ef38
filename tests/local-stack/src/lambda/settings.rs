//! What a function can be told.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::event::{ACCOUNT, REGION};

/// What a function is.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its name.
    pub name: String,
    /// The bootstrap binary.
    pub binary: PathBuf,
    /// Its environment beside what Lambda sets.
    pub environment: BTreeMap<String, String>,
    /// Its memory; a process that grows beyond is killed.
    pub memory_mib: u64,
    /// Its time for one invocation.
    pub timeout: Duration,
    /// After how many invocations a chain is ended; `None` where `recursive_loop` is `Allow`.
    pub recursion_limit: Option<u32>,
    /// How many environments may run at once.
    pub concurrency: usize,
}

impl Settings {
    /// A function with Lambda's smallest sensible settings.
    #[must_use]
    pub fn new(name: &str, binary: impl Into<PathBuf>) -> Self {
        Self {
            name: name.to_owned(),
            binary: binary.into(),
            environment: BTreeMap::new(),
            memory_mib: 256,
            timeout: Duration::from_secs(30),
            recursion_limit: None,
            concurrency: 1,
        }
    }

    /// The function's ARN.
    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}", self.name)
    }
}
