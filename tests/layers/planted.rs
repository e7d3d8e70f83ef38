//! The reading of the code, on small trees with something planted in them.

use super::imports::{circles, imports};
use super::modules::{Sources, Tree};

/// The imports of a small crate, as `from > to`.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let mut found: Vec<_> = imports(&tree(files))
        .iter()
        .map(|import| format!("{} > {}", import.from, import.to))
        .collect();
    found.dedup();
    found
}

fn tree(files: &[(&str, &str)]) -> Tree {
    let sources: Sources =
        files.iter().map(|(file, text)| (format!("src/{file}"), (*text).to_owned())).collect();
    let roots = [(Some("small".to_owned()), "src/lib.rs".to_owned())];
    let tree = Tree::read(&sources, &roots);
    assert_eq!(tree.unread(&sources), [""; 0]);
    tree
}

/// The imports of the file `a.rs` beside a folder `pipe`, whose `Run` is of the file `run.rs`.
fn of_a(code: &str) -> Vec<String> {
    found(&[
        ("lib.rs", "mod a; pub mod pipe;"),
        ("a.rs", code),
        ("pipe/mod.rs", "mod run; pub use run::{Run, LIMIT, start};"),
        ("pipe/run.rs", "pub struct Run; pub const LIMIT: usize = 1; pub fn start() {}"),
    ])
}

const RUN: [&str; 1] = ["src/a.rs > src/pipe/run.rs"];
const FOLDER: &str = "src/a.rs > src/pipe/mod.rs";

#[test]
fn a_re_export_is_followed_to_the_file_that_defines() {
    for code in [
        "use crate::pipe::Run;",
        "use super::pipe::Run;",
        "use self::super::pipe::Run;",
        "use crate::{pipe::{Run as Other, LIMIT}};",
        "fn f() { use crate::pipe::Run; }",
        "mod inner { use super::super::pipe::Run; }",
        "use crate::pipe::r#Run;",
        "use ::small::pipe::Run;",
        "use small::pipe::Run;",
    ] {
        assert_eq!(of_a(code), RUN, "{code}");
    }
}

#[test]
fn a_module_imported_is_an_import_with_all_that_is_used_through_it() {
    assert_eq!(of_a("use crate::pipe;"), [FOLDER]);
    for code in [
        "use crate::pipe; fn f(run: pipe::Run) {}",
        "use crate::pipe as other; fn f() { other::start() }",
        "use crate::pipe::{self, Run};",
    ] {
        assert_eq!(of_a(code), [FOLDER, RUN[0]], "{code}");
    }
}

#[test]
fn a_glob_imports_all_it_can_see() {
    for code in ["use crate::pipe::*;", "use super::pipe::{*};"] {
        assert_eq!(of_a(code), [FOLDER, RUN[0]], "{code}");
    }
    let through = found(&[
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::Thing;"),
        ("b.rs", "pub use crate::c::*; use crate::d::Hidden;"),
        ("c.rs", "pub struct Thing;"),
        ("d.rs", "pub struct Hidden;"),
    ]);
    let expected = ["src/a.rs > src/c.rs", "src/b.rs > src/c.rs", "src/b.rs > src/d.rs"];
    assert_eq!(through, expected);
}

#[test]
fn a_path_counts_wherever_it_stands() {
    for code in [
        "fn f(run: crate::pipe::Run) {}",
        "fn f() { crate::pipe::start() }",
        "fn f() { let n = super::pipe::LIMIT; }",
        "fn f(n: usize) { match n { crate::pipe::LIMIT => {} _ => {} } }",
        "impl Drop for crate::pipe::Run { fn drop(&mut self) {} }",
        "type Other = Vec<Option<crate::pipe::Run>>;",
        "fn f() { <crate::pipe::Run as Default>::default(); }",
        "fn f() { assert!(1 < crate::pipe::LIMIT); }",
        "fn f() { vec![(1, vec![super::pipe::Run::default()])]; }",
        "macro_rules! m { () => { $crate::pipe::start() } }",
        "fn f() { select! { use crate::pipe::{Run}; } }",
        "fn f() { let n = 1..crate::pipe::LIMIT; }",
        "fn f() { dbg!(1..crate::pipe::LIMIT); }",
        "#[serde(with = \"crate::pipe::start\")] struct S;",
        "#[arg(value_parser = crate::pipe::start)] struct S;",
        "#[derive(crate::pipe::Run)] struct S;",
    ] {
        assert_eq!(of_a(code), RUN, "{code}");
    }
}

