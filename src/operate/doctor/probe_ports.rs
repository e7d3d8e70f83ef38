//! What a probe goes through.

/// What a probe needs.
#[derive(Debug)]
pub struct ProbePorts<'a, O, L, S, D, W> {
    /// Writes and removes the object.
    pub objects: &'a O,
    /// Lists the staging bucket.
    pub listing: &'a L,
    /// Reads it.
    pub source: &'a S,
    /// Counts messages.
    pub deployment: &'a D,
    /// Has the row in the end.
    pub warehouse: &'a W,
}
