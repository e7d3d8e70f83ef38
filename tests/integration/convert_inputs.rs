//! What `logferry convert` reads, what it leaves alone, and what it refuses by name.

use std::fs;
use std::io::Write as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::gzip::gzip;
use crate::tool::{log, logferry, rows, run, stderr};

/// Zstandard as its users have it: some data frames, one that others skip before them.
fn zstd(text: &[u8]) -> Vec<u8> {
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    let (one, two) = text.split_at(text.len() / 2);
    let frame = |text: &[u8]| compress_to_vec(text, CompressionLevel::Fastest);
    let skippable = [0x5a, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 0, 0, 0, 0];
    [&skippable[..], &frame(one), &skippable, &frame(two)].concat()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn zstandard_is_read_like_gzip() {
    let folder = tempfile::tempdir().unwrap();
    let text = log(1, 3000);
    write(folder.path(), "plain/log", &text);
    write(folder.path(), "zstd/log", &zstd(&text));
    let plain = run(&["convert", "plain"], folder.path());
    let compressed = run(&["convert", "zstd"], folder.path());
    assert!(compressed.status.success(), "{}", stderr(&compressed));
    assert!(compressed.stdout == plain.stdout);

    let cut = zstd(&text);
    write(folder.path(), "cut", &cut[..cut.len() * 3 / 4]);
    let output = run(&["convert", "cut"], folder.path());
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("failed to read cut past offset"), "{}", stderr(&output));
    assert!((1000..3000).contains(&rows(&output).len()), "{} rows", rows(&output).len());
}

#[test]
fn what_s3_names_like_a_log_becomes_rows_whatever_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let name = "logs/2026-03-14-09-30-00-0123456789ABCDEF";
    write(folder.path(), name, &b"a format that is yet to come\n".repeat(5));
    let forged = "o b [14/Mar/2026:09:26:53 +0000] 192.0.2.7 - ID x k \"GET /\" - -\n".repeat(3000);
    write(folder.path(), "logs/forged", forged.as_bytes());
    let output = run(&["convert", "logs"], folder.path());
    assert!(output.status.success(), "{}", stderr(&output));
    let rows = rows(&output);
    assert_eq!(rows.len(), 3005);
    assert!(rows.iter().all(|row| row["parse_error"].is_string()));
    assert_eq!(rows[0]["log_key"], "2026-03-14-09-30-00-0123456789ABCDEF");
}

#[test]
fn what_is_no_access_log_is_refused_by_name_and_the_rest_converted() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "logs/good", &log(2, 10));
    // A log inside an archive has lines that can be read; so has one that is compressed twice.
    let tar = [&[b'a'; 257][..], b"ustar\0", &[0; 249], &log(2, 10)].concat();
    let rows_already = run(&["convert", "logs/good"], folder.path()).stdout;
    let utf16: Vec<u8> = log(2, 10).iter().flat_map(|byte| [*byte, 0]).collect();
    for (name, bytes, told) in [
        (
            "a.bz2",
            b"BZh91AY&SY\x01\x02\n".to_vec(),
            "it is compressed with bzip2; pipe it: `bzip2 -dc logs/a.bz2 | logferry convert`",
        ),
        ("b.xz", b"\xfd7zXZ\0\0\n".to_vec(), "xz -dc logs/b.xz"),
        ("c.tar", tar.clone(), "a tar archive"),
        ("d.tar.gz", gzip(&tar), "a tar archive"),
        ("e.zip", [b"PK\x03\x04", &log(2, 10)[..]].concat(), "a zip archive"),
        ("f.png", b"\x89PNG\r\n\x1a\n\0\0".to_vec(), "binary and no access log"),
        ("g.csv", b"a,b,c\n1,2,3\n".to_vec(), "no S3 server access log"),
        ("h.ndjson", rows_already, "rows already"),
        ("i.txt", [b"\xff\xfe", &utf16[..]].concat(), "UTF-16"),
        ("j.parquet", b"PAR1\x15\x04".to_vec(), "a Parquet file"),
    ] {
        write(folder.path(), &format!("logs/{name}"), &bytes);
        let output = run(&["convert", "logs"], folder.path());
        assert_eq!(output.status.code(), Some(3), "{name}");
        assert_eq!(rows(&output).len(), 10, "{name}");
        let errors = stderr(&output);
        let begin = format!("error: failed to convert logs/{name}: it is ");
        assert!(errors.starts_with(&begin) && errors.contains(told), "{name}: {errors}");
        fs::remove_file(folder.path().join("logs").join(name)).unwrap();
    }
    let mut child = logferry(&["convert"], folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"a,b,c\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0));
    assert!(stderr(&output).contains("convert standard input: it is no S3"), "{}", stderr(&output));
}

