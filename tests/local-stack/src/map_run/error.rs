//! Why a map does not run, by Step Functions' names.

/// Why a map cannot run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The definition is wrong, or says what is not served here.
    #[error("the state machine: {0}")]
    Definition(String),
    /// `States.Runtime`: an input or a path is wrong.
    #[error("States.Runtime: {0}")]
    Runtime(String),
    /// `States.ItemReaderFailed`: the objects cannot be listed.
    #[error("States.ItemReaderFailed: {0}")]
    ItemReader(String),
    /// `States.ResultWriterFailed`: the results cannot be written.
    #[error("States.ResultWriterFailed: {0}")]
    ResultWriter(String),
}
