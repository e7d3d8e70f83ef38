//! What is said of a row in its column `flags`.

use super::json::Repairs;
use super::{COLUMNS, Column};
use crate::access_log::{Anomalies, Anomaly};

/// Collects the flags of one row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) anomalies: Anomalies,
    /// A secret of a signed URL was masked.
    pub(super) masked: bool,
    /// The key does not decode to UTF-8.
    pub(super) key_not_utf8: bool,
    /// Texts that were longer than their column.
    pub(super) clipped: ColumnSet,
    /// Texts in which bytes that are no UTF-8 became U+FFFD.
    pub(super) invalid_utf8: ColumnSet,
    /// Texts in which NUL, or a code point that Redshift refuses, became U+FFFD.
    pub(super) replaced: ColumnSet,
    /// Values that the column cannot hold: null in the row.
    pub(super) out_of_range: ColumnSet,
}

/// A set of columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ColumnSet(u64);

const _: () = assert!(COLUMNS.len() <= u64::BITS as usize);

impl ColumnSet {
    pub(super) fn insert(&mut self, column: Column) {
        self.0 |= 1 << column as u8;
    }

    #[inline]
    pub(super) fn contains(self, column: Column) -> bool {
        self.0 & (1 << column as u8) != 0
    }
}

/// Stands at the end of a list of flags that is longer than its column.
const MORE: &str = "more";

impl Flags {
    pub(super) fn note(&mut self, column: Column, repairs: Repairs) {
        for (noted, set) in [
            (repairs.clipped, &mut self.clipped),
            (repairs.invalid_utf8, &mut self.invalid_utf8),
            (repairs.replaced, &mut self.replaced),
        ] {
            if noted {
                set.insert(column);
            }
        }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.anomalies.is_empty()
            && !self.masked
            && !self.key_not_utf8
            && [self.clipped, self.invalid_utf8, self.replaced, self.out_of_range]
                == [ColumnSet::default(); 4]
    }

    /// Appends `,"flags":"..."`, or nothing. Flags that do not fit are replaced by `more`.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        if self.is_empty() {
            return;
        }
        out.extend_from_slice(Column::Flags.spec().quoted_key.as_bytes());
        let start = out.len();
        let room = Column::Flags.width() - ",".len() - MORE.len();
        for (name, column) in self.iter() {
            let separator = if out.len() == start { "" } else { "," };
            let parts = match column {
                Some(column) => [separator, name, ":", column],
                None => [separator, name, "", ""],
            };
            let bytes: usize = parts.map(str::len).iter().sum();
            if out.len() - start + bytes > room {
                out.extend_from_slice(separator.as_bytes());
                out.extend_from_slice(MORE.as_bytes());
                break;
            }
            for part in parts {
                out.extend_from_slice(part.as_bytes());
            }
        }
        out.push(b'"');
    }

    /// Each flag: its name and, where it is about one, the column.
    fn iter(&self) -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
        let anomalies = self.anomalies;
        let of_line = Anomaly::ALL
            .into_iter()
            .filter(move |anomaly| anomalies.contains(*anomaly))
            .map(Anomaly::name)
            .chain(self.masked.then_some("masked"))
            .chain(self.key_not_utf8.then_some("key_not_utf8"))
            .map(|name| (name, None));
        let of_columns = [
            ("clipped", self.clipped),
            ("invalid_utf8", self.invalid_utf8),
            ("replaced", self.replaced),
            ("out_of_range", self.out_of_range),
        ];
        of_line.chain(of_columns.into_iter().flat_map(|(name, set)| {
            let columns = COLUMNS.iter().filter(move |spec| set.contains(spec.column));
            columns.map(move |spec| (name, Some(spec.name)))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(flags: &Flags) -> String {
        let mut out = Vec::new();
        flags.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn names_what_was_odd() {
        let mut flags = Flags::default();
        assert_eq!(text(&flags), "");
        flags.anomalies.insert(Anomaly::AmbiguousRefererUserAgent);
        flags.masked = true;
        flags.clipped.insert(Column::UserAgent);
        flags.invalid_utf8.insert(Column::RequestUri);
        let expected = ",\"flags\":\"ambiguous_referer_user_agent,masked,clipped:user_agent,\
                        invalid_utf8:request_uri\"";
        assert_eq!(text(&flags), expected);
    }

    #[test]
    fn never_wider_than_its_column() {
        let mut flags = Flags::default();
        for spec in COLUMNS {
            flags.clipped.insert(spec.column);
            let width = text(&flags).len() - ",\"flags\":\"\"".len();
            assert!(width <= Column::Flags.width());
        }
        assert!(text(&flags).ends_with(",more\""));
    }
}