#[test]
fn folders_leave_alone_what_is_hidden_or_no_regular_file() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["logs/log", "logs/.DS_Store", "logs/.trash/log", "logs/.log"] {
        write(folder.path(), name, &log(3, 10));
    }
    let made = Command::new("mkfifo").arg(folder.path().join("logs/pipe")).status();
    assert!(made.expect("mkfifo is there").success());
    let _socket = UnixListener::bind(folder.path().join("logs/socket")).unwrap();

    let output = run(&["convert", "logs", "--stats"], folder.path());
    let stats = stderr(&output);
    assert!(output.status.success(), "{stats}");
    assert_eq!(rows(&output).len(), 10);
    assert!(stats.contains("0 failed, skipped: 3 hidden, 2 no regular file"), "{stats}");
    assert_eq!(rows(&run(&["convert", "logs", "--hidden"], folder.path())).len(), 40);
    // Who names it asks for it.
    assert_eq!(rows(&run(&["convert", "logs/.log", "logs/.trash"], folder.path())).len(), 20);

    let reader =
        logferry(&["convert", "logs/pipe"], folder.path()).stdout(Stdio::piped()).spawn().unwrap();
    fs::write(folder.path().join("logs/pipe"), gzip(&log(3, 10))).unwrap();
    assert_eq!(rows(&reader.wait_with_output().unwrap()).len(), 10);
}

#[test]
fn nothing_found_is_an_error_with_its_remedy() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "good", &log(4, 10));
    write(folder.path(), "hidden/.log", &log(4, 10));
    fs::create_dir(folder.path().join("empty")).unwrap();
    for (argument, told) in [
        ("empty", "failed to find a log in empty: there is no file"),
        ("hidden", "failed to find a log in hidden: there is nothing but 1 hidden; --hidden reads"),
        ("logs/*.gz", "failed to read logs/*.gz: no file matches"),
        ("s3://amber-logs/logs/", "aws s3 cp --recursive s3://amber-logs/logs/ logs/"),
        ("typo.log", "failed to read typo.log: No such file"),
    ] {
        let output = run(&["convert", argument], folder.path());
        assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0), "{argument}");
        assert!(stderr(&output).contains(told), "{argument}: {}", stderr(&output));
        let output = run(&["convert", argument, "good"], folder.path());
        assert_eq!((output.status.code(), rows(&output).len()), (Some(3), 10), "{argument}");
    }
}

#[test]
fn rows_have_the_keys_that_their_logs_have_in_the_bucket() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["logs/2026/03/a", "logs/2026/04/a", "logs/b"] {
        write(folder.path(), name, &log(5, 1));
    }
    let keys = |args: &[&str]| -> Vec<String> {
        let output =
            run(&[&["convert", "--log-bucket", "amber-logs"], args].concat(), folder.path());
        assert!(output.status.success(), "{}", stderr(&output));
        let rows = rows(&output);
        rows.iter().map(|row| row["log_key"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(keys(&["logs"]), ["2026/03/a", "2026/04/a", "b"]);
    assert_eq!(keys(&["logs/2026/"]), ["03/a", "04/a"]);
    assert_eq!(keys(&["logs", "--log-prefix", "s3/"]), ["s3/2026/03/a", "s3/2026/04/a", "s3/b"]);
    assert_eq!(keys(&["logs/b", "--log-prefix", "access-"]), ["access-b"]);

    let output = run(&["convert", "logs/2026/03", "logs/2026/04"], folder.path());
    assert!(output.status.success());
    assert_eq!(
        stderr(&output),
        "warning: logs/2026/03/a and logs/2026/04/a have the same log_key, a; give the folder that \
         holds both\n"
    );
    let mut child = logferry(&["convert", "-", "--log-prefix", "logs/a"], folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&log(5, 1)).unwrap();
    assert_eq!(rows(&child.wait_with_output().unwrap())[0]["log_key"], "logs/a");
}
