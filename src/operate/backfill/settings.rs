//! What a backfill is about, as its journal has it.

use serde::{Deserialize, Serialize};

use crate::row::RecordId;

/// What a backfill is about: another one must not go on with its journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The bucket and prefix, or the list.
    pub source: String,
    /// The first second that is meant.
    pub from_unix_s: Option<i64>,
    /// The first that no longer is.
    pub to_unix_s: Option<i64>,
    /// Whether keys without a date are meant.
    pub undated: bool,
    /// Where the messages go, where there are some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// What becomes of the rows, where they are copied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<CopySettings>,
}

/// What decides about rows that are copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopySettings {
    /// The choices about rows.
    pub rows: String,
    /// A digest of the rules; `None` without rules.
    pub filters: Option<String>,
    /// The bucket that the files are staged in.
    pub staging: String,
    /// The workgroup or cluster, and the database in it.
    pub warehouse: String,
    /// The table.
    pub table: String,
}

impl Settings {
    /// A name for it in a few digits: the same settings give the same one.
    #[must_use]
    pub fn job(&self) -> String {
        let Self { source, from_unix_s, to_unix_s, undated, queue, copy } = self;
        let target = match (queue, copy) {
            (_, Some(copy)) => format!("copy: {copy:?}"),
            (queue, None) => format!("queue: {:?}", queue.as_deref().unwrap_or_default()),
        };
        // Journals are called after it: another text would not find those that were begun.
        let text = format!(
            "Settings {{ source: {source:?}, from_unix_s: {from_unix_s:?}, \
             to_unix_s: {to_unix_s:?}, undated: {undated:?}, {target} }}"
        );
        digest(&text)
    }

    /// The first setting in which two differ.
    pub(super) fn difference(&self, other: &Self) -> Option<&'static str> {
        let pair = self.copy.as_ref().zip(other.copy.as_ref());
        let copies = |same: fn(&CopySettings, &CopySettings) -> bool| {
            pair.is_none_or(|(one, other)| same(one, other))
        };
        [
            ("the mode", self.copy.is_some() == other.copy.is_some()),
            ("the source", self.source == other.source),
            ("--from", self.from_unix_s == other.from_unix_s),
            ("--to", self.to_unix_s == other.to_unix_s),
            ("--undated", self.undated == other.undated),
            ("the queue", self.queue == other.queue),
            ("what rows hold", copies(|one, other| one.rows == other.rows)),
            ("--filters", copies(|one, other| one.filters == other.filters)),
            ("the staging bucket", copies(|one, other| one.staging == other.staging)),
            ("the warehouse", copies(|one, other| one.warehouse == other.warehouse)),
            ("the table", copies(|one, other| one.table == other.table)),
        ]
        .into_iter()
        .find_map(|(name, same)| (!same).then_some(name))
    }
}

impl CopySettings {
    /// A few digits for what decides what a line becomes.
    #[must_use]
    pub fn of_rows(&self) -> String {
        digest(&format!("{:?} {:?}", self.rows, self.filters))
    }
}

/// A few digits for a text.
#[must_use]
pub fn digest(text: &str) -> String {
    RecordId::of(text.as_bytes()).to_string().chars().take(8).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Those of sending.
    pub(in super::super) fn settings() -> Settings {
        Settings {
            source: "s3://amber-logs/a/".to_owned(),
            from_unix_s: Some(1),
            to_unix_s: None,
            undated: false,
            queue: Some("https://q".to_owned()),
            copy: None,
        }
    }

    fn copying() -> Settings {
        let copy = CopySettings {
            rows: "all".to_owned(),
            filters: None,
            staging: "staging".to_owned(),
            warehouse: "logs/dev".to_owned(),
            table: "public.s3_access_log".to_owned(),
        };
        Settings { queue: None, copy: Some(copy), ..settings() }
    }

    #[test]
    fn a_journal_that_was_begun_before_keeps_its_name() {
        let text = "Settings { source: \"s3://amber-logs/a/\", from_unix_s: Some(1), \
                    to_unix_s: None, undated: false, queue: \"https://q\" }";
        assert_eq!(settings().job(), digest(text));
        let written = r#"{"source":"s3://amber-logs/a/","from_unix_s":1,"to_unix_s":null,
            "undated":false,"queue":"https://q"}"#;
        assert_eq!(serde_json::from_str::<Settings>(written).unwrap(), settings());
    }

    #[test]
    fn each_setting_of_a_copy_is_told_by_its_name() {
        assert_eq!(settings().difference(&copying()), Some("the mode"));
        assert_eq!(copying().difference(&copying()), None);
        let change = |change: fn(&mut CopySettings)| {
            let mut settings = copying();
            settings.copy.as_mut().map(change).unwrap();
            assert_ne!(settings.job(), copying().job());
            copying().difference(&settings).unwrap()
        };
        assert_eq!(change(|copy| copy.rows.push('x')), "what rows hold");
        assert_eq!(change(|copy| copy.filters = Some("x".to_owned())), "--filters");
        assert_eq!(change(|copy| copy.staging.push('x')), "the staging bucket");
        assert_eq!(change(|copy| copy.warehouse.push('x')), "the warehouse");
        assert_eq!(change(|copy| copy.table.push('x')), "the table");
    }
}
