//! What a name promises of a file, and what `convert` can keep of it.
//!
//! Rows are written as NDJSON or CSV, plain or compressed. A name or an option that promises
//! something else is refused before anything is read, with the command that gets there.

use std::path::Path;

/// How the rows are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Plain,
    Gzip,
    Zstd,
}

/// The format of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Ndjson,
    Csv,
}

/// How rows are written to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) format: Format,
    pub(super) compression: Compression,
}

impl Form {
    /// What is written where no name promises anything.
    pub(super) fn plain(format: Option<Format>) -> Self {
        Self { format: format.unwrap_or(Format::Ndjson), compression: Compression::Plain }
    }
}

/// Endings of other tables' formats.
const OTHER_FORMATS: [&str; 10] =
    ["tsv", "parquet", "avro", "orc", "arrow", "feather", "xlsx", "sqlite", "db", "duckdb"];

/// Endings of other compressions and of archives, with the command that makes them of a stream.
const OTHER_COMPRESSIONS: [(&str, Option<&str>); 9] = [
    ("bz2", Some("bzip2")),
    ("xz", Some("xz")),
    ("lz4", Some("lz4")),
    ("br", Some("brotli")),
    ("lzma", None),
    ("sz", None),
    ("zip", None),
    ("7z", None),
    ("tar", None),
];

/// Reads the value of `--format`.
pub(super) fn format(name: &str) -> Result<Format, String> {
    let known = name.to_ascii_lowercase();
    match known.as_str() {
        "ndjson" | "jsonl" => Ok(Format::Ndjson),
        "csv" => Ok(Format::Csv),
        other if OTHER_FORMATS.contains(&other) => Err(other_format(other)),
        _ => Err("rows are written as `ndjson` or `csv`".into()),
    }
}

/// How rows in a file of this name are to be written, or why they cannot be.
pub(super) fn form(path: &Path, format: Option<Format>) -> Result<Form, String> {
    let (stem, ending) = split(path);
    let (stem, compression) = match ending.as_str() {
        "gz" | "gzip" => (stem, Compression::Gzip),
        "zst" | "zstd" => (stem, Compression::Zstd),
        _ => (path, Compression::Plain),
    };
    let (_, ending) = split(stem);
    if let Some(format) = format {
        return Ok(Form { format, compression });
    }
    let other = OTHER_COMPRESSIONS.iter().find(|(other, _)| *other == ending);
    match other {
        Some((_, Some(command))) => Err(format!(
            "rows are written plain, as .gz or as .zst; pipe them: `logferry convert LOGS | \
             {command} > {}`",
            path.display()
        )),
        Some((_, None)) => Err("rows are written plain, as .gz or as .zst".into()),
        None if OTHER_FORMATS.contains(&ending.as_str()) => Err(other_format(&ending)),
        None if ending == "csv" => Ok(Form { format: Format::Csv, compression }),
        None => Ok(Form { format: Format::Ndjson, compression }),
    }
}

/// A name without its last ending, and the ending in lower case.
fn split(path: &Path) -> (&Path, String) {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    (path.file_stem().map_or(path, Path::new), ending)
}

fn other_format(format: &str) -> String {
    match format {
        "parquet" => "rows are written as NDJSON or CSV; DuckDB makes Parquet of them:\n  \
             logferry convert LOGS --output rows.ndjson\n  \
             duckdb -c \"COPY (SELECT * FROM read_ndjson('rows.ndjson', sample_size = -1)) \
             TO 'rows.parquet'\""
            .into(),
        _ => format!(
            "rows are written as NDJSON or CSV, not as {format}; write rows.ndjson and load that"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_or_refused_with_the_way_there() {
        use Compression::{Gzip, Plain, Zstd};
        use Format::{Csv, Ndjson};
        for (name, format, compression) in [
            ("rows", Ndjson, Plain),
            ("rows.ndjson", Ndjson, Plain),
            ("rows.json", Ndjson, Plain),
            ("rows.csv/rows", Ndjson, Plain),
            ("rows.ndjson.gz", Ndjson, Gzip),
            ("ROWS.GZ", Ndjson, Gzip),
            ("rows.zst", Ndjson, Zstd),
            ("rows.CSV", Csv, Plain),
            ("rows.csv.gz", Csv, Gzip),
            ("-", Ndjson, Plain),
        ] {
            assert_eq!(form(Path::new(name), None), Ok(Form { format, compression }), "{name}");
        }
        for (name, told) in [
            ("rows.parquet", "TO 'rows.parquet'"),
            ("rows.parquet.gz", "TO 'rows.parquet'"),
            ("rows.avro", "not as avro"),
            ("rows.ndjson.xz", "| xz > rows.ndjson.xz"),
            ("rows.zip", "plain, as .gz or as .zst"),
        ] {
            let error = form(Path::new(name), None).unwrap_err();
            assert!(error.contains(told), "{name}: {error}");
            for asked_for in [Ndjson, Csv] {
                assert_eq!(form(Path::new(name), Some(asked_for)).unwrap().format, asked_for);
            }
        }
        assert!(format("parquet").unwrap_err().contains("duckdb"));
        assert!(format("yaml").is_err());
    }
}
