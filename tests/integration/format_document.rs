//! `docs/format.md` against the code: every reason, flag and masked parameter is in its table, and
//! nothing else is.

use std::collections::BTreeSet;

use logferry::access_log::{Anomaly, LINE_BYTES_MAX, Line, Reason};
use logferry::row::{COLUMNS, Column, Origin, RowEncoder, SECRET_PARAMETERS};

const DOCUMENT: &str = include_str!("../../docs/format.md");

/// What stands in backquotes in the first column of the table below `heading`.
fn table(heading: &str) -> BTreeSet<&'static str> {
    let section = DOCUMENT.split("\n## ").find(|section| section.starts_with(heading));
    let rows = section.unwrap_or_default().lines().filter(|line| line.starts_with("| `"));
    rows.filter_map(|row| row.split('`').nth(1)).collect()
}

#[test]
fn names_every_reason() {
    assert_eq!(table("Quarantined lines"), Reason::ALL.map(Reason::code).into());
}

#[test]
fn names_every_masked_parameter() {
    assert_eq!(table("Secrets"), SECRET_PARAMETERS.into());
}

/// One line for every flag that is no anomaly.
#[test]
fn names_every_flag() {
    let long = "x".repeat(20_000);
    let head = "owner bucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3 - ID REST.GET.OBJECT";
    let wide = format!(
        "{long} {long} [06/Feb/2019:00:00:38 +0000] {long} {long} {long} REST.{long} {long} \
         \"{long}\" 200 {long} - - - - \"{long}\" \"{long}\" {long} {long} - {long} {long}"
    );
    let masked = "\"GET /?Signature=a\" 200 - 99999999999999999999 - - - \"-\" \"\0\"";
    let lines: [Vec<u8>; 3] = [
        format!("{head} %25FF {masked}").into(),
        [head.as_bytes(), b" k \"\xff\" 200 - - - - - \"-\" \"-\""].concat(),
        wide.into(),
    ];
    let mut found: BTreeSet<String> =
        Anomaly::ALL.iter().map(|anomaly| anomaly.name().to_owned()).collect();
    for line in lines {
        let mut out = Vec::new();
        let line = Line { bytes: &line, offset: 0, overlong: None };
        RowEncoder::default().encode(&line, &Origin::new(None, "log"), &mut out);
        let row: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let flags = row["flags"].as_str().unwrap();
        found.extend(flags.split(',').map(|flag| flag.split(':').next().unwrap().to_owned()));
    }
    let documented: BTreeSet<String> = table("Flags").into_iter().map(str::to_owned).collect();
    assert_eq!(documented, found);
}

#[test]
fn names_every_column_that_comes_from_the_line() {
    let section = DOCUMENT.split("\n## ").find(|section| section.starts_with("Fields")).unwrap();
    for column in
        COLUMNS.iter().filter(|spec| (Column::RequestTime..=Column::Extra).contains(&spec.column))
    {
        assert!(section.contains(&format!("`{}`", column.name)), "{}", column.name);
    }
}

#[test]
fn names_the_limits() {
    assert_eq!(LINE_BYTES_MAX, 262_144);
    assert!(DOCUMENT.contains("262,144 bytes"));
    let raw_bytes = Column::RawLineBase64.width() / 4 * 3;
    assert_eq!(raw_bytes, 49_149);
    assert!(DOCUMENT.contains("49,149 bytes fit"));
}
