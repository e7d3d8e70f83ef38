//! What a name promises of a file, and what `convert` can keep of it.
//!
//! Rows are written as NDJSON, plain or compressed. A name or an option that promises something
//! else is refused before anything is read, with the command that gets there.

use std::path::Path;

/// How the rows are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Plain,
    Gzip,
    Zstd,
}

/// The form of rows. There is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Ndjson,
}

/// Endings of other tables' forms.
const OTHER_FORMS: [&str; 11] =
    ["csv", "tsv", "parquet", "avro", "orc", "arrow", "feather", "xlsx", "sqlite", "db", "duckdb"];

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
        form if OTHER_FORMS.contains(&form) => Err(other_form(form)),
        _ => Err("rows are written as `ndjson`".into()),
    }
}

/// How rows in a file of this name are to be stored, or why they cannot be.
pub(super) fn compression(path: &Path, format: Option<Format>) -> Result<Compression, String> {
    let (stem, ending) = split(path);
    let (stem, compression) = match ending.as_str() {
        "gz" | "gzip" => (stem, Compression::Gzip),
        "zst" | "zstd" => (stem, Compression::Zstd),
        _ => (path, Compression::Plain),
    };
    let (_, ending) = split(stem);
    if format == Some(Format::Ndjson) {
        return Ok(compression);
    }
    let other = OTHER_COMPRESSIONS.iter().find(|(other, _)| *other == ending);
    match other {
        Some((_, Some(command))) => Err(format!(
            "rows are written plain, as .gz or as .zst; pipe them: `logferry convert LOGS | \
             {command} > {}`",
            path.display()
        )),
        Some((_, None)) => Err("rows are written plain, as .gz or as .zst".into()),
        None if OTHER_FORMS.contains(&ending.as_str()) => Err(other_form(&ending)),
        None => Ok(compression),
    }
}

/// A name without its last ending, and the ending in lower case.
fn split(path: &Path) -> (&Path, String) {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    (path.file_stem().map_or(path, Path::new), ending)
}

fn other_form(form: &str) -> String {
    match form {
        "csv" | "parquet" => format!(
            "rows are written as NDJSON; DuckDB makes {form} of them:\n  \
             logferry convert LOGS --output rows.ndjson\n  \
             duckdb -c \"COPY (SELECT * FROM read_ndjson('rows.ndjson', sample_size = -1)) \
             TO 'rows.{form}'\""
        ),
        _ => format!("rows are written as NDJSON, not as {form}; write rows.ndjson and load that"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_or_refused_with_the_way_there() {
        for (name, expected) in [
            ("rows", Compression::Plain),
            ("rows.ndjson", Compression::Plain),
            ("rows.json", Compression::Plain),
            ("rows.csv/rows", Compression::Plain),
            ("rows.ndjson.gz", Compression::Gzip),
            ("ROWS.GZ", Compression::Gzip),
            ("rows.zst", Compression::Zstd),
            ("-", Compression::Plain),
        ] {
            assert_eq!(compression(Path::new(name), None), Ok(expected), "{name}");
        }
        for (name, told) in [
            ("rows.parquet", "TO 'rows.parquet'"),
            ("rows.CSV", "TO 'rows.csv'"),
            ("rows.csv.gz", "TO 'rows.csv'"),
            ("rows.avro", "not as avro"),
            ("rows.ndjson.xz", "| xz > rows.ndjson.xz"),
            ("rows.zip", "plain, as .gz or as .zst"),
        ] {
            let error = compression(Path::new(name), None).unwrap_err();
            assert!(error.contains(told), "{name}: {error}");
            let asked_for = compression(Path::new(name), Some(Format::Ndjson));
            assert!(asked_for.is_ok(), "{name}");
        }
        assert!(format("parquet").unwrap_err().contains("duckdb"));
        assert!(format("yaml").is_err());
    }
}
