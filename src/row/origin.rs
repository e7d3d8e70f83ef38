//! Where lines come from, as the end of each of their rows.

use super::Column;
use super::flags::Flags;
use super::json::write_text;

/// The log object that lines stand in, its part of the row encoded once.
#[derive(Clone, Debug)]
pub struct Origin {
    /// From `,"log_bucket"` to the colon after `"log_offset"`.
    pub(super) json: Vec<u8>,
    pub(super) flags: Flags,
}

impl Origin {
    /// `log_bucket` is `None` for local files, whose `log_key` is the file's name.
    #[must_use]
    pub fn new(log_bucket: Option<&str>, log_key: &str) -> Self {
        let mut flags = Flags::default();
        let mut json = Vec::new();
        let texts = [(Column::LogBucket, log_bucket), (Column::LogKey, Some(log_key))];
        for (column, text) in texts {
            let Some(text) = text else { continue };
            json.extend_from_slice(column.spec().quoted_key.as_bytes());
            let repairs = write_text(text.as_bytes(), column.width(), &mut json);
            flags.note(column, repairs);
            json.push(b'"');
        }
        json.extend_from_slice(Column::LogOffset.spec().key.as_bytes());
        Self { json, flags }
    }
}
