//! Dependencies between the folders of `src` run one way: ARCHITECTURE.md says which.

use std::fs;
use std::path::Path;

/// Each folder with those it may use.
const LAYERS: [(&str, &[&str]); 10] = [
    ("access_log", &[]),
    ("row", &["access_log"]),
    ("sample", &[]),
    ("filter", &["access_log", "row"]),
    ("pack", &["row"]),
    ("pipeline", &["access_log", "row", "filter", "pack"]),
    ("event", &["access_log", "pipeline"]),
    ("aws", &["pack", "pipeline"]),
    ("lambda", &["filter", "pack", "pipeline", "event", "aws"]),
    ("cli", &["access_log", "row", "sample"]),
];

/// The code of a folder up to each file's unit tests, which may use more.
fn code(folder: &Path, found: &mut String) {
    for entry in fs::read_dir(folder).expect("the folder can be listed") {
        let path = entry.expect("the folder can be listed").path();
        if path.is_dir() {
            code(&path, found);
        } else if path.file_stem().is_some_and(|name| name != "tests") {
            let text = fs::read_to_string(&path).expect("the file can be read");
            found.push_str(text.split("#[cfg(test)]").next().unwrap_or_default());
        }
    }
}

#[test]
fn every_folder_uses_only_those_below_it() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (folder, below) in LAYERS {
        let mut text = String::new();
        code(&source.join(folder), &mut text);
        assert!(text.len() > 500, "{folder} is empty");
        for (other, _) in LAYERS {
            let used = text.contains(&format!("crate::{other}::"));
            let allowed = other == folder || below.contains(&other);
            assert!(!used || allowed, "{folder} must not use {other}");
        }
    }
}