#[test]
fn what_is_no_use_is_no_import() {
    for code in [
        "",
        "/// See [`crate::pipe::Run`].\npub struct S;",
        "pub(in crate::pipe) struct S;",
        "use std::pipe::Run;",
        "fn f(s: S) { dbg!(s.pipe.run); }",
        "const TEXT: &str = \"crate::pipe is mentioned in a sentence\";",
    ] {
        assert_eq!(of_a(code), [""; 0], "{code}");
    }
}

#[test]
fn code_for_unit_tests_only_is_left_out() {
    for code in [
        "#[cfg(test)] mod tests { use crate::pipe::Run; }",
        "#[cfg(test)] use crate::pipe::Run;",
        "#[cfg(all(test, feature = \"x\"))] use crate::pipe::Run;",
        "#[cfg(any(test, all(test, unix)))] use crate::pipe::Run;",
        "struct S; impl S { #[cfg(test)] fn f(run: crate::pipe::Run) {} }",
        "fn f() { #[cfg(test)] let n = crate::pipe::LIMIT; }",
        "#![cfg(test)] use crate::pipe::Run;",
    ] {
        assert_eq!(of_a(code), [""; 0], "{code}");
    }
    for code in [
        "#[cfg(not(test))] use crate::pipe::Run;",
        "#[cfg(feature = \"test\")] use crate::pipe::Run;",
        "#[cfg(any(test, unix))] use crate::pipe::Run;",
    ] {
        assert_eq!(of_a(code), RUN, "{code}");
    }
    let files = [
        ("lib.rs", "mod a; #[cfg(test)] mod tests;"),
        ("a.rs", "pub struct A;"),
        ("tests.rs", "mod more; use super::a::A;"),
        ("tests/more.rs", "use crate::a::A;"),
    ];
    assert_eq!(found(&files), [""; 0]);
}

#[test]
fn macros_of_the_crate_count() {
    let files = [
        ("lib.rs", "#[macro_use] mod a; mod b;"),
        ("a.rs", "macro_rules! columns { () => {} }"),
        ("b.rs", "columns!();"),
    ];
    assert_eq!(found(&files), ["src/b.rs > src/a.rs"]);
}

#[test]
fn what_a_macro_defines_is_found_in_its_file() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "columns! { Key, Bucket }"),
        ("b.rs", "use crate::a::Column;"),
    ];
    assert_eq!(found(&files), ["src/b.rs > src/a.rs"]);
}

/// The files of each circle of a small crate.
fn circled(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let imports = imports(&tree(files));
    let circles = circles(&imports);
    circles.iter().map(|circle| circle.iter().map(|import| import.from.clone()).collect()).collect()
}

#[test]
fn a_folder_that_only_declares_its_files_is_in_no_circle() {
    let files = [
        ("lib.rs", "mod row;"),
        ("row/mod.rs", "mod a; mod b; pub use a::A; pub use b::*;"),
        ("row/a.rs", "use super::B; pub struct A;"),
        ("row/b.rs", "pub struct B;"),
    ];
    assert_eq!(circled(&files), [[""; 0]; 0]);
}

#[test]
fn a_folder_that_uses_what_uses_it_is_in_a_circle() {
    let b = ("row/b.rs", "use super::Own; pub struct B;");
    for code in [
        "mod b; pub use b::B; pub struct Own; fn f(b: B) {}",
        "mod b; use b::B; pub struct Own;",
        "mod b; pub use b::B; pub struct Own; fn f() { format!(\"{B}\"); }",
        "mod b; pub struct Own; fn f() { b::f() }",
    ] {
        let files = [("lib.rs", "mod row;"), ("row/mod.rs", code), b];
        assert_eq!(circled(&files), [["src/row/b.rs", "src/row/mod.rs"]], "{code}");
    }
}

#[test]
fn circles_are_told_as_paths() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "\n\nuse crate::{\n  c::C,\n};\npub struct B;"),
        ("c.rs", "fn f() { crate::a::A; } pub struct C;"),
        ("d.rs", "use crate::a::A; use crate::c::C;"),
    ];
    let imports = imports(&tree(&files));
    let circles = circles(&imports);
    let told: Vec<_> = circles.iter().flatten().map(ToString::to_string).collect();
    let expected = [
        "src/a.rs:1 uses `crate::b::B` of src/b.rs",
        "src/b.rs:4 uses `crate::c::C` of src/c.rs",
        "src/c.rs:1 uses `crate::a::A` of src/a.rs",
    ];
    assert_eq!(told, expected);
}
