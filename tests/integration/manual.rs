//! What helps a user of the program to use it: version, tips, completions, manual pages.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::tool::{run, stderr};

#[test]
fn the_version_names_the_commit() {
    let output = run(&["--version"], Path::new("."));
    let told = String::from_utf8(output.stdout).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    let mut git = Command::new("git");
    git.args(["show", "--no-patch", "--format=%h %cs", "--abbrev=10", "HEAD"]);
    let commit = git.current_dir(env!("CARGO_MANIFEST_DIR")).output().ok();
    let commit = commit.filter(|output| output.status.success()).map(|output| output.stdout);
    let expected = match commit.and_then(|text| String::from_utf8(text).ok()) {
        Some(commit) => format!("logferry {version} ({})\n", commit.trim()),
        None => format!("logferry {version}\n"),
    };
    assert_eq!(told, expected);
}

#[test]
fn a_mistyped_option_is_answered_without_advice_that_leads_astray() {
    let output = run(&["convert", "--statz"], Path::new("."));
    assert_eq!(output.status.code(), Some(2));
    let errors = stderr(&output);
    assert!(errors.contains("a similar argument exists: '--stats'"), "{errors}");
    assert!(!errors.contains("as a value"), "{errors}");
    let errors = stderr(&run(&["convert", "--xyz"], Path::new(".")));
    assert!(!errors.contains("tip"), "{errors}");
}

#[test]
fn completions_know_every_verb_and_option() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = run(&["completions", shell], Path::new("."));
        assert!(output.status.success(), "{shell}");
        let script = String::from_utf8(output.stdout).unwrap();
        for word in ["convert", "completions", "log-prefix", "explain"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    // What bash says when it is asked as a user asks it.
    let folder = tempfile::tempdir().unwrap();
    let script = run(&["completions", "bash"], Path::new(".")).stdout;
    fs::write(folder.path().join("completions"), script).unwrap();
    let ask = "source ./completions; COMP_WORDS=(logferry convert --log-); COMP_CWORD=2; \
               _logferry logferry --log- convert; echo \"${COMPREPLY[*]}\"";
    let bash = Command::new("bash").args(["-c", ask]).current_dir(folder.path()).output();
    let bash = bash.expect("bash is there");
    assert_eq!(
        String::from_utf8_lossy(&bash.stdout).trim(),
        "--log-bucket --log-prefix",
        "{}",
        stderr(&bash)
    );
}

#[test]
fn each_verb_has_its_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("share/man/man1");
    let output = run(&["man", pages.to_str().unwrap()], Path::new("."));
    assert!(output.status.success(), "{}", stderr(&output));
    for verb in ["", "-convert", "-schema", "-sample", "-completions", "-man"] {
        let page = fs::read_to_string(pages.join(format!("logferry{verb}.1"))).unwrap();
        assert!(page.contains(".TH logferry"), "{verb}");
    }
    let page = fs::read_to_string(pages.join("logferry-convert.1")).unwrap();
    assert!(page.contains("\\-\\-log\\-prefix"), "{page}");
}
