//! The command `local-stack` as a newcomer runs it: on a small terminal, in a pipe, on logs of their
//! own, and interrupted.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read as _;
use std::num::NonZero;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use local_stack::function_binary::{self, Progress, TOOL_VARIABLE, VARIABLE};
use logferry::sample::Sample;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// The command, with its database in the folder.
fn local_stack(folder: &Path, args: &[&str]) -> Command {
    let binary = function_binary::find(Progress::Hidden).unwrap_or_else(|error| panic!("{error}"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_local-stack"));
    let tool = function_binary::tool(Progress::Hidden).unwrap_or_else(|error| panic!("{error}"));
    command.args(args).current_dir(folder).env(VARIABLE, binary).env(TOOL_VARIABLE, tool);
    command.stdin(Stdio::null());
    command
}

fn run(folder: &Path, args: &[&str]) -> Output {
    local_stack(folder, args).output().expect("the binary starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text is UTF-8")
}

fn log(seed: u64, lines: usize) -> Vec<u8> {
    let mut log = Vec::new();
    Sample::new(seed).append_lines(lines, &mut log);
    log
}

/// What stands on a terminal of this size at the end, as if nothing had scrolled away, and which
/// lines went over its edge.
fn on_terminal(command: &mut Command, columns: u16, rows: u16) -> (Vec<String>, Vec<String>) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let inner = File::options().read(true).write(true).open(OsStr::from_bytes(name.as_bytes()));
    let inner = inner.unwrap();
    let winsize = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&inner, winsize).unwrap();
    command.env("TERM", "xterm-256color").env_remove("NO_COLOR");
    command.stdin(inner.try_clone().unwrap()).stdout(inner.try_clone().unwrap()).stderr(inner);
    let mut child = command.spawn().expect("the binary starts");
    // The command keeps its ends of the terminal open.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());

    let size = |cells| NonZero::new(cells).expect("a terminal has some");
    let mut screen = vt100::Parser::new(size(500), size(columns), 0);
    let mut terminal = File::from(terminal);
    let mut bytes = [0; 4096];
    // A terminal that nobody is at any more is an error, not an end.
    while let Ok(read @ 1..) = terminal.read(&mut bytes) {
        screen.process(&bytes[..read]);
    }
    let status = child.wait().unwrap();
    let lines: Vec<String> = screen.screen().rows(0, columns).collect();
    assert!(status.success(), "{status}\n{}", lines.join("\n"));
    let last = lines.iter().rposition(|line| !line.trim().is_empty()).unwrap();
    let wrapped =
        (0..=last).filter(|row| screen.screen().row_wrapped(u16::try_from(*row).unwrap()));
    let wrapped = wrapped.map(|row| lines[row].clone()).collect();
    (lines[..=last].to_vec(), wrapped)
}

#[test]
fn on_a_small_terminal_no_line_wraps_and_the_last_screen_has_the_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = local_stack(folder.path(), &["--database", "redshift.sqlite"]);
    let (lines, wrapped) = on_terminal(&mut command, 80, 24);
    let all = lines.join("\n");
    assert_eq!(wrapped, [""; 0], "{all}");
    assert!(!all.contains("objects done"), "the status line is gone:\n{all}");
    assert!(lines.len() < 100, "{} lines:\n{all}", lines.len());
    // One line is the prompt's.
    let screen = lines[lines.len() - 23..].join("\n");
    for part in ["Ledger", "✔ ledger balanced", "✔ audit clean", "Next", "ask more"] {
        assert!(screen.contains(part), "{part}:\n{screen}");
    }
    // The operator's work is the tool's own words: one object missing, found, and repaired.
    for part in ["    8 sent; left out: 88 of another date", "      never_delivered            1"] {
        assert!(all.contains(part), "{part}:\n{all}");
    }
    let end = ["    NOT CLEAN", "    1 sent; none left out", "    CLEAN"];
    let at = end.map(|part| lines.iter().position(|line| line.trim_end() == part));
    assert!(at.iter().all(Option::is_some) && at.is_sorted(), "{at:?}\n{all}");
    // What is to be typed is whole, over two lines.
    let command =
        "cargo run -p local-stack -- query \\\n                --database redshift.sqlite";
    assert!(all.contains(command), "{all}");
    let (distinct, rest) = all.split_once(" distinct ones of ").expect("equal lines are told");
    let distinct: u64 = distinct.rsplit(' ').next().unwrap().parse().unwrap();
    let quarantined: u64 = rest.split(',').next().unwrap().parse().unwrap();
    assert!(all.contains(&format!(", {quarantined} quarantined, ")), "{all}");
    assert!(distinct < quarantined);
}

#[test]
fn a_wide_terminal_has_each_thing_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log"), log(1, 200)).unwrap();
    let mut command = local_stack(folder.path(), &["log", "--database", "redshift.sqlite"]);
    let (lines, wrapped) = on_terminal(&mut command, 160, 50);
    assert_eq!(wrapped, [""; 0]);
    let query = "cargo run -p local-stack -- query --database redshift.sqlite \"SELECT";
    assert!(lines.iter().any(|line| line.contains(query)), "{}", lines.join("\n"));
}

