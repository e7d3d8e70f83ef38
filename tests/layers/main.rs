//! The structure of the repository: no file imports in a circle, and dependencies between the
//! folders of `src` run one way. ARCHITECTURE.md says which.
//!
//! [`modules`] reads the code, [`imports`] follows its paths to the files that define what they
//! name, `planted` proves both on small trees.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod imports;
mod modules;
mod planted;

use std::fs;
use std::path::Path;

use imports::{Import, circles, imports};
use modules::{Sources, Tree};

/// Each folder of `src` with those it may use.
const LAYERS: [(&str, &[&str]); 15] = [
    ("access_log", &[]),
    ("row", &["access_log"]),
    ("table", &["row"]),
    ("sample", &[]),
    ("filter", &["access_log", "row"]),
    ("pack", &["row"]),
    ("cost", &["access_log", "row", "pack"]),
    ("ports", &["access_log", "row", "pack"]),
    ("pipeline", &["access_log", "row", "filter", "pack", "ports"]),
    ("event", &["access_log", "ports"]),
    ("aws", &["access_log", "pack", "ports"]),
    ("lambda", &["access_log", "row", "table", "filter", "pack", "ports", "pipeline", "event"]),
    (
        "operate",
        &["access_log", "row", "table", "filter", "pack", "cost", "ports", "pipeline", "event"],
    ),
    (
        "cli",
        &["access_log", "row", "table", "sample", "filter", "pack", "cost", "ports", "operate"],
    ),
    ("bin", &["lambda", "cli"]),
];

/// The files that may use more than their folder: where things are put together.
const EXCEPTIONS: [(&str, &[&str]); 2] =
    [("src/lambda/start.rs", &["aws"]), ("src/cli/connect.rs", &["aws"])];

/// The packages of the repository, and the names of their libraries.
const PACKAGES: [(&str, &str); 3] =
    [("tests/local-stack/", "local_stack"), ("fuzz/", "fuzz"), ("", "logferry")];

/// Adds every Rust file of a folder, by its path from the top of the repository.
fn collect(top: &Path, folder: &Path, sources: &mut Sources) {
    for entry in fs::read_dir(folder).expect("the folder can be listed") {
        let path = entry.expect("the folder can be listed").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            collect(top, &path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("the file can be read");
            let path = path.strip_prefix(top).expect("it is inside").to_string_lossy();
            sources.insert(path.replace('\\', "/"), text);
        }
    }
}

/// The file of a crate's root, as Cargo finds it, with the crate's name where others can use it.
fn root(file: &str) -> Option<(Option<String>, String)> {
    let (folder, name) = PACKAGES.iter().find(|(folder, _)| file.starts_with(folder))?;
    let inside: Vec<_> = file.strip_prefix(folder)?.split('/').collect();
    let library = inside == ["src", "lib.rs"];
    let program = match inside.as_slice() {
        ["src", "main.rs"] | ["build.rs"] => true,
        ["src", "bin", rest @ ..]
        | ["tests" | "benches" | "examples" | "fuzz_targets", rest @ ..] => {
            matches!(rest, [_] | [_, "main.rs"])
        }
        _ => false,
    };
    let name = library.then(|| (*name).to_owned());
    (library || program).then(|| (name, file.to_owned()))
}

fn repository() -> (Sources, Tree) {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Sources::new();
    collect(top, top, &mut sources);
    let mut roots: Vec<_> = sources.keys().filter_map(|file| root(file)).collect();
    roots.sort();
    let tree = Tree::read(&sources, &roots);
    (sources, tree)
}

#[test]
fn every_file_is_read() {
    let (sources, tree) = repository();
    assert!(sources.len() > 100, "{} files", sources.len());
    assert_eq!(tree.unread(&sources), [""; 0], "no crate has these files");
}

#[test]
fn no_file_imports_in_a_circle() {
    let (_, tree) = repository();
    let imports = imports(&tree);
    assert!(imports.len() > 300, "{} imports", imports.len());
    let told: Vec<_> = circles(&imports).iter().map(|circle| lines(circle)).collect();
    assert!(told.is_empty(), "files import in a circle:\n\n{}\n", told.join("\n\n"));
}

fn lines(imports: &[&Import]) -> String {
    imports.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The folder of `src` that a file is in.
fn folder(file: &str) -> Option<&str> {
    file.strip_prefix("src/")?.split_once('/').map(|(folder, _)| folder)
}

#[test]
fn every_folder_uses_only_those_below_it() {
    let (_, tree) = repository();
    let imports = imports(&tree);
    let wrong: Vec<_> = imports.iter().filter(|import| !is_allowed(import)).collect();
    assert!(wrong.is_empty(), "imports against the direction:\n\n{}\n", lines(&wrong));
}

fn is_allowed(import: &Import) -> bool {
    let (Some(from), to) = (folder(&import.from), folder(&import.to)) else { return true };
    let below = LAYERS.iter().filter(|(name, _)| *name == from);
    let exceptions = EXCEPTIONS.iter().filter(|(file, _)| *file == import.from);
    let mut allowed = below.chain(exceptions).flat_map(|(_, allowed)| *allowed);
    to.is_some_and(|to| to == from || allowed.any(|allowed| *allowed == to))
}

#[test]
fn the_table_has_every_folder_and_goes_one_way() {
    let folders = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let folders = folders.expect("the folder can be listed").flatten();
    let folders = folders.filter(|entry| entry.path().is_dir());
    let mut folders: Vec<_> =
        folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    folders.sort();
    let mut listed = LAYERS.map(|(folder, _)| folder);
    listed.sort_unstable();
    assert_eq!(folders, listed);
    for (at, (folder, below)) in LAYERS.iter().enumerate() {
        for other in *below {
            let earlier = LAYERS[..at].iter().any(|(earlier, _)| earlier == other);
            assert!(earlier, "{folder} may use {other}, which must stand above it");
        }
    }
    for (file, _) in EXCEPTIONS {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(file).exists(), "{file} is gone");
    }
}
