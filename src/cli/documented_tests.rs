//! Every `logferry` command that is shown somewhere is one that the argument parser takes.
//!
//! The commands stand in blocks of shell in the documents, and under "Examples" of the help.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser as _;

use super::args::Args;

fn root() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

/// The files of a folder that end like that.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.to_string_lossy().ends_with(ending)).collect()
}

/// The blocks of shell of a document.
fn shell(document: &str) -> String {
    let mut shell = String::new();
    let mut is_shell = false;
    for line in document.lines() {
        match line.trim_start() {
            "```sh" | "```bash" | "```console" => is_shell = true,
            fence if fence.starts_with("```") => is_shell = false,
            line if is_shell => shell.extend([line, "\n"]),
            _ => {}
        }
    }
    shell
}

/// The examples of a help text.
fn examples(help: &str) -> String {
    let mut lines = help.lines().skip_while(|line| *line != "Examples:").skip(1);
    let lines = lines.by_ref().take_while(|line| line.starts_with("  "));
    lines.fold(String::new(), |text, line| text + line.trim_start() + "\n")
}

/// The commands of a piece of shell, each as its words, as far as our documents use it: quotes, pipes,
/// redirections, comments, and lines that go on.
fn commands(shell: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut before = ' ';
    let mut chars = shell.chars().peekable();
    while let Some(char) = chars.next() {
        let is_begin = word.is_none();
        match (quote, char) {
            (Some(open), close) if open == close => quote = None,
            (Some('"') | None, '\\') => {
                if let Some(next) = chars.next().filter(|next| *next != '\n') {
                    word.get_or_insert_default().push(next);
                }
            }
            (None, '\'' | '"') => {
                quote = Some(char);
                word.get_or_insert_default();
            }
            (None, '#') if is_begin => while chars.next_if(|next| *next != '\n').is_some() {},
            (None, ' ') => commands.last_mut().unwrap().extend(word.take()),
            (None, '|' | ';' | '&' | '\n' | '(' | ')') => {
                commands.last_mut().unwrap().extend(word.take());
                // After a pipe the same pipeline goes on, on the next line too.
                if char != '\n' || !matches!(before, '|' | '&') {
                    commands.push(Vec::new());
                }
            }
            (_, char) => word.get_or_insert_default().push(char),
        }
        if char != ' ' {
            before = char;
        }
    }
    commands.last_mut().unwrap().extend(word);
    commands
}

/// The words of a command of ours, without redirections and what is set for it.
fn ours(command: Vec<String>) -> Option<Vec<String>> {
    let is_setting = |word: &String| {
        word.split_once('=')
            .is_some_and(|(name, _)| name.chars().all(|c| c.is_uppercase() || c == '_'))
    };
    let words = command.into_iter().skip_while(is_setting);
    let words: Vec<String> = words.take_while(|word| !word.starts_with(['>', '<'])).collect();
    words.first().is_some_and(|word| word == "logferry").then_some(words)
}

fn check(path: &Path, shell: &str, known: &mut usize, wrong: &mut Vec<String>) {
    for words in commands(shell).into_iter().filter_map(ours) {
        *known += 1;
        if let Err(error) = Args::try_parse_from(&words) {
            let first = error.to_string().lines().next().unwrap_or_default().to_owned();
            wrong.push(format!("{}: {}: {first}", path.display(), words.join(" ")));
        }
    }
}

#[test]
fn every_command_that_is_shown_is_one_that_is_taken() {
    let (mut known, mut wrong) = (0, Vec::new());
    let documents = [files("docs", ".md"), files(".", ".md"), files("infra", ".md")].concat();
    for path in documents {
        check(&path, &shell(&fs::read_to_string(&path).unwrap()), &mut known, &mut wrong);
    }
    for path in files("tests/data/golden", ".txt") {
        check(&path, &examples(&fs::read_to_string(&path).unwrap()), &mut known, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(known > 60, "{known} commands were found");
}

/// A terminal has 80 columns, and the help breaks what is longer: a command that is copied from there
/// would end at the break.
#[test]
fn every_example_fits_a_terminal() {
    let mut long = Vec::new();
    for path in files("tests/data/golden", ".txt") {
        let help = fs::read_to_string(path).unwrap();
        let indent = 2;
        let of_it = examples(&help);
        let too_long = of_it.lines().filter(|line| line.chars().count() + indent > 80);
        long.extend(too_long.map(str::to_owned));
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn shell_is_read_as_our_documents_write_it() {
    let text = "A=b logferry x 'a b' \"c\\\"d\" # not\n# logferry no\nls |\n  logferry y \\\n  -z > out\n\
        jq 'select(.a == \"b\" | 1)' && logferry w\n";
    let found: Vec<_> = commands(text).into_iter().filter_map(ours).collect();
    let expected =
        [&["logferry", "x", "a b", "c\"d"][..], &["logferry", "y", "-z"], &["logferry", "w"]];
    assert_eq!(found, expected);
}