#[test]
fn a_folder_with_more_than_logs_ends_and_says_what_was_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join("logs").join(name);
    fs::create_dir(folder.path().join("logs")).unwrap();
    // The first half is no log.
    for (name, content) in [
        (".DS_Store", b"\0\0\0\x01Bud1".to_vec()),
        ("a notes.txt", b"no log\n".to_vec()),
        ("b.csv", b"a,b\n1,2\n".to_vec()),
        ("y", log(1, 200)),
        ("z", log(2, 200)),
    ] {
        fs::write(at(name), content).unwrap();
    }
    let output = run(folder.path(), &["logs", "--database", "my logs.sqlite"]);
    let told = text(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", text(&output.stderr));
    assert!(!told.contains('\x1b'), "a pipe gets no styles: {told}");
    for line in ["  logs/a notes.txt: ", "  logs/b.csv: "] {
        let line = told.lines().find(|told| told.starts_with(line));
        let line = line.unwrap_or_else(|| panic!("{told}"));
        assert!(line.contains("not_an_access_log: S3 names its logs otherwise"), "{line}");
    }
    assert!(!told.contains("DS_Store") && !told.contains("given up  {"), "{told}");
    assert!(told.contains("400 lines of 2 objects stand in the table"), "{told}");

    // What it says to type works, and changes nothing.
    assert!(told.contains("query --database 'my logs.sqlite' "), "{told}");
    let query = |sql: &str| run(folder.path(), &["query", "--database", "my logs.sqlite", sql]);
    for sql in ["DROP TABLE s3_access_log", "DELETE FROM s3_access_log", "VACUUM"] {
        let refused = query(sql);
        assert_eq!(refused.status.code(), Some(3), "{sql}");
    }
    let count = query("SELECT COUNT(*) AS lines FROM s3_access_log_distinct");
    assert_eq!(text(&count.stdout), "lines\n400\n");
}

#[test]
fn without_a_log_it_ends_at_once_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::create_dir(folder.path().join("notes")).unwrap();
    fs::write(folder.path().join("notes/a.txt"), "no log\n").unwrap();
    for (argument, told) in [
        ("empty", "there is no file to ferry"),
        ("notes", "none of the files is an access log\n  notes/a.txt: no line within"),
        ("missing", "missing cannot be read: No such file"),
    ] {
        let output = run(folder.path(), &[argument, "--database", "redshift.sqlite"]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0), "{argument}");
        let errors = text(&output.stderr);
        assert!(errors.contains(told), "{argument}: {errors}");
    }
}

/// Waits for what the stack keeps its objects in.
fn copies(temporary: &Path, child: &mut Child) -> PathBuf {
    let begun = Instant::now();
    loop {
        let folders = fs::read_dir(temporary).unwrap().flatten();
        let filled = folders.map(|folder| folder.path()).find(|folder| {
            let objects = fs::read_dir(folder.join("s3/access-logs"));
            objects.is_ok_and(|mut objects| objects.next().is_some())
        });
        if let Some(folder) = filled {
            return folder;
        }
        assert!(begun.elapsed() < Duration::from_mins(2), "no object was put");
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn an_interrupt_leaves_no_copy_of_the_logs() {
    for signal in ["-INT", "-TERM"] {
        let folder = tempfile::tempdir().unwrap();
        let temporary = folder.path().join("tmp");
        fs::create_dir(&temporary).unwrap();
        let mut command = local_stack(folder.path(), &["--database", "redshift.sqlite"]);
        command.env("TMPDIR", &temporary).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let copies = copies(&temporary, &mut child);
        let mode = fs::metadata(&copies).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "the logs are nobody else's business");
        let id = child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(3));
        let left: Vec<_> = fs::read_dir(&temporary).unwrap().flatten().collect();
        assert!(left.is_empty(), "{signal}: {left:?}");
    }
}

/// A `PostgreSQL` of the test's own, where there are its programs.
struct Server(PathBuf);

impl Server {
    fn script(folder: &Path, verb: &str) -> Output {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../support/postgres");
        Command::new(script).arg(verb).arg(folder).output().expect("the script starts")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        Self::script(&self.0, "stop");
    }
}

#[test]
fn postgres_is_filled_twice_and_left_in_peace() {
    let folder = tempfile::tempdir().unwrap();
    // Its server is another user where this one is root.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let data = folder.path().join("postgres");
    let started = Server::script(&data, "start");
    if started.status.code() == Some(3) {
        eprintln!("PostgreSQL is not installed here: the demo on it was not tried");
        return;
    }
    assert!(started.status.success(), "{}", text(&started.stderr));
    let _server = Server(data.clone());
    let url = text(&Server::script(&data, "url").stdout);
    fs::write(folder.path().join("log"), log(3, 200)).unwrap();
    for _ in 0..2 {
        let output = run(folder.path(), &["log", "--postgres", url.trim()]);
        let (told, errors) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{told}\n{errors}");
        assert_eq!(errors, "");
        assert!(told.contains("✔ audit clean") && told.contains("FROM logferry_demo."), "{told}");
    }
}
