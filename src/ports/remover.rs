//! What is needed to take back an object that was put for a trial.

use std::future::Future;

use super::writer::WriteError;

/// Removes objects.
pub trait ObjectRemover: Send + Sync + 'static {
    /// Removes an object; that there is none is fine.
    ///
    /// # Errors
    /// [`WriteError`], by what the caller is to do about it.
    fn remove(
        &self,
        bucket: &str,
        key: &str,
    ) -> impl Future<Output = Result<(), WriteError>> + Send;
}
